/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_STALE_H
#define DAEMON_STALE_H

/*
 * Whether a head that must not freeze has frozen: it is expected to draw from its
 * first frame until its guest turns it off, and stale when nothing of it came for a
 * time. While the screen does not ask for frames none can come; then what counts is
 * that the guest flushes. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

struct stale {
	int64_t after_ns; /* 0: never */
	int64_t alive_ns; /* when it was last seen to draw */
	uint64_t flushes; /* the guest's, as counted then */
	bool drawing;     /* it is expected to */
	bool is_stale;
	uint64_t times; /* that it became so */
};

/* Each of these returns true if is_stale changed. */

/* A frame of it came. */
bool stale_saw_frame(struct stale *stale, int64_t now_ns);
/* Its guest turned it off. */
bool stale_stop(struct stale *stale);
/* Now and then: `waits` while no frame is welcome. */
bool stale_check(struct stale *stale, int64_t now_ns, uint64_t flushes, bool waits);

#endif
