/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Trace and Record: the reply brings the socket that records come on. */
#include <string.h>

#include "daemon/control_call.h"

static void control_tap(
	struct varlink_call *call, struct json_object *parameters, void *data, bool with_memory)
{
	struct guest *guest = control_find_guest(data, call, parameters);
	bool waits;
	int fd;

	if (!guest)
		return;
	int ret = guest_tap(guest, with_memory, &fd, &waits);
	struct json_object *reply = json_object_new_object();
	if (ret < 0) {
		json_object_object_add(reply, "guest",
			json_object_get(json_object_object_get(parameters, "guest")));
		json_add_string(reply, "reason", strerror(-ret));
		varlink_error(call, CONTROL_ERROR("NoTrace"), reply);
		return;
	}
	json_object_object_add(reply, "waits", json_object_new_boolean(waits));
	json_add_int(reply, "descriptor", 0);
	if (with_memory) {
		struct guest_info info = { 0 };
		guest_describe(guest, &info);
		json_add_int(reply, "limit", info.config->record_bytes);
	}
	varlink_reply_fd(call, reply, fd);
}

void control_trace(struct varlink_call *call, struct json_object *parameters, void *data)
{
	control_tap(call, parameters, data, false);
}

void control_record(struct varlink_call *call, struct json_object *parameters, void *data)
{
	control_tap(call, parameters, data, true);
}
