/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.AddHead and SetHead. */
#include <stdio.h>
#include <string.h>

#include "daemon/config_value.h"
#include "daemon/control_call.h"

void control_add_head(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct json_object *text = json_object_object_get(parameters, "mode");
	struct guest *guest = control_find_guest(data, call, parameters);
	struct guest_info info = { 0 };
	struct config_head mode;

	if (!guest)
		return;
	if (text && !value_parse_mode(json_object_get_string(text), &mode)) {
		varlink_error_parameter(call, "mode");
		return;
	}
	int head = guest_head_add(guest, text ? &mode : NULL);
	struct json_object *reply = json_object_new_object();
	if (head >= 0) {
		json_add_int(reply, "head", head);
		varlink_reply(call, reply);
		return;
	}
	guest_describe(guest, &info);
	json_add_string(reply, "guest", info.config->name);
	json_add_int(reply, "max_heads", info.n_heads);
	varlink_error(call, CONTROL_ERROR("NoFreeHead"), reply);
}

/* A mode, or "on", or "off". */
void control_set_head(struct varlink_call *call, struct json_object *parameters, void *data)
{
	const char *text = json_object_get_string(json_object_object_get(parameters, "mode"));
	bool is_switch = strcmp(text, "on") == 0 || strcmp(text, "off") == 0;
	struct guest *guest = control_find_guest(data, call, parameters);
	int head = guest ? control_find_head(call, parameters, guest) : -1;
	struct config_head mode;

	if (head < 0)
		return;
	if (!is_switch && !value_parse_mode(text, &mode)) {
		varlink_error_parameter(call, "mode");
		return;
	}
	guest_head_set(guest, head, is_switch ? NULL : &mode, strcmp(text, "off") != 0);
	varlink_reply(call, NULL);
}
