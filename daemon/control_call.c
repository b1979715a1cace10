/* SPDX-License-Identifier: MIT */
/* What the methods of org.mullion.Control share. */
#include "daemon/control_call.h"

void json_add_terms(struct json_object *object, const struct policy_terms *terms)
{
	json_add_int(object, "weight", terms->weight);
	json_add_int(object, "cap_percent", terms->cap_percent);
	json_add_us(object, "reservation_us", terms->runtime_ns);
	json_add_us(object, "period_us", terms->period_ns);
	json_add_us(object, "slice_us", terms->slice_ns);
}

void json_add_pid(struct json_object *object, const char *key, pid_t pid)
{
	if (pid > 0)
		json_add_int(object, key, pid);
}

struct guest *control_find_guest(
	struct control *control, struct varlink_call *call, struct json_object *parameters)
{
	const char *name = json_object_get_string(json_object_object_get(parameters, "guest"));
	struct guest *guest = guest_find(control->daemon, name);

	if (!guest) {
		struct json_object *reply = json_object_new_object();
		json_add_string(reply, "guest", name);
		varlink_error(call, CONTROL_ERROR("NoSuchGuest"), reply);
	}
	return guest;
}

void control_refuse_head(struct varlink_call *call, const char *error,
	struct json_object *parameters, const char *reason)
{
	struct json_object *reply = json_object_new_object();

	json_object_object_add(
		reply, "guest", json_object_get(json_object_object_get(parameters, "guest")));
	json_object_object_add(
		reply, "head", json_object_get(json_object_object_get(parameters, "head")));
	if (reason)
		json_add_string(reply, "reason", reason);
	varlink_error(call, error, reply);
}

int control_find_head(
	struct varlink_call *call, struct json_object *parameters, const struct guest *guest)
{
	int64_t head = json_object_get_int64(json_object_object_get(parameters, "head"));
	struct guest_info info = { 0 };

	guest_describe(guest, &info);
	if (head >= 0 && head < info.n_heads)
		return head;
	control_refuse_head(call, CONTROL_ERROR("NoSuchHead"), parameters, NULL);
	return -1;
}
