/* SPDX-License-Identifier: MIT */
/* mullionctl events. */
#include <stdio.h>

#include "tools/ctl.h"

static void print_event(const struct ctl *ctl, struct json_object *event)
{
	struct json_object *head = json_object_object_get(event, "head");

	if (ctl->json)
		puts(json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN));
	else if (head)
		printf("%s head %d: %s\n", get_string(event, "guest"),
			json_object_get_int(head), get_string(event, "kind"));
	else
		printf("%s: %s\n", get_string(event, "guest"), get_string(event, "kind"));
}

/* Each call waits in mulliond for something to happen, or a while. Ends with mulliond. */
int ctl_events(const struct ctl *ctl)
{
	struct json_object *parameters = NULL, *events;
	struct varlink_reply reply;

	for (;;) {
		int status = ctl_call(ctl, CONTROL("Events"), parameters, &reply);
		if (status != EXIT_OK)
			return status;
		events = json_object_object_get(reply.parameters, "events");
		size_t n = json_object_is_type(events, json_type_array) ?
			json_object_array_length(events) : 0;
		for (size_t i = 0; i < n; i++)
			print_event(ctl, json_object_array_get_idx(events, i));
		fflush(stdout);
		parameters = json_object_new_object();
		json_object_object_add(parameters, "after",
			json_object_new_int64(get_int(reply.parameters, "last")));
		varlink_reply_finish(&reply);
	}
}
