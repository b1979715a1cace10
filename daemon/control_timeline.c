/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Timeline: who had the GPU when. */
#include "base/clock.h"
#include "daemon/control_call.h"
#include "daemon/guest_stats.h"
#include "daemon/timeline.h"

static struct json_object *json_span(const struct timeline_span *span)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "guest", span->guest);
	if (*span->program)
		json_add_foreign(object, "program", span->program);
	json_add_pid(object, "pid", span->pid);
	json_add_int(object, "start_us", span->start_ns / NSEC_PER_USEC);
	json_add_int(object, "end_us", span->end_ns / NSEC_PER_USEC);
	/* Less than one is not none. */
	json_add_int(object, "used_us", (span->used_ns + NSEC_PER_USEC - 1) / NSEC_PER_USEC);
	return object;
}

void control_timeline(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct json_object *given = json_object_object_get(parameters, "after");
	struct json_object *reply = json_object_new_object(), *spans = json_object_new_array();
	const struct timeline *timeline = daemon_timeline(control->daemon);
	struct daemon_stats stats;

	daemon_measure(control->daemon, &stats);
	int64_t after = given ? json_object_get_int64(given) : (int64_t)timeline->n;
	/* Of another mulliond, before this one. */
	if (after < 0 || (uint64_t)after > timeline->n)
		after = 0;
	uint64_t first = timeline->n > TIMELINE_SPANS ? timeline->n - TIMELINE_SPANS : 0;
	if (first < (uint64_t)after)
		first = after;
	for (uint64_t i = first; i < timeline->n; i++)
		json_object_array_add(spans, json_span(timeline_get(timeline, i)));
	json_object_object_add(reply, "spans", spans);
	json_add_int(reply, "last", timeline->n);
	json_add_int(reply, "missed", first - after);
	json_add_int(reply, "now_us", clock_now_ns() / NSEC_PER_USEC);
	varlink_reply(call, reply);
}
