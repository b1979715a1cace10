/* SPDX-License-Identifier: MIT */
/* Parts of a panel and heads: which one a place is over, and where on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/libinput/area.h"
#include "protocol/input.h"

#define THIRD(n)                                                                                   \
	{                                                                                          \
		n, 0, 1, 1, 3, 1                                                                   \
	}

static void expect_place(
	const struct input_area *area, double x, double y, int32_t wanted_x, int32_t wanted_y)
{
	int32_t head_x, head_y;

	area_place(area, x, y, &head_x, &head_y);
	assert_int_equal(head_x, wanted_x);
	assert_int_equal(head_y, wanted_y);
}

static void test_whole(void **state)
{
	assert_true(area_fits(&area_whole));
	assert_true(area_holds(&area_whole, 0, 0));
	assert_true(area_holds(&area_whole, 1, 1));
	assert_true(area_holds(&area_whole, -0.5, 1.5)); /* as calibrated */
	expect_place(&area_whole, 0, 1, 0, INPUT_ABS_MAX);
	expect_place(&area_whole, 0.5, 0.25, 16384, 8192);
	expect_place(&area_whole, -1e300, 1e300, 0, INPUT_ABS_MAX);
}

/* Each place is of exactly one. */
static void test_thirds(void **state)
{
	const struct input_area thirds[] = { THIRD(0), THIRD(1), THIRD(2) };

	for (int i = -100; i <= 1100; i++) {
		double x = i / 1000.0;
		unsigned owner = x * 3 < 1 ? 0 : x * 3 < 2 ? 1 : 2;
		for (unsigned j = 0; j < 3; j++)
			assert_int_equal(area_holds(&thirds[j], x, 0.5), j == owner);
	}
	expect_place(&thirds[1], 0.5, 0.5, 16384, 16384);
	expect_place(&thirds[1], 0.1, 0.5, 0, 16384); /* began there, and is elsewhere now */
	expect_place(&thirds[1], 0.9, 0.5, INPUT_ABS_MAX, 16384);
}

/* The places between the parts are nobody's. */
static void test_frame(void **state)
{
	const struct input_area area = { 100, 50, 300, 200, 500, 300 };

	assert_false(area_holds(&area, 0.19, 0.5));
	assert_true(area_holds(&area, 0.2, 0.5));
	assert_false(area_holds(&area, 0.8, 0.5));
	assert_false(area_holds(&area, 0.5, 0.1));
	assert_false(area_holds(&area, 1, 0.5));
	assert_false(area_holds(&area, -1, 0.5));
	expect_place(&area, 0.2, 50 / 300.0, 0, 0);
	expect_place(&area, 0.5, 0.5, 16384, 16384);
}

/* A panel as fine as the head below: the guest counts the same px. */
static void test_px(void **state)
{
	const struct input_area thirds[] = { THIRD(0), THIRD(1), THIRD(2) };
	int32_t head_x, head_y;

	for (int px = 0; px < 3 * 1366; px++) {
		area_place(
			&thirds[px / 1366], px / (3 * 1366.0), px / (3 * 1366.0), &head_x, &head_y);
		assert_int_equal(head_x * 1366 / (INPUT_ABS_MAX + 1), px % 1366);
		assert_int_equal(head_y * 4098 / (INPUT_ABS_MAX + 1), px);
	}
}

static void test_no_number(void **state)
{
	assert_false(area_holds(&area_whole, __builtin_nan(""), 0));
	expect_place(&area_whole, __builtin_nan(""), __builtin_nan(""), 0, 0);
}

static void test_fits(void **state)
{
	assert_true(area_fits(&(struct input_area){ 65535, 0, 1, 1, 65536, 1 }));
	assert_false(area_fits(&(struct input_area){ 0, 0, 1, 1, 65537, 1 }));
	assert_false(area_fits(&(struct input_area){ 0, 0, 0, 1, 1, 1 }));
	assert_false(area_fits(&(struct input_area){ 0, 0, 1, 1, 1, 0 }));
	assert_false(area_fits(&(struct input_area){ 1, 0, 1, 1, 1, 1 }));
	assert_false(area_fits(&(struct input_area){ UINT32_MAX, 0, 2, 1, 1, 1 }));
	assert_false(area_fits(&(struct input_area){ 0, 0, UINT32_MAX, 1, 3, 1 }));
}

static void test_overlap(void **state)
{
	const struct input_area left = THIRD(0), right = { 1, 0, 1, 2, 2, 2 };

	assert_false(areas_overlap(&left, &right));
	assert_false(areas_overlap(&right, &left));
	assert_true(areas_overlap(&right, &(struct input_area)THIRD(1)));
	assert_true(areas_overlap(&(struct input_area)THIRD(2), &right));
	assert_true(areas_overlap(&left, &area_whole));
	assert_false(areas_overlap(&(struct input_area){ 0, 0, 1, 1, 1, 2 },
		&(struct input_area){ 0, 2, 1, 2, 1, 4 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_thirds),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_px),
		cmocka_unit_test(test_no_number),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
