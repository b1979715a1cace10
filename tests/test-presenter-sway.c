/* SPDX-License-Identifier: MIT */
/* The Wayland presenter on sway: what it shows, pixel by pixel, tiled and floating. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/log.h"
#include "tests/compositor.h"
#include "tests/owner.h"
#include "tests/virtual_seat.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define COLOUR_NOTHING 0x181818 /* a head without a picture */
#define COLOUR_DESKTOP 0x3f3f3f /* sway's, without a background */

static struct compositor sway;
static struct owner owner;

static struct image image_plain(uint32_t colour)
{
	return image_make(WIDTH, HEIGHT, colour);
}

static bool is_released(void *data)
{
	struct owner_picture *picture = data;

	return picture->released > 0;
}

static void sway_do(const char *command)
{
	assert_int_equal(compositor_command(&sway, command), 0);
}

static int group_setup(void **state)
{
	int ret = compositor_init(&sway, COMPOSITOR_SWAY, 2, WIDTH, HEIGHT);
	return ret < 0 ? ret : compositor_start(&sway, COMPOSITOR_SWAY_HEADS);
}

static int group_teardown(void **state)
{
	compositor_finish(&sway);
	return 0;
}

static int setup(void **state)
{
	owner_init(&owner, &presenter_wayland, sway.socket, 2, WIDTH, HEIGHT);
	return 0;
}

static int teardown(void **state)
{
	owner_finish(&owner);
	return 0;
}

static void test_formats(void **state)
{
	static const uint32_t formats[] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888,
		DRM_FORMAT_XBGR8888, DRM_FORMAT_ABGR8888 };
	struct owner_picture pictures[8];

	for (int i = 0; i < 8; i++) {
		owner_import(&owner, &pictures[i], WIDTH, HEIGHT, formats[i % 4], i >= 4);
		owner_picture_fill(&pictures[i], ALL, i);
		owner_show(&owner, i % 2, &pictures[i], NULL);
		owner_expect(&owner, &sway, i % 2, owner_pattern_image(ALL, i));
		assert_true(owner_run_until_done(&owner));
	}
	for (int i = 0; i < 8; i++)
		owner_forget(&owner, &pictures[i]);
	assert_int_equal(owner.committed[0], 4);
	assert_int_equal(owner.committed[1], 4);
}

static void test_placeholder(void **state)
{
	struct owner_picture picture;

	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	owner_expect(&owner, &sway, 1, image_plain(COLOUR_NOTHING));
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_blank(&owner, 0);
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	assert_true(owner_run_until(&owner, is_released, &picture, OWNER_LIMIT_MS));
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 0, &picture, NULL);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_forget(&owner, &picture);
}

static void check_damage(bool bottom_up)
{
	struct picture_box box = { 16, 24, 100, 50 };
	struct owner_picture pictures[2];

	for (int i = 0; i < 2; i++) {
		owner_import(&owner, &pictures[i], WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, bottom_up);
		owner_picture_fill(&pictures[i], ALL, 1);
	}
	owner_show(&owner, 0, &pictures[0], NULL);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));

	owner_picture_fill(&pictures[1], &box, 2);
	owner_show(&owner, 0, &pictures[1], &box);
	struct image expected = owner_pattern_image(ALL, 1);
	owner_pattern_draw(&expected, box.x, box.y, &box, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	/* The same one again, drawn into while it is shown. */
	owner_picture_fill(&pictures[1], &box, 3);
	owner_show(&owner, 0, &pictures[1], &box);
	expected = owner_pattern_image(ALL, 1);
	owner_pattern_draw(&expected, box.x, box.y, &box, 3);
	owner_expect(&owner, &sway, 0, expected);
	for (int i = 0; i < 2; i++)
		owner_forget(&owner, &pictures[i]);
}

static void test_damage(void **state)
{
	check_damage(false);
}

static void test_damage_bottom_up(void **state)
{
	check_damage(true);
}

/* A tile is larger than the picture in one direction: bars, every pixel as it is. */
static void test_bars(void **state)
{
	struct picture_box narrow = { 0, 0, 100, HEIGHT }, flat = { 0, 0, WIDTH, 120 };
	struct owner_picture a, b, c;

	owner_show_new(&owner, &a, 0, narrow.width, narrow.height, 1);
	struct image expected = image_plain(0);
	owner_pattern_draw(&expected, (WIDTH - narrow.width) / 2, 0, &narrow, 1);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	owner_show_new(&owner, &b, 0, flat.width, flat.height, 2);
	expected = image_plain(0);
	owner_pattern_draw(&expected, 0, (HEIGHT - flat.height) / 2, &flat, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));
	assert_true(owner_run_until(&owner, is_released, &a, OWNER_LIMIT_MS));

	owner_show_new(&owner, &c, 0, WIDTH, HEIGHT, 3);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 3));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	owner_forget(&owner, &c);
}

/* Half the size: scaled. Between two colours the compositor may blend. */
static void test_scale(void **state)
{
	struct owner_picture picture;

	owner_import(&owner, &picture, WIDTH / 2, HEIGHT / 2, DRM_FORMAT_XRGB8888, true);
	for (uint32_t y = 0; y < HEIGHT / 2; y++) {
		for (uint32_t x = 0; x < WIDTH / 2; x++)
			owner_picture_set(&picture, x, y, 0,
				(x < WIDTH / 4 ? 0x20ff40 : 0x4020ff) + (y < HEIGHT / 4 ? 7 : 0));
	}
	owner_show(&owner, 0, &picture, NULL);
	struct image expected = image_plain(IMAGE_ANY);
	image_fill(&expected, 0, 0, WIDTH / 2 - 3, HEIGHT / 2 - 3, 0x20ff47);
	image_fill(&expected, 0, HEIGHT / 2 + 3, WIDTH / 2 - 3, HEIGHT / 2 - 3, 0x20ff40);
	image_fill(&expected, WIDTH / 2 + 3, 0, WIDTH / 2 - 3, HEIGHT / 2 - 3, 0x402106);
	image_fill(
		&expected, WIDTH / 2 + 3, HEIGHT / 2 + 3, WIDTH / 2 - 3, HEIGHT / 2 - 3, 0x4020ff);
	owner_expect(&owner, &sway, 0, expected);
	owner_forget(&owner, &picture);
}

/* A floating window has its head's size, and follows it. */
static void test_floating(void **state)
{
	struct picture_box small = { 0, 0, 100, 80 }, large = { 0, 0, 200, 150 };
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	sway_do("[app_id=\"mullion.g1.0\"] floating enable");
	sway_do("[app_id=\"mullion.g1.0\"] resize set 100 80, move position 10 20");
	owner_forget(&owner, &a);
	owner_show_new(&owner, &a, 0, small.width, small.height, 2);
	struct image expected = image_plain(COLOUR_DESKTOP);
	owner_pattern_draw(&expected, 10, 20, &small, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	sway_do("[app_id=\"mullion.g1.0\"] move position 30 40");
	owner_show_new(&owner, &b, 0, large.width, large.height, 3);
	expected = image_plain(COLOUR_DESKTOP);
	owner_pattern_draw(&expected, 30, 40, &large, 3);
	owner_expect(&owner, &sway, 0, expected);

	/* The user makes it wider: bars. Fullscreen and back changes nothing. */
	sway_do("[app_id=\"mullion.g1.0\"] resize set 240 150, move position 30 40");
	expected = image_plain(COLOUR_DESKTOP);
	image_fill(&expected, 30, 40, 240, 150, 0);
	owner_pattern_draw(&expected, 50, 40, &large, 3);
	owner_expect(&owner, &sway, 0, expected);
	sway_do("[app_id=\"mullion.g1.0\"] fullscreen enable");
	owner_expect(&owner, &sway, 1, image_plain(COLOUR_NOTHING));
	sway_do("[app_id=\"mullion.g1.0\"] fullscreen disable");
	expected = image_plain(COLOUR_DESKTOP);
	image_fill(&expected, 30, 40, 240, 150, 0);
	owner_pattern_draw(&expected, 50, 40, &large, 3);
	owner_expect(&owner, &sway, 0, expected);
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

#define CURSOR_SIZE 16

/* A square with a hole: red, a transparent middle. */
static void draw_cursor(const struct image *image, int32_t x, int32_t y)
{
	for (int32_t row = 0; row < CURSOR_SIZE; row++) {
		for (int32_t column = 0; column < CURSOR_SIZE; column++) {
			bool hole = row >= 4 && row < 12 && column >= 4 && column < 12;
			bool within = x + column >= 0 && x + column < WIDTH && y + row >= 0 &&
				      y + row < HEIGHT;
			if (within && !hole)
				*image_at(image, x + column, y + row) = 0xff0000;
		}
	}
}

static void make_cursor(struct owner_picture *cursor)
{
	owner_import(&owner, cursor, CURSOR_SIZE, CURSOR_SIZE, DRM_FORMAT_ARGB8888, false);
	for (uint32_t y = 0; y < CURSOR_SIZE; y++) {
		for (uint32_t x = 0; x < CURSOR_SIZE; x++) {
			bool hole = y >= 4 && y < 12 && x >= 4 && x < 12;
			owner_picture_set(cursor, x, y, hole ? 0 : 255, hole ? 0 : 0xff0000);
		}
	}
}

static void expect_cursor(int32_t x, int32_t y)
{
	struct image expected = owner_pattern_image(ALL, 1);

	draw_cursor(&expected, x, y);
	owner_expect(&owner, &sway, 0, expected);
}

static void test_cursor(void **state)
{
	struct owner_picture picture, cursor;

	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	make_cursor(&cursor);
	owner_cursor_move(&owner, 0, 50, 60);
	owner_cursor(&owner, 0, &cursor, 3, 5);
	expect_cursor(47, 55);
	assert_true(owner_run_until_done(&owner));
	for (int i = 0; i < 1000; i++)
		owner_cursor_move(&owner, 0, i % WIDTH, i % HEIGHT);
	owner_cursor_move(&owner, 0, 100, 60);
	expect_cursor(97, 55);
	/* Not so at the left and the top: wlroots 0.15's pixman renderer crops wrong there. */
	owner_cursor_move(&owner, 0, WIDTH - 1, HEIGHT - 1);
	expect_cursor(WIDTH - 4, HEIGHT - 6);
	owner_cursor_move(&owner, 0, -100, 0);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_cursor_move(&owner, 0, 100, 60);
	expect_cursor(97, 55);
	owner_cursor(&owner, 0, NULL, 0, 0);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &picture);
}

/* Beside the picture there are bars: the cursor is cut at the picture's edge. */
static void test_cursor_at_bars(void **state)
{
	struct picture_box narrow = { 0, 0, 100, HEIGHT };
	uint32_t left = (WIDTH - narrow.width) / 2;
	struct owner_picture picture, cursor;

	owner_show_new(&owner, &picture, 0, narrow.width, narrow.height, 1);
	make_cursor(&cursor);
	owner_cursor(&owner, 0, &cursor, 0, 0);
	owner_cursor_move(&owner, 0, 98, 30);
	struct image expected = image_plain(0);
	owner_pattern_draw(&expected, left, 0, &narrow, 1);
	image_fill(&expected, left + 98, 30, 2, CURSOR_SIZE, 0xff0000);
	owner_expect(&owner, &sway, 0, expected);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &picture);
}

static void test_on_both_heads(void **state)
{
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_show(&owner, 1, &a, NULL);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_show_new(&owner, &b, 0, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 2));
	assert_int_equal(a.released, 0);
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 1, &b, NULL);
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 2));
	assert_true(owner_run_until(&owner, is_released, &a, OWNER_LIMIT_MS));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

#define CURSOR_SIZE 16
#define CURSOR_COLOUR 0xff0000
#define LAG_MS 250 /* so much later a guest's cursor does not follow the pointer any more */

static void expect_cursor_at(uint32_t x, uint32_t y)
{
	struct image expected = owner_pattern_image(ALL, 1);

	image_fill(&expected, x, y, CURSOR_SIZE, CURSOR_SIZE, CURSOR_COLOUR);
	owner_expect(&owner, &sway, 0, expected);
}

/* The guest's cursor is the pointer while that is over the head, and there is one only. */
static void test_pointer(void **state)
{
	struct owner_picture picture, cursor;
	struct virtual_seat seat;

	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	owner_import(&owner, &cursor, CURSOR_SIZE, CURSOR_SIZE, DRM_FORMAT_ARGB8888, false);
	for (uint32_t i = 0; i < CURSOR_SIZE * CURSOR_SIZE; i++)
		owner_picture_set(&cursor, i % CURSOR_SIZE, i / CURSOR_SIZE, 255, CURSOR_COLOUR);
	owner_cursor(&owner, 0, &cursor, 4, 6);
	owner_cursor_move(&owner, 0, 100, 100);
	sway.sees_pointer = true;
	virtual_seat_init(&seat, sway.socket, "seat0");
	virtual_seat_point(&seat, WIDTH + 30, 40, 2 * WIDTH, HEIGHT);
	expect_cursor_at(96, 94);
	virtual_seat_point(&seat, 50, 60, 2 * WIDTH, HEIGHT);
	expect_cursor_at(46, 54);
	/* The guest follows it; then it does not. */
	owner_cursor_move(&owner, 0, 50, 60);
	expect_cursor_at(46, 54);
	owner_run_for(&owner, LAG_MS);
	owner_cursor_move(&owner, 0, 200, 150);
	expect_cursor_at(196, 144);
	virtual_seat_point(&seat, 80, 90, 2 * WIDTH, HEIGHT);
	expect_cursor_at(76, 84);
	virtual_seat_point(&seat, WIDTH + 30, 40, 2 * WIDTH, HEIGHT);
	expect_cursor_at(196, 144);
	sway.sees_pointer = false;
	virtual_seat_finish(&seat);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &picture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-sway [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_formats),
		TEST(test_placeholder),
		TEST(test_damage),
		TEST(test_damage_bottom_up),
		TEST(test_bars),
		TEST(test_scale),
		TEST(test_floating),
		TEST(test_cursor),
		TEST(test_cursor_at_bars),
		TEST(test_on_both_heads),
		TEST(test_pointer),
	};

	log_init("test-presenter-sway", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
