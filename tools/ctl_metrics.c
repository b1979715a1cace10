/* SPDX-License-Identifier: MIT */
/* mullionctl metrics. */
#include <stdio.h>

#include "tools/ctl.h"

int ctl_metrics(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("Metrics"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		fputs(get_string(reply.parameters, "text"), stdout);
	varlink_reply_finish(&reply);
	return EXIT_OK;
}
