/* SPDX-License-Identifier: MIT */
#ifndef RENDER_IDLE_H
#define RENDER_IDLE_H

/*
 * Whether the GPU is done with what a client submitted. Submissions are numbered from 1;
 * a fence is made behind one only where nothing else tells, and the newest of them are
 * known by the submissions that they cover.
 */

#include <stdbool.h>
#include <stdint.h>

#define IDLE_FENCES 16

struct budget;

struct idle {
	struct budget *budget; /* makes the fences; borrowed */
	uint32_t submitted;    /* the newest submission; modulo 2^32 */
	uint32_t finished;     /* with this one and all before it the GPU is done */
	struct idle_fence {
		uint32_t submission; /* and all before it */
		uint32_t fence;      /* of the library */
	} fences[IDLE_FENCES];
	uint32_t n_fences; /* so far; modulo the size */
	bool asked;        /* for the newest submission, which was not read since */
	bool reads;        /* who asked read then: so it was the last time */
};

/* Before each: what was not waited for so far gets a fence of its own. */
void idle_submit(struct idle *idle);
/* Something drawn was read, for which the library waited. */
void idle_read_back(struct idle *idle);
/* It waits for this submission: it need not, for it will do so in reading, or so it did before. */
bool idle_will_read(struct idle *idle, uint32_t submission);
/* The newest submission will be read, and its client does nothing now: the GPU may begin. */
bool idle_may_start(const struct idle *idle);
/* The GPU is done with this submission and those before it; else a fence will signal. */
bool idle_is_done(struct idle *idle, uint32_t submission);

#endif
