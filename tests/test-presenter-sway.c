/* SPDX-License-Identifier: MIT */
/* The Wayland presenter on sway: tiling, floating, two outputs, hidden windows, loss. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/log.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define COLOUR_NOTHING 0x181818 /* a head without a picture */
#define COLOUR_DESKTOP 0x3f3f3f /* sway's, without a background */
#define HIDDEN_MS 300           /* a frame callback would have come by then */

static struct compositor sway;
static struct owner owner;

static struct image image_pattern(const struct picture_box *box, uint32_t seed)
{
	struct image image = image_make(box->width, box->height, 0);

	owner_pattern_draw(&image, 0, 0, box, seed);
	return image;
}

static struct image image_plain(uint32_t colour)
{
	return image_make(WIDTH, HEIGHT, colour);
}

/* Imports it, fills it with the pattern and shows it on the head. */
static void show_new(struct owner_picture *picture, uint32_t head, uint32_t width, uint32_t height,
	uint32_t seed)
{
	owner_import(&owner, picture, width, height, DRM_FORMAT_XRGB8888, false);
	owner_picture_fill(picture, &(struct picture_box){ 0, 0, width, height }, seed);
	owner_show(&owner, head, picture, NULL);
}

static bool is_released(void *data)
{
	struct owner_picture *picture = data;

	return picture->released > 0;
}

static bool is_connected(void *data)
{
	return !owner_trouble(&owner);
}

static bool is_in_trouble(void *data)
{
	return owner_trouble(&owner) != NULL;
}

static bool is_closed(void *data)
{
	return owner.closed[0] > 0;
}

static void sway_do(const char *command)
{
	assert_int_equal(compositor_command(&sway, command), 0);
}

static int start_sway(void)
{
	return compositor_start(&sway, "assign [app_id=\"mullion.g1.0\"] output HEADLESS-1\n"
				       "assign [app_id=\"mullion.g1.1\"] output HEADLESS-2\n"
				       "workspace 1 output HEADLESS-1\n"
				       "workspace 2 output HEADLESS-2\n"
				       "workspace 3 output HEADLESS-1\n");
}

static unsigned count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static unsigned fds_before;

static int group_setup(void **state)
{
	fds_before = count_fds();
	int ret = compositor_init(&sway, COMPOSITOR_SWAY, 2, WIDTH, HEIGHT);
	return ret < 0 ? ret : start_sway();
}

static int group_teardown(void **state)
{
	compositor_finish(&sway);
	if (count_fds() == fds_before)
		return 0;
	print_error("descriptors are left open\n");
	return -1;
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
		owner_expect(&owner, &sway, i % 2, image_pattern(ALL, i));
		assert_true(owner_run_until_done(&owner));
	}
	for (int i = 0; i < 8; i++)
		owner_forget(&owner, &pictures[i]);
	assert_int_equal(owner.presented[0], 4);
	assert_int_equal(owner.presented[1], 4);
}

static void test_placeholder(void **state)
{
	struct owner_picture picture;

	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	owner_expect(&owner, &sway, 1, image_plain(COLOUR_NOTHING));
	show_new(&picture, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	owner_blank(&owner, 0);
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	assert_true(owner_run_until(&owner, is_released, &picture, OWNER_LIMIT_MS));
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 0, &picture, NULL);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	owner_forget(&owner, &picture);
}

/* Shown before the compositor has answered at all: shown once it has. */
static void test_early(void **state)
{
	struct owner_picture picture;

	assert_non_null(owner_trouble(&owner));
	show_new(&picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
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
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));

	owner_picture_fill(&pictures[1], &box, 2);
	owner_show(&owner, 0, &pictures[1], &box);
	struct image expected = image_pattern(ALL, 1);
	owner_pattern_draw(&expected, box.x, box.y, &box, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	/* The same one again, drawn into while it is shown. */
	owner_picture_fill(&pictures[1], &box, 3);
	owner_show(&owner, 0, &pictures[1], &box);
	expected = image_pattern(ALL, 1);
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

	show_new(&a, 0, narrow.width, narrow.height, 1);
	struct image expected = image_plain(0);
	owner_pattern_draw(&expected, (WIDTH - narrow.width) / 2, 0, &narrow, 1);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	show_new(&b, 0, flat.width, flat.height, 2);
	expected = image_plain(0);
	owner_pattern_draw(&expected, 0, (HEIGHT - flat.height) / 2, &flat, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(a.released, 1);

	show_new(&c, 0, WIDTH, HEIGHT, 3);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 3));
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

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	sway_do("[app_id=\"mullion.g1.0\"] floating enable");
	sway_do("[app_id=\"mullion.g1.0\"] resize set 100 80, move position 10 20");
	owner_forget(&owner, &a);
	show_new(&a, 0, small.width, small.height, 2);
	struct image expected = image_plain(COLOUR_DESKTOP);
	owner_pattern_draw(&expected, 10, 20, &small, 2);
	owner_expect(&owner, &sway, 0, expected);
	assert_true(owner_run_until_done(&owner));

	sway_do("[app_id=\"mullion.g1.0\"] move position 30 40");
	show_new(&b, 0, large.width, large.height, 3);
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
	struct image expected = image_pattern(ALL, 1);

	draw_cursor(&expected, x, y);
	owner_expect(&owner, &sway, 0, expected);
}

static void test_cursor(void **state)
{
	struct owner_picture picture, cursor;

	show_new(&picture, 0, WIDTH, HEIGHT, 1);
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
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	owner_cursor_move(&owner, 0, 100, 60);
	expect_cursor(97, 55);
	owner_cursor(&owner, 0, NULL, 0, 0);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
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

	show_new(&picture, 0, narrow.width, narrow.height, 1);
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

static void test_hidden(void **state)
{
	struct owner_picture a, b, cursor;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	show_new(&b, 1, WIDTH, HEIGHT, 2);
	make_cursor(&cursor);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	sway_do("workspace 3");
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_DESKTOP));

	unsigned done = owner.frames_done[0][0];
	owner_picture_fill(&a, ALL, 3);
	owner_show(&owner, 0, &a, NULL);
	owner_cursor(&owner, 0, &cursor, 0, 0);
	for (int i = 0; i < HIDDEN_MS / 10; i++) {
		owner_cursor_move(&owner, 0, i, i);
		owner_run_for(&owner, 10);
	}
	assert_int_equal(owner.frames_done[0][0], done);
	/* The other head's window goes on. */
	owner_picture_fill(&b, ALL, 4);
	owner_show(&owner, 1, &b, NULL);
	owner_expect(&owner, &sway, 1, image_pattern(ALL, 4));
	/* Nothing of the hidden one's need be waited for. */
	owner_blank(&owner, 0);
	owner_run_for(&owner, 10);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &a);
	owner_run_for(&owner, 10);
	assert_int_equal(owner.frames_done[0][0], done);

	sway_do("workspace 1");
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	show_new(&a, 0, WIDTH, HEIGHT, 5);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 5));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

/* What is shown stays when its picture is forgotten, until the next. */
static void test_forget_shown(void **state)
{
	struct owner_picture a, b;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
	owner_run_for(&owner, 50);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	/* Forgotten before it was ever sent. */
	show_new(&b, 0, WIDTH, HEIGHT, 2);
	owner_forget(&owner, &b);
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	show_new(&b, 0, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 2));
	owner_forget(&owner, &b);
}

static void test_on_both_heads(void **state)
{
	struct owner_picture a, b;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	owner_show(&owner, 1, &a, NULL);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	owner_expect(&owner, &sway, 1, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	show_new(&b, 0, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 2));
	assert_int_equal(a.released, 0);
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 1, &b, NULL);
	owner_expect(&owner, &sway, 1, image_pattern(ALL, 2));
	assert_int_equal(a.released, 1);
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

/* Many frames from three pictures: each is free again in time, the last one is seen. */
static void test_stream(void **state)
{
	struct owner_picture pictures[3];
	unsigned shown[3] = { 0 };

	for (int i = 0; i < 3; i++)
		owner_import(&owner, &pictures[i], WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	assert_true(owner_run_until(&owner, is_connected, NULL, OWNER_LIMIT_MS));
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	for (int i = 0; i < 90; i++) {
		struct owner_picture *picture = &pictures[i % 3];
		assert_int_equal(picture->released, shown[i % 3]);
		shown[i % 3]++;
		owner_picture_fill(picture, ALL, i);
		owner_show(&owner, 0, picture, NULL);
		assert_true(owner_run_until_done(&owner));
	}
	assert_int_equal(owner.presented[0], 90);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 89));
	for (int i = 0; i < 3; i++)
		owner_forget(&owner, &pictures[i]);
}

/* A compositor that hangs for a while: nothing blocks, and nothing is lost. */
static void test_hung(void **state)
{
	struct owner_picture a, b;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(kill(sway.pid, SIGSTOP), 0);
	show_new(&b, 0, WIDTH, HEIGHT, 2);
	owner_run_for(&owner, 50);
	for (int i = 0; i < 1000; i++) {
		struct owner_picture picture;
		owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
		owner_cursor_move(&owner, 0, i, i);
		owner_run_for(&owner, 0);
		owner_forget(&owner, &picture);
	}
	assert_int_equal(owner.frames_done[0][0], 1);
	assert_int_equal(kill(sway.pid, SIGCONT), 0);
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

static void test_close(void **state)
{
	struct owner_picture a, b;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	show_new(&b, 1, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	sway_do("[app_id=\"mullion.g1.0\"] kill");
	assert_true(owner_run_until(&owner, is_closed, NULL, OWNER_LIMIT_MS));
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_DESKTOP));
	owner_expect(&owner, &sway, 1, image_pattern(ALL, 2));
	owner_show(&owner, 0, &b, NULL);
	assert_true(owner_run_until(&owner, is_released, &a, OWNER_LIMIT_MS));
	for (int i = 0; i < 10; i++) {
		owner_show(&owner, 0, &a, NULL);
		assert_true(owner_run_until_done(&owner));
	}
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	assert_int_equal(owner.closed[0], 1);
	assert_int_equal(owner.closed[1], 0);
}

static void test_restart(void **state)
{
	struct owner_picture a, b, cursor;

	show_new(&a, 0, WIDTH, HEIGHT, 1);
	owner_import(&owner, &b, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, true);
	owner_picture_fill(&b, ALL, 2);
	owner_show(&owner, 1, &b, NULL);
	make_cursor(&cursor);
	owner_cursor(&owner, 0, &cursor, 0, 0);
	owner_cursor_move(&owner, 0, 33, 44);
	expect_cursor(33, 44);
	assert_true(owner_run_until_done(&owner));
	owner_show(&owner, 0, &a, NULL);
	compositor_kill(&sway);
	assert_true(owner_run_until_done(&owner));
	assert_true(owner_run_until(&owner, is_in_trouble, NULL, OWNER_LIMIT_MS));
	owner_run_for(&owner, 10);
	assert_int_equal(a.released, 0);
	for (int i = 0; i < 10; i++) {
		owner_show(&owner, 1, i % 2 ? &b : &a, NULL);
		assert_true(owner_run_until_done(&owner));
	}
	assert_int_equal(start_sway(), 0);
	assert_true(owner_run_until(&owner, is_connected, NULL, OWNER_LIMIT_MS));
	expect_cursor(33, 44);
	owner_expect(&owner, &sway, 1, image_pattern(ALL, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	owner_forget(&owner, &cursor);
}

static void test_no_compositor(void **state)
{
	struct owner_picture picture, next;

	owner_finish(&owner);
	compositor_stop(&sway);
	setup(state);
	assert_non_null(strstr(owner_trouble(&owner), sway.socket));
	show_new(&picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	show_new(&next, 0, WIDTH, HEIGHT, 2);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(picture.released, 1);
	assert_int_equal(start_sway(), 0);
	owner_expect(&owner, &sway, 0, image_pattern(ALL, 2));
	assert_null(owner_trouble(&owner));
	assert_int_equal(next.released, 0);
	owner_forget(&owner, &picture);
	owner_forget(&owner, &next);
}

/* From within a callback of the presenter the owner may do anything. */
static void test_destroyed_in_callback(void **state)
{
	struct owner_picture picture;

	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	owner.destroys_in_frame_done = true;
	show_new(&picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	assert_null(owner.presenter);
	owner_forget(&owner, &picture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-sway [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_formats),
		TEST(test_placeholder),
		TEST(test_early),
		TEST(test_damage),
		TEST(test_damage_bottom_up),
		TEST(test_bars),
		TEST(test_scale),
		TEST(test_floating),
		TEST(test_cursor),
		TEST(test_cursor_at_bars),
		TEST(test_hidden),
		TEST(test_forget_shown),
		TEST(test_on_both_heads),
		TEST(test_stream),
		TEST(test_hung),
		TEST(test_close),
		TEST(test_restart),
		TEST(test_no_compositor),
		TEST(test_destroyed_in_callback),
	};

	log_init("test-presenter-sway", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
