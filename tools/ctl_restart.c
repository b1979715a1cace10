/* SPDX-License-Identifier: MIT */
/* mullionctl restart and release. */
#include <stdio.h>

#include "tools/ctl.h"

/* `done` is the reply's member that says whether there was something to do. */
static int ctl_retry(
	const struct ctl *ctl, const char *method, const char *done, const char *otherwise)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, method, guest_parameters(ctl->args[0]), &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else if (!json_object_get_boolean(json_object_object_get(reply.parameters, done)))
		puts(otherwise);
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

int ctl_restart(const struct ctl *ctl)
{
	return ctl_retry(ctl, CONTROL("Restart"), "restarted",
		"no VMM is connected: there is nothing to restart");
}

int ctl_release(const struct ctl *ctl)
{
	return ctl_retry(ctl, CONTROL("Release"), "released",
		"it is not quarantined: there is nothing to release");
}
