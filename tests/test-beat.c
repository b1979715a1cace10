/* SPDX-License-Identifier: MIT */
/* When frames begin: late, and yet in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "compositor/beat.h"

#define REFRESH_NS (16 * NSEC_PER_MSEC)
#define START_NS (1000 * NSEC_PER_SEC)
#define COST_NS (3 * NSEC_PER_MSEC)
#define MARGIN_NS (4 * NSEC_PER_MSEC)

static struct beat beat;

static int setup(void **state)
{
	beat_init(&beat, REFRESH_NS);
	return 0;
}

static void took(int64_t cost_ns)
{
	beat_given(&beat, beat.begin_ns + cost_ns);
}

/* A frame that took so long was shown at the start. */
static void shown(int64_t cost_ns)
{
	took(cost_ns);
	assert_false(beat_shown(&beat, START_NS, false));
}

static void test_first(void **state)
{
	assert_int_equal(beat_begin(&beat, START_NS), START_NS);
	assert_false(beat_shown(&beat, START_NS + 10 * REFRESH_NS, false));
}

/* One after the other: each begins when what it takes is left, each is shown at its refresh. */
static void test_steady(void **state)
{
	shown(COST_NS);
	for (int64_t i = 1; i < 1000; i++) {
		int64_t due_ns = START_NS + i * REFRESH_NS;
		assert_int_equal(
			beat_begin(&beat, due_ns - REFRESH_NS), due_ns - COST_NS - MARGIN_NS);
		assert_int_equal(beat.target_ns, due_ns);
		took(COST_NS);
		assert_false(beat_shown(&beat, due_ns, false));
	}
}

/* The dearest frame counts, for a while. */
static void test_cost(void **state)
{
	shown(COST_NS);
	took(COST_NS / 2);
	int64_t begin_ns = beat_begin(&beat, START_NS);
	assert_true(begin_ns < START_NS + REFRESH_NS - COST_NS - MARGIN_NS / 2);
	for (unsigned i = 0; i < 1000; i++)
		took(COST_NS / 2);
	assert_true(beat_begin(&beat, START_NS) > begin_ns + COST_NS / 4);
	took(REFRESH_NS);
	assert_int_equal(beat_begin(&beat, START_NS), START_NS);
}

/* What no lead would have saved makes none longer. */
static void test_hopeless(void **state)
{
	shown(COST_NS);
	int64_t begin_ns = beat_begin(&beat, START_NS), due_ns = beat.target_ns;
	took(2 * REFRESH_NS);
	assert_true(beat_shown(&beat, due_ns + 2 * REFRESH_NS, false));
	assert_int_equal(beat_begin(&beat, due_ns + 2 * REFRESH_NS), begin_ns + 3 * REFRESH_NS);
}

/* After some refreshes without a frame, before, within and after the time to begin one. */
static void test_idle(void **state)
{
	int64_t due_ns = START_NS + 8 * REFRESH_NS;
	int64_t begin_ns = due_ns - COST_NS - MARGIN_NS;

	shown(COST_NS);
	assert_int_equal(beat_begin(&beat, due_ns - REFRESH_NS + 1), begin_ns);
	assert_int_equal(beat_begin(&beat, begin_ns), begin_ns);
	assert_int_equal(beat.target_ns, due_ns);
	/* It may be in time, and is not late if it is not. */
	assert_int_equal(beat_begin(&beat, begin_ns + 1), begin_ns + 1);
	assert_int_equal(beat.target_ns, due_ns + REFRESH_NS);
	/* It cannot. */
	assert_int_equal(beat_begin(&beat, due_ns - COST_NS), begin_ns + REFRESH_NS);
	assert_int_equal(beat_begin(&beat, due_ns), begin_ns + REFRESH_NS);
}

/* Nobody knows any more when refreshes are. */
static void test_stale(void **state)
{
	shown(COST_NS);
	int64_t wanted_ns = START_NS + 1000 * REFRESH_NS;
	assert_int_equal(beat_begin(&beat, wanted_ns), wanted_ns);
	assert_int_equal(beat.target_ns, 0);
	beat_lose(&beat);
	assert_int_equal(beat_begin(&beat, START_NS + 1), START_NS + 1);
}

/* Those that are late make room, which goes slowly. */
static void test_late(void **state)
{
	int64_t due_ns = START_NS + REFRESH_NS;

	shown(COST_NS);
	int64_t begin_ns = beat_begin(&beat, START_NS);
	assert_true(beat_shown(&beat, due_ns + REFRESH_NS, false));
	int64_t earlier_ns = beat_begin(&beat, due_ns + REFRESH_NS) - 2 * REFRESH_NS;
	assert_int_equal(earlier_ns, begin_ns - MARGIN_NS);
	for (unsigned i = 0; i < 100; i++) {
		due_ns += 2 * REFRESH_NS;
		assert_true(beat_begin(&beat, due_ns - REFRESH_NS) >= due_ns - REFRESH_NS);
		assert_true(beat_shown(&beat, due_ns + REFRESH_NS, false));
	}
	assert_int_equal(beat_begin(&beat, due_ns + REFRESH_NS), due_ns + REFRESH_NS);
	for (unsigned i = 0; i < 10000; i++) {
		due_ns += REFRESH_NS;
		beat_begin(&beat, due_ns);
		beat_shown(&beat, due_ns + REFRESH_NS, false);
	}
	assert_in_range(beat.margin_ns, MARGIN_NS, MARGIN_NS + MARGIN_NS / 8);
}

/* Without refreshes frames are a refresh apart, or as far as they are wanted. */
static void test_at_once(void **state)
{
	took(COST_NS);
	beat_shown(&beat, START_NS, true);
	assert_int_equal(beat_begin(&beat, START_NS), START_NS + REFRESH_NS);
	assert_false(beat_shown(&beat, START_NS + REFRESH_NS + COST_NS, true));
	int64_t wanted_ns = START_NS + 3 * REFRESH_NS + 1;
	assert_int_equal(beat_begin(&beat, wanted_ns), wanted_ns);
}

/* A refresh that waits for its frame is never missed. */
static void test_variable(void **state)
{
	shown(COST_NS);
	beat.is_variable = true;
	assert_int_equal(beat_begin(&beat, START_NS), START_NS + REFRESH_NS - COST_NS - MARGIN_NS);
	int64_t wanted_ns = START_NS + REFRESH_NS + REFRESH_NS / 2;
	assert_int_equal(beat_begin(&beat, wanted_ns), wanted_ns);
	assert_int_equal(beat.target_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_first, setup),
		cmocka_unit_test_setup(test_steady, setup),
		cmocka_unit_test_setup(test_cost, setup),
		cmocka_unit_test_setup(test_hopeless, setup),
		cmocka_unit_test_setup(test_idle, setup),
		cmocka_unit_test_setup(test_stale, setup),
		cmocka_unit_test_setup(test_late, setup),
		cmocka_unit_test_setup(test_at_once, setup),
		cmocka_unit_test_setup(test_variable, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
