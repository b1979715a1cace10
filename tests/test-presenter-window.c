/* SPDX-License-Identifier: MIT */
/*
 * The Wayland presenter's windows under a compositor of the test's own: what of its
 * wishes no other can be made to have, and what no honest one would say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/log.h"
#include "tests/owner.h"
#include "tests/stub.h"

#define WIDTH 100
#define HEIGHT 80

static struct stub stub;
static struct owner owner;
static const char *output; /* where the head is to be full-screen */

static int setup(void **state)
{
	stub_init(&stub);
	return 0;
}

static int teardown(void **state)
{
	output = NULL;
	owner_finish(&owner);
	stub_finish(&stub);
	return 0;
}

static void start(void)
{
	stub_start(&stub);
	owner_init_output(
		&owner, &presenter_wayland, stub.socket, 1, WIDTH, HEIGHT, output);
	stub_resume(&stub, &owner.loop);
}

static bool is_window_there(void *data)
{
	return stub.root.is_mapped;
}

static void expect(bool (*condition)(void *data), void *data)
{
	assert_true(owner_run_until(&owner, condition, data, OWNER_LIMIT_MS));
}

static bool is_geometry(void *data)
{
	const int32_t *size = data;

	return stub.geometry_width == size[0] && stub.geometry_height == size[1];
}

static void expect_geometry(int32_t width, int32_t height)
{
	expect(is_geometry, (int32_t[]){ width, height });
}

/* A head's px are the screen's, whatever the scale; a scale out of all reason is none. */
static void test_fractional_scale(void **state)
{
	static const uint32_t wrong[] = { 0, 1, 29, 1921, UINT32_MAX };
	struct owner_picture picture;

	stub.scale = 180;
	start();
	expect(is_window_there, NULL);
	expect_geometry(67, 53);
	/* A buffer of the picture's size on so many logical px: one for one. */
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.root.width, WIDTH);
	assert_int_equal(stub.destination_width, 67);
	assert_int_equal(stub.destination_height, 53);
	assert_false(stub.subsurface.is_mapped);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		stub_scale(&stub, wrong[i]);
		owner_run_for(&owner, 10);
		assert_int_equal(stub.geometry_width, 67);
	}
	stub_scale(&stub, 240);
	expect_geometry(50, 40);
	stub_scale(&stub, 120);
	expect_geometry(WIDTH, HEIGHT);
	owner_forget(&owner, &picture);
}

/* A screen of 150 px, 100 logical ones wide, and a head of just that: no bars. */
static void test_fractional_fullscreen(void **state)
{
	struct owner_picture picture;

	stub.scale = 150;
	stub.is_fullscreen = true;
	stub.width = 109; /* 1366x768 at 1.25 is 1092.8x614.4; of this, a tenth */
	stub.height = 61;
	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, 137, 77, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.root.width, 137);
	assert_false(stub.subsurface.is_mapped);
	owner_forget(&owner, &picture);
}

static void test_no_fractional_scale(void **state)
{
	stub.has_viewporter = false;
	stub.scale = 180;
	start();
	expect(is_window_there, NULL);
	expect_geometry(WIDTH, HEIGHT);
	assert_null(stub.fractional);
}

/* Sizes without end: the last one is taken, and no commit waits for an older one. */
static void test_configure_storm(void **state)
{
	struct owner_picture picture;

	stub.is_fullscreen = true;
	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	owner_notice(&owner, 0, "g1 head 0\nwords", false);
	for (int i = 0; i < 500; i++) {
		stub.width = i % 2 ? INT32_MAX - i : -i;
		stub.height = i % 3 ? 1 + i : INT32_MIN;
		stub_configure(&stub);
		owner_run_for(&owner, i % 50 ? 0 : 1);
	}
	stub.width = 300;
	stub.height = 200;
	stub_configure(&stub);
	expect_geometry(300, 200);
	assert_true(owner_run_until_done(&owner));
	assert_null(owner_trouble(&owner));
	owner_forget(&owner, &picture);
}

static void show_once(struct owner_picture *picture)
{
	unsigned committed = owner.committed[0];

	owner_show(&owner, 0, picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(owner.committed[0], committed + 1);
}

/* What the screen says of frames, and what no screen can say. */
static void test_feedback(void **state)
{
	static const uint64_t wrong_secs[] = { 0, UINT64_MAX, INT64_MAX, UINT64_C(1) << 32 };
	struct owner_picture picture;
	struct timespec now;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	show_once(&picture);
	assert_true(owner_run_until_seen(&owner, 0));
	assert_int_equal(owner.discarded[0], 1);
	stub.feedback = STUB_FEEDBACK_PRESENTED;
	clock_gettime(CLOCK_MONOTONIC, &now);
	stub.feedback_sec = now.tv_sec;
	stub.feedback_nsec = 999999999;
	show_once(&picture);
	assert_true(owner_run_until_seen(&owner, 0));
	assert_int_equal(owner.timed[0], 1);
	assert_true(owner.presented_ns[0] == now.tv_sec * INT64_C(1000000000) + 999999999);
	for (size_t i = 0; i < 4; i++) {
		stub.feedback_sec = wrong_secs[i];
		show_once(&picture);
		assert_true(owner_run_until_seen(&owner, 0));
	}
	stub.feedback_sec = now.tv_sec;
	stub.feedback_nsec = UINT32_MAX;
	show_once(&picture);
	assert_true(owner_run_until_seen(&owner, 0));
	assert_int_equal(owner.timed[0], 1);
	assert_int_equal(owner.presented[0], 6);
	/* It says nothing more: that costs a few objects, not one a frame. */
	stub.feedback = STUB_FEEDBACK_NOTHING;
	for (int i = 0; i < 100; i++)
		show_once(&picture);
	assert_in_range(owner.presented[0] + owner.discarded[0], 97, 107);
	stub_close_window(&stub);
	assert_true(owner_run_until_seen(&owner, 0));
	owner_forget(&owner, &picture);
}

/* Times of another clock are put right; a clock that nobody has is none. */
static void feedback_by_clock(uint32_t clock, unsigned timed)
{
	struct owner_picture picture;
	struct timespec now;

	stub.clock = clock;
	stub.feedback = STUB_FEEDBACK_PRESENTED;
	start();
	expect(is_window_there, NULL);
	clock_gettime(CLOCK_REALTIME, &now);
	stub.feedback_sec = now.tv_sec;
	stub.feedback_nsec = 999999999;
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	show_once(&picture);
	assert_true(owner_run_until_seen(&owner, 0));
	assert_int_equal(owner.presented[0], 1);
	assert_int_equal(owner.timed[0], timed);
	owner_forget(&owner, &picture);
}

static void test_feedback_clock(void **state)
{
	feedback_by_clock(CLOCK_REALTIME, 1);
}

static void test_feedback_no_clock(void **state)
{
	feedback_by_clock(UINT32_MAX, 0);
}

static bool is_fullscreen(void *data)
{
	struct presenter_state state;

	owner.interface->describe(owner.presenter, &state);
	return state.fullscreen == 1;
}

static bool is_asked(void *data)
{
	return stub.fullscreens == *(unsigned *)data;
}

static void expect_asked(unsigned times)
{
	expect(is_asked, &times);
}

static bool has_inhibitors(void *data)
{
	return stub.inhibitors == *(unsigned *)data;
}

static void expect_inhibitors(unsigned n)
{
	expect(has_inhibitors, &n);
}

/* Full-screen when its output appears, and each time; the shortcuts are the guest's then. */
static void test_output(void **state)
{
	output = "DP-1";
	start();
	expect(is_window_there, NULL);
	stub_add_output(&stub, 0, "HDMI-A-1");
	owner_run_for(&owner, 10);
	assert_int_equal(stub.fullscreens, 0);
	stub_add_output(&stub, 1, "DP-1");
	expect_asked(1);
	assert_string_equal(stub.fullscreen_output, "DP-1");
	stub_focus(&stub);
	owner_run_for(&owner, 10);
	assert_int_equal(stub.inhibitors, 0);
	stub.is_fullscreen = true;
	stub_configure(&stub);
	expect(is_fullscreen, NULL);
	expect_inhibitors(1);
	/* The user's word is the last one, until the output goes and comes. */
	stub.is_fullscreen = false;
	stub_configure(&stub);
	expect_inhibitors(0);
	owner_run_for(&owner, 10);
	assert_int_equal(stub.fullscreens, 1);
	stub_remove_output(&stub, 1);
	owner_run_for(&owner, 10);
	stub_add_output(&stub, 1, "DP-1");
	expect_asked(2);
	/* Gone and there again before anybody looked. */
	stub_pause(&stub);
	stub_remove_output(&stub, 1);
	stub_add_output(&stub, 1, "DP-1");
	stub_resume(&stub, &owner.loop);
	expect_asked(3);
	/* A window that is opened again. */
	stub_close_window(&stub);
	owner_run_for(&owner, 10);
	owner_open(&owner, 0);
	expect_asked(4);
}

/* Outputs without end, of names without end, come and go. */
static void test_output_storm(void **state)
{
	static char name[3000];

	memset(name, 'x', sizeof(name) - 1);
	output = "DP-1";
	start();
	expect(is_window_there, NULL);
	for (int i = 0; i < 300; i++) {
		stub_add_output(&stub, 1, i % 2 ? name : "");
		owner_run_for(&owner, i % 10 ? 0 : 1);
		stub_remove_output(&stub, 1);
	}
	for (int i = 0; i < 100; i++)
		stub_add_output(&stub, 1, "eDP-1");
	owner_run_for(&owner, 10);
	stub_set_capabilities(&stub, 0);
	assert_null(owner_trouble(&owner));
	assert_int_equal(stub.fullscreens, 0);
}

static bool has_host_cursor(void *data)
{
	return stub.cursor.is_set && stub.cursor.content.is_mapped &&
	       !stub.subsurface.is_mapped;
}

static bool has_own_cursor(void *data)
{
	return !stub.cursor.is_set && stub.subsurface.is_mapped;
}

#define LAG_MS 250 /* so much later a guest's cursor does not follow the pointer any more */

static void test_pointer(void **state)
{
	struct owner_picture picture, cursor;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_import(&owner, &cursor, 16, 16, DRM_FORMAT_ARGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	owner_cursor(&owner, 0, &cursor, 3, 5);
	owner_cursor_move(&owner, 0, 40, 40);
	assert_true(owner_run_until_done(&owner));
	assert_true(stub.subsurface.is_mapped);
	assert_int_equal(stub.cursor.sets, 0);
	/* The pointer comes: it is the cursor. */
	stub_enter(&stub, 77, 50, 50);
	expect(has_host_cursor, NULL);
	assert_int_equal(stub.cursor.serial, 77);
	assert_int_equal(stub.cursor.hot_x, 3);
	assert_int_equal(stub.cursor.hot_y, 5);
	assert_int_equal(stub.cursor.content.width, 16);
	/* The guest follows it, at once or in the end. */
	stub_motion(&stub, 60, 60);
	owner_run_for(&owner, 1);
	owner_cursor_move(&owner, 0, 55, 55);
	owner_run_for(&owner, LAG_MS);
	unsigned commits = stub.commits;
	owner_cursor_move(&owner, 0, 61, 59);
	owner_run_for(&owner, 10);
	assert_true(has_host_cursor(NULL));
	assert_int_equal(stub.commits, commits);
	/* It moves by itself. */
	owner_cursor_move(&owner, 0, 10, 10);
	expect(has_own_cursor, NULL);
	/* The pointer again; another picture; it goes. */
	stub_motion(&stub, 20, 20);
	expect(has_host_cursor, NULL);
	unsigned sets = stub.cursor.sets;
	owner_cursor(&owner, 0, &cursor, 7, 7);
	assert_true(owner_run_until_done(&owner));
	assert_true(stub.cursor.sets > sets);
	assert_int_equal(stub.cursor.hot_x, 7);
	stub_leave(&stub);
	stub.cursor.is_set = false;
	expect(has_own_cursor, NULL);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &picture);
}

static bool has_arrow(void *data)
{
	return stub.cursor.is_set && stub.cursor.content.is_mapped &&
	       stub.cursor.content.height == 20;
}

/* A guest without a cursor does not make the pointer vanish. */
static void test_pointer_arrow(void **state)
{
	struct owner_picture cursor;

	start();
	expect(is_window_there, NULL);
	stub_enter(&stub, 3, 50, 50);
	expect(has_arrow, NULL);
	owner_import(&owner, &cursor, 16, 16, DRM_FORMAT_ARGB8888, false);
	owner_cursor(&owner, 0, &cursor, 3, 5);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.cursor.content.height, 16);
	owner_cursor(&owner, 0, NULL, 0, 0);
	expect(has_arrow, NULL);
	assert_int_equal(stub.cursor.hot_x, 0);
	owner_forget(&owner, &cursor);
}

/* What a compositor should not do with a pointer. */
static void test_pointer_nonsense(void **state)
{
	struct owner_picture cursor;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &cursor, 16, 16, DRM_FORMAT_ARGB8888, false);
	stub_motion(&stub, 1e6, -1e6); /* without an enter */
	stub_leave(&stub);
	for (int i = 0; i < 100; i++) {
		stub_enter(&stub, i, -1e6 * i, 1e6 * i);
		stub_enter(&stub, i, 0, 0);
		owner_cursor(&owner, 0, i % 2 ? &cursor : NULL, 0, 0);
		owner_cursor_move(&owner, 0, INT32_MIN + i, INT32_MAX - i);
		assert_true(owner_run_until_done(&owner));
		if (i % 10)
			continue;
		stub_set_capabilities(&stub, 0);
		owner_run_for(&owner, 5);
		stub_set_capabilities(&stub, i % 20 ? 7 : 1);
		stub_set_capabilities(&stub, 1);
		owner_run_for(&owner, 5);
	}
	stub_enter(&stub, 1, 5, 5);
	stub_close_window(&stub);
	owner_run_for(&owner, 10);
	stub_motion(&stub, 6, 6);
	owner_run_for(&owner, 10);
	assert_null(owner_trouble(&owner));
	owner_forget(&owner, &cursor);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-window [PATTERN]: only the tests whose names match. */
static bool is_resized(void *data)
{
	const uint32_t *size = data;

	return owner.resized[0].times == size[0] && owner.resized[0].width_px == size[1] &&
	       owner.resized[0].height_px == size[2];
}

static void expect_resized(uint32_t times, uint32_t width, uint32_t height)
{
	expect(is_resized, (uint32_t[]){ times, width, height });
}

static void configure(int32_t width, int32_t height)
{
	stub.width = width;
	stub.height = height;
	stub_configure(&stub);
}

/* A window with a size of its own is told once for each, in px of the screen. */
static void test_resized(void **state)
{
	start();
	expect(is_window_there, NULL);
	configure(0, 0);
	configure(300, 200);
	expect_resized(1, 300, 200);
	configure(300, 200);
	owner_run_for(&owner, 20);
	/* Its head's own size again: it follows the head. */
	configure(WIDTH, HEIGHT);
	owner_run_for(&owner, 20);
	assert_int_equal(owner.resized[0].times, 1);
	stub.is_fullscreen = true;
	configure(WIDTH, HEIGHT);
	expect_resized(2, WIDTH, HEIGHT);
	stub_scale(&stub, 180);
	expect_resized(3, 150, 120);
	configure(INT32_MAX, INT32_MAX);
	expect(is_window_there, NULL);
	owner_run_for(&owner, 20);
	assert_int_equal(owner.resized[0].times, 4);
	assert_true(owner.resized[0].width_px <= 16384 * 3 / 2);
}

/* The placeholder has the head's mode; a picture its own size, in whatever mode. */
static void test_mode(void **state)
{
	struct owner_picture picture;

	start();
	expect_geometry(WIDTH, HEIGHT);
	owner_set_mode(&owner, 0, 140, 90);
	expect_geometry(140, 90);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	expect_geometry(WIDTH, HEIGHT);
	owner_set_mode(&owner, 0, 200, 100);
	owner_run_for(&owner, 20);
	assert_int_equal(stub.geometry_width, WIDTH);
	owner_forget(&owner, &picture);
}

static bool is_window_gone(void *data)
{
	return !stub.toplevel;
}

static bool is_window_back(void *data)
{
	return stub.toplevel && stub.root.is_mapped;
}

/* A head that is off has no window; frames of it go on. */
static void test_off(void **state)
{
	struct owner_picture picture;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	for (int i = 0; i < 3; i++) {
		owner_show(&owner, 0, &picture, NULL);
		owner_set_mode(&owner, 0, 0, 0);
		expect(is_window_gone, NULL);
		assert_true(owner_run_until_done(&owner));
		owner_show(&owner, 0, &picture, NULL);
		assert_true(owner_run_until_done(&owner));
		assert_true(is_window_gone(NULL));
		owner_set_mode(&owner, 0, WIDTH, HEIGHT);
		expect(is_window_back, NULL);
	}
	owner_forget(&owner, &picture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fractional_scale),
		TEST(test_fractional_fullscreen),
		TEST(test_no_fractional_scale),
		TEST(test_configure_storm),
		TEST(test_resized),
		TEST(test_mode),
		TEST(test_off),
		TEST(test_output),
		TEST(test_output_storm),
		TEST(test_pointer),
		TEST(test_pointer_arrow),
		TEST(test_pointer_nonsense),
		TEST(test_feedback),
		TEST(test_feedback_clock),
		TEST(test_feedback_no_clock),
	};

	log_init("test-presenter-window", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
