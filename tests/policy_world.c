/* SPDX-License-Identifier: MIT */
/* A mediator and a GPU around a policy. */
#include "tests/unit.h"

#include "tests/policy_world.h"

#include <sys/param.h>

void world_init(struct policy_world *world, uint32_t in_flight)
{
	*world = (struct policy_world){ .now_ns = 1000 * SECOND };
	policy_init(&world->policy, in_flight, world->now_ns);
}

void world_add(struct policy_world *world, struct policy_guest *guest,
	const struct policy_terms *terms, struct world_client *client)
{
	assert_int_equal(policy_guest_init(&world->policy, guest, terms, world->now_ns), 0);
	*client = (struct world_client){ 0 };
	policy_client_init(guest, &client->client);
}

static struct world_client *world_client(struct policy_client *client)
{
	return container_of(client, struct world_client, client);
}

static void world_charge(struct policy_world *world)
{
	struct policy_client *holder;

	list_for_each (holder, &world->policy.holders, holder) {
		struct world_client *client = world_client(holder);

		policy_charge(holder, world->now_ns - client->charged_ns);
		client->used_ns += world->now_ns - client->charged_ns;
		client->charged_ns = world->now_ns;
	}
}

uint64_t world_used_ns(const struct policy_guest *guest)
{
	struct policy_client *client;
	uint64_t used_ns = 0;

	list_for_each (client, &guest->clients, link) {
		used_ns += world_client(client)->used_ns;
	}
	return used_ns;
}

void world_want(struct policy_world *world, struct world_client *client)
{
	world_charge(world);
	policy_want(&client->client, world->now_ns);
}

void world_unwant(struct policy_world *world, struct world_client *client)
{
	world_charge(world);
	policy_unwant(&client->client, world->now_ns);
}

/* The end of the command that runs now. */
static uint64_t command_end_ns(const struct policy_world *world, const struct world_client *client)
{
	uint64_t ran_ns = world->now_ns - client->granted_ns;
	uint64_t command_ns = MAX(client->command_ns, 1);

	return client->granted_ns + (ran_ns + command_ns - 1) / command_ns * command_ns;
}

struct policy_decision world_step(struct policy_world *world)
{
	struct policy_decision decision;
	struct world_client *client;

	world_charge(world);
	decision = policy_next(&world->policy, world->now_ns);
	switch (decision.verdict) {
	case POLICY_WAIT:
		assert_true(decision.at_ns > world->now_ns || decision.at_ns == POLICY_NEVER);
		break;
	case POLICY_GRANT:
		world->grants++;
		client = world_client(decision.client);
		client->granted_ns = client->charged_ns = world->now_ns;
		client->returns_ns = POLICY_NEVER;
		break;
	case POLICY_REVOKE:
		client = world_client(decision.client);
		assert_true(policy_holds(decision.client));
		assert_true(client->returns_ns == POLICY_NEVER);
		client->returns_ns = command_end_ns(world, client);
		if (client->returns_ns == world->now_ns)
			policy_return(decision.client, world->now_ns);
		break;
	}
	return decision;
}

static uint64_t world_settle(struct policy_world *world)
{
	struct policy_decision decision;

	/* Each client may be asked and granted once a turn: more never ends. */
	for (int i = 0; i < 10000; i++) {
		decision = world_step(world);
		if (decision.verdict == POLICY_WAIT)
			return decision.at_ns;
	}
	fail_msg("decisions without end");
	return 0;
}

void world_run(struct policy_world *world, uint64_t ns)
{
	uint64_t until_ns = world->now_ns + ns;
	struct policy_client *holder, *tmp;

	while (true) {
		uint64_t next_ns = MIN(world_settle(world), until_ns);

		if (world->now_ns == until_ns)
			return;
		list_for_each (holder, &world->policy.holders, holder) {
			next_ns = MIN(next_ns, world_client(holder)->returns_ns);
		}
		if (list_empty(&world->policy.holders)) {
			world->idle_ns += next_ns - world->now_ns;
			if (policy_contended(&world->policy))
				world->wasted_ns += next_ns - world->now_ns;
		}
		world->now_ns = next_ns;
		world_charge(world);
		list_for_each_safe (holder, tmp, &world->policy.holders, holder) {
			if (world_client(holder)->returns_ns <= world->now_ns)
				policy_return(holder, world->now_ns);
		}
	}
}
