/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_SCHEDULER_H
#define TESTS_SIM_SCHEDULER_H

/*
 * What the simulated GPU asks of a policy. Guests and clients are named by their index
 * in the simulation. One client has the GPU at a time.
 */

#include "tests/sim/load.h"

enum sim_verdict {
	SIM_WAIT, /* until `at_ns` or the next event */
	SIM_RUN,  /* `client` has the GPU, which is free */
	SIM_STOP, /* who has it is to stop after its command; once */
};

struct sim_decision {
	enum sim_verdict verdict;
	uint32_t client;
	uint64_t at_ns;
};

struct sim_scheduler {
	const char *name;
	void *(*create)(uint64_t now_ns);
	void (*destroy)(void *data);
	/* A guest with clients `first` to `first + n - 1` is there. None wants the GPU. */
	void (*join)(void *data, uint32_t guest, const struct policy_terms *terms, uint32_t first,
		uint32_t n, uint64_t now_ns);
	void (*leave)(void *data, uint32_t guest, uint64_t now_ns);
	void (*want)(void *data, uint32_t client, uint64_t now_ns);
	/* Who has the GPU used so much since the last time. Before anything else is told. */
	void (*charge)(void *data, uint32_t client, uint64_t used_ns);
	/* It stopped: it was told to, or has no more work. */
	void (*stopped)(void *data, uint32_t client, bool wants, uint64_t now_ns);
	struct sim_decision (*next)(void *data, uint64_t now_ns);
};

extern const struct sim_scheduler sim_mullion, sim_gvt;

#endif
