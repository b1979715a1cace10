/* SPDX-License-Identifier: MIT */
#ifndef RENDER_CUTTER_H
#define RENDER_CUTTER_H

/*
 * How much of a stream goes to the GPU at once while others wait for it. What is
 * measured are chunks, from when the GPU could begin one to its fence; what is said is
 * how many commands the next may have, so that it takes a given time. A single
 * command cannot be cut, however long it takes.
 */

#include <stdbool.h>
#include <stdint.h>

/* Chunks that the GPU may have at once: one to work on, one that it finds when that is done. */
#define CUTTER_CHUNKS 2

struct cutter {
	uint64_t command_ns; /* what a command cost of late; 0: not known */
	int64_t done_ns;     /* when the newest chunk was */
	struct cutter_chunk {
		uint32_t fence;
		uint32_t n_commands;
		int64_t began_ns;
	} chunks[CUTTER_CHUNKS]; /* in flight, the oldest first */
	uint32_t n;
};

/* Commands for a chunk of about so long; at least 1. */
uint32_t cutter_size(const struct cutter *cutter, int64_t chunk_ns);
bool cutter_is_full(const struct cutter *cutter);
/* A chunk went; the cutter is not full. */
void cutter_add(struct cutter *cutter, uint32_t fence, uint32_t n_commands, int64_t began_ns);
/* All fences up to this one (modulo 2^32) have signalled. */
void cutter_signalled(struct cutter *cutter, uint32_t fence, int64_t now_ns);

#endif
