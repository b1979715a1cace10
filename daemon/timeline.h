/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_TIMELINE_H
#define DAEMON_TIMELINE_H

/*
 * Who had the GPU when, and who waited for it: the newest spans of time, in a ring. The
 * mediator writes them, whether somebody looks or not.
 */

#include <stdint.h>
#include <sys/types.h>

#include "protocol/limits.h"

#define TIMELINE_SPANS 4096 /* some seconds of slices */

struct timeline_span {
	char guest[LIMIT_NAME];
	char program[16]; /* of a container's client; empty: a VM */
	pid_t pid;        /* the same; 0 */
	int64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	uint64_t used_ns;         /* of the GPU in between; 0: it waited for a grant */
};

struct timeline {
	uint64_t n; /* spans so far; number i is at i % TIMELINE_SPANS */
	struct timeline_span spans[TIMELINE_SPANS];
};

/* NULL: no memory. */
struct timeline *timeline_create(void);
void timeline_destroy(struct timeline *timeline);
void timeline_add(struct timeline *timeline, const struct timeline_span *span);
/* Number `index`, from the first one on; NULL: it is overwritten, or has not come yet. */
const struct timeline_span *timeline_get(const struct timeline *timeline, uint64_t index);

#endif
