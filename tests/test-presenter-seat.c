/* SPDX-License-Identifier: MIT */
/*
 * Pointer and keyboard of a Wayland seat: what a compositor says of them, and what comes
 * of it at a guest's devices.
 */
#include "tests/unit.h"

#include <fcntl.h>
#include <unistd.h>
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

static void pointer_enter(uint32_t head, double x, double y)
{
	wl_pointer_send_enter(stub->pointer, 1, stub->roots[head], wl_fixed_from_double(x),
		wl_fixed_from_double(y));
}

static void pointer_move(double x, double y)
{
	wl_pointer_send_motion(stub->pointer, 0, wl_fixed_from_double(x), wl_fixed_from_double(y));
}

static void pointer_button(uint32_t button, bool down)
{
	wl_pointer_send_button(stub->pointer, 1, 0, button, down);
}

static void pointer_frame(void)
{
	wl_pointer_send_frame(stub->pointer);
}

static void keyboard_enter(uint32_t head, const uint32_t *keys, size_t n)
{
	struct wl_array down = { .data = (void *)keys, .size = n * sizeof(*keys) };

	wl_keyboard_send_enter(stub->keyboard, 1, stub->roots[head], &down);
}

static void keyboard_key(uint32_t key, bool down)
{
	wl_keyboard_send_key(stub->keyboard, 1, 0, key, down);
}

/* -- the pointer -- */

static void test_pointer(void **state)
{
	seat_world_start(&world);
	pointer_enter(0, 1, 2);
	pointer_frame();
	pointer_move(3, 4);
	pointer_button(BTN_LEFT, true);
	expect_said("pointer0: x=128 y=512\n");
	pointer_frame();
	/* Held down, it is this window's wherever it goes. */
	pointer_move(-5, 4);
	pointer_frame();
	pointer_button(BTN_LEFT, false);
	pointer_frame();
	expect_said("pointer0: x=384 y=1024 key272=1\n"
		    "pointer0: x=0 y=1024\n"
		    "pointer0: key272=0\n");
	/* To the other window; what is held then is lifted at the one that is left. */
	pointer_button(BTN_RIGHT, true);
	pointer_frame();
	wl_pointer_send_leave(stub->pointer, 1, stub->roots[0]);
	pointer_enter(1, 1, 1);
	pointer_frame();
	pointer_button(BTN_RIGHT, false);
	pointer_frame();
	expect_said("pointer0: key273=1\n"
		    "pointer0: key273=0\n"
		    "pointer1: x=128 y=256\n");
	wl_pointer_send_leave(stub->pointer, 1, stub->roots[1]);
	pointer_button(BTN_LEFT, true);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	pointer_frame();
	expect_said("");
}

/* A wheel that counts 120ths: down is less. What of its way is said besides is the same. */
static void test_wheel(void **state)
{
	seat_world_start(&world);
	pointer_enter(0, 0, 0);
	pointer_frame();
	said[0] = '\0';
	wl_pointer_send_axis_source(stub->pointer, WL_POINTER_AXIS_SOURCE_WHEEL);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(15));
	pointer_frame();
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(-3.75));
	wl_pointer_send_axis_value120(stub->pointer, 0, -30);
	wl_pointer_send_axis_value120(stub->pointer, 1, 240);
	pointer_frame();
	expect_said("pointer0: x=0 y=0\n"
		    "pointer0: rel11=-120 rel8=-1\n"
		    "pointer0: rel11=30 rel12=240 rel6=2\n");
	wl_pointer_send_axis_value120(stub->pointer, 0, INT32_MIN);
	wl_pointer_send_axis_value120(stub->pointer, 0, INT32_MIN);
	wl_pointer_send_axis_value120(stub->pointer, 7, 1);
	pointer_frame();
	expect_said("pointer0: rel11=120000 rel8=1000\n");
}

/* One that counts detents, of a compositor that is older. */
static void test_wheel_discrete(void **state)
{
	stub->seat_version = 5;
	seat_world_start(&world);
	pointer_enter(1, 0, 0);
	wl_pointer_send_axis_discrete(stub->pointer, 0, -2);
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(-30));
	pointer_frame();
	expect_said("pointer1: x=0 y=0 rel11=240 rel8=2\n");
	wl_pointer_send_axis_discrete(stub->pointer, 1, INT32_MAX);
	wl_pointer_send_axis_discrete(stub->pointer, 2, 1);
	pointer_frame();
	expect_said("pointer1: rel12=120000 rel6=1000\n");
}

/* Fingers on a touch pad: 15 are a detent; no fraction is lost until they stop. */
static void test_scroll(void **state)
{
	seat_world_start(&world);
	pointer_enter(0, 0, 0);
	for (int i = 0; i < 3; i++) {
		wl_pointer_send_axis_source(stub->pointer, WL_POINTER_AXIS_SOURCE_FINGER);
		wl_pointer_send_axis(stub->pointer, 0, 0, 48); /* 1.5 120ths */
		pointer_frame();
	}
	wl_pointer_send_axis_stop(stub->pointer, 0, 0);
	pointer_frame();
	wl_pointer_send_axis(stub->pointer, 0, 0, 31);
	pointer_frame();
	expect_said("pointer0: x=0 y=0 rel11=-1\npointer0: rel11=-2\npointer0: rel11=-1\n");
	wl_pointer_send_axis(stub->pointer, 0, 0, 1 - 32 - 15 * 256);
	pointer_frame();
	expect_said("pointer0: rel11=120 rel8=1\n");
	wl_pointer_send_axis(stub->pointer, 0, 0, INT32_MAX);
	wl_pointer_send_axis(stub->pointer, 0, 1, INT32_MAX);
	wl_pointer_send_axis(stub->pointer, 0, 1, INT32_MAX);
	pointer_frame();
	expect_said("pointer0: rel11=-120000 rel8=-1000 rel12=120000 rel6=1000\n");
}

/* -- the keyboard -- */

static void test_keyboard(void **state)
{
	static const uint32_t held[] = { KEY_A, KEY_LEFTSHIFT, KEY_RIGHTMETA, UINT32_MAX };

	seat_world_start(&world);
	/* What is down already does not type here, but it modifies. */
	keyboard_enter(1, held, N(held));
	keyboard_key(KEY_B, true);
	keyboard_key(KEY_A, false);
	keyboard_key(KEY_B, false);
	expect_said("keyboard: key42=1 key126=1\n"
		    "keyboard: key48=1\n"
		    "keyboard: key48=0\n");
	keyboard_key(KEY_C, true);
	keyboard_key(KEY_C, true);
	wl_keyboard_send_modifiers(stub->keyboard, 1, 1, 2, 3, 4);
	wl_keyboard_send_leave(stub->keyboard, 1, stub->roots[1]);
	keyboard_key(KEY_D, true);
	expect_said("keyboard: key46=1\n"
		    "keyboard: key42=0 key46=0 key126=0\n");
	/* The other head has the same keyboard. */
	keyboard_enter(0, NULL, 0);
	keyboard_key(KEY_C, true);
	keyboard_enter(1, NULL, 0); /* without leaving */
	keyboard_key(UINT32_MAX, true);
	keyboard_key(KEY_CNT, true);
	wl_keyboard_send_key(stub->keyboard, 1, 0, KEY_E, 2);
	expect_said("keyboard: key46=1\nkeyboard: key46=0\n");
}

/* They are not kept. */
static void test_keymaps(void **state)
{
	seat_world_start(&world);
	int before = count_fds();
	for (int i = 0; i < 20; i++) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		wl_keyboard_send_keymap(stub->keyboard, i, fd, UINT32_MAX);
		close(fd);
	}
	expect_said("");
	assert_int_equal(count_fds(), before);
}

/* -- what goes away with things down -- */

static void hold_all(uint32_t head)
{
	pointer_enter(head, 0, 0);
	pointer_button(BTN_LEFT, true);
	pointer_frame();
	keyboard_enter(head, NULL, 0);
	keyboard_key(KEY_A, true);
	wl_touch_send_down(stub->touch, 1, 0, stub->roots[head], 5, 0, 0);
	wl_touch_send_frame(stub->touch);
}

#define HELD_0                                                                                     \
	"pointer0: x=0 y=0 key272=1\nkeyboard: key30=1\n"                                          \
	"touch0: slot=0 id=0 mx=0 my=0 key330=1 x=0 y=0\n"
#define LIFTED_0                                                                                   \
	"pointer0: key272=0\nkeyboard: key30=0\n"                                                  \
	"touch0: slot=0 tool=2 x=0 y=0\ntouch0: slot=0 tool=0 id=-1 key330=0\n"
#define HELD_1                                                                                     \
	"pointer1: x=0 y=0 key272=1\nkeyboard: key30=1\n"                                          \
	"touch1: slot=0 id=0 mx=0 my=0 key330=1 x=0 y=0\n"
#define LIFTED_1                                                                                   \
	"pointer1: key272=0\nkeyboard: key30=0\n"                                                  \
	"touch1: slot=0 tool=2 x=0 y=0\ntouch1: slot=0 tool=0 id=-1 key330=0\n"

static bool is_closed(void *data)
{
	return world.owner.closed[1] > 0;
}

static void test_window_closed(void **state)
{
	seat_world_start(&world);
	hold_all(1);
	expect_said(HELD_1);
	stub_close_window(stub);
	seat_world_expect(&world, is_closed, NULL);
	expect_said(LIFTED_1);
	pointer_move(1, 1);
	pointer_frame();
	keyboard_key(KEY_B, true);
	expect_said("");
}

static void test_capabilities_gone(void **state)
{
	seat_world_start(&world);
	hold_all(0);
	expect_said(HELD_0);
	stub_set_capabilities(stub, 0);
	seat_world_expect_seat(&world);
	expect_said(LIFTED_0);
	/* They come back, and work. */
	stub_set_capabilities(stub, 7);
	seat_world_expect_seat(&world);
	pointer_enter(0, 0, 0);
	pointer_frame();
	keyboard_enter(0, NULL, 0);
	keyboard_key(KEY_A, true);
	expect_said("pointer0: x=0 y=0\nkeyboard: key30=1\n");
}

static bool has_no_pointer(void *data)
{
	return !stub->pointer;
}

static void test_seat_gone(void **state)
{
	seat_world_start(&world);
	hold_all(1);
	expect_said(HELD_1);
	stub_remove_seat(stub);
	seat_world_expect(&world, has_no_pointer, NULL);
	expect_said(LIFTED_1);
	stub_add_seat(stub);
	seat_world_expect_seat(&world);
	hold_all(1);
	seat_world_sync(&world);
	assert_non_null(strstr(said, "key30=1"));
	said[0] = '\0';
}

static bool has_come_again(void *data)
{
	return stub->clients == 2 && stub->roots[0] && stub->roots[1] && stub->pointer &&
	       world.owner.frames_done[0][0] + world.owner.frames_done[1][0] == 4;
}

static bool is_lifted(void *data)
{
	return strcmp(said, LIFTED_0) == 0;
}

static void test_compositor_gone(void **state)
{
	seat_world_start(&world);
	hold_all(0);
	expect_said(HELD_0);
	stub_drop_clients(stub);
	seat_world_expect(&world, is_lifted, NULL);
	said[0] = '\0';
	for (uint32_t i = 0; i < OWNER_HEADS; i++)
		owner_show(&world.owner, i, &world.pictures[i], NULL);
	seat_world_expect(&world, has_come_again, NULL);
	pointer_enter(1, 1, 1);
	pointer_frame();
	expect_said("pointer1: x=128 y=256\n");
}

/* -- several seats -- */

static bool is_another(void *data)
{
	return stub->touch && stub->touch != data && stub->keyboard && stub->pointer;
}

static void touch_down(struct wl_resource *touch, int32_t id, int32_t x)
{
	wl_touch_send_down(touch, 1, 0, stub->roots[0], id, wl_fixed_from_int(x), 0);
	wl_touch_send_frame(touch);
}

/* Two people, with the same numbers for their fingers, at one guest. */
static void test_two_seats(void **state)
{
	struct wl_array none = { 0 };

	seat_world_start(&world);
	struct wl_resource *touch = stub->touch, *keyboard = stub->keyboard;
	struct wl_global *global = stub->seat_global;
	stub_add_seat(stub);
	seat_world_expect(&world, is_another, touch);
	touch_down(touch, 1, 1);
	touch_down(stub->touch, 1, 2);
	wl_touch_send_motion(touch, 0, 1, wl_fixed_from_int(3), 0);
	wl_touch_send_frame(touch);
	wl_keyboard_send_enter(keyboard, 1, stub->roots[0], &none);
	wl_keyboard_send_key(keyboard, 1, 0, KEY_A, 1);
	keyboard_enter(1, NULL, 0);
	keyboard_key(KEY_A, true);
	keyboard_key(KEY_B, true);
	wl_keyboard_send_key(keyboard, 1, 0, KEY_A, 0);
	expect_said("touch0: slot=0 id=0 mx=128 my=0 key330=1 x=128 y=0\n"
		    "touch0: slot=1 id=1 mx=256 my=0 x=128 y=0\n"
		    "touch0: slot=0 mx=384 my=0 x=384 y=0\n"
		    "keyboard: key30=1\nkeyboard: key48=1\n");
	/* One goes, with what is its. */
	wl_global_remove(global);
	expect_said("touch0: slot=0 tool=2 x=384 y=0\n"
		    "touch0: slot=0 tool=0 id=-1 x=256 y=0\n");
	keyboard_key(KEY_A, false);
	wl_touch_send_up(stub->touch, 1, 0, 1);
	wl_touch_send_frame(stub->touch);
	expect_said("keyboard: key30=0\ntouch0: slot=1 id=-1 key330=0\n");
}

/* More than anybody has. */
static void test_many_seats(void **state)
{
	seat_world_start(&world);
	for (int i = 0; i < 100; i++)
		stub_add_seat(stub);
	seat_world_sync(&world);
	assert_null(owner_trouble(&world.owner));
	assert_int_equal(stub->seats, 16);
}

/* -- Ctrl+Alt+G -- */

static void press_chord(void)
{
	keyboard_key(KEY_LEFTCTRL, true);
	keyboard_key(KEY_RIGHTALT, true);
	keyboard_key(KEY_G, true);
	keyboard_key(KEY_G, false);
	keyboard_key(KEY_RIGHTALT, false);
	keyboard_key(KEY_LEFTCTRL, false);
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
	keyboard_enter(0, NULL, 0);
	pointer_enter(0, 0, 0);
	pointer_frame();
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
	pointer_move(1, 1);
	pointer_button(BTN_LEFT, true);
	pointer_frame();
	expect_said("pointer0: x=128 y=256 key272=1\n");
	zwp_locked_pointer_v1_send_locked(stub->locked);
	relative_move(1.5, -0.25);
	pointer_button(BTN_LEFT, false);
	pointer_button(BTN_RIGHT, true);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	pointer_frame();
	relative_move(0.5, -0.75);
	pointer_move(100, 100);
	pointer_frame();
	expect_said("pointer0: key272=0\n"
		    "mouse: rel0=1 key273=1 rel11=-120 rel8=-1\n"
		    "mouse: rel0=1 rel1=-1\n");
	press_chord();
	seat_world_expect(&world, is_free, NULL);
	expect_said("keyboard: key29=1\nkeyboard: key100=1\nkeyboard: key29=0 key100=0\n"
		    "mouse: key273=0\n");
	pointer_move(2, 2);
	pointer_frame();
	expect_said("pointer0: x=256 y=512\n");
}

/* The compositor ends it, or the user goes elsewhere. */
static void test_lock_ends(void **state)
{
	seat_world_start(&world);
	lock_pointer();
	zwp_locked_pointer_v1_send_locked(stub->locked);
	pointer_button(BTN_LEFT, true);
	pointer_frame();
	zwp_locked_pointer_v1_send_unlocked(stub->locked);
	zwp_locked_pointer_v1_send_locked(stub->locked);
	relative_move(5, 5);
	pointer_frame();
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
	pointer_move(1, 1);
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
	keyboard_enter(0, NULL, 0);
	pointer_enter(0, 0, 0);
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
	keyboard_enter(0, NULL, 0);
	expect_inhibitors(1);
	said[0] = '\0';
}

/* A compositor that cannot lock pointers keeps the shortcuts at least. */
static void test_no_lock(void **state)
{
	stub->has_lock = false;
	seat_world_start(&world);
	keyboard_enter(0, NULL, 0);
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
	keyboard_enter(0, NULL, 0);
	keyboard_key(KEY_LEFTCTRL, true);
	keyboard_key(KEY_G, true);
	keyboard_key(KEY_G, false);
	keyboard_key(KEY_LEFTALT, true);
	keyboard_key(KEY_F, true);
	expect_said("keyboard: key29=1\nkeyboard: key34=1\nkeyboard: key34=0\n"
		    "keyboard: key56=1\nkeyboard: key33=1\n");
	assert_int_equal(stub->inhibitors, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-seat [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pointer),
		TEST(test_wheel),
		TEST(test_wheel_discrete),
		TEST(test_scroll),
		TEST(test_keyboard),
		TEST(test_keymaps),
		TEST(test_window_closed),
		TEST(test_capabilities_gone),
		TEST(test_seat_gone),
		TEST(test_compositor_gone),
		TEST(test_two_seats),
		TEST(test_many_seats),
		TEST(test_lock),
		TEST(test_lock_ends),
		TEST(test_lock_hides),
		TEST(test_fullscreen),
		TEST(test_no_lock),
		TEST(test_no_chord),
	};

	log_init("test-presenter-seat", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
