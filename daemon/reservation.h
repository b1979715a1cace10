/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_RESERVATION_H
#define DAEMON_RESERVATION_H

/*
 * A guest's reservation: so much time in each period, as a constant bandwidth server
 * (Abeni and Buttazzo, 1998) that is hard: what is used beyond the runtime is taken
 * from the next periods, and until one begins there is no time on it.
 *
 * Times are nanoseconds on a clock that does not go back.
 */

#include <stdbool.h>
#include <stdint.h>

#define RESERVATION_PERIOD_MIN_NS UINT64_C(1000000)
#define RESERVATION_PERIOD_MAX_NS UINT64_C(1000000000)
#define RESERVATION_RUNTIME_MIN_NS UINT64_C(100000)
/* Of what may be reserved in all, in millionths of the GPU: the rest is for the others. */
#define RESERVATION_SUM_MAX_PPM 900000

struct reservation {
	uint64_t runtime_ns; /* 0: none */
	uint64_t period_ns;
	int64_t budget_ns;    /* left in this period; below 0: overrun */
	uint64_t deadline_ns; /* the end of this period */
};

/* No runtime and no period: none. */
bool reservation_valid(uint64_t runtime_ns, uint64_t period_ns);
uint32_t reservation_ppm(uint64_t runtime_ns, uint64_t period_ns);

/* What was overrun stays so. It begins with reservation_wake. */
void reservation_set(
	struct reservation *reservation, uint64_t runtime_ns, uint64_t period_ns, uint64_t now_ns);
/* Its guest wants the GPU after it did not: a fresh period, if what is left would be more. */
void reservation_wake(struct reservation *reservation, uint64_t now_ns);
/* Time went on: periods that have begun bring their runtime. */
void reservation_advance(struct reservation *reservation, uint64_t now_ns);
void reservation_charge(struct reservation *reservation, uint64_t used_ns);

/* When it has none, deadline_ns is when it may have some again. */
static inline bool reservation_has_time(const struct reservation *reservation)
{
	return reservation->runtime_ns && reservation->budget_ns > 0;
}

#endif
