/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.View. */
#include "daemon/control_call.h"

void control_view(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct guest *guest = control_find_guest(data, call, parameters);
	int head = guest ? control_find_head(call, parameters, guest) : -1;

	if (head < 0)
		return;
	guest_view(guest, head);
	varlink_reply(call, NULL);
}
