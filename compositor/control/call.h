/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONTROL_CALL_H
#define COMPOSITOR_CONTROL_CALL_H

/* What the methods of org.mullion.Compositor share; control.c lists them. */

#include <sys/un.h>

#include "base/json.h"
#include "base/varlink.h"

#define CONTROL_ERROR(name) "org.mullion.Compositor." name

struct control {
	struct server *server;
	const struct options *options;
	struct varlink_interface interface;
	struct varlink_server *varlink;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* empty: it is not ours */
};

/* The screen that the call names, or NULL with the call answered. */
struct screen *control_find_screen(
	const struct control *control, struct varlink_call *call, struct json_object *parameters);
/* What a change of it came to: 0 or negative errno. */
void control_answer_set(struct varlink_call *call, const struct screen *screen, int ret);

/* -- the methods; `data` is the struct control -- */

void control_list(struct varlink_call *call, struct json_object *parameters, void *data);
void control_screenshot(struct varlink_call *call, struct json_object *parameters, void *data);
void control_set_power(struct varlink_call *call, struct json_object *parameters, void *data);
void control_set_brightness(struct varlink_call *call, struct json_object *parameters, void *data);
void control_reload(struct varlink_call *call, struct json_object *parameters, void *data);

#endif
