/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor.SetPower and SetBrightness. */
#include <errno.h>
#include <string.h>

#include "compositor/control/call.h"
#include "compositor/screen.h"
#include "compositor/server.h"

struct screen *control_find_screen(
	const struct control *control, struct varlink_call *call, struct json_object *parameters)
{
	const char *name = json_object_get_string(json_object_object_get(parameters, "screen"));
	struct screen *screen = screen_find(control->server, name);

	if (!screen) {
		struct json_object *reply = json_object_new_object();
		json_add_string(reply, "screen", name);
		varlink_error(call, CONTROL_ERROR("NoSuchScreen"), reply);
	}
	return screen;
}

void control_answer_set(struct varlink_call *call, const struct screen *screen, int ret)
{
	if (ret == 0) {
		varlink_reply(call, NULL);
		return;
	}
	struct json_object *reply = json_object_new_object();
	json_add_string(reply, "screen", screen->name);
	json_add_string(reply, "reason",
		ret == -ENOTSUP ? "it has no light that can be set" : strerror(-ret));
	varlink_error(call, CONTROL_ERROR("CannotSet"), reply);
}

void control_set_power(struct varlink_call *call, struct json_object *parameters, void *data)
{
	bool is_on = json_object_get_boolean(json_object_object_get(parameters, "on"));
	struct screen *screen = control_find_screen(data, call, parameters);

	if (screen)
		control_answer_set(call, screen, screen_set_power(screen, is_on));
}

void control_set_brightness(struct varlink_call *call, struct json_object *parameters, void *data)
{
	int64_t percent = json_object_get_int64(json_object_object_get(parameters, "percent"));
	struct screen *screen = control_find_screen(data, call, parameters);

	if (!screen)
		return;
	if (percent < 1 || percent > 100)
		varlink_error_parameter(call, "percent");
	else
		control_answer_set(call, screen, screen_set_brightness(screen, percent));
}
