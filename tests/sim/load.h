/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_LOAD_H
#define TESTS_SIM_LOAD_H

/* What a simulated GPU is given to do, and what is promised of it. */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/policy.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

#define LOAD_GROUPS 4
#define LOAD_GUESTS 64
#define LOAD_CLIENTS 64

enum load_kind {
	LOAD_HOG,     /* always has another command */
	LOAD_VISITOR, /* a hog that comes and goes */
	LOAD_BLINKER, /* a hog that looks at what came of a command before the next */
	LOAD_FRAMES,  /* a frame each period; one that is not done by the next is late */
	LOAD_IDLE,    /* is there, and never has any */
};

/* So many guests of a kind. */
struct load_group {
	uint32_t n;
	enum load_kind kind;
	uint32_t n_clients; /* of each; 0: 1 */
	struct policy_terms terms;
	uint64_t command_ns; /* the longest that cannot be cut; half of it is the shortest */
	uint64_t frame_ns;   /* the dearest; half of it is the cheapest */
	uint64_t period_ns;  /* of frames; or how long a blinker looks */
};

struct load {
	const char *name;
	struct load_group groups[LOAD_GROUPS]; /* until n is 0 */
	uint64_t delay_max_ns;                 /* of a frame, promised; 0: nothing is */
	bool not_gvt;                          /* what it is about, GVT-g has not */
};

extern const struct load loads[];
extern const uint32_t n_loads;

#endif
