/* SPDX-License-Identifier: MIT */
/* The Wayland presenter over time, on sway: hidden, hung, closed, killed, not there yet. */
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

static struct image image_plain(uint32_t colour)
{
	return image_make(WIDTH, HEIGHT, colour);
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
	return ret < 0 ? ret : compositor_start(&sway, COMPOSITOR_SWAY_HEADS);
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

#define CURSOR_SIZE 16

static void make_cursor(struct owner_picture *cursor)
{
	owner_import(&owner, cursor, CURSOR_SIZE, CURSOR_SIZE, DRM_FORMAT_ARGB8888, false);
	for (uint32_t i = 0; i < CURSOR_SIZE * CURSOR_SIZE; i++)
		owner_picture_set(cursor, i % CURSOR_SIZE, i / CURSOR_SIZE, 255, 0xff0000);
}

/* On head 0, over the pattern of seed 1. */
static void expect_cursor(uint32_t x, uint32_t y)
{
	struct image expected = owner_pattern_image(ALL, 1);

	image_fill(&expected, x, y, CURSOR_SIZE, CURSOR_SIZE, 0xff0000);
	owner_expect(&owner, &sway, 0, expected);
}

/* Shown before the compositor has answered at all: shown once it has. */
static void test_early(void **state)
{
	struct owner_picture picture;

	assert_non_null(owner_trouble(&owner));
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_forget(&owner, &picture);
}

static bool is_answered(void *data)
{
	return owner.frames_done[0][0] == owner.shows[0][0];
}

/* While it lays its windows out anew, sway answers even for hidden ones. */
static void show_until_unanswered(struct owner_picture *picture)
{
	for (int i = 0; i < 50; i++) {
		owner_show(&owner, 0, picture, NULL);
		if (!owner_run_until(&owner, is_answered, NULL, HIDDEN_MS))
			return;
	}
	fail_msg("the compositor answers for a hidden window without end");
}

static void test_hidden(void **state)
{
	struct owner_picture a, b, cursor;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_show_new(&owner, &b, 1, WIDTH, HEIGHT, 2);
	make_cursor(&cursor);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 2));
	assert_true(owner_run_until_done(&owner));
	sway_do("focus output HEADLESS-1; workspace elsewhere");
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_DESKTOP));

	show_until_unanswered(&a);
	owner_cursor(&owner, 0, &cursor, 0, 0);
	for (int i = 0; i < 30; i++) {
		owner_cursor_move(&owner, 0, i, i);
		owner_run_for(&owner, 1);
	}
	/* The other head's window goes on. */
	owner_picture_fill(&b, ALL, 4);
	owner_show(&owner, 1, &b, NULL);
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 4));
	/* Nothing of the hidden one's need be waited for. */
	owner_blank(&owner, 0);
	owner_run_for(&owner, 10);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &a);
	owner_run_for(&owner, 10);

	sway_do("workspace back_and_forth");
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_NOTHING));
	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 5);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 5));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

/* What is shown stays when its picture is forgotten, until the next. */
static void test_forget_shown(void **state)
{
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &a);
	owner_run_for(&owner, 50);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	/* Forgotten before it was ever sent. */
	owner_show_new(&owner, &b, 0, WIDTH, HEIGHT, 2);
	owner_forget(&owner, &b);
	assert_true(owner_run_until_done(&owner));
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	owner_show_new(&owner, &b, 0, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 2));
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
	assert_int_equal(owner.committed[0], 90);
	/* sway 1.7 without a screen says of none that it was seen: it is not waited for. */
	assert_in_range(owner.presented[0] + owner.discarded[0], 80, 90);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 89));
	for (int i = 0; i < 3; i++)
		owner_forget(&owner, &pictures[i]);
}

/* A compositor that hangs for a while: nothing blocks, and nothing is lost. */
static void test_hung(void **state)
{
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(kill(sway.pid, SIGSTOP), 0);
	owner_show_new(&owner, &b, 0, WIDTH, HEIGHT, 2);
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
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
}

static void test_close(void **state)
{
	struct owner_picture a, b;

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
	owner_show_new(&owner, &b, 1, WIDTH, HEIGHT, 2);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	sway_do("[app_id=\"mullion.g1.0\"] kill");
	assert_true(owner_run_until(&owner, is_closed, NULL, OWNER_LIMIT_MS));
	owner_expect(&owner, &sway, 0, image_plain(COLOUR_DESKTOP));
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 2));
	owner_show(&owner, 0, &b, NULL);
	assert_true(owner_run_until(&owner, is_released, &a, OWNER_LIMIT_MS));
	assert_true(owner_run_until_done(&owner));
	for (int i = 0; i < 10; i++) {
		owner_show(&owner, 0, &a, NULL);
		assert_true(owner_run_until_done(&owner));
	}
	/* Opened again it shows what is drawn now, and opened twice it is one. */
	owner_picture_fill(&b, ALL, 3);
	owner_show(&owner, 0, &b, NULL);
	for (int i = 0; i < 2; i++) {
		owner_open(&owner, 0);
		owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 3));
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

	owner_show_new(&owner, &a, 0, WIDTH, HEIGHT, 1);
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
	assert_int_equal(compositor_start(&sway, COMPOSITOR_SWAY_HEADS), 0);
	assert_true(owner_run_until(&owner, is_connected, NULL, OWNER_LIMIT_MS));
	expect_cursor(33, 44);
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	owner_forget(&owner, &cursor);
}

static bool is_fullscreen(void *data)
{
	struct presenter_state state;

	owner.interface->describe(owner.presenter, &state);
	return state.fullscreen == 1;
}

/* Draws on; what is drawn last is the pattern of `seed`. */
static void draw(struct owner_picture pictures[static 3], unsigned frames, uint32_t seed)
{
	for (unsigned i = 0; i < frames; i++) {
		owner_picture_fill(&pictures[i % 3], ALL, seed);
		owner_show(&owner, 0, &pictures[i % 3], NULL);
		assert_true(owner_run_until_done(&owner));
	}
}

/* On an output of its own, again after the compositor was killed while the guest drew. */
static void test_restart_fullscreen(void **state)
{
	struct owner_picture pictures[3];

	owner_finish(&owner);
	owner_init_output(&owner, &presenter_wayland, sway.socket, 1, WIDTH, HEIGHT, "HEADLESS-2");
	for (int i = 0; i < 3; i++)
		owner_import(&owner, &pictures[i], WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	draw(pictures, 10, 1);
	for (uint32_t round = 0; round < 2; round++) {
		draw(pictures, 20, 10 + round);
		owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 10 + round));
		owner_expect(&owner, &sway, 0, image_plain(COLOUR_DESKTOP));
		assert_true(owner_run_until(&owner, is_fullscreen, NULL, OWNER_LIMIT_MS));
		owner_show(&owner, 0, &pictures[2], NULL);
		compositor_kill(&sway);
		assert_true(owner_run_until_done(&owner));
		/* Nobody is there to hold the guest up. */
		draw(pictures, 50, 20 + round);
		assert_false(is_fullscreen(NULL));
		assert_int_equal(compositor_start(&sway, COMPOSITOR_SWAY_HEADS), 0);
		owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 20 + round));
	}
	assert_true(owner_run_until(&owner, is_fullscreen, NULL, OWNER_LIMIT_MS));
	/* An output that goes; sway puts its windows elsewhere meanwhile. */
	sway_do("output HEADLESS-2 disable");
	owner_run_for(&owner, 100);
	sway_do("output HEADLESS-2 enable");
	owner_expect(&owner, &sway, 1, owner_pattern_image(ALL, 21));
	for (int i = 0; i < 3; i++)
		owner_forget(&owner, &pictures[i]);
}

static void test_no_compositor(void **state)
{
	struct owner_picture picture, next;

	owner_finish(&owner);
	compositor_stop(&sway);
	setup(state);
	assert_non_null(strstr(owner_trouble(&owner), sway.socket));
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	owner_show_new(&owner, &next, 0, WIDTH, HEIGHT, 2);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(picture.released, 1);
	assert_int_equal(compositor_start(&sway, COMPOSITOR_SWAY_HEADS), 0);
	owner_expect(&owner, &sway, 0, owner_pattern_image(ALL, 2));
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
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	assert_null(owner.presenter);
	owner_forget(&owner, &picture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-life [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_early),
		TEST(test_hidden),
		TEST(test_forget_shown),
		TEST(test_stream),
		TEST(test_hung),
		TEST(test_close),
		TEST(test_restart),
		TEST(test_restart_fullscreen),
		TEST(test_no_compositor),
		TEST(test_destroyed_in_callback),
	};

	log_init("test-presenter-life", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
