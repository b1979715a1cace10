/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Set and SetDaemon. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config_keys.h"
#include "daemon/control_call.h"

/* No value that changes at once is longer; so long, there is room for all of them in a memo. */
#define VALUE_MAX_BYTES 64

/* `key` NULL: it is about all of them together. */
__attribute__((format(printf, 4, 5))) static void control_refuse_set(struct varlink_call *call,
	struct json_object *parameters, const char *key, const char *fmt, ...)
{
	struct json_object *reply = json_object_new_object(), *guest;
	char reason[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (json_object_object_get_ex(parameters, "guest", &guest))
		json_object_object_add(reply, "guest", json_object_get(guest));
	if (key)
		json_add_string(reply, "key", key);
	json_add_string(reply, "reason", reason);
	varlink_error(call, CONTROL_ERROR("CannotSet"), reply);
}

/* A parameter is named as its key, with "_" for "-". */
static const struct settings_key *control_find_key(
	const struct settings_key *keys, const char *name)
{
	char text[32];
	size_t len = strlen(name);

	assert(len < sizeof(text));
	for (size_t i = 0; i <= len; i++)
		text[i] = name[i] == '_' ? '-' : name[i];
	return settings_key_find(keys, CONFIG_KEYS_MAX, text);
}

/* The call's texts to `to`, of a guest of this type. False: the call is answered. */
static bool control_parse(struct varlink_call *call, struct json_object *parameters,
	const struct settings_key *keys, enum config_type type, void *to)
{
	json_object_object_foreach(parameters, name, value)
	{
		const struct settings_key *key = control_find_key(keys, name);
		if (!key || !value)
			continue; /* "guest" */
		assert(key->traits & CONFIG_AT_ONCE);
		if (!config_key_is_for(key, type)) {
			control_refuse_set(call, parameters, key->name,
				"a guest of type = %s has no such thing",
				type == CONFIG_TYPE_CONTAINER ? "container" : "vm");
			return false;
		}
		if (json_object_get_string_len(value) > VALUE_MAX_BYTES ||
			!key->parse(json_object_get_string(value), (char *)to + key->offset)) {
			control_refuse_set(call, parameters, key->name,
				"expected %s, got \"%.64s\"", key->expected,
				json_object_get_string(value));
			return false;
		}
	}
	return true;
}

/* All of it was done. */
static void control_remember(struct daemon *daemon, struct guest *guest,
	const struct settings_key *keys, struct json_object *parameters)
{
	json_object_object_foreach(parameters, name, value)
	{
		const struct settings_key *key = control_find_key(keys, name);
		if (key && value)
			daemon_remember(daemon, guest, key->name, json_object_get_string(value));
	}
}

void control_set(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest *guest = control_find_guest(control, call, parameters);
	struct guest_info info = { 0 };
	struct config_guest wanted;

	if (!guest)
		return;
	guest_describe(guest, &info);
	wanted = *info.config;
	if (!control_parse(call, parameters, config_guest_keys, wanted.type, &wanted))
		return;
	int ret = guest_change(guest, &wanted);
	if (ret == -ENOSPC)
		control_refuse_set(call, parameters, "reservation",
			"the reservations of all guests may be 90%% of the GPU: at most %.1f%% is "
			"left "
			"for this one",
			guest_reservable_ppm(guest) / 10000.0);
	else if (ret < 0)
		control_refuse_set(
			call, parameters, NULL, "its reservation would be more than its cap");
	if (ret < 0)
		return;
	control_remember(control->daemon, guest, config_guest_keys, parameters);
	varlink_reply(call, NULL);
}

void control_set_daemon(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct config wanted = *control->config;

	if (!control_parse(call, parameters, config_daemon_keys, CONFIG_TYPE_VM, &wanted))
		return;
	daemon_change(control->daemon, &wanted);
	control_remember(control->daemon, NULL, config_daemon_keys, parameters);
	varlink_reply(call, NULL);
}
