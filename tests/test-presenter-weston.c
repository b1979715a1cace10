/* SPDX-License-Identifier: MIT */
/* The Wayland presenter on weston: floating windows, late releases, cropped cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#define OUTPUT_WIDTH 320
#define OUTPUT_HEIGHT 240
#define WIDTH 100
#define HEIGHT 80
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define COLOUR_NOTHING 0x181818 /* a head without a picture */
#define CURSOR_SIZE 16

static struct compositor weston;
static struct owner owner;

static bool is_released(void *data)
{
	return ((struct owner_picture *)data)->released > 0;
}

static int group_setup(void **state)
{
	int ret = compositor_init(&weston, COMPOSITOR_WESTON, 1, OUTPUT_WIDTH, OUTPUT_HEIGHT);
	return ret < 0 ? ret : compositor_start(&weston, NULL);
}

static int group_teardown(void **state)
{
	compositor_finish(&weston);
	return 0;
}

static int setup(void **state)
{
	owner_init(&owner, &presenter_wayland, weston.socket, 1, WIDTH, HEIGHT);
	return 0;
}

static int teardown(void **state)
{
	owner_finish(&owner);
	return 0;
}

/* Where in the shot the image is. */
static bool find_image(const struct image *shot, const struct image *image)
{
	uint32_t max_x = shot->width_px - image->width_px;
	uint32_t max_y = shot->height_px - image->height_px;

	for (uint32_t at = 0; at < (max_x + 1) * (max_y + 1); at++) {
		uint32_t x = at % (max_x + 1), y = at / (max_x + 1), rows = 0;
		while (rows < image->height_px &&
			memcmp(image_at(shot, x, y + rows), image_at(image, 0, rows),
				image->width_px * sizeof(uint32_t)) == 0)
			rows++;
		if (rows == image->height_px)
			return true;
	}
	return false;
}

/* weston puts a window anywhere, so the image is looked for. Frees it. */
static void expect(struct image expected)
{
	int64_t deadline_ns = clock_now_ns() + OWNER_LIMIT_MS * NSEC_PER_MSEC;
	bool found = false;

	while (!found && clock_now_ns() < deadline_ns) {
		struct image shot;
		owner_run_for(&owner, 10);
		assert_int_equal(compositor_screenshot(&weston, 0, &shot), 0);
		found = find_image(&shot, &expected);
		image_finish(&shot);
	}
	image_finish(&expected);
	assert_true(found);
}

static void test_picture(void **state)
{
	struct owner_picture a, b;

	expect(image_make(WIDTH, HEIGHT, COLOUR_NOTHING));
	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	expect(owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_show_new(&owner, &b, 0, WIDTH, HEIGHT, 2);
	expect(owner_pattern_image(ALL, 2));
	assert_true(owner_run_until_done(&owner));
	assert_true(owner_run_until(&owner, is_released, &a, OWNER_LIMIT_MS));
	assert_int_equal(b.released, 0);
	owner_blank(&owner, 0);
	expect(image_make(WIDTH, HEIGHT, COLOUR_NOTHING));
	assert_true(owner_run_until(&owner, is_released, &b, OWNER_LIMIT_MS));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

/* weston releases with the commit after: two pictures must be enough to go on. */
static void test_two_pictures(void **state)
{
	struct owner_picture pictures[2];
	unsigned shows[2] = { 0 };

	owner_show_new(&owner, &pictures[0], 0, WIDTH, HEIGHT, 1);
	shows[0]++;
	expect(owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_show_new(&owner, &pictures[1], 0, WIDTH, HEIGHT, 2);
	shows[1]++;
	assert_true(owner_run_until_done(&owner));
	for (int i = 0; i < 30; i++) {
		struct owner_picture *picture = &pictures[i % 2];
		assert_int_equal(picture->released, shows[i % 2]);
		shows[i % 2]++;
		owner_picture_fill(picture, ALL, i);
		owner_show(&owner, 0, picture, NULL);
		assert_true(owner_run_until_done(&owner));
	}
	expect(owner_pattern_image(ALL, 29));
	/* weston says of each when it was seen. */
	assert_int_equal(owner.committed[0], 32);
	assert_true(owner_run_until_seen(&owner, 0));
	assert_int_equal(owner.timed[0], owner.presented[0]);
	assert_true(owner.timed[0] > 16);
	for (int i = 0; i < 2; i++)
		owner_forget(&owner, &pictures[i]);
}

static void test_damage(void **state)
{
	struct picture_box box = { 30, 8, 44, 60 };
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	expect(owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_import(&owner, &b, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, true);
	owner_picture_fill(&b, ALL, 1);
	owner_picture_fill(&b, &box, 2);
	owner_show(&owner, 0, &b, &box);
	struct image expected = owner_pattern_image(ALL, 1);
	owner_pattern_draw(&expected, box.x, box.y, &box, 2);
	expect(expected);
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

static void test_forget_shown(void **state)
{
	struct owner_picture a;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	expect(owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
	owner_run_for(&owner, 50);
	expect(owner_pattern_image(ALL, 1));
	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 3);
	expect(owner_pattern_image(ALL, 3));
	owner_forget(&owner, &a);
}

/* Every pixel of the cursor is another, so that a wrong crop shows. */
static void expect_cursor(int32_t x, int32_t y)
{
	struct image expected = owner_pattern_image(ALL, 1);

	for (int32_t row = 0; row < CURSOR_SIZE; row++) {
		for (int32_t column = 0; column < CURSOR_SIZE; column++) {
			int32_t to_x = x + column, to_y = y + row;
			if (to_x >= 0 && to_x < WIDTH && to_y >= 0 && to_y < HEIGHT)
				*image_at(&expected, to_x, to_y) = owner_pattern(column, row, 9);
		}
	}
	expect(expected);
}

static void test_cursor(void **state)
{
	static const int32_t hot_spots[][2] = { { 40, 50 }, { 0, 0 }, { WIDTH - 1, HEIGHT - 1 },
		{ 0, HEIGHT - 1 }, { WIDTH - 1, 0 }, { 50, 40 } };
	struct owner_picture picture, cursor;

	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	owner_import(&owner, &cursor, CURSOR_SIZE, CURSOR_SIZE, DRM_FORMAT_ARGB8888, false);
	for (uint32_t y = 0; y < CURSOR_SIZE; y++) {
		for (uint32_t x = 0; x < CURSOR_SIZE; x++)
			owner_picture_set(&cursor, x, y, 255, owner_pattern(x, y, 9));
	}
	owner_cursor(&owner, 0, &cursor, 4, 7);
	for (size_t i = 0; i < sizeof(hot_spots) / sizeof(hot_spots[0]); i++) {
		owner_cursor_move(&owner, 0, hot_spots[i][0], hot_spots[i][1]);
		expect_cursor(hot_spots[i][0] - 4, hot_spots[i][1] - 7);
	}
	assert_true(owner_run_until_done(&owner));
	owner_cursor(&owner, 0, NULL, 0, 0);
	expect(owner_pattern_image(ALL, 1));
	owner_forget(&owner, &picture);
	owner_forget(&owner, &cursor);
}

static void test_size(void **state)
{
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	expect(owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_show_new(&owner, &b, 0, 48, 64, 2);
	expect(owner_pattern_image(&(struct picture_box){ 0, 0, 48, 64 }, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-weston [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_picture),
		TEST(test_two_pictures),
		TEST(test_damage),
		TEST(test_forget_shown),
		TEST(test_cursor),
		TEST(test_size),
	};

	log_init("test-presenter-weston", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
