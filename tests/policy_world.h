/* SPDX-License-Identifier: MIT */
#ifndef TESTS_POLICY_WORLD_H
#define TESTS_POLICY_WORLD_H

/*
 * A mediator and a GPU around a policy, on a clock of the test's own: who holds a grant
 * uses all of the time, and gives it back at the end of a command once it was revoked.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/policy.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

struct policy_world {
	struct policy policy;
	uint64_t now_ns;
	uint64_t idle_ns;   /* that nobody had the GPU */
	uint64_t wasted_ns; /* that nobody had it though one who may waited */
	uint64_t grants;
};

struct world_client {
	struct policy_client client;
	uint64_t command_ns; /* it can stop after each; 0: at any time */
	uint64_t used_ns;
	uint64_t granted_ns;
	uint64_t charged_ns;
	uint64_t returns_ns;
};

void world_init(struct policy_world *world, uint32_t in_flight);
void world_add(struct policy_world *world, struct policy_guest *guest,
	const struct policy_terms *terms, struct world_client *client);
void world_want(struct policy_world *world, struct world_client *client);
void world_unwant(struct policy_world *world, struct world_client *client);
/* What its clients used. */
uint64_t world_used_ns(const struct policy_guest *guest);
/* Time goes on. What is decided at its end is carried out. */
void world_run(struct policy_world *world, uint64_t ns);
/* The same for one decision. */
struct policy_decision world_step(struct policy_world *world);

#endif
