/* SPDX-License-Identifier: MIT */
/* mullionctl restart. */
#include <stdio.h>

#include "tools/ctl.h"

int ctl_restart(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("Restart"), guest_parameters(ctl->args[0]), &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else if (!json_object_get_boolean(json_object_object_get(reply.parameters, "restarted")))
		puts("no VMM is connected: there is nothing to restart");
	varlink_reply_finish(&reply);
	return EXIT_OK;
}
