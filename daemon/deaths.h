/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_DEATHS_H
#define DAEMON_DEATHS_H

/* Deaths of a process that is started again each time, until it dies too often. Pure. */

#include <stdbool.h>
#include <stdint.h>

#define DEATHS_MAX 256 /* that may be asked for */
#define DEATHS_WINDOW_NS (60 * INT64_C(1000000000))

struct deaths {
	uint32_t max;                /* so many within the window are too often; 1 to DEATHS_MAX */
	uint64_t n;                  /* ever */
	int64_t when_ns[DEATHS_MAX]; /* of the last `max`, in a ring; 0: none */
	bool given_up;
};

void deaths_init(struct deaths *deaths, uint32_t max);
void deaths_add(struct deaths *deaths, int64_t now_ns);
/* Somebody wants it tried again. */
void deaths_forgive(struct deaths *deaths);

#endif
