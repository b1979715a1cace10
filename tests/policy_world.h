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

struct world_client {
	struct policy_client client;
	uint64_t command_ns; /* it can stop after each; 0: at any time */
	uint64_t used_ns;
	uint64_t granted_ns;
	uint64_t charged_ns;
	uint64_t returns_ns;
};

struct policy_world {
	struct policy policy;
	uint64_t now_ns;
	uint64_t idle_ns;   /* that nobody had the GPU */
	uint64_t wasted_ns; /* that nobody had it though one who may waited */
	uint64_t grants;
	/* For tests that want no others: each guest's first client has its index. */
	struct policy_guest guests[4];
	struct world_client clients[8];
};

static inline struct policy_terms terms_default(void)
{
	return (struct policy_terms)POLICY_TERMS_DEFAULT;
}

static inline struct policy_terms terms_weight(uint32_t weight)
{
	struct policy_terms terms = terms_default();

	terms.weight = weight;
	return terms;
}

static inline struct policy_terms terms_capped(uint32_t percent)
{
	struct policy_terms terms = terms_default();

	terms.cap_percent = percent;
	return terms;
}

static inline struct policy_terms terms_reserved(uint64_t runtime_ns, uint64_t period_ns)
{
	struct policy_terms terms = terms_default();

	terms.runtime_ns = runtime_ns;
	terms.period_ns = period_ns;
	return terms;
}

/* The one there is. */
extern struct policy_world world;

void world_init(uint32_t in_flight);
/* guests[index] and clients[index]. */
void world_add(uint32_t index, struct policy_terms terms);
/* Another client of guests[index]. */
void world_add_client(uint32_t index, struct world_client *client);
void world_want(struct world_client *client);
void world_unwant(struct world_client *client);
/* The first `n` clients want the GPU. */
void world_want_all(uint32_t n);
/* What a guest's clients used. */
uint64_t world_used_ns(const struct policy_guest *guest);
/* guests[index] used so much since it had used `since_ns`, give or take. */
void world_assert_used(uint32_t index, uint64_t since_ns, uint64_t expected_ns, uint64_t within_ns);

/* Time goes on. What is decided at its end is carried out. */
void world_run(uint64_t ns);
/* One decision is made and carried out. */
struct policy_decision world_step(void);
/* The same, and it is this. */
void world_expect(enum policy_verdict verdict, const struct world_client *client);

#endif
