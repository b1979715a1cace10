/* SPDX-License-Identifier: MIT */
/* Who gets the GPU: caps, reservations, and numbers that cannot be. */
#include "tests/policy_world.h"
#include "tests/unit.h"

#include <errno.h>

#define SLICE POLICY_SLICE_DEFAULT_NS

static struct policy_guest *const guests = world.guests;
static struct world_client *const clients = world.clients;

static int setup(void **state)
{
	world_init(1);
	return 0;
}

static uint64_t used_by(uint32_t index)
{
	return world_used_ns(&guests[index]);
}

/* -- caps -- */

static void test_cap_alone(void **state)
{
	world_add(0, terms_capped(20));
	world_want_all(1);
	world_run(100 * SECOND);
	world_assert_used(0, 0, 20 * SECOND + 20 * MS, SLICE);
	assert_int_equal(world.wasted_ns, 0);
}

static void test_cap_among_others(void **state)
{
	struct policy_terms terms;

	world_add(0, terms_capped(10));
	world_add(1, terms_default());
	world_want_all(2);
	world_run(100 * SECOND);
	world_assert_used(0, 0, 10 * SECOND, 10 * MS);
	assert_int_equal(world.idle_ns, 0);
	terms = terms_default();
	assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
	world_run(100 * SECOND);
	world_assert_used(0, 0, 60 * SECOND, 20 * MS);
}

static void test_cap_and_uncuttable(void **state)
{
	world_add(0, terms_capped(10));
	clients[0].command_ns = 150 * MS;
	world_want_all(1);
	world_run(100 * SECOND);
	assert_in_range(used_by(0), 9700 * MS, 10 * SECOND + 160 * MS);
}

/* A cap that comes while it runs. */
static void test_cap_changes(void **state)
{
	struct policy_terms terms = terms_capped(50);

	world_add(0, terms_default());
	world_want_all(1);
	world_run(10 * SECOND);
	assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
	world_run(10 * SECOND);
	world_assert_used(0, 10 * SECOND, 5 * SECOND + 50 * MS, SLICE);
}

/* -- reservations -- */

/* It goes first, at once, until its time is used; then it waits like others. */
static void test_reservation(void **state)
{
	uint64_t before_ns;

	world_add(0, terms_reserved(6 * MS, 16 * MS));
	world_add(1, terms_default());
	world_add(2, terms_default());
	world_want(&clients[1]);
	world_want(&clients[2]);
	world_expect(POLICY_GRANT, &clients[1]);
	world_want(&clients[0]);
	world_expect(POLICY_REVOKE, &clients[1]);
	world_expect(POLICY_GRANT, &clients[0]);
	world_run(6 * MS - 1);
	assert_int_equal(guests[0].standing, POLICY_STANDING_RESERVED);
	world_run(1);
	assert_int_equal(used_by(0), 6 * MS);
	assert_int_equal(guests[0].standing, POLICY_STANDING_WEIGHTED);
	assert_false(policy_holds(&clients[0].client));
	/* 6 ms of each 16, and a third of the rest. */
	before_ns = used_by(0);
	world_run(16 * SECOND);
	world_assert_used(0, before_ns, 6 * SECOND + 10 * SECOND / 3, 2 * SLICE);
	assert_int_equal(world.idle_ns, 0);
}

static void test_earliest_deadline(void **state)
{
	world_add(0, terms_reserved(10 * MS, 100 * MS));
	world_add(1, terms_reserved(10 * MS, 20 * MS));
	world_want(&clients[0]);
	world_expect(POLICY_GRANT, &clients[0]);
	world_run(1 * MS);
	world_want(&clients[1]);
	world_expect(POLICY_REVOKE, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
	/* The other's deadline is later. */
	world_expect(POLICY_WAIT, NULL);
	world_run(10 * MS);
	world_expect(POLICY_WAIT, NULL);
	assert_true(policy_holds(&clients[0].client));
}

/* Its time begins with its wake-up, and again with each period: then it does not wait. */
static void test_periods(void **state)
{
	struct policy_terms terms = terms_default();

	world_add(0, terms_reserved(4 * MS, 16 * MS));
	terms.slice_ns = 100 * MS;
	terms.weight = 1000;
	world_add(1, terms);
	world_run(5 * MS);
	world_want(&clients[0]);
	assert_int_equal(guests[0].reservation.deadline_ns, world.policy.now_ns + 16 * MS);
	world_run(1 * MS);
	world_want(&clients[1]);
	world_run(79 * MS);
	assert_in_range(world_used_ns(&guests[0]), 5 * 4 * MS, 5 * 4 * MS + 3 * SLICE);
	/* It sleeps for some periods and a part. */
	world_unwant(&clients[0]);
	world_run(37 * MS);
	world_want(&clients[0]);
	assert_int_equal(guests[0].reservation.deadline_ns, world.policy.now_ns + 16 * MS);
	/* One that comes while it runs begins at once. */
	terms = terms_reserved(2 * MS, 10 * MS);
	world_run(1 * MS);
	assert_int_equal(policy_guest_set(&guests[1], &terms, world.now_ns), 0);
	assert_int_equal(guests[1].reservation.deadline_ns, world.policy.now_ns + 10 * MS);
}

/* The one that goes last gives its grant, and not one with a reservation. */
static void test_who_is_overtaken(void **state)
{
	world_init(2);
	world_add(0, terms_reserved(10 * MS, 100 * MS));
	world_add(1, terms_default());
	world_add(2, terms_reserved(10 * MS, 20 * MS));
	for (uint32_t i = 0; i < 2; i++) {
		world_want(&clients[i]);
		world_expect(POLICY_GRANT, &clients[i]);
	}
	world_want(&clients[2]);
	world_expect(POLICY_REVOKE, &clients[1]);
	world_expect(POLICY_GRANT, &clients[2]);
}

/* Each has its time in each period, up to ninety percent, whatever the others do. */
static void test_reservations_are_kept(void **state)
{
	uint64_t before_ns[3];

	world_add(0, terms_reserved(3 * MS, 10 * MS));
	world_add(1, terms_reserved(9 * MS, 30 * MS));
	world_add(2, terms_reserved(15 * MS, 50 * MS));
	world_add(3, terms_weight(1000));
	for (int i = 0; i < 4; i++)
		clients[i].command_ns = 100000;
	world_want_all(4);
	for (int period = 0; period < 100; period++) {
		for (int i = 0; i < 3; i++)
			before_ns[i] = used_by(i);
		world_run(150 * MS);
		for (int i = 0; i < 3; i++)
			assert_true(used_by(i) - before_ns[i] >= 44 * MS);
	}
	assert_int_equal(world.idle_ns, 0);
}

static void test_reservation_and_cap(void **state)
{
	struct policy_terms terms = terms_reserved(4 * MS, 16 * MS);

	terms.cap_percent = 25;
	world_add(0, terms);
	world_add(1, terms_default());
	world_want_all(2);
	world_run(16 * SECOND);
	world_assert_used(0, 0, 4 * SECOND, 30 * MS);
}

/* Commands that run over do not win by being reserved. */
static void test_reservation_overrun(void **state)
{
	world_add(0, terms_reserved(1 * MS, 10 * MS));
	clients[0].command_ns = 30 * MS;
	world_add(1, terms_default());
	world_want_all(2);
	world_run(100 * SECOND);
	/* A tenth, and half of the rest. */
	world_assert_used(0, 0, 55 * SECOND, 500 * MS);
}

/* Alone for long, then not: neither richer nor poorer for it. */
static void test_reservation_alone(void **state)
{
	world_add(0, terms_reserved(4 * MS, 16 * MS));
	world_add(1, terms_default());
	world_want_all(1);
	world_run(100 * SECOND);
	assert_int_equal(used_by(0), 100 * SECOND);
	world_want_all(2);
	world_run(16 * SECOND);
	world_assert_used(0, 100 * SECOND, 10 * SECOND, 4 * SLICE);
}

/* -- numbers -- */

static void test_admission(void **state)
{
	struct policy_terms terms = terms_reserved(3 * MS, 10 * MS);

	world_add(0, terms);
	world_add(1, terms);
	world_add(2, terms);
	assert_int_equal(
		policy_guest_init(&world.policy, &guests[3], &terms, world.now_ns), -ENOSPC);
	world_add(3, terms_default());
	terms = terms_reserved(RESERVATION_RUNTIME_MIN_NS, 100 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), -ENOSPC);
	assert_int_equal(guests[3].terms.runtime_ns, 0);
	/* Less for one is more for another. */
	terms = terms_reserved(2 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
	terms = terms_reserved(1 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), 0);
	policy_client_finish(&clients[1].client);
	policy_guest_finish(&guests[1]);
	terms = terms_reserved(4 * MS, 10 * MS);
	assert_int_equal(policy_guest_set(&guests[3], &terms, world.now_ns), 0);
	assert_int_equal(world.policy.reserved_ppm, 900000);
}

static void test_bad_terms(void **state)
{
	const struct policy_terms bad[] = {
		terms_weight(0),
		terms_weight(1001),
		terms_weight(UINT32_MAX),
		terms_capped(101),
		terms_capped(UINT32_MAX),
		terms_reserved(17 * MS, 16 * MS),
		terms_reserved(1, 0),
		terms_reserved(0, 16 * MS),
		terms_reserved(UINT64_MAX, UINT64_MAX),
		terms_reserved(RESERVATION_RUNTIME_MIN_NS, UINT64_MAX),
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

	world_add(0, terms_default());
	for (size_t i = 0; i < N(bad); i++) {
		struct policy_terms before = guests[0].terms;

		assert_int_equal(policy_guest_set(&guests[0], &bad[i], world.now_ns), -EINVAL);
		assert_memory_equal(&guests[0].terms, &before, sizeof(before));
		assert_int_equal(
			policy_guest_init(&world.policy, &guests[1], &bad[i], world.now_ns),
			-EINVAL);
	}
	world_want_all(1);
	world_expect(POLICY_GRANT, &clients[0]);
}

/* Charges that nobody can have used cost a minute, and nobody else anything. */
static void test_bad_charges(void **state)
{
	uint64_t before_ns;

	for (uint32_t i = 0; i < 3; i++)
		world_add(i, i == 1 ? terms_capped(50) : terms_default());
	world_want_all(3);
	world_run(SECOND);
	for (int i = 0; i < 1000; i++) {
		policy_charge(&clients[0].client, UINT64_C(1) << 63);
		policy_charge(&clients[1].client, UINT64_MAX);
	}
	before_ns = used_by(2);
	world_run(10 * SECOND);
	world_assert_used(2, before_ns, 10 * SECOND, 2 * SLICE);
	world_run(200 * SECOND);
	before_ns = used_by(2);
	world_run(12 * SECOND);
	world_assert_used(2, before_ns, 4 * SECOND, 4 * SLICE);
}

static void set_clock(uint64_t now_ns)
{
	world.now_ns = now_ns;
	for (uint32_t i = 0; i < 2; i++)
		clients[i].charged_ns = now_ns;
	while (world_step().verdict != POLICY_WAIT)
		;
}

/* A clock that goes back stands still, and one that was set goes on. */
static void test_bad_clock(void **state)
{
	uint64_t before_ns;

	world_add(0, terms_capped(50));
	world_add(1, terms_reserved(4 * MS, 16 * MS));
	world_want_all(2);
	world_run(SECOND);
	set_clock(0);
	set_clock(UINT64_MAX);
	assert_true(world_step().at_ns == POLICY_NEVER);
	set_clock(UINT64_MAX - 1);
	set_clock(UINT64_MAX);
	set_clock(5);
	before_ns = used_by(1);
	world_run(16 * SECOND);
	assert_int_equal(world.idle_ns, 0);
	/* A quarter, and half of the rest. */
	world_assert_used(1, before_ns, 10 * SECOND, 4 * SLICE);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cap_alone),
		TEST(test_cap_among_others),
		TEST(test_cap_and_uncuttable),
		TEST(test_cap_changes),
		TEST(test_reservation),
		TEST(test_earliest_deadline),
		TEST(test_periods),
		TEST(test_who_is_overtaken),
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
