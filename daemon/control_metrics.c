/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Metrics. */
#include <stdlib.h>

#include "daemon/control_call.h"
#include "daemon/metrics.h"

void control_metrics(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct json_object *reply = json_object_new_object();
	size_t len;
	char *text = metrics_print(control->daemon, &len);

	json_add_string(reply, "text", text ? text : "# EOF\n");
	free(text);
	varlink_reply(call, reply);
}
