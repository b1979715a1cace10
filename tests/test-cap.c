/* SPDX-License-Identifier: MIT */
/* A cap, on a clock of the test's own. */
#include "tests/unit.h"

#include "daemon/cap.h"
#include "daemon/debt.h"

#define MS UINT64_C(1000000)
#define SLICE (4 * MS)

static void test_none(void **state)
{
	struct cap cap = { 0 };

	cap_set(&cap, 0, 5);
	cap_charge(&cap, UINT64_MAX);
	cap_advance(&cap, SLICE, UINT64_MAX);
	assert_false(cap.closed);
}

static void test_closes_and_opens(void **state)
{
	struct cap cap = { 0 };

	cap_set(&cap, 20, 1000 * MS);
	assert_int_equal(cap.left_ns, 20 * MS);
	cap_charge(&cap, 20 * MS - 1);
	assert_false(cap.closed);
	cap_charge(&cap, 1);
	assert_true(cap.closed);
	/* A slice later, at a fifth of the time, and not a nanosecond before. */
	assert_int_equal(cap_ready_ns(&cap, SLICE), 1020 * MS);
	cap_advance(&cap, SLICE, 1020 * MS - 1);
	assert_true(cap.closed);
	cap_advance(&cap, SLICE, 1020 * MS);
	assert_false(cap.closed);
	/* Never more than its window. */
	cap_advance(&cap, SLICE, UINT64_MAX / 2);
	assert_int_equal(cap.left_ns, 20 * MS);
}

static void test_overrun_is_carried(void **state)
{
	struct cap cap = { 0 };

	cap_set(&cap, 50, 0);
	cap_charge(&cap, 150 * MS);
	assert_int_equal(cap.left_ns, -100 * (int64_t)MS);
	cap_advance(&cap, SLICE, 200 * MS);
	assert_true(cap.closed);
	cap_advance(&cap, SLICE, 208 * MS);
	assert_false(cap.closed);
}

/* Hundredths of nanoseconds add up: long-run use is the cap to the nanosecond. */
static void test_exact(void **state)
{
	struct cap cap = { 0 };
	uint64_t now_ns = 0;

	cap_set(&cap, 7, 0);
	cap_charge(&cap, 1000 * MS);
	for (int i = 0; i < 100000; i++)
		cap_advance(&cap, SLICE, now_ns += 13);
	assert_int_equal(cap.left_ns, 7 * (int64_t)MS - 1000 * (int64_t)MS + 13 * 100000 * 7 / 100);
}

static void test_small(void **state)
{
	struct cap cap = { 0 };

	/* Its window holds less than a slice. */
	cap_set(&cap, 1, 0);
	cap_charge(&cap, UINT64_MAX);
	assert_int_equal(cap.left_ns, 1 * (int64_t)MS - DEBT_MAX_NS);
	for (int i = 0; i < 100; i++)
		cap_charge(&cap, UINT64_MAX);
	assert_int_equal(cap.left_ns, -DEBT_MAX_NS);
	assert_int_equal(cap_ready_ns(&cap, SLICE), 100 * (DEBT_MAX_NS + (int64_t)MS));
	cap_advance(&cap, SLICE, cap_ready_ns(&cap, SLICE));
	assert_false(cap.closed);
	assert_int_equal(cap.left_ns, 1 * MS);
}

static void test_change(void **state)
{
	struct cap cap = { 0 };

	cap_set(&cap, 50, 0);
	cap_charge(&cap, 60 * MS);
	cap_set(&cap, 10, 0);
	assert_int_equal(cap.left_ns, -10 * (int64_t)MS);
	cap_set(&cap, 90, 0);
	assert_int_equal(cap.left_ns, -10 * (int64_t)MS);
	cap_set(&cap, 0, 0);
	assert_false(cap.closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_closes_and_opens),
		cmocka_unit_test(test_overrun_is_carried),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
