/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

/*
 * What a guest does to a back end while it is measured. A step is one batch:
 * queued, kicked once, all of it waited for.
 */

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define LOAD_WIDTH_PX 1920
#define LOAD_HEIGHT_PX 1080
#define LOAD_FRAME_BYTES (LOAD_WIDTH_PX * LOAD_HEIGHT_PX * 4)
#define LOAD_DAMAGE_PX 64

struct load {
	const char *name;
	uint32_t batch;           /* operations in a step */
	uint64_t operation_bytes; /* of picture that an operation moves; 0: none */
	bool latency;             /* p50 and p99 of the steps are of interest */
	int (*step)(struct gpu *gpu, uint32_t batch);
};

struct load_result {
	double operations_per_s;
	double bytes_per_s;
	double p50_us, p99_us; /* of a step */
	uint64_t operations;
};

extern const struct load LOADS[];
extern const uint32_t LOAD_COUNT;

/* A full-screen resource with backing on head 0, and a cursor. Returns 0 or a negative errno. */
int load_prepare(struct guest *guest);

/* Runs for the time. Returns 0 or a negative errno. */
int load_run(const struct load *load, struct guest *guest, uint32_t duration_ms,
	struct load_result *result);

#endif
