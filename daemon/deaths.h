/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_DEATHS_H
#define DAEMON_DEATHS_H

/*
 * What may happen to a guest now and then, until it happens too often: deaths of a process
 * that is started again each time, hangs of its renderers. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#define DEATHS_MAX 256 /* that may be asked for; a power of two */
#define DEATHS_WINDOW_MS 60000

struct deaths {
	uint32_t max, window_ms;     /* so many within the window are too often; 1 to DEATHS_MAX */
	uint64_t n;                  /* ever */
	int64_t when_ns[DEATHS_MAX]; /* of the last ones, in a ring; 0: none */
	bool given_up;
};

void deaths_init(struct deaths *deaths, uint32_t max, uint32_t window_ms);
/* From the next one on. */
void deaths_limit(struct deaths *deaths, uint32_t max, uint32_t window_ms);
void deaths_add(struct deaths *deaths, int64_t now_ns);
/* Somebody wants it tried again. */
void deaths_forgive(struct deaths *deaths);

#endif
