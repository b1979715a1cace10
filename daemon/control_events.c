/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Events. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/loop.h"
#include "daemon/control_call.h"
#include "daemon/events.h"

/* Callers wait no longer than this for nothing to happen. */
#define WAIT_NS (5 * NSEC_PER_SEC)

/* A call that waits for the next event. */
struct control_events {
	struct events_waiter waiter;
	struct loop_timer limit;
	struct varlink_call *call;
	struct events *events;
	uint64_t after;
};

static const char *const kinds[] = {
	[EVENT_STALE] = "stale",
	[EVENT_DRAWS] = "draws",
	[EVENT_CLOSED] = "closed",
	[EVENT_RENDERER_DIED] = "renderer-died",
	[EVENT_GUEST_DIED] = "guest-died",
	[EVENT_HUNG] = "hung",
	[EVENT_QUARANTINED] = "quarantined",
};

static struct json_object *json_event(const struct event *event)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "serial", event->serial);
	json_add_string(object, "kind", kinds[event->kind]);
	json_add_string(object, "guest", event->guest);
	if (event->head >= 0)
		json_add_int(object, "head", event->head);
	return object;
}

static void events_reply(struct varlink_call *call, const struct events *events, uint64_t after)
{
	struct json_object *reply = json_object_new_object(), *array = json_object_new_array();
	const struct event *event;

	while ((event = events_next(events, after))) {
		json_object_array_add(array, json_event(event));
		after = event->serial;
	}
	json_object_object_add(reply, "events", array);
	json_add_int(reply, "last", events->last);
	varlink_reply(call, reply);
}

static void pending_destroy(struct control_events *pending)
{
	list_remove(&pending->waiter.link);
	loop_timer_finish(&pending->limit);
	free(pending);
}

static void pending_answer(struct control_events *pending)
{
	struct varlink_call *call = pending->call;
	struct events *events = pending->events;
	uint64_t after = pending->after;

	pending_destroy(pending);
	events_reply(call, events, after);
}

static void pending_handle_event(struct events_waiter *waiter)
{
	pending_answer(container_of(waiter, struct control_events, waiter));
}

static void pending_handle_limit(struct loop_timer *timer)
{
	pending_answer(container_of(timer, struct control_events, limit));
}

static void pending_handle_cancelled(void *data)
{
	pending_destroy(data);
}

static struct control_events *pending_create(struct control *control, struct events *events)
{
	struct control_events *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->events = events;
	if (loop_timer_init(&pending->limit, control->loop, pending_handle_limit) < 0) {
		free(pending);
		return NULL;
	}
	loop_timer_set(&pending->limit, WAIT_NS);
	events_wait(events, &pending->waiter, pending_handle_event);
	return pending;
}

void control_events(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct events *events = daemon_events(control->daemon);
	struct json_object *given = json_object_object_get(parameters, "after");
	int64_t after = given ? json_object_get_int64(given) : (int64_t)events->last;

	/* Of another mulliond, before this one. */
	if (after < 0 || (uint64_t)after > events->last)
		after = 0;
	struct control_events *pending = NULL;
	if ((uint64_t)after == events->last)
		pending = pending_create(control, events);
	if (!pending) {
		events_reply(call, events, after);
		return;
	}
	pending->call = call;
	pending->after = after;
	varlink_call_hold(call, pending_handle_cancelled, pending);
}
