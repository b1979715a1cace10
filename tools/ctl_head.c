/* SPDX-License-Identifier: MIT */
/* mullionctl head. */
#include <stdio.h>
#include <string.h>

#include "tools/ctl.h"

static int head_add(const struct ctl *ctl, const char *mode)
{
	struct json_object *parameters = guest_parameters(ctl->args[1]);
	struct varlink_reply reply;

	if (mode)
		json_object_object_add(parameters, "mode", json_object_new_string(mode));
	int status = ctl_call(ctl, CONTROL("AddHead"), parameters, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		printf("head %d\n", (int)get_int(reply.parameters, "head"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

static int head_set(const struct ctl *ctl, const char *mode)
{
	struct json_object *parameters;
	uint64_t head;

	if (!parse_head(ctl->args[2], &head))
		return EXIT_USAGE;
	parameters = guest_parameters(ctl->args[1]);
	json_object_object_add(parameters, "head", json_object_new_int(head));
	json_object_object_add(parameters, "mode", json_object_new_string(mode));
	return ctl_do(ctl, CONTROL("SetHead"), parameters);
}

int ctl_head(const struct ctl *ctl)
{
	const char *what = ctl->args[0];
	int n_args = 0;

	while (ctl->args[n_args])
		n_args++;
	if (strcmp(what, "add") == 0 && (n_args == 2 || n_args == 3))
		return head_add(ctl, ctl->args[2]);
	if (strcmp(what, "remove") == 0 && n_args == 3)
		return head_set(ctl, "off");
	if (strcmp(what, "set") == 0 && n_args == 4)
		return head_set(ctl, ctl->args[3]);
	return fail_usage("expected: mullionctl head add GUEST [MODE], head remove GUEST HEAD or "
			  "head set GUEST HEAD MODE|on|off");
}
