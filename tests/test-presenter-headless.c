/* SPDX-License-Identifier: MIT */
/* The headless presenter's beat and releases; where windows put their pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "backends/wayland/layout.h"
#include "base/clock.h"
#include "base/log.h"
#include "tests/owner.h"

#define WIDTH 64
#define HEIGHT 48
#define PERIOD_NS (NSEC_PER_SEC / 60)
#define FRAMES 30

static struct owner owner;

static int setup(void **state)
{
	owner_init(&owner, &presenter_headless, NULL, 2, WIDTH, HEIGHT);
	return 0;
}

static int teardown(void **state)
{
	owner_finish(&owner);
	return 0;
}

static void import(struct owner_picture *picture)
{
	owner_import(&owner, picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
}

static void test_beat(void **state)
{
	struct owner_picture pictures[2];

	for (int i = 0; i < 2; i++)
		import(&pictures[i]);
	int64_t start_ns = clock_now_ns();
	for (int i = 0; i < FRAMES; i++) {
		owner_show(&owner, 0, &pictures[i % 2], NULL);
		assert_true(owner_run_until_done(&owner));
	}
	/* The first is done at once, the others each at a beat: never faster than a screen. */
	assert_true(clock_now_ns() - start_ns >= (FRAMES - 1) * PERIOD_NS);
	assert_int_equal(owner.committed[0], FRAMES);
	assert_int_equal(owner.presented[0], FRAMES);
	assert_int_equal(owner.timed[0], 0);
	assert_int_equal(owner.presented[1], 0);
	for (int i = 0; i < 2; i++)
		owner_forget(&owner, &pictures[i]);
}

static void test_release(void **state)
{
	struct owner_picture a, b;

	import(&a);
	import(&b);
	owner_show(&owner, 0, &a, NULL);
	owner_show(&owner, 1, &a, NULL);
	owner_cursor(&owner, 1, &b, 0, 0);
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 0, &b, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(a.released, 0);
	owner_blank(&owner, 1);
	owner_run_for(&owner, 1);
	assert_int_equal(a.released, 1);
	owner_show(&owner, 0, &a, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(b.released, 0);
	owner_cursor(&owner, 1, NULL, 0, 0);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(b.released, 1);
	assert_int_equal(a.released, 1);
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

/* Forgotten before its release could be said, and while shown. */
static void test_forget(void **state)
{
	struct owner_picture a, b;

	import(&a);
	import(&b);
	owner_show(&owner, 0, &a, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 0, &b, NULL);
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(a.released, 0);
	import(&a);
	owner_show(&owner, 0, &a, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
}

static void test_destroyed_in_callback(void **state)
{
	struct owner_picture a;

	import(&a);
	owner.destroys_in_frame_done = true;
	owner_show(&owner, 0, &a, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_null(owner.presenter);
	owner_forget(&owner, &a);
}

static void assert_box(const struct layout_box *box, int x, int y, int width, int height)
{
	assert_int_equal(box->x, x);
	assert_int_equal(box->y, y);
	assert_int_equal(box->width, width);
	assert_int_equal(box->height, height);
}

static void test_layout_fit(void **state)
{
	struct layout same = layout_fit(800, 600, 800, 600, LAYOUT_SCALE_ONE, true);
	struct layout twice = layout_fit(1600, 1200, 800, 600, LAYOUT_SCALE_ONE, true);
	struct layout wide = layout_fit(1000, 600, 800, 600, LAYOUT_SCALE_ONE, true);
	struct layout high = layout_fit(800, 1000, 800, 600, LAYOUT_SCALE_ONE, true);
	struct layout tiny = layout_fit(1, 1, 16384, 1, LAYOUT_SCALE_ONE, true);
	struct layout as_is = layout_fit(1000, 500, 800, 600, LAYOUT_SCALE_ONE, false);

	assert_box(&same.picture, 0, 0, 800, 600);
	assert_true(layout_is_covered(&same));
	assert_box(&twice.picture, 0, 0, 1600, 1200);
	assert_true(layout_is_covered(&twice));
	assert_box(&wide.picture, 100, 0, 800, 600);
	assert_false(layout_is_covered(&wide));
	assert_box(&high.picture, 0, 200, 800, 600);
	assert_box(&tiny.picture, 0, 0, 1, 1);
	assert_box(&as_is.picture, 100, -50, 800, 600);
	assert_false(layout_is_covered(&as_is));
}

static void test_layout_cursor(void **state)
{
	struct layout layout = layout_fit(2000, 1200, 800, 600, LAYOUT_SCALE_ONE, true); /* at 200, twice as large */
	struct layout_cursor cursor = layout_cursor(&layout, 10, 20, 64, 64);

	assert_true(cursor.visible);
	assert_box(&cursor.box, 220, 40, 128, 128);
	assert_true(cursor.x == 0 && cursor.y == 0 && cursor.width == 64 && cursor.height == 64);
	cursor = layout_cursor(&layout, -60, 590, 64, 64);
	assert_true(cursor.visible);
	assert_box(&cursor.box, 200, 1180, 8, 20);
	assert_true(cursor.x == 60 && cursor.y == 0 && cursor.width == 4 && cursor.height == 10);
	assert_false(layout_cursor(&layout, -64, 0, 64, 64).visible);
	assert_false(layout_cursor(&layout, 0, 600, 64, 64).visible);
	assert_false(layout_cursor(&layout, INT32_MAX, INT32_MIN - INT64_C(1), 64, 64).visible);
	layout = layout_fit(1000, 600, 800, 600, LAYOUT_SCALE_ONE, false);
	cursor = layout_cursor(&layout, -60, 590, 64, 64);
	assert_box(&cursor.box, 40, 590, 64, 64);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_beat),
		TEST(test_release),
		TEST(test_forget),
		TEST(test_destroyed_in_callback),
		cmocka_unit_test(test_layout_fit),
		cmocka_unit_test(test_layout_cursor),
	};

	log_init("test-presenter-headless", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
