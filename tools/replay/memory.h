/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPLAY_MEMORY_H
#define TOOLS_REPLAY_MEMORY_H

/*
 * Memory that stands in for the guest's: one memfd, mostly holes, of which each
 * backing gets a run. The addresses of the recording mean nothing here.
 */

#include <stddef.h>
#include <stdint.h>

#define MEMORY_RUNS_MAX 16384u

struct memory {
	int fd;       /* owned */
	uint8_t *map; /* owned */
	uint64_t size_bytes;
	uint64_t used_bytes, limit_bytes;
	/* Runs in use, by address. */
	struct memory_run {
		uint64_t start, bytes;
	} * runs; /* owned */
	uint32_t n_runs;
};

/* Runs of `limit_bytes` together may be had. 0 or negative errno. */
int memory_init(struct memory *memory, uint64_t limit_bytes);
void memory_finish(struct memory *memory);

/* All zero. -ENOMEM: beyond the limit. */
int memory_take(struct memory *memory, uint64_t bytes, uint64_t *start);
void memory_give(struct memory *memory, uint64_t start);

#endif
