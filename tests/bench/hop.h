/* SPDX-License-Identifier: MIT */
#ifndef BENCH_HOP_H
#define BENCH_HOP_H

/*
 * What the machine itself takes for the way of a frame: a message to a process
 * that sleeps, which sends it on to a third one, and nothing else. Measured among
 * the frames, it tells their cost from the machine's noise.
 */

#include <stdint.h>
#include <sys/types.h>

#define HOP_MAX_SAMPLES 65536

struct hop {
	int fd; /* to the relay */
	pid_t relay, sink;
	struct hop_samples *samples; /* shared with the relay */
};

/* Returns 0 or a negative errno. */
int hop_start(struct hop *hop);
void hop_stop(struct hop *hop);

/* One measurement; the relay notes it when its own message is sent. */
void hop_send(struct hop *hop);
/* Sorts what there is and takes it away; nothing may be on its way. */
void hop_quantiles(struct hop *hop, double *p50_us, double *p99_us);

#endif
