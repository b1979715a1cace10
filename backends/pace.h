/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PACE_H
#define BACKENDS_PACE_H

/*
 * A guest that draws no faster than its screen: answers to what it sends after a flush
 * are held until the screen took the flushed frame. Pure.
 *
 *   flush N, mark 7      what has index 7 and more is held
 *   the frame is sent
 *   flush N+1, mark 9
 *   frame done           what has index 9 and more is held
 *
 * Never longer than PACE_LIMIT_NS: a head whose frame was not taken by then counts as
 * hidden, and holds nothing until the screen asks again.
 */

#include <stdbool.h>
#include <stdint.h>

#define PACE_LIMIT_NS (50 * INT64_C(1000000))

struct pace {
	bool holds;
	uint64_t mark;    /* what comes from there on */
	int64_t since_ns; /* it holds */
	bool waits;       /* a flush is in no frame yet */
	uint64_t newest;  /* mark of the newest flush */
	bool hidden;
};

/* Things with indices from `mark` on are sent after this flush. */
void pace_flush(struct pace *pace, uint64_t mark, int64_t now_ns);
/* A frame of all flushes so far is on its way to the screen. */
void pace_sent(struct pace *pace);
/* The screen took it. */
void pace_done(struct pace *pace, int64_t now_ns);
/* The head shows something else from now on, or nothing. */
void pace_reset(struct pace *pace);

bool pace_holds(const struct pace *pace, uint64_t index);
/* When it stops by itself; 0: it holds nothing. */
int64_t pace_deadline_ns(const struct pace *pace);
void pace_expire(struct pace *pace, int64_t now_ns);

#endif
