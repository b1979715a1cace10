/* SPDX-License-Identifier: MIT */
/* A head that must not freeze, on a clock of the test's own. */
#include "tests/unit.h"

#include "daemon/stale.h"

#define AFTER 500

static void test_never(void **state)
{
	struct stale stale = { 0 };

	stale_saw_frame(&stale, 1);
	assert_false(stale_check(&stale, INT64_MAX, 0, false));
	assert_false(stale.is_stale);
}

static void test_only_once_it_draws(void **state)
{
	struct stale stale = { .after_ns = AFTER };

	assert_false(stale_check(&stale, 10 * AFTER, 5, false));
	assert_false(stale_saw_frame(&stale, 10 * AFTER));
	assert_false(stale_check(&stale, 11 * AFTER - 1, 5, false));
	assert_true(stale_check(&stale, 11 * AFTER, 5, false));
	assert_true(stale.is_stale);
	/* Said once. */
	assert_false(stale_check(&stale, 12 * AFTER, 5, false));
	assert_int_equal(stale.times, 1);
	assert_true(stale_saw_frame(&stale, 12 * AFTER));
	assert_false(stale.is_stale);
	assert_true(stale_check(&stale, 13 * AFTER, 5, false));
	assert_int_equal(stale.times, 2);
}

static void test_turned_off(void **state)
{
	struct stale stale = { .after_ns = AFTER };

	stale_saw_frame(&stale, 0);
	assert_false(stale_stop(&stale));
	assert_false(stale_check(&stale, 10 * AFTER, 0, false));
	stale_saw_frame(&stale, 10 * AFTER);
	assert_true(stale_check(&stale, 11 * AFTER, 0, false));
	assert_true(stale_stop(&stale));
	assert_false(stale.is_stale);
}

/* A hidden window does not ask for frames: the guest that flushes all the same is well. */
static void test_hidden(void **state)
{
	struct stale stale = { .after_ns = AFTER };

	stale_saw_frame(&stale, 0);
	for (int64_t now = 1, flushes = 1; now < 10 * AFTER; now += AFTER / 4)
		assert_false(stale_check(&stale, now, flushes++, true));
	assert_true(stale_check(&stale, 11 * AFTER, stale.flushes, true));
	assert_true(stale_check(&stale, 11 * AFTER + 1, stale.flushes + 1, true));
	assert_false(stale.is_stale);
}

/* It flushes, frames are welcome, none comes: whoever draws them hangs. */
static void test_renderer_hangs(void **state)
{
	struct stale stale = { .after_ns = AFTER };

	stale_saw_frame(&stale, 0);
	assert_false(stale_check(&stale, AFTER / 2, 10, false));
	assert_true(stale_check(&stale, AFTER, 20, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_only_once_it_draws),
		cmocka_unit_test(test_turned_off),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_renderer_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
