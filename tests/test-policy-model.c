/* SPDX-License-Identifier: MIT */
/* Who gets the GPU, at random: what must hold whatever happens. */
#include "tests/policy_world.h"
#include "tests/unit.h"

#include <sys/param.h>

#define GUESTS 8
#define CLIENTS 3 /* of each guest */
#define WORLDS 40
#define TURNS 2000
#define COMMAND_MAX_NS (5 * MS)
#define SLICE_MAX_NS (8 * MS)

struct model_guest {
	bool present;
	struct policy_guest guest;
	struct world_client clients[CLIENTS];
	bool connected[CLIENTS];
	/* Since its cap was set: */
	uint64_t capped_ns, used_then_ns;
	/* Of those that went: */
	uint64_t used_ns;
};

static struct model_guest model[GUESTS];
static struct dice dice;

static bool maybe(uint32_t of)
{
	return dice_roll(&dice, of) == 0;
}

/* From `least` to `most` in thousandths of what lies between. */
static uint64_t between(uint64_t least, uint64_t most)
{
	return least + (most - least) / 1000 * dice_roll(&dice, 1001);
}

static struct policy_terms random_terms(void)
{
	struct policy_terms terms = {
		.weight = between(50000, 400000) / 1000,
		.slice_ns = between(1 * MS, SLICE_MAX_NS),
	};

	if (maybe(4))
		terms.cap_percent = 5 + dice_roll(&dice, 96);
	if (maybe(3)) {
		terms.period_ns = between(5 * MS, 50 * MS);
		terms.runtime_ns = terms.period_ns / 20 * (1 + dice_roll(&dice, 8));
	}
	return terms;
}

static uint64_t used_ns(const struct model_guest *guest)
{
	return guest->used_ns + world_used_ns(&guest->guest);
}

static void cap_begins(struct model_guest *guest)
{
	guest->capped_ns = world.now_ns;
	guest->used_then_ns = used_ns(guest);
}

static void connect(struct model_guest *guest, uint32_t index)
{
	guest->clients[index] = (struct world_client){ .command_ns = between(0, COMMAND_MAX_NS) };
	policy_client_init(&guest->guest, &guest->clients[index].client);
	guest->connected[index] = true;
}

static void disconnect(struct model_guest *guest, uint32_t index)
{
	guest->used_ns += guest->clients[index].used_ns;
	guest->connected[index] = false;
	policy_client_finish(&guest->clients[index].client);
}

static void come_or_go(struct model_guest *guest)
{
	struct policy_terms terms = random_terms();

	if (!guest->present) {
		*guest = (struct model_guest){ 0 };
		guest->present =
			policy_guest_init(&world.policy, &guest->guest, &terms, world.now_ns) == 0;
		if (guest->present)
			cap_begins(guest);
		return;
	}
	for (uint32_t i = 0; i < CLIENTS; i++) {
		if (guest->connected[i])
			disconnect(guest, i);
	}
	policy_guest_finish(&guest->guest);
	guest->present = false;
}

static void change_terms(struct model_guest *guest)
{
	struct policy_terms terms = random_terms();

	if (policy_guest_set(&guest->guest, &terms, world.now_ns) == 0)
		cap_begins(guest);
}

static void act(void)
{
	struct model_guest *guest = &model[dice_roll(&dice, GUESTS)];
	uint32_t index = dice_roll(&dice, CLIENTS);
	struct world_client *client = &guest->clients[index];

	if (maybe(100))
		policy_set_in_flight(&world.policy, dice_roll(&dice, 4));
	if (!guest->present || maybe(40)) {
		come_or_go(guest);
	} else if (maybe(10)) {
		change_terms(guest);
	} else if (!guest->connected[index]) {
		connect(guest, index);
	} else if (maybe(20)) {
		disconnect(guest, index);
	} else if (!client->client.wants) {
		world_want(client);
	} else {
		world_unwant(client);
		if (policy_holds(&client->client) && maybe(2))
			policy_return(&client->client, world.now_ns);
	}
}

static void check_group(const struct share_group *group)
{
	const struct share *member;
	int64_t lag_ns = 0, weight = 0;

	list_for_each(member, &group->members, link) {
		lag_ns += member->lag_ns;
		weight += member->weight;
		assert_true(member->pledged_ns >= 0);
	}
	assert_int_equal(lag_ns, 0);
	assert_int_equal(weight, group->weight);
}

static void check_guest(const struct model_guest *guest)
{
	const struct policy_guest *policy = &guest->guest;
	uint32_t waiting = 0, holding = 0, percent = policy->terms.cap_percent;

	check_group(&policy->group);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		const struct policy_client *client = &guest->clients[i].client;

		if (!guest->connected[i])
			continue;
		waiting += client->wants && !policy_holds(client);
		holding += policy_holds(client);
		assert_true(client->share.competes == (client->wants || policy_holds(client)));
	}
	assert_int_equal(policy->n_waiting, waiting);
	assert_int_equal(policy->n_holding, holding);
	assert_true((policy->standing == POLICY_STANDING_IDLE) == !(waiting + holding));
	/* Nobody goes beyond its cap, but for what could not be stopped in time. */
	if (percent)
		assert_true(used_ns(guest) - guest->used_then_ns <=
			    (world.now_ns - guest->capped_ns + CAP_WINDOW_NS) * percent / 100 +
				    CLIENTS * (COMMAND_MAX_NS + SLICE_MAX_NS));
}

static void check(void)
{
	uint32_t ppm = 0;

	check_group(&world.policy.group);
	for (uint32_t i = 0; i < GUESTS; i++) {
		if (!model[i].present)
			continue;
		check_guest(&model[i]);
		ppm += reservation_ppm(
			model[i].guest.terms.runtime_ns, model[i].guest.terms.period_ns);
	}
	assert_int_equal(ppm, world.policy.reserved_ppm);
	assert_true(ppm <= RESERVATION_SUM_MAX_PPM);
	/* Nobody who may run waits while there is room. */
	assert_true(world.policy.n_holders >= world.policy.in_flight ||
		    !policy_contended(&world.policy));
	assert_int_equal(world.wasted_ns, 0);
}

static void finish(void)
{
	for (uint32_t i = 0; i < GUESTS; i++) {
		if (model[i].present)
			come_or_go(&model[i]);
	}
	assert_true(list_empty(&world.policy.guests));
	assert_true(list_empty(&world.policy.group.members));
	assert_int_equal(world.policy.group.weight, 0);
	assert_int_equal(world.policy.n_holders, 0);
	assert_int_equal(world.policy.reserved_ppm, 0);
}

static void test_anything(void **state)
{
	for (uint32_t seed = 0; seed < WORLDS; seed++) {
		dice = dice_of(seed);
		memset(model, 0, sizeof(model));
		world_init(1 + seed % 3);
		for (uint32_t turn = 0; turn < TURNS; turn++) {
			act();
			world_run(maybe(2) ? 0 : between(0, 10 * MS));
			check();
		}
		finish();
	}
}

/* Whoever wants the GPU gets it, however things stand when the others stop changing. */
static void test_nobody_starves(void **state)
{
	for (uint32_t seed = 0; seed < WORLDS; seed++) {
		dice = dice_of(1000 + seed);
		memset(model, 0, sizeof(model));
		world_init(1 + seed % 2);
		for (uint32_t turn = 0; turn < TURNS; turn++) {
			act();
			world_run(between(0, 10 * MS));
		}
		for (uint32_t i = 0; i < GUESTS * CLIENTS; i++) {
			struct model_guest *guest = &model[i / CLIENTS];

			if (guest->present && guest->connected[i % CLIENTS]) {
				world_want(&guest->clients[i % CLIENTS]);
				guest->clients[i % CLIENTS].used_ns = 0;
			}
		}
		world_run(100 * SECOND);
		for (uint32_t i = 0; i < GUESTS * CLIENTS; i++) {
			if (model[i / CLIENTS].present && model[i / CLIENTS].connected[i % CLIENTS])
				assert_true(model[i / CLIENTS].clients[i % CLIENTS].used_ns > 0);
		}
		finish();
	}
}

/* Among hogs of any weight and slice, nobody is ahead or behind more than is promised. */
static void test_bounded_lag(void **state)
{
	for (uint32_t seed = 0; seed < WORLDS; seed++) {
		dice = dice_of(2000 + seed);
		memset(model, 0, sizeof(model));
		world_init(1);
		for (uint32_t i = 0; i < GUESTS; i++) {
			struct policy_terms terms = {
				.weight = 1 + dice_roll(&dice, 1000),
				.slice_ns = between(1 * MS, SLICE_MAX_NS),
			};

			policy_guest_init(&world.policy, &model[i].guest, &terms, world.now_ns);
			connect(&model[i], 0);
			model[i].present = true;
			world_want(&model[i].clients[0]);
		}
		for (uint32_t turn = 0; turn < TURNS; turn++) {
			world_run(between(0, 10 * MS));
			check();
			for (uint32_t i = 0; i < GUESTS; i++) {
				int64_t lag_ns = model[i].guest.share.lag_ns;

				assert_true((uint64_t)MAX(lag_ns, -lag_ns) <=
					    SLICE_MAX_NS + COMMAND_MAX_NS);
			}
		}
		finish();
	}
}

/* Numbers that cannot be true: whatever becomes of it, all goes on. */
static void test_nonsense(void **state)
{
	for (uint32_t seed = 0; seed < WORLDS; seed++) {
		dice = dice_of(3000 + seed);
		memset(model, 0, sizeof(model));
		world_init(1 + seed % 3);
		for (uint32_t turn = 0; turn < TURNS; turn++) {
			struct model_guest *guest = &model[dice_roll(&dice, GUESTS)];
			uint32_t index = dice_roll(&dice, CLIENTS);
			uint64_t number = dice_roll(&dice, UINT32_MAX) *
					  (UINT64_C(1) << dice_roll(&dice, 40));

			act();
			if (guest->present && guest->connected[index])
				policy_charge(&guest->clients[index].client, number);
			if (maybe(10))
				world.now_ns += between(0, UINT64_C(1) << dice_roll(&dice, 55));
			world_run(0);
			check_group(&world.policy.group);
			assert_true(world.policy.n_holders >= world.policy.in_flight ||
				    !policy_contended(&world.policy));
		}
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anything),
		cmocka_unit_test(test_nobody_starves),
		cmocka_unit_test(test_bounded_lag),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
