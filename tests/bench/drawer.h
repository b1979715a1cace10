/* SPDX-License-Identifier: MIT */
#ifndef BENCH_DRAWER_H
#define BENCH_DRAWER_H

/* A container's program that draws the same frame over and over, in a thread of its own. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../fixture.h"

#include "../guest/virgl.h"
#include "../vtest_client.h"

#define DRAWER_FRAME_NS 16666667
#define DRAWER_FRAMES_MAX 8192

struct drawer {
	const struct fixture *fixture;
	const char *guest;
	uint32_t n_draws; /* of a submission */
	bool frames;      /* one submission each DRAWER_FRAME_NS, instead of one after the other */
	pthread_t thread;
	atomic_bool stop;
	struct client client;
	struct target target;
	struct virgl_stream stream; /* of one submission */
	int renderer;     /* pid */
	double cpu_s;     /* that it used in the measured time */
	atomic_uint done;
	int64_t late_ns[DRAWER_FRAMES_MAX]; /* of each frame: done after the time of the next one */
	int64_t took_ns[DRAWER_FRAMES_MAX];
};

/* Connects and warms up. Asserts that it works. */
void drawer_start(struct drawer *drawer);
void drawer_finish(struct drawer *drawer);
/* Draws until it is stopped. */
void drawer_begin(struct drawer *drawer);
void drawer_end(struct drawer *drawer);

#endif
