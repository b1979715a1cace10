/* SPDX-License-Identifier: MIT */
/* Who gets the GPU: each rule by an example. */
#include "tests/policy_world.h"
#include "tests/unit.h"

#include <errno.h>

#define SLICE POLICY_SLICE_DEFAULT_NS

static struct policy_world world;
static struct policy_guest guests[4];
static struct world_client clients[8];

static const struct policy_terms default_terms = POLICY_TERMS_DEFAULT;

static int setup(void **state)
{
	world_init(&world, 1);
	return 0;
}

static void add(uint32_t index, struct policy_terms terms)
{
	world_add(&world, &guests[index], &terms, &clients[index]);
}

static struct policy_terms weight_of(uint32_t weight)
{
	struct policy_terms terms = default_terms;

	terms.weight = weight;
	return terms;
}

static struct policy_terms capped(uint32_t percent)
{
	struct policy_terms terms = default_terms;

	terms.cap_percent = percent;
	return terms;
}

static struct policy_terms reserved(uint64_t runtime_ns, uint64_t period_ns)
{
	struct policy_terms terms = default_terms;

	terms.runtime_ns = runtime_ns;
	terms.period_ns = period_ns;
	return terms;
}

static void hogs(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		world_want(&world, &clients[i]);
}

static uint64_t used_by(uint32_t index)
{
	return world_used_ns(&guests[index]);
}

static void assert_used(uint32_t index, uint64_t since_ns, uint64_t expected_ns, uint64_t within_ns)
{
	assert_in_range(
		used_by(index) - since_ns + within_ns, expected_ns, expected_ns + 2 * within_ns);
}

static void expect(enum policy_verdict verdict, const struct world_client *client)
{
	struct policy_decision decision = world_step(&world);

	assert_int_equal(decision.verdict, verdict);
	assert_ptr_equal(decision.client, client ? &client->client : NULL);
}

/* -- one and two -- */

/* Alone it is never asked, however long. */
static void test_alone(void **state)
{
	struct policy_decision decision;

	add(0, default_terms);
	expect(POLICY_WAIT, NULL);
	hogs(1);
	decision = world_step(&world);
	assert_int_equal(decision.verdict, POLICY_GRANT);
	assert_int_equal(decision.slice_ns, SLICE);
	decision = world_step(&world);
	assert_int_equal(decision.verdict, POLICY_WAIT);
	assert_true(decision.at_ns == POLICY_NEVER);
	world_run(&world, 1000 * SECOND);
	assert_int_equal(world.grants, 1);
	assert_int_equal(used_by(0), 1000 * SECOND);
}

/* A second one waits for the slice to end, and no longer; what was used before costs nothing. */
static void test_second(void **state)
{
	add(0, default_terms);
	add(1, default_terms);
	world_want(&world, &clients[0]);
	world_run(&world, 10 * SECOND);
	world_want(&world, &clients[1]);
	expect(POLICY_REVOKE, &clients[0]);
	expect(POLICY_GRANT, &clients[1]);
	assert_true(policy_contended(&world.policy));
	assert_int_equal(world_step(&world).at_ns, world.now_ns + SLICE);
	world.now_ns += SLICE;
	expect(POLICY_REVOKE, &clients[1]);
	expect(POLICY_GRANT, &clients[0]);
	world_run(&world, 10 * SECOND);
	assert_used(1, 0, 5 * SECOND, SLICE);
}

/* One that holds a grant and wants nothing is asked as soon as another wants it. */
static void test_holder_is_idle(void **state)
{
	add(0, default_terms);
	add(1, default_terms);
	world_want(&world, &clients[0]);
	expect(POLICY_GRANT, &clients[0]);
	world_unwant(&world, &clients[0]);
	expect(POLICY_WAIT, NULL);
	world_want(&world, &clients[1]);
	expect(POLICY_REVOKE, &clients[0]);
	expect(POLICY_GRANT, &clients[1]);
}

static void test_holder_dies(void **state)
{
	add(0, default_terms);
	add(1, default_terms);
	hogs(2);
	expect(POLICY_GRANT, &clients[0]);
	policy_client_finish(&clients[0].client);
	policy_guest_finish(&guests[0]);
	expect(POLICY_GRANT, &clients[1]);
	expect(POLICY_WAIT, NULL);
	policy_client_finish(&clients[1].client);
	policy_guest_finish(&guests[1]);
	expect(POLICY_WAIT, NULL);
	assert_int_equal(world.policy.n_holders, 0);
	assert_int_equal(world.policy.group.weight, 0);
}

/* -- weights -- */

static void test_weights(void **state)
{
	add(0, weight_of(100));
	add(1, weight_of(200));
	add(2, weight_of(800));
	hogs(3);
	world_run(&world, 11 * SECOND);
	assert_used(0, 0, 1 * SECOND, 2 * SLICE);
	assert_used(1, 0, 2 * SECOND, 2 * SLICE);
	assert_used(2, 0, 8 * SECOND, 2 * SLICE);
	assert_int_equal(world.idle_ns, 0);
}

static void test_extreme_weights(void **state)
{
	add(0, weight_of(1));
	add(1, weight_of(1000));
	hogs(2);
	world_run(&world, 1001 * SECOND);
	assert_used(0, 0, 1 * SECOND, 2 * SLICE);
}

/* Also when the weight changes, in either direction: from then on, and only so. */
static void test_change_of_weight(void **state)
{
	struct policy_terms terms = weight_of(300);
	uint64_t before_ns;

	add(0, weight_of(100));
	add(1, weight_of(100));
	hogs(2);
	for (int i = 0; i < 10; i++) {
		terms.weight = i % 2 ? 100 : 300;
		before_ns = used_by(0);
		assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
		world_run(&world, SECOND);
		assert_used(0, before_ns, i % 2 ? SECOND / 2 : SECOND * 3 / 4, 3 * SLICE);
	}
}

/* What an idle one leaves is given away at once; what it left is not claimed when it wakes. */
static void test_sleep(void **state)
{
	uint64_t before_ns;

	add(0, default_terms);
	add(1, default_terms);
	hogs(2);
	world_run(&world, SECOND);
	world_unwant(&world, &clients[1]);
	before_ns = used_by(0);
	world_run(&world, 10 * SECOND);
	assert_used(0, before_ns, 10 * SECOND, SLICE);
	world_want(&world, &clients[1]);
	before_ns = used_by(1);
	world_run(&world, 100 * MS);
	assert_used(1, before_ns, 50 * MS, SLICE);
	world_run(&world, SECOND);
	assert_used(1, before_ns, 550 * MS, SLICE);
}

/* What a command runs over is paid back, also by one that sleeps. */
static void test_uncuttable(void **state)
{
	add(0, default_terms);
	add(1, default_terms);
	clients[0].command_ns = 30 * MS;
	hogs(2);
	world_run(&world, 10 * SECOND);
	assert_used(0, 0, 5 * SECOND, 30 * MS);

	for (uint64_t before_ns = used_by(0), i = 1; i < 10; i++) {
		world_unwant(&world, &clients[0]);
		world_run(&world, 1);
		world_want(&world, &clients[0]);
		world_run(&world, 100 * MS);
		assert_used(0, before_ns, i * 50 * MS, 30 * MS);
	}
}

/* A new guest neither catches up nor waits for others to. */
static void test_newcomer(void **state)
{
	add(0, default_terms);
	clients[0].command_ns = 30 * MS;
	add(1, default_terms);
	hogs(2);
	world_run(&world, 9876 * MS);
	add(2, default_terms);
	world_want(&world, &clients[2]);
	world_run(&world, 3 * SECOND);
	assert_used(2, 0, SECOND, 30 * MS);
}

/* -- clients -- */

static void test_clients_divide(void **state)
{
	add(0, default_terms);
	add(1, default_terms);
	for (int i = 2; i < 8; i++) {
		clients[i] = (struct world_client){ 0 };
		policy_client_init(&guests[1], &clients[i].client);
	}
	hogs(8);
	world_run(&world, 14 * SECOND);
	assert_used(0, 0, 7 * SECOND, SLICE);
	for (int i = 1; i < 8; i++)
		assert_in_range(clients[i].used_ns, SECOND - 2 * SLICE, SECOND + 2 * SLICE);
	/* Fewer of them get as much. */
	for (int i = 2; i < 8; i++) {
		world_unwant(&world, &clients[i]);
		policy_client_finish(&clients[i].client);
	}
	world_run(&world, 2 * SECOND);
	assert_used(0, 0, 8 * SECOND, 2 * SLICE);
}

/* -- how many at once -- */

static void test_in_flight(void **state)
{
	world_init(&world, 2);
	for (uint32_t i = 0; i < 3; i++)
		add(i, default_terms);
	hogs(3);
	expect(POLICY_GRANT, &clients[0]);
	expect(POLICY_GRANT, &clients[1]);
	expect(POLICY_WAIT, NULL);
	world_run(&world, 3 * SECOND);
	for (uint32_t i = 0; i < 3; i++)
		assert_used(i, 0, 2 * SECOND, 2 * SLICE);
	assert_int_equal(world.policy.n_holders, 2);
}

/* One guest may have several grants, but not before others have theirs. */
static void test_in_flight_one_guest(void **state)
{
	world_init(&world, 2);
	add(0, default_terms);
	add(1, default_terms);
	clients[2] = (struct world_client){ 0 };
	policy_client_init(&guests[0], &clients[2].client);
	world_want(&world, &clients[0]);
	world_want(&world, &clients[2]);
	expect(POLICY_GRANT, &clients[0]);
	expect(POLICY_GRANT, &clients[2]);
	world_run(&world, SECOND);
	world_want(&world, &clients[1]);
	world_run(&world, 2 * SECOND);
	/* It had the GPU nearly at once, and half of it from then on. */
	assert_used(1, 0, 2 * SECOND, 2 * SLICE);
	assert_true(policy_holds(&clients[1].client));
}

/* Use that nobody waited for makes no debt, whoever used more. */
static void test_in_flight_uncontended(void **state)
{
	world_init(&world, 2);
	add(0, default_terms);
	add(1, default_terms);
	hogs(2);
	world_run(&world, SECOND);
	policy_charge(&clients[0].client, 30 * SECOND);
	add(2, default_terms);
	world_want(&world, &clients[2]);
	world_run(&world, 300 * MS);
	for (uint32_t i = 1; i < 3; i++)
		assert_used(i, i == 1 ? SECOND : 0, 200 * MS, 4 * SLICE);
}

static void test_in_flight_changes(void **state)
{
	world_init(&world, 3);
	for (uint32_t i = 0; i < 3; i++)
		add(i, default_terms);
	hogs(3);
	world_run(&world, SLICE);
	assert_int_equal(world.policy.n_holders, 3);
	policy_set_in_flight(&world.policy, 0);
	world_run(&world, 1);
	assert_int_equal(world.policy.n_holders, 1);
	policy_set_in_flight(&world.policy, 2);
	world_run(&world, 1);
	assert_int_equal(world.policy.n_holders, 2);
}

/* No more grants are asked back than there are clients that wait. */
static void test_revokes_what_is_needed(void **state)
{
	world_init(&world, 2);
	for (uint32_t i = 0; i < 3; i++)
		add(i, default_terms);
	clients[0].command_ns = clients[1].command_ns = 100 * MS;
	hogs(2);
	world_run(&world, SLICE);
	world_want(&world, &clients[2]);
	assert_int_equal(world_step(&world).verdict, POLICY_REVOKE);
	assert_int_equal(world_step(&world).verdict, POLICY_WAIT);
}

/* -- caps -- */

static void test_cap_alone(void **state)
{
	add(0, capped(20));
	hogs(1);
	world_run(&world, 100 * SECOND);
	assert_used(0, 0, 20 * SECOND + 20 * MS, SLICE);
	assert_int_equal(world.wasted_ns, 0);
}

static void test_cap_among_others(void **state)
{
	add(0, capped(10));
	add(1, default_terms);
	hogs(2);
	world_run(&world, 100 * SECOND);
	assert_used(0, 0, 10 * SECOND, 10 * MS);
	assert_int_equal(world.idle_ns, 0);
	/* Its share is less than its cap: then it does not matter. */
	assert_int_equal(policy_guest_set(&guests[0], &(struct policy_terms)POLICY_TERMS_DEFAULT,
				 world.now_ns),
		0);
	world_run(&world, 100 * SECOND);
	assert_used(0, 0, 60 * SECOND, 20 * MS);
}

static void test_cap_and_uncuttable(void **state)
{
	add(0, capped(10));
	clients[0].command_ns = 150 * MS;
	hogs(1);
	world_run(&world, 100 * SECOND);
	assert_in_range(used_by(0), 9700 * MS, 10 * SECOND + 160 * MS);
}

/* A cap that comes while it runs. */
static void test_cap_changes(void **state)
{
	struct policy_terms terms = capped(50);

	add(0, default_terms);
	hogs(1);
	world_run(&world, 10 * SECOND);
	assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
	world_run(&world, 10 * SECOND);
	assert_used(0, 10 * SECOND, 5 * SECOND + 50 * MS, SLICE);
}

/* -- reservations -- */

/* It goes first, at once, until its time is used; then it waits like others. */
static void test_reservation(void **state)
{
	uint64_t before_ns;

	add(0, reserved(6 * MS, 16 * MS));
	add(1, default_terms);
	add(2, default_terms);
	world_want(&world, &clients[1]);
	world_want(&world, &clients[2]);
	expect(POLICY_GRANT, &clients[1]);
	world_want(&world, &clients[0]);
	expect(POLICY_REVOKE, &clients[1]);
	expect(POLICY_GRANT, &clients[0]);
	world_run(&world, 6 * MS - 1);
	assert_int_equal(guests[0].standing, POLICY_STANDING_RESERVED);
	world_run(&world, 1);
	assert_int_equal(used_by(0), 6 * MS);
	assert_int_equal(guests[0].standing, POLICY_STANDING_WEIGHTED);
	assert_false(policy_holds(&clients[0].client));
	/* 6 ms of each 16, and a third of the rest. */
	before_ns = used_by(0);
	world_run(&world, 16 * SECOND);
	assert_used(0, before_ns, 6 * SECOND + 10 * SECOND / 3, 2 * SLICE);
	assert_int_equal(world.idle_ns, 0);
}

static void test_earliest_deadline(void **state)
{
	add(0, reserved(10 * MS, 100 * MS));
	add(1, reserved(10 * MS, 20 * MS));
	world_want(&world, &clients[0]);
	expect(POLICY_GRANT, &clients[0]);
	world_run(&world, 1 * MS);
	world_want(&world, &clients[1]);
	expect(POLICY_REVOKE, &clients[0]);
	expect(POLICY_GRANT, &clients[1]);
	/* The other's deadline is later. */
	expect(POLICY_WAIT, NULL);
	world_run(&world, 10 * MS);
	expect(POLICY_WAIT, NULL);
	assert_true(policy_holds(&clients[0].client));
}

/* Each has its time in each period, up to ninety percent, whatever the others do. */
static void test_reservations_are_kept(void **state)
{
	uint64_t before_ns[3];

	add(0, reserved(3 * MS, 10 * MS));
	add(1, reserved(9 * MS, 30 * MS));
	add(2, reserved(15 * MS, 50 * MS));
	add(3, weight_of(1000));
	for (int i = 0; i < 4; i++)
		clients[i].command_ns = 100000;
	hogs(4);
	for (int period = 0; period < 100; period++) {
		for (int i = 0; i < 3; i++)
			before_ns[i] = used_by(i);
		world_run(&world, 150 * MS);
		for (int i = 0; i < 3; i++)
			assert_true(used_by(i) - before_ns[i] >= 44 * MS);
	}
	assert_int_equal(world.idle_ns, 0);
}

static void test_reservation_and_cap(void **state)
{
	struct policy_terms terms = reserved(4 * MS, 16 * MS);

	terms.cap_percent = 25;
	add(0, terms);
	add(1, default_terms);
	hogs(2);
	world_run(&world, 16 * SECOND);
	assert_used(0, 0, 4 * SECOND, 30 * MS);
}

/* Commands that run over do not win by being reserved. */
static void test_reservation_overrun(void **state)
{
	add(0, reserved(1 * MS, 10 * MS));
	clients[0].command_ns = 30 * MS;
	add(1, default_terms);
	hogs(2);
	world_run(&world, 100 * SECOND);
	/* A tenth, and half of the rest. */
	assert_used(0, 0, 55 * SECOND, 500 * MS);
}

/* Alone for long, then not: neither richer nor poorer for it. */
static void test_reservation_alone(void **state)
{
	add(0, reserved(4 * MS, 16 * MS));
	add(1, default_terms);
	hogs(1);
	world_run(&world, 100 * SECOND);
	assert_int_equal(used_by(0), 100 * SECOND);
	hogs(2);
	world_run(&world, 16 * SECOND);
	assert_used(0, 100 * SECOND, 10 * SECOND, 4 * SLICE);
}

/* -- numbers -- */

static void test_admission(void **state)
{
	struct policy_terms terms = reserved(3 * MS, 10 * MS);

	add(0, terms);
	add(1, terms);
	add(2, terms);
	assert_int_equal(
		policy_guest_init(&world.policy, &guests[3], &terms, world.now_ns), -ENOSPC);
	add(3, default_terms);
	terms = reserved(RESERVATION_RUNTIME_MIN_NS, 100 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), -ENOSPC);
	assert_int_equal(guests[3].terms.runtime_ns, 0);
	/* Less for one is more for another. */
	terms = reserved(2 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
	terms = reserved(1 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), 0);
	policy_client_finish(&clients[1].client);
	policy_guest_finish(&guests[1]);
	terms = reserved(4 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), 0);
	assert_int_equal(world.policy.reserved_ppm, 900000);
}

static void test_bad_terms(void **state)
{
	const struct policy_terms bad[] = {
		weight_of(0),
		weight_of(1001),
		weight_of(UINT32_MAX),
		capped(101),
		capped(UINT32_MAX),
		reserved(17 * MS, 16 * MS),
		reserved(1, 0),
		reserved(0, 16 * MS),
		reserved(UINT64_MAX, UINT64_MAX),
		reserved(RESERVATION_RUNTIME_MIN_NS, UINT64_MAX),
		{ .weight = 100, .slice_ns = 0 },
		{ .weight = 100, .slice_ns = POLICY_SLICE_MIN_NS - 1 },
		{ .weight = 100, .slice_ns = POLICY_SLICE_MAX_NS + 1 },
		{ .weight = 100, .slice_ns = UINT64_MAX },
		/* More reserved than its cap gives. */
		{ .weight = 100,
			.slice_ns = SLICE,
			.cap_percent = 25,
			.runtime_ns = 4 * MS + 1,
			.period_ns = 16 * MS },
	};

	add(0, default_terms);
	for (size_t i = 0; i < N(bad); i++) {
		struct policy_terms before = guests[0].terms;

		assert_int_equal(policy_guest_set(&guests[0], &bad[i], world.now_ns), -EINVAL);
		assert_memory_equal(&guests[0].terms, &before, sizeof(before));
		assert_int_equal(
			policy_guest_init(&world.policy, &guests[1], &bad[i], world.now_ns),
			-EINVAL);
	}
	hogs(1);
	expect(POLICY_GRANT, &clients[0]);
}

/* Charges that nobody can have used cost a minute, and nobody else anything. */
static void test_bad_charges(void **state)
{
	uint64_t before_ns;

	for (uint32_t i = 0; i < 3; i++)
		add(i, i == 1 ? capped(50) : default_terms);
	hogs(3);
	world_run(&world, SECOND);
	for (int i = 0; i < 1000; i++) {
		policy_charge(&clients[0].client, UINT64_C(1) << 63);
		policy_charge(&clients[1].client, UINT64_MAX);
	}
	before_ns = used_by(2);
	world_run(&world, 10 * SECOND);
	assert_used(2, before_ns, 10 * SECOND, 2 * SLICE);
	world_run(&world, 200 * SECOND);
	before_ns = used_by(2);
	world_run(&world, 12 * SECOND);
	assert_used(2, before_ns, 4 * SECOND, 4 * SLICE);
}

static void set_clock(uint64_t now_ns)
{
	world.now_ns = now_ns;
	for (uint32_t i = 0; i < 2; i++)
		clients[i].charged_ns = now_ns;
	while (world_step(&world).verdict != POLICY_WAIT)
		;
}

/* A clock that goes back stands still, and one that was set goes on. */
static void test_bad_clock(void **state)
{
	uint64_t before_ns;

	add(0, capped(50));
	add(1, reserved(4 * MS, 16 * MS));
	hogs(2);
	world_run(&world, SECOND);
	set_clock(0);
	set_clock(UINT64_MAX);
	assert_true(world_step(&world).at_ns == POLICY_NEVER);
	set_clock(UINT64_MAX - 1);
	set_clock(UINT64_MAX);
	set_clock(5);
	before_ns = used_by(1);
	world_run(&world, 16 * SECOND);
	assert_int_equal(world.idle_ns, 0);
	/* A quarter, and half of the rest. */
	assert_used(1, before_ns, 10 * SECOND, 4 * SLICE);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alone),
		TEST(test_second),
		TEST(test_holder_is_idle),
		TEST(test_holder_dies),
		TEST(test_weights),
		TEST(test_extreme_weights),
		TEST(test_change_of_weight),
		TEST(test_sleep),
		TEST(test_uncuttable),
		TEST(test_newcomer),
		TEST(test_clients_divide),
		TEST(test_in_flight),
		TEST(test_in_flight_one_guest),
		TEST(test_in_flight_uncontended),
		TEST(test_in_flight_changes),
		TEST(test_revokes_what_is_needed),
		TEST(test_cap_alone),
		TEST(test_cap_among_others),
		TEST(test_cap_and_uncuttable),
		TEST(test_cap_changes),
		TEST(test_reservation),
		TEST(test_earliest_deadline),
		TEST(test_reservations_are_kept),
		TEST(test_reservation_and_cap),
		TEST(test_reservation_overrun),
		TEST(test_reservation_alone),
		TEST(test_admission),
		TEST(test_bad_terms),
		TEST(test_bad_charges),
		TEST(test_bad_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
