/* SPDX-License-Identifier: MIT */
/* Who gets the GPU: each rule by an example. */
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

/* -- one and two -- */

/* Alone it is never asked, however long. */
static void test_alone(void **state)
{
	struct policy_decision decision;

	world_add(0, terms_default());
	world_expect(POLICY_WAIT, NULL);
	world_want_all(1);
	decision = world_step();
	assert_int_equal(decision.verdict, POLICY_GRANT);
	assert_int_equal(decision.slice_ns, SLICE);
	decision = world_step();
	assert_int_equal(decision.verdict, POLICY_WAIT);
	assert_true(decision.at_ns == POLICY_NEVER);
	world_run(1000 * SECOND);
	assert_int_equal(world.grants, 1);
	assert_int_equal(used_by(0), 1000 * SECOND);
}

/* A second one waits for the slice to end, and no longer; what was used before costs nothing. */
static void test_second(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want(&clients[0]);
	world_run(10 * SECOND);
	world_want(&clients[1]);
	world_expect(POLICY_REVOKE, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
	assert_true(policy_contended(&world.policy));
	assert_int_equal(world_step().at_ns, world.now_ns + SLICE);
	world.now_ns += SLICE;
	world_expect(POLICY_REVOKE, &clients[1]);
	world_expect(POLICY_GRANT, &clients[0]);
	world_run(10 * SECOND);
	world_assert_used(1, 0, 5 * SECOND, SLICE);
}

/* One that holds a grant and wants nothing is asked as soon as another wants it. */
static void test_holder_is_idle(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want(&clients[0]);
	world_expect(POLICY_GRANT, &clients[0]);
	world_unwant(&clients[0]);
	world_expect(POLICY_WAIT, NULL);
	world_want(&clients[1]);
	world_expect(POLICY_REVOKE, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
}

static void test_holder_dies(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want_all(2);
	world_expect(POLICY_GRANT, &clients[0]);
	policy_client_finish(&clients[0].client);
	policy_guest_finish(&guests[0]);
	world_expect(POLICY_GRANT, &clients[1]);
	world_expect(POLICY_WAIT, NULL);
	policy_client_finish(&clients[1].client);
	policy_guest_finish(&guests[1]);
	world_expect(POLICY_WAIT, NULL);
	assert_int_equal(world.policy.n_holders, 0);
	assert_int_equal(world.policy.group.weight, 0);
}

/* -- weights -- */

static void test_weights(void **state)
{
	world_add(0, terms_weight(100));
	world_add(1, terms_weight(200));
	world_add(2, terms_weight(800));
	world_want_all(3);
	world_run(11 * SECOND);
	world_assert_used(0, 0, 1 * SECOND, 2 * SLICE);
	world_assert_used(1, 0, 2 * SECOND, 2 * SLICE);
	world_assert_used(2, 0, 8 * SECOND, 2 * SLICE);
	assert_int_equal(world.idle_ns, 0);
}

/* Who goes first after its slice as well is not asked for its grant. */
static void test_extreme_weights(void **state)
{
	world_add(0, terms_weight(1));
	world_add(1, terms_weight(1000));
	world_want_all(2);
	world_run(1001 * SECOND);
	world_assert_used(0, 0, 1 * SECOND, 2 * SLICE);
	assert_in_range(world.grants, 2, 2 * SECOND / SLICE + 2);
}

/* A shorter slice is served sooner, and no more. */
static void test_short_slice(void **state)
{
	struct policy_terms terms = terms_default();

	world_add(0, terms_default());
	world_add(1, terms_default());
	terms.slice_ns = SLICE / 4;
	assert_int_equal(policy_guest_set(&guests[1], &terms, world.now_ns), 0);
	world_want_all(2);
	world_expect(POLICY_GRANT, &clients[1]);
	assert_int_equal(clients[1].client.slice_ns, SLICE / 4);
	world_run(SECOND);
	world_assert_used(1, 0, SECOND / 2, SLICE);
}

/* Also when the weight changes, in either direction: from then on, and only so. */
static void test_change_of_weight(void **state)
{
	struct policy_terms terms = terms_weight(300);
	uint64_t before_ns;

	world_add(0, terms_weight(100));
	world_add(1, terms_weight(100));
	world_want_all(2);
	for (int i = 0; i < 10; i++) {
		terms.weight = i % 2 ? 100 : 300;
		before_ns = used_by(0);
		assert_int_equal(policy_guest_set(&guests[0], &terms, world.now_ns), 0);
		world_run(SECOND);
		world_assert_used(0, before_ns, i % 2 ? SECOND / 2 : SECOND * 3 / 4, 3 * SLICE);
	}
}

/* What an idle one leaves is given away at once; what it left is not claimed when it wakes. */
static void test_sleep(void **state)
{
	uint64_t before_ns;

	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want_all(2);
	world_run(SECOND);
	world_unwant(&clients[1]);
	before_ns = used_by(0);
	world_run(10 * SECOND);
	world_assert_used(0, before_ns, 10 * SECOND, SLICE);
	world_want(&clients[1]);
	before_ns = used_by(1);
	world_run(100 * MS);
	world_assert_used(1, before_ns, 50 * MS, SLICE);
	world_run(SECOND);
	world_assert_used(1, before_ns, 550 * MS, SLICE);
}

/* What a command runs over is paid back, also by one that sleeps. */
static void test_uncuttable(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	clients[0].command_ns = 30 * MS;
	world_want_all(2);
	world_run(10 * SECOND);
	world_assert_used(0, 0, 5 * SECOND, 30 * MS);

	for (uint64_t before_ns = used_by(0), i = 1; i < 10; i++) {
		world_unwant(&clients[0]);
		world_run(1);
		world_want(&clients[0]);
		world_run(100 * MS);
		world_assert_used(0, before_ns, i * 50 * MS, 30 * MS);
	}
}

/* What was paid is paid, also to one that slept, and no more than that. */
static void test_debt_ends(void **state)
{
	uint64_t before_ns;

	for (uint32_t i = 0; i < 3; i++)
		world_add(i, terms_default());
	clients[0].command_ns = 30 * MS;
	world_want_all(3);
	world_run(30 * MS);
	world_unwant(&clients[0]);
	world_run(10 * SECOND);
	world_want(&clients[0]);
	before_ns = world_used_ns(&guests[0]);
	world_run(3 * SECOND);
	world_assert_used(0, before_ns, SECOND, 30 * MS);
}

/* clients[0] sleeps for a moment after each command; clients[1] is a hog. */
static void blink(void)
{
	uint64_t slept_ns = 0;

	clients[1].command_ns = MS / 2;
	world_want_all(2);
	while (world.now_ns < 1010 * SECOND) {
		uint64_t before_ns = clients[0].used_ns;

		while (clients[0].used_ns < before_ns + 2 * MS)
			world_run(MS / 10);
		world_unwant(&clients[0]);
		if (policy_holds(&clients[0].client))
			policy_return(&clients[0].client, world.now_ns);
		world_run(MS / 10);
		slept_ns += MS / 10;
		world_want(&clients[0]);
	}
	/* Half of the time in which it wants the GPU. */
	assert_in_range(clients[0].used_ns, 5 * SECOND - slept_ns / 2 - 3 * SLICE,
		5 * SECOND - slept_ns / 2 + 3 * SLICE);
}

/* Owed a slice more than another, it does not wait for the end of that one's. */
static void test_blinker(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	blink();
}

static void test_blinker_in_a_guest(void **state)
{
	world_add(0, terms_default());
	world_add_client(0, &clients[1]);
	blink();
}

/* One that used little of its slice goes on, if it goes first: it is not asked first. */
static void test_little_used(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want_all(2);
	world_run(SLICE);
	assert_true(policy_holds(&clients[1].client));
	world.now_ns += SLICE;
	clients[1].charged_ns = world.now_ns - MS / 10;
	world_expect(POLICY_WAIT, NULL);
	assert_int_equal(clients[1].client.ends_ns, world.policy.now_ns + SLICE);
}

/* Who is owed less than a slice waits: hogs are not cut short by each other. */
static void test_nobody_interrupts(void **state)
{
	world_add(0, terms_weight(100));
	world_add(1, terms_weight(300));
	world_add(2, terms_weight(300));
	world_want_all(3);
	world_run(7 * SECOND);
	assert_in_range(world.grants, 7 * SECOND / SLICE / 2, 7 * SECOND / SLICE + 3);
}

/* A new guest neither catches up nor waits for others to. */
static void test_newcomer(void **state)
{
	world_add(0, terms_default());
	clients[0].command_ns = 30 * MS;
	world_add(1, terms_default());
	world_want_all(2);
	world_run(9876 * MS);
	world_add(2, terms_default());
	world_want(&clients[2]);
	world_run(3 * SECOND);
	world_assert_used(2, 0, SECOND, 30 * MS);
}

/* -- clients -- */

static void test_clients_divide(void **state)
{
	world_add(0, terms_default());
	world_add(1, terms_default());
	for (int i = 2; i < 8; i++) {
		world_add_client(1, &clients[i]);
	}
	world_want_all(8);
	world_run(14 * SECOND);
	world_assert_used(0, 0, 7 * SECOND, SLICE);
	for (int i = 1; i < 8; i++)
		assert_in_range(clients[i].used_ns, SECOND - 2 * SLICE, SECOND + 2 * SLICE);
	/* Fewer of them get as much. */
	for (int i = 2; i < 8; i++) {
		world_unwant(&clients[i]);
		policy_client_finish(&clients[i].client);
	}
	world_run(2 * SECOND);
	world_assert_used(0, 0, 8 * SECOND, 2 * SLICE);
}

/* Alone with its clients, by time and not by commands; of equals the other one is next. */
static void test_clients_alone(void **state)
{
	world_add(0, terms_default());
	world_add_client(0, &clients[1]);
	world_want(&clients[0]);
	world_expect(POLICY_GRANT, &clients[0]);
	world.now_ns += SLICE;
	world_want(&clients[1]);
	world_expect(POLICY_REVOKE, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
	clients[0].command_ns = 30 * MS;
	world_run(10 * SECOND);
	assert_in_range(clients[0].used_ns, 5 * SECOND - 30 * MS, 5 * SECOND + 30 * MS);

	/* One that sleeps pays what it owes, and is not paid. */
	world_add(2, terms_default());
	world_want(&clients[2]);
	world_run(SECOND);
	while (!policy_holds(&clients[0].client))
		world_run(MS);
	world_run(29 * MS);
	world_unwant(&clients[0]);
	world_run(10 * SECOND);
	clients[0].used_ns = 0;
	world_want(&clients[0]);
	world_run(2 * SECOND);
	assert_in_range(clients[0].used_ns, SECOND / 2 - 30 * MS, SECOND / 2 + 30 * MS);
}

/* -- how many at once -- */

static void test_in_flight(void **state)
{
	world_init(2);
	for (uint32_t i = 0; i < 3; i++)
		world_add(i, terms_default());
	world_want_all(3);
	world_expect(POLICY_GRANT, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
	world_expect(POLICY_WAIT, NULL);
	world_run(3 * SECOND);
	for (uint32_t i = 0; i < 3; i++)
		world_assert_used(i, 0, 2 * SECOND, 2 * SLICE);
	assert_int_equal(world.policy.n_holders, 2);
}

/* One guest may have several grants, but not before others have theirs. */
static void test_in_flight_one_guest(void **state)
{
	world_init(2);
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_add_client(0, &clients[2]);
	world_want(&clients[0]);
	world_want(&clients[2]);
	world_expect(POLICY_GRANT, &clients[0]);
	world_expect(POLICY_GRANT, &clients[2]);
	world_run(SECOND);
	world_want(&clients[1]);
	world_run(2 * SECOND);
	/* It had the GPU nearly at once, and half of it from then on. */
	world_assert_used(1, 0, 2 * SECOND, 2 * SLICE);
	assert_true(policy_holds(&clients[1].client));
}

/* What it was handed counts when the next is chosen, though its weight is more. */
static void test_in_flight_pledges(void **state)
{
	world_init(2);
	world_add(0, terms_weight(150));
	world_add(1, terms_weight(100));
	world_add_client(0, &clients[2]);
	world_want_all(3);
	world_expect(POLICY_GRANT, &clients[0]);
	world_expect(POLICY_GRANT, &clients[1]);
}

/* Use that nobody waited for makes no debt, whoever used more. */
static void test_in_flight_uncontended(void **state)
{
	world_init(2);
	world_add(0, terms_default());
	world_add(1, terms_default());
	world_want_all(2);
	world_run(SECOND);
	policy_charge(&clients[0].client, 30 * SECOND);
	world_add(2, terms_default());
	world_want(&clients[2]);
	world_run(300 * MS);
	for (uint32_t i = 1; i < 3; i++)
		world_assert_used(i, i == 1 ? SECOND : 0, 200 * MS, 4 * SLICE);
}

static void test_in_flight_changes(void **state)
{
	world_init(3);
	for (uint32_t i = 0; i < 3; i++)
		world_add(i, terms_default());
	world_want_all(3);
	world_run(SLICE);
	assert_int_equal(world.policy.n_holders, 3);
	policy_set_in_flight(&world.policy, 0);
	world_run(1);
	assert_int_equal(world.policy.n_holders, 1);
	policy_set_in_flight(&world.policy, 2);
	world_run(1);
	assert_int_equal(world.policy.n_holders, 2);
}

/* No more grants are asked back than there are clients that wait. */
static void test_revokes_what_is_needed(void **state)
{
	world_init(2);
	for (uint32_t i = 0; i < 3; i++)
		world_add(i, terms_default());
	clients[0].command_ns = clients[1].command_ns = 100 * MS;
	world_want_all(2);
	world_run(SLICE);
	world_want(&clients[2]);
	assert_int_equal(world_step().verdict, POLICY_REVOKE);
	assert_int_equal(world_step().verdict, POLICY_WAIT);
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
		TEST(test_short_slice),
		TEST(test_change_of_weight),
		TEST(test_sleep),
		TEST(test_uncuttable),
		TEST(test_debt_ends),
		TEST(test_blinker),
		TEST(test_blinker_in_a_guest),
		TEST(test_little_used),
		TEST(test_nobody_interrupts),
		TEST(test_newcomer),
		TEST(test_clients_divide),
		TEST(test_clients_alone),
		TEST(test_in_flight),
		TEST(test_in_flight_one_guest),
		TEST(test_in_flight_pledges),
		TEST(test_in_flight_uncontended),
		TEST(test_in_flight_changes),
		TEST(test_revokes_what_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
