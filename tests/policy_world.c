/* SPDX-License-Identifier: MIT */
/* A mediator and a GPU around a policy. */
#include "tests/unit.h"

#include "tests/policy_world.h"

#include <sys/param.h>

struct policy_world world;

void world_init(uint32_t in_flight)
{
	world = (struct policy_world){ .now_ns = 1000 * SECOND };
	policy_init(&world.policy, in_flight, world.now_ns);
}

void world_add_client(uint32_t index, struct world_client *client)
{
	*client = (struct world_client){ 0 };
	policy_client_init(&world.guests[index], &client->client);
}

void world_add(uint32_t index, struct policy_terms terms)
{
	int ret = policy_guest_init(&world.policy, &world.guests[index], &terms, world.now_ns);

	assert_int_equal(ret, 0);
	world_add_client(index, &world.clients[index]);
}

static struct world_client *world_client(struct policy_client *client)
{
	return container_of(client, struct world_client, client);
}

static void world_charge(void)
{
	struct policy_client *holder;

	list_for_each(holder, &world.policy.holders, holder) {
		struct world_client *client = world_client(holder);

		policy_charge(holder, world.now_ns - client->charged_ns);
		client->used_ns += world.now_ns - client->charged_ns;
		client->charged_ns = world.now_ns;
	}
}

uint64_t world_used_ns(const struct policy_guest *guest)
{
	struct policy_client *client;
	uint64_t used_ns = 0;

	list_for_each(client, &guest->clients, link) {
		used_ns += world_client(client)->used_ns;
	}
	return used_ns;
}

void world_assert_used(uint32_t index, uint64_t since_ns, uint64_t expected_ns, uint64_t within_ns)
{
	uint64_t used_ns = world_used_ns(&world.guests[index]) - since_ns;

	assert_in_range(used_ns + within_ns, expected_ns, expected_ns + 2 * within_ns);
}

void world_want(struct world_client *client)
{
	world_charge();
	policy_want(&client->client, world.now_ns);
}

void world_unwant(struct world_client *client)
{
	world_charge();
	policy_unwant(&client->client, world.now_ns);
}

void world_want_all(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		world_want(&world.clients[i]);
}

/* The end of the command that runs now. */
static uint64_t command_end_ns(const struct world_client *client)
{
	uint64_t ran_ns = world.now_ns - client->granted_ns;
	uint64_t command_ns = MAX(client->command_ns, 1);

	return client->granted_ns + (ran_ns + command_ns - 1) / command_ns * command_ns;
}

struct policy_decision world_step(void)
{
	struct policy_decision decision;
	struct world_client *client;

	world_charge();
	decision = policy_next(&world.policy, world.now_ns);
	switch (decision.verdict) {
	case POLICY_WAIT:
		assert_true(decision.at_ns > world.now_ns || decision.at_ns == POLICY_NEVER);
		break;
	case POLICY_GRANT:
		world.grants++;
		client = world_client(decision.client);
		client->granted_ns = client->charged_ns = world.now_ns;
		client->returns_ns = POLICY_NEVER;
		break;
	case POLICY_REVOKE:
		client = world_client(decision.client);
		assert_true(policy_holds(decision.client));
		assert_true(client->returns_ns == POLICY_NEVER);
		client->returns_ns = command_end_ns(client);
		if (client->returns_ns == world.now_ns)
			policy_return(decision.client, world.now_ns);
		break;
	}
	return decision;
}

void world_expect(enum policy_verdict verdict, const struct world_client *client)
{
	struct policy_decision decision = world_step();

	assert_int_equal(decision.verdict, verdict);
	assert_ptr_equal(decision.client, client ? &client->client : NULL);
}

static uint64_t world_settle(void)
{
	struct policy_decision decision;

	/* Each client may be asked and granted once a turn: more never ends. */
	for (int i = 0; i < 10000; i++) {
		decision = world_step();
		if (decision.verdict == POLICY_WAIT)
			return decision.at_ns;
	}
	fail_msg("decisions without end");
	return 0;
}

void world_run(uint64_t ns)
{
	uint64_t until_ns = world.now_ns + ns;
	struct policy_client *holder, *tmp;

	while (true) {
		uint64_t next_ns = MIN(world_settle(), until_ns);

		if (world.now_ns == until_ns)
			return;
		list_for_each(holder, &world.policy.holders, holder) {
			next_ns = MIN(next_ns, world_client(holder)->returns_ns);
		}
		if (list_empty(&world.policy.holders)) {
			world.idle_ns += next_ns - world.now_ns;
			if (policy_contended(&world.policy))
				world.wasted_ns += next_ns - world.now_ns;
		}
		world.now_ns = next_ns;
		world_charge();
		list_for_each_safe(holder, tmp, &world.policy.holders, holder) {
			if (world_client(holder)->returns_ns <= world.now_ns)
				policy_return(holder, world.now_ns);
		}
	}
}
