/* SPDX-License-Identifier: MIT */
/* What happened to guests. */
#include "daemon/events.h"

#include <stddef.h>
#include <stdio.h>

void events_init(struct events *events)
{
	*events = (struct events){ .last = 0 };
	list_init(&events->waiters);
}

void events_raise(struct events *events, enum event_kind kind, const char *guest, int head)
{
	struct events_waiter *waiter, *tmp;
	uint64_t serial = ++events->last;
	struct event *event = &events->kept[serial % EVENTS_KEPT];

	*event = (struct event){ .serial = serial, .kind = kind, .head = head };
	snprintf(event->guest, sizeof(event->guest), "%s", guest);
	list_for_each_safe(waiter, tmp, &events->waiters, link) {
		list_remove(&waiter->link);
		waiter->handle(waiter);
	}
}

const struct event *events_next(const struct events *events, uint64_t after)
{
	if (events->last > EVENTS_KEPT && after < events->last - EVENTS_KEPT)
		after = events->last - EVENTS_KEPT;
	return after < events->last ? &events->kept[(after + 1) % EVENTS_KEPT] : NULL;
}

void events_wait(struct events *events, struct events_waiter *waiter,
	void (*handle)(struct events_waiter *waiter))
{
	waiter->handle = handle;
	list_append(&events->waiters, &waiter->link);
}
