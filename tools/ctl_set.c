/* SPDX-License-Identifier: MIT */
/* mullionctl set. */
#include <stdio.h>
#include <string.h>

#include "tools/ctl.h"

/* "hang-limit=2s" becomes the member "hang_limit" of "2s". False: said why not. */
static bool take_setting(struct json_object *parameters, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : 0;
	char name[32];

	if (!len || len >= sizeof(name)) {
		fail_usage("expected KEY=VALUE such as weight=200, got \"%s\"", text);
		return false;
	}
	for (size_t i = 0; i < len; i++)
		name[i] = text[i] == '-' ? '_' : text[i];
	name[len] = '\0';
	if (json_object_object_get_ex(parameters, name, NULL) || strcmp(name, "guest") == 0) {
		fail_usage("\"%.*s\" is there twice", (int)len, text);
		return false;
	}
	json_object_object_add(parameters, name, json_object_new_string(value + 1));
	return true;
}

/* Without a guest: of [mulliond]. */
int ctl_set(const struct ctl *ctl)
{
	bool of_daemon = strchr(ctl->args[0], '=') != NULL;
	struct json_object *parameters =
		of_daemon ? json_object_new_object() : guest_parameters(ctl->args[0]);
	char **settings = ctl->args + !of_daemon;

	if (!*settings) {
		json_object_put(parameters);
		return fail_usage("expected: mullionctl set [GUEST] KEY=VALUE...");
	}
	for (; *settings; settings++) {
		if (take_setting(parameters, *settings))
			continue;
		json_object_put(parameters);
		return EXIT_USAGE;
	}
	return ctl_do(ctl, of_daemon ? CONTROL("SetDaemon") : CONTROL("Set"), parameters);
}
