/* SPDX-License-Identifier: MIT */
/* The size of chunks: it follows what commands cost. */
#include "tests/unit.h"

#include "base/clock.h"
#include "daemon/render/cutter.h"

#define MS NSEC_PER_MSEC

static int64_t now_ns;

/* A chunk of so many commands that takes so long. */
static void run(struct cutter *cutter, uint32_t n, int64_t ns)
{
	static uint32_t fence = UINT32_MAX - 5; /* soon to begin again at 0 */

	cutter_add(cutter, ++fence, n, now_ns);
	now_ns += ns;
	cutter_signalled(cutter, fence, now_ns);
}

static void test_unknown(void **state)
{
	struct cutter cutter = { 0 };
	uint32_t n = cutter_size(&cutter, 2 * MS);

	assert_in_range(n, 1, 64);
}

static void test_fits(void **state)
{
	struct cutter cutter = { 0 };

	for (int i = 0; i < 20; i++)
		run(&cutter, 10, 5 * MS); /* half a millisecond each */
	assert_int_equal(cutter_size(&cutter, 2 * MS), 4);
	assert_int_equal(cutter_size(&cutter, 1 * MS), 2);
}

/* One that is dearer than a chunk goes alone; no chunk is empty. */
static void test_dear(void **state)
{
	struct cutter cutter = { 0 };

	run(&cutter, 1, 700 * MS);
	assert_int_equal(cutter_size(&cutter, 2 * MS), 1);
	assert_int_equal(cutter_size(&cutter, 0), 1);
	assert_int_equal(cutter_size(&cutter, -1), 1);
}

static void test_dearer_at_once_cheaper_slowly(void **state)
{
	struct cutter cutter = { 0 };

	for (int i = 0; i < 20; i++)
		run(&cutter, 100, 1 * MS);
	uint32_t cheap = cutter_size(&cutter, 2 * MS);
	run(&cutter, 1, 1 * MS);
	assert_int_equal(cutter_size(&cutter, 2 * MS), 2);
	run(&cutter, 100, 1 * MS);
	assert_true(cutter_size(&cutter, 2 * MS) < cheap / 10);
	for (int i = 0; i < 40; i++)
		run(&cutter, 100, 1 * MS);
	assert_true(cutter_size(&cutter, 2 * MS) > cheap / 2);
}

/* The second waits while the GPU is at the first: that is not its cost. */
static void test_two_in_flight(void **state)
{
	struct cutter cutter = { 0 };

	for (uint32_t i = 0; i < 20; i++) {
		cutter_add(&cutter, 2 * i, 1, now_ns);
		cutter_add(&cutter, 2 * i + 1, 1, now_ns);
		assert_true(cutter_is_full(&cutter));
		cutter_signalled(&cutter, 2 * i, now_ns += MS);
		assert_false(cutter_is_full(&cutter));
		cutter_signalled(&cutter, 2 * i + 1, now_ns += MS);
	}
	assert_int_equal(cutter_size(&cutter, 4 * MS), 4);
}

/* Both at once; and a fence of somebody else's between. */
static void test_signalled_together(void **state)
{
	struct cutter cutter = { 0 };

	cutter_add(&cutter, 10, 1, now_ns);
	cutter_add(&cutter, 12, 1, now_ns);
	cutter_signalled(&cutter, 11, now_ns += MS);
	assert_int_equal(cutter.n, 1);
	cutter_signalled(&cutter, 15, now_ns += MS);
	assert_int_equal(cutter.n, 0);
}

/* Commands that cost nothing that can be measured, and chunks without one. */
static void test_for_nothing(void **state)
{
	struct cutter cutter = { 0 };

	for (int i = 0; i < 100; i++)
		run(&cutter, 1000, 0);
	assert_in_range(cutter_size(&cutter, 2 * MS), 1, 100000);
	run(&cutter, 0, 5 * MS);
	assert_in_range(cutter_size(&cutter, 2 * MS), 1, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_dear),
		cmocka_unit_test(test_dearer_at_once_cheaper_slowly),
		cmocka_unit_test(test_two_in_flight),
		cmocka_unit_test(test_signalled_together),
		cmocka_unit_test(test_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
