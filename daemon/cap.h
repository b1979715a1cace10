/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CAP_H
#define DAEMON_CAP_H

/*
 * A guest's cap: at most so many percent of the GPU, even when nobody else wants it.
 * A bucket that fills with time: over any time T a guest gets no more than
 * percent * (T + CAP_WINDOW_NS) and what its last command ran over, which is carried.
 *
 * Times are nanoseconds on a clock that does not go back.
 */

#include <stdbool.h>
#include <stdint.h>

#define CAP_WINDOW_NS (INT64_C(100) * 1000 * 1000)

struct cap {
	uint32_t percent;   /* 0: none */
	bool closed;        /* used up, until there is a slice again */
	int64_t left_ns;    /* below 0: overrun */
	uint64_t filled_ns; /* when it was last filled, but for: */
	uint64_t rest;      /* hundredths of a nanosecond */
};

/* 0: none. One where there was none is full; what was overrun stays so. */
void cap_set(struct cap *cap, uint32_t percent, uint64_t now_ns);
/* Time went on. A closed one opens for `slice_ns`, or for all that it can hold. */
void cap_advance(struct cap *cap, int64_t slice_ns, uint64_t now_ns);
void cap_charge(struct cap *cap, uint64_t used_ns);
/* When it opens, if it is closed. */
uint64_t cap_ready_ns(const struct cap *cap, int64_t slice_ns);

#endif
