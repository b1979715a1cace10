/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_EVENTS_H
#define DAEMON_EVENTS_H

/* What happened to guests that somebody may want to act on: the newest, and who waits for more. */

#include <stdint.h>

#include "base/list.h"
#include "protocol/limits.h"

#define EVENTS_KEPT 64

enum event_kind {
	EVENT_STALE,         /* a head froze */
	EVENT_DRAWS,         /* it draws again */
	EVENT_CLOSED,        /* the user closed a head's window */
	EVENT_RENDERER_DIED, /* the guest's mullion-render */
	EVENT_GUEST_DIED,    /* its mullion-guest */
	EVENT_HUNG,          /* one of its renderers, which is ended */
	EVENT_QUARANTINED,   /* for they hung too often: it gets no more of them */
};

struct event {
	uint64_t serial; /* counts from 1 */
	enum event_kind kind;
	char guest[LIMIT_NAME];
	int head; /* -1: it is none's */
};

struct events {
	struct event kept[EVENTS_KEPT]; /* by serial, modulo the size */
	uint64_t last;                  /* serial of the newest; 0: there was none */
	struct list waiters;            /* of events_waiter.link */
};

/* Told once, with the next event, and no waiter any more then. */
struct events_waiter {
	struct list link;
	void (*handle)(struct events_waiter *waiter);
};

void events_init(struct events *events);
/* `head` -1: none. */
void events_raise(struct events *events, enum event_kind kind, const char *guest, int head);
/* The next after that serial that is still there, or NULL. */
const struct event *events_next(const struct events *events, uint64_t after);
void events_wait(struct events *events, struct events_waiter *waiter,
	void (*handle)(struct events_waiter *waiter));

#endif
