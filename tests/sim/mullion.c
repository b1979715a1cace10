/* SPDX-License-Identifier: MIT */
/* Our policy in the simulation. */
#include "tests/sim/scheduler.h"

#include <assert.h>
#include <stdlib.h>

struct mullion {
	struct policy policy;
	struct policy_guest guests[LOAD_GUESTS];
	struct policy_client clients[LOAD_CLIENTS];
};

static void *mullion_create(uint64_t now_ns)
{
	struct mullion *mullion = calloc(1, sizeof(*mullion));

	assert(mullion);
	policy_init(&mullion->policy, 1, now_ns);
	return mullion;
}

static void mullion_destroy(void *data)
{
	free(data);
}

static void mullion_join(void *data, uint32_t guest, const struct policy_terms *terms,
	uint32_t first, uint32_t n, uint64_t now_ns)
{
	struct mullion *mullion = data;
	int ret = policy_guest_init(&mullion->policy, &mullion->guests[guest], terms, now_ns);

	assert(ret == 0);
	for (uint32_t i = first; i < first + n; i++)
		policy_client_init(&mullion->guests[guest], &mullion->clients[i]);
}

static void mullion_leave(void *data, uint32_t guest, uint64_t now_ns)
{
	struct mullion *mullion = data;
	struct policy_client *client, *tmp;

	list_for_each_safe(client, tmp, &mullion->guests[guest].clients, link) {
		policy_client_finish(client);
	}
	policy_guest_finish(&mullion->guests[guest]);
}

static void mullion_want(void *data, uint32_t client, uint64_t now_ns)
{
	struct mullion *mullion = data;

	policy_want(&mullion->clients[client], now_ns);
}

static void mullion_charge(void *data, uint32_t client, uint64_t used_ns)
{
	struct mullion *mullion = data;

	policy_charge(&mullion->clients[client], used_ns);
}

static void mullion_stopped(void *data, uint32_t client, bool wants, uint64_t now_ns)
{
	struct mullion *mullion = data;

	if (!wants)
		policy_unwant(&mullion->clients[client], now_ns);
	policy_return(&mullion->clients[client], now_ns);
}

static struct sim_decision mullion_next(void *data, uint64_t now_ns)
{
	struct mullion *mullion = data;
	struct policy_decision decision = policy_next(&mullion->policy, now_ns);

	switch (decision.verdict) {
	case POLICY_WAIT:
		break;
	case POLICY_GRANT:
		return (struct sim_decision){ SIM_RUN, decision.client - mullion->clients, 0 };
	case POLICY_REVOKE:
		return (struct sim_decision){ SIM_STOP, decision.client - mullion->clients, 0 };
	}
	return (struct sim_decision){ SIM_WAIT, 0, decision.at_ns };
}

const struct sim_scheduler sim_mullion = {
	.name = "mullion",
	.create = mullion_create,
	.destroy = mullion_destroy,
	.join = mullion_join,
	.leave = mullion_leave,
	.want = mullion_want,
	.charge = mullion_charge,
	.stopped = mullion_stopped,
	.next = mullion_next,
};
