/* SPDX-License-Identifier: MIT */
/* A guest at its screen's pace, on a clock of the test's own. */
#include "tests/unit.h"

#include "backends/pace.h"

#define MS INT64_C(1000000)

/* Drawing as fast as it may: each frame's answers come when the one before was taken. */
static void test_steady(void **state)
{
	struct pace pace = { 0 };
	int64_t now = 1;

	assert_false(pace_holds(&pace, 0));
	assert_int_equal(pace_deadline_ns(&pace), 0);
	for (uint64_t frame = 0; frame < 1000; frame++, now += 16 * MS) {
		uint64_t mark = 10 * frame;
		pace_flush(&pace, mark, now);
		pace_sent(&pace);
		assert_true(mark == 0 || !pace_holds(&pace, mark - 1));
		assert_true(pace_holds(&pace, mark));
		assert_true(pace_deadline_ns(&pace) == now + PACE_LIMIT_NS);
		pace_expire(&pace, now + 16 * MS);
		assert_true(pace_holds(&pace, mark + 9));
		pace_done(&pace, now + 16 * MS);
		assert_false(pace_holds(&pace, UINT64_MAX));
	}
}

/* Flushes while a frame is on its way: what was sent before them is not held any more. */
static void test_ahead(void **state)
{
	struct pace pace = { 0 };

	pace_flush(&pace, 7, 1);
	pace_sent(&pace);
	pace_flush(&pace, 8, 2);
	pace_flush(&pace, 9, 3);
	assert_true(pace_holds(&pace, 7));
	pace_done(&pace, 16 * MS);
	assert_false(pace_holds(&pace, 8));
	assert_true(pace_holds(&pace, 9));
	pace_sent(&pace);
	/* A frame of its own, a time of its own. */
	assert_true(pace_deadline_ns(&pace) == 16 * MS + PACE_LIMIT_NS);
	pace_done(&pace, 32 * MS);
	assert_false(pace_holds(&pace, UINT64_MAX));
}

/* What is not taken in time is hidden: nothing waits for it until the screen asks again. */
static void test_hidden(void **state)
{
	struct pace pace = { 0 };

	pace_flush(&pace, 1, 1);
	pace_sent(&pace);
	pace_expire(&pace, PACE_LIMIT_NS);
	assert_true(pace_holds(&pace, 1));
	pace_expire(&pace, PACE_LIMIT_NS + 1);
	assert_false(pace_holds(&pace, 1));
	assert_int_equal(pace_deadline_ns(&pace), 0);
	for (uint64_t mark = 2; mark < 100; mark++) {
		pace_flush(&pace, mark, mark * 1000 * MS);
		assert_false(pace_holds(&pace, UINT64_MAX));
	}
	pace_done(&pace, 100000 * MS); /* it is to be seen again; the newest goes out */
	pace_sent(&pace);
	assert_false(pace_holds(&pace, 98));
	assert_true(pace_holds(&pace, 99));
}

/* Nothing is flushed, the screen asks all the same. */
static void test_idle(void **state)
{
	struct pace pace = { 0 };

	for (int64_t now = 1; now < 100; now++) {
		pace_done(&pace, now);
		pace_expire(&pace, now * 1000 * MS);
		assert_false(pace_holds(&pace, UINT64_MAX));
	}
}

static void test_turned_off(void **state)
{
	struct pace pace = { 0 };

	pace_flush(&pace, 1, 1);
	pace_reset(&pace);
	assert_false(pace_holds(&pace, UINT64_MAX));
	/* Off and on is not seen. */
	pace_flush(&pace, 2, 1);
	pace_expire(&pace, 1 + PACE_LIMIT_NS);
	pace_reset(&pace);
	pace_flush(&pace, 3, 2 + PACE_LIMIT_NS);
	assert_false(pace_holds(&pace, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_turned_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
