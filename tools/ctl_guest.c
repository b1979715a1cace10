/* SPDX-License-Identifier: MIT */
/* mullionctl list and show. */
#include <stdio.h>

#include "tools/ctl.h"
#include "tools/guest_print.h"

int ctl_list(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("ListGuests"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		guest_print_list(stdout, json_object_object_get(reply.parameters, "guests"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

int ctl_show(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("ShowGuest"), guest_parameters(ctl->args[0]), &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		guest_print(stdout, json_object_object_get(reply.parameters, "guest"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}
