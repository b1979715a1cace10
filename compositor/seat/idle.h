/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_IDLE_H
#define COMPOSITOR_SEAT_IDLE_H

/*
 * When nobody has done anything for a while the screens are dark, until somebody does;
 * but not while a window is seen that inhibits it (zwp_idle_inhibitor_v1).
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "base/loop.h"

struct seat;

/* Embedded in the seat. */
struct idle {
	struct seat *seat;
	struct loop_timer timer;
	int64_t timeout_ns; /* 0: never */
	int64_t active_ns;  /* when something was done last */
	bool is_dark;
	struct list inhibitors; /* of idle_inhibitor.link */
};

extern const struct global idle_global;

/* 0 or negative errno; finish is safe after it. */
int idle_init(struct idle *idle, struct seat *seat);
void idle_finish(struct idle *idle);
/* From now on, with light; 0: never. */
void idle_start(struct idle *idle, uint32_t timeout_ms);
/* Somebody has done something. true: the screens were dark, so that it meant no window. */
bool idle_wake(struct idle *idle);

#endif
