/* SPDX-License-Identifier: MIT */
/* Ctrl+Alt+G at windows of a Wayland compositor: its pointer and its shortcuts. */
#include "tests/unit.h"

#include <wayland-server.h>

#include "base/log.h"
#include "tests/input_said.h"
#include "tests/seat_world.h"

#include "pointer-constraints-unstable-v1-server-protocol.h"
#include "relative-pointer-unstable-v1-server-protocol.h"

static struct seat_world world;
static struct stub *const stub = &world.stub;

static int setup(void **state)
{
	said[0] = '\0';
	seat_world_init(&world, say_frame);
	return 0;
}

static int teardown(void **state)
{
	seat_world_finish(&world);
	return 0;
}

/* All that was sent has come, and this is what the devices said of it. */
#define expect_said(expected) (seat_world_sync(&world), assert_said(expected))

static void press_chord(void)
{
	play_keyboard_key(stub, KEY_LEFTCTRL, true);
	play_keyboard_key(stub, KEY_RIGHTALT, true);
	play_keyboard_key(stub, KEY_G, true);
	play_keyboard_key(stub, KEY_G, false);
	play_keyboard_key(stub, KEY_RIGHTALT, false);
	play_keyboard_key(stub, KEY_LEFTCTRL, false);
}

/* Ctrl and Alt are lifted with G, which the guest does not see. */
#define CHORD_SAID "keyboard: key29=1\nkeyboard: key100=1\nkeyboard: key29=0 key100=0\n"

static bool is_taken(void *data)
{
	return stub->locks == 1 && stub->inhibitors == 1 &&
	       strcmp(stub->title, "g1 head 0 - Ctrl+Alt+G frees pointer and shortcuts") == 0;
}

static bool is_free(void *data)
{
	return stub->locks == 0 && stub->inhibitors == 0 && strcmp(stub->title, "g1 head 0") == 0;
}

static void relative_move(double dx, double dy)
{
	zwp_relative_pointer_v1_send_relative_motion(stub->relative, 0, 0, wl_fixed_from_double(7),
		wl_fixed_from_double(7), wl_fixed_from_double(dx), wl_fixed_from_double(dy));
}

static void lock_pointer(void)
{
	play_keyboard_enter(stub, 0, NULL, 0);
	play_pointer_enter(stub, 0, 0, 0);
	play_pointer_frame(stub);
	press_chord();
	expect_said("pointer0: x=0 y=0\n" CHORD_SAID);
	seat_world_expect(&world, is_taken, NULL);
}

static void test_lock(void **state)
{
	seat_world_start(&world);
	lock_pointer();
	/* Until the compositor has locked it, it is where it is. */
	relative_move(3, 3);
	play_pointer_move(stub, 1, 1);
	play_pointer_button(stub, BTN_LEFT, true);
	play_pointer_frame(stub);
	expect_said("pointer0: x=128 y=256 key272=1\n");
	zwp_locked_pointer_v1_send_locked(stub->locked);
	relative_move(1.5, -0.25);
	play_pointer_button(stub, BTN_LEFT, false);
	play_pointer_button(stub, BTN_RIGHT, true);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	play_pointer_frame(stub);
	relative_move(0.5, -0.75);
	play_pointer_move(stub, 100, 100);
	play_pointer_frame(stub);
	expect_said("pointer0: key272=0\n"
		    "mouse: rel0=1 key273=1 rel11=-120 rel8=-1\n"
		    "mouse: rel0=1 rel1=-1\n");
	press_chord();
	seat_world_expect(&world, is_free, NULL);
	expect_said("keyboard: key29=1\nkeyboard: key100=1\nkeyboard: key29=0 key100=0\n"
		    "mouse: key273=0\n");
	play_pointer_move(stub, 2, 2);
	play_pointer_frame(stub);
	expect_said("pointer0: x=256 y=512\n");
}

/* The compositor ends it, or the user goes elsewhere. */
static void test_lock_ends(void **state)
{
	seat_world_start(&world);
	lock_pointer();
	zwp_locked_pointer_v1_send_locked(stub->locked);
	play_pointer_button(stub, BTN_LEFT, true);
	play_pointer_frame(stub);
	zwp_locked_pointer_v1_send_unlocked(stub->locked);
	zwp_locked_pointer_v1_send_locked(stub->locked);
	relative_move(5, 5);
	play_pointer_frame(stub);
	expect_said("mouse: key272=1\nmouse: key272=0\n");
	seat_world_expect(&world, is_free, NULL);
	lock_pointer();
	zwp_locked_pointer_v1_send_locked(stub->locked);
	wl_keyboard_send_leave(stub->keyboard, 1, stub->roots[0]);
	seat_world_expect(&world, is_free, NULL);
	lock_pointer();
	zwp_locked_pointer_v1_send_locked(stub->locked);
	wl_pointer_send_leave(stub->pointer, 1, stub->roots[0]);
	seat_world_expect(&world, is_free, NULL);
	/* The pointer is no more. */
	lock_pointer();
	zwp_locked_pointer_v1_send_locked(stub->locked);
	stub_set_capabilities(stub, WL_SEAT_CAPABILITY_KEYBOARD);
	seat_world_expect(&world, is_free, NULL);
	assert_null(owner_trouble(&world.owner));
}

static bool shows_pointer(void *data)
{
	return stub->cursor.is_set == *(bool *)data;
}

/* What is locked is not seen: the guest draws its own. */
static void test_lock_hides(void **state)
{
	bool yes = true, no = false;

	seat_world_start(&world);
	lock_pointer();
	seat_world_expect(&world, shows_pointer, &yes);
	zwp_locked_pointer_v1_send_locked(stub->locked);
	seat_world_expect(&world, shows_pointer, &no);
	press_chord();
	seat_world_expect(&world, is_free, NULL);
	play_pointer_move(stub, 1, 1);
	seat_world_expect(&world, shows_pointer, &yes);
}

static bool has_inhibitors(void *data)
{
	return stub->inhibitors == *(unsigned *)data;
}

static void expect_inhibitors(unsigned n)
{
	seat_world_expect(&world, has_inhibitors, &n);
}

/* What full-screen windows have is freed first; then it takes both. */
static void test_fullscreen(void **state)
{
	stub->is_fullscreen = true;
	seat_world_start(&world);
	play_keyboard_enter(stub, 0, NULL, 0);
	play_pointer_enter(stub, 0, 0, 0);
	expect_inhibitors(1);
	press_chord();
	expect_inhibitors(0);
	assert_int_equal(stub->locks, 0);
	press_chord();
	expect_inhibitors(1);
	seat_world_sync(&world);
	assert_int_equal(stub->locks, 1);
	press_chord();
	expect_inhibitors(0);
	assert_int_equal(stub->locks, 0);
	/* Whoever comes back finds it as it was. */
	wl_keyboard_send_leave(stub->keyboard, 1, stub->roots[0]);
	play_keyboard_enter(stub, 0, NULL, 0);
	expect_inhibitors(1);
	said[0] = '\0';
}

/* A compositor that cannot lock pointers keeps the shortcuts at least. */
static void test_no_lock(void **state)
{
	stub->has_lock = false;
	seat_world_start(&world);
	play_keyboard_enter(stub, 0, NULL, 0);
	press_chord();
	expect_inhibitors(1);
	press_chord();
	expect_inhibitors(0);
	said[0] = '\0';
}

/* Other keys with one of the two, or G alone, are the guest's. */
static void test_no_chord(void **state)
{
	seat_world_start(&world);
	play_keyboard_enter(stub, 0, NULL, 0);
	play_keyboard_key(stub, KEY_LEFTCTRL, true);
	play_keyboard_key(stub, KEY_G, true);
	play_keyboard_key(stub, KEY_G, false);
	play_keyboard_key(stub, KEY_LEFTALT, true);
	play_keyboard_key(stub, KEY_F, true);
	expect_said("keyboard: key29=1\nkeyboard: key34=1\nkeyboard: key34=0\n"
		    "keyboard: key56=1\nkeyboard: key33=1\n");
	assert_int_equal(stub->inhibitors, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-lock [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lock),
		TEST(test_lock_ends),
		TEST(test_lock_hides),
		TEST(test_fullscreen),
		TEST(test_no_lock),
		TEST(test_no_chord),
	};

	log_init("test-presenter-lock", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
