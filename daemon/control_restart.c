/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Restart and Release: another try for a guest. */
#include "daemon/control_call.h"

void control_restart(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct guest *guest = control_find_guest(data, call, parameters);

	if (!guest)
		return;
	struct guest_info info = { 0 };
	guest_describe(guest, &info);
	if (info.config->type == CONFIG_TYPE_CONTAINER) {
		varlink_error_parameter(call, "guest");
		return;
	}
	struct json_object *reply = json_object_new_object();
	json_object_object_add(reply, "restarted", json_object_new_boolean(guest_restart(guest)));
	varlink_reply(call, reply);
}

void control_release(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct guest *guest = control_find_guest(data, call, parameters);

	if (!guest)
		return;
	struct json_object *reply = json_object_new_object();
	json_object_object_add(reply, "released", json_object_new_boolean(guest_release(guest)));
	varlink_reply(call, reply);
}
