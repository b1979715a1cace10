/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor.Reload. */
#include "base/settings.h"
#include "compositor/control/call.h"
#include "compositor/reload.h"

void control_reload(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct settings_errors errors;

	if (reload(control->server, control->options, &errors) == 0) {
		varlink_reply(call, NULL);
		return;
	}
	struct json_object *reply = json_object_new_object();
	struct json_object *lines = json_object_new_array();
	for (size_t i = 0; i < errors.n; i++)
		json_object_array_add(lines, json_new_foreign(errors.lines[i]));
	json_object_object_add(reply, "errors", lines);
	varlink_error(call, CONTROL_ERROR("CannotReload"), reply);
}
