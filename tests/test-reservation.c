/* SPDX-License-Identifier: MIT */
/* A reservation, on a clock of the test's own. */
#include "tests/unit.h"

#include "daemon/debt.h"
#include "daemon/reservation.h"

#define MS UINT64_C(1000000)

static struct reservation reservation_of(uint64_t now_ns)
{
	struct reservation reservation = { 0 };

	reservation_set(&reservation, 4 * MS, 16 * MS, now_ns);
	reservation_wake(&reservation, now_ns);
	return reservation;
}

static void test_numbers(void **state)
{
	assert_true(reservation_valid(0, 0));
	assert_true(reservation_valid(4 * MS, 16 * MS));
	assert_true(reservation_valid(1 * MS, 1 * MS));
	assert_false(reservation_valid(0, 16 * MS));
	assert_false(reservation_valid(4 * MS, 0));
	assert_false(reservation_valid(17 * MS, 16 * MS));
	assert_false(reservation_valid(RESERVATION_RUNTIME_MIN_NS - 1, 16 * MS));
	assert_false(reservation_valid(RESERVATION_RUNTIME_MIN_NS, RESERVATION_PERIOD_MIN_NS - 1));
	assert_false(reservation_valid(4 * MS, RESERVATION_PERIOD_MAX_NS + 1));
	assert_false(reservation_valid(UINT64_MAX, UINT64_MAX));
	assert_int_equal(reservation_ppm(4 * MS, 16 * MS), 250000);
	assert_int_equal(reservation_ppm(0, 0), 0);
}

static void test_none(void **state)
{
	struct reservation reservation = { 0 };

	reservation_wake(&reservation, 5 * MS);
	reservation_advance(&reservation, UINT64_MAX);
	assert_false(reservation_has_time(&reservation));
}

static void test_period(void **state)
{
	struct reservation reservation = reservation_of(1000 * MS);

	assert_int_equal(reservation.deadline_ns, 1016 * MS);
	assert_int_equal(reservation.budget_ns, 4 * MS);
	reservation_charge(&reservation, 4 * MS);
	assert_false(reservation_has_time(&reservation));
	reservation_advance(&reservation, 1016 * MS - 1);
	assert_false(reservation_has_time(&reservation));
	reservation_advance(&reservation, 1016 * MS);
	assert_int_equal(reservation.budget_ns, 4 * MS);
	assert_int_equal(reservation.deadline_ns, 1032 * MS);
	/* What is not used is not saved. */
	reservation_advance(&reservation, 10000 * MS);
	assert_int_equal(reservation.budget_ns, 4 * MS);
	assert_in_range(reservation.deadline_ns, 10000 * MS + 1, 10016 * MS);
}

/* A command that ran over costs the next periods. */
static void test_overrun(void **state)
{
	struct reservation reservation = reservation_of(0);

	reservation_charge(&reservation, 14 * MS);
	reservation_advance(&reservation, 32 * MS);
	assert_false(reservation_has_time(&reservation));
	reservation_advance(&reservation, 48 * MS);
	assert_int_equal(reservation.budget_ns, 2 * MS);
	/* Also for one that sleeps in between. */
	reservation_charge(&reservation, 12 * MS);
	reservation_wake(&reservation, 49 * MS);
	assert_false(reservation_has_time(&reservation));
}

/* Waking gains nothing: neither time, nor a deadline that is earlier than what is left allows. */
static void test_wake(void **state)
{
	struct reservation reservation = reservation_of(0);

	reservation_charge(&reservation, 3 * MS);
	reservation_wake(&reservation, 4 * MS);
	assert_int_equal(reservation.budget_ns, 1 * MS);
	assert_int_equal(reservation.deadline_ns, 16 * MS);
	/* 1 ms in the last 4 ms is the bandwidth; in less it would be more. */
	reservation_wake(&reservation, 12 * MS);
	assert_int_equal(reservation.deadline_ns, 16 * MS);
	reservation_wake(&reservation, 12 * MS + 1);
	assert_int_equal(reservation.budget_ns, 4 * MS);
	assert_int_equal(reservation.deadline_ns, 28 * MS + 1);
	reservation_wake(&reservation, 1000 * MS);
	assert_int_equal(reservation.deadline_ns, 1016 * MS);
}

static void test_change(void **state)
{
	struct reservation reservation = reservation_of(0);

	reservation_charge(&reservation, 10 * MS);
	reservation_set(&reservation, 8 * MS, 10 * MS, 1 * MS);
	reservation_wake(&reservation, 1 * MS);
	assert_int_equal(reservation.budget_ns, -6 * (int64_t)MS);
	assert_int_equal(reservation.deadline_ns, 11 * MS);
	reservation_set(&reservation, 0, 0, 2 * MS);
	assert_false(reservation_has_time(&reservation));
}

static void test_bad_numbers(void **state)
{
	struct reservation reservation = { 0 };

	reservation_set(&reservation, RESERVATION_RUNTIME_MIN_NS, RESERVATION_PERIOD_MIN_NS, 0);
	reservation_wake(&reservation, 0);
	for (int i = 0; i < 100; i++)
		reservation_charge(&reservation, UINT64_MAX - i);
	assert_int_equal(reservation.budget_ns, -DEBT_MAX_NS);
	reservation_advance(&reservation, UINT64_MAX / 2);
	assert_int_equal(reservation.budget_ns, RESERVATION_RUNTIME_MIN_NS);
	reservation_wake(&reservation, UINT64_MAX / 2 + 1);
	assert_true(reservation_has_time(&reservation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_bad_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
