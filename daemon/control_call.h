/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONTROL_CALL_H
#define DAEMON_CONTROL_CALL_H

/*
 * What the methods of org.mullion.Control share: the pieces of their answers, and what
 * their parameters name. The methods themselves are in a file for each noun
 * (control_NOUN.c); control.c lists them.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/json.h"
#include "base/varlink.h"
#include "daemon/config.h"
#include "daemon/guest_info.h"

#define CONTROL_ERROR(name) "org.mullion.Control." name

struct control {
	struct loop *loop;
	const struct config *config;
	struct daemon *daemon;
	struct varlink_interface interface;
	struct varlink_server *server;
};

/* As they are called in the answers. */
const char *guest_state_name(enum guest_state state);
const char *guest_type_name(const struct guest_info *info);
/* "weight" to "slice_us" of the interface's Guest and GuestStats. */
void json_add_terms(struct json_object *object, const struct policy_terms *terms);
/* Left out if there is no such process. */
void json_add_pid(struct json_object *object, const char *key, pid_t pid);

/* The guest that the call names, or NULL with the call answered. */
struct guest *control_find_guest(
	struct control *control, struct varlink_call *call, struct json_object *parameters);
/* The head that the call names, or -1 with the call answered. */
int control_find_head(
	struct varlink_call *call, struct json_object *parameters, const struct guest *guest);
/* Answers with `error`, the guest and head of the call, and a reason unless NULL. */
void control_refuse_head(struct varlink_call *call, const char *error,
	struct json_object *parameters, const char *reason);

/* -- the methods; `data` is the struct control -- */

void control_list_guests(struct varlink_call *call, struct json_object *parameters, void *data);
void control_show_guest(struct varlink_call *call, struct json_object *parameters, void *data);
void control_screenshot(struct varlink_call *call, struct json_object *parameters, void *data);
void control_restart(struct varlink_call *call, struct json_object *parameters, void *data);
void control_send_input(struct varlink_call *call, struct json_object *parameters, void *data);
void control_set(struct varlink_call *call, struct json_object *parameters, void *data);
void control_set_daemon(struct varlink_call *call, struct json_object *parameters, void *data);
void control_release(struct varlink_call *call, struct json_object *parameters, void *data);
void control_events(struct varlink_call *call, struct json_object *parameters, void *data);
void control_view(struct varlink_call *call, struct json_object *parameters, void *data);
void control_add_head(struct varlink_call *call, struct json_object *parameters, void *data);
void control_set_head(struct varlink_call *call, struct json_object *parameters, void *data);
void control_trace(struct varlink_call *call, struct json_object *parameters, void *data);
void control_record(struct varlink_call *call, struct json_object *parameters, void *data);
void control_metrics(struct varlink_call *call, struct json_object *parameters, void *data);
void control_stats(struct varlink_call *call, struct json_object *parameters, void *data);
void control_timeline(struct varlink_call *call, struct json_object *parameters, void *data);
void control_vm_args(struct varlink_call *call, struct json_object *parameters, void *data);

#endif
