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

/* -- the pointer -- */

static void test_pointer(void **state)
{
	seat_world_start(&world);
	play_pointer_enter(stub, 0, 1, 2);
	play_pointer_frame(stub);
	play_pointer_move(stub, 3, 4);
	play_pointer_button(stub, BTN_LEFT, true);
	expect_said("pointer0: x=128 y=512\n");
	play_pointer_frame(stub);
	/* Held down, it is this window's wherever it goes. */
	play_pointer_move(stub, -5, 4);
	play_pointer_frame(stub);
	play_pointer_button(stub, BTN_LEFT, false);
	play_pointer_frame(stub);
	expect_said("pointer0: x=384 y=1024 key272=1\n"
		    "pointer0: x=0 y=1024\n"
		    "pointer0: key272=0\n");
	/* To the other window; what is held then is lifted at the one that is left. */
	play_pointer_button(stub, BTN_RIGHT, true);
	play_pointer_frame(stub);
	wl_pointer_send_leave(stub->pointer, 1, stub->roots[0]);
	play_pointer_enter(stub, 1, 1, 1);
	play_pointer_frame(stub);
	play_pointer_button(stub, BTN_RIGHT, false);
	play_pointer_frame(stub);
	expect_said("pointer0: key273=1\n"
		    "pointer0: key273=0\n"
		    "pointer1: x=128 y=256\n");
	wl_pointer_send_leave(stub->pointer, 1, stub->roots[1]);
	play_pointer_button(stub, BTN_LEFT, true);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	play_pointer_frame(stub);
	expect_said("");
}

/* A wheel that counts 120ths: down is less. What of its way is said besides is the same. */
static void test_wheel(void **state)
{
	seat_world_start(&world);
	play_pointer_enter(stub, 0, 0, 0);
	play_pointer_frame(stub);
	said[0] = '\0';
	wl_pointer_send_axis_source(stub->pointer, WL_POINTER_AXIS_SOURCE_WHEEL);
	wl_pointer_send_axis_value120(stub->pointer, 0, 120);
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(15));
	play_pointer_frame(stub);
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(-3.75));
	wl_pointer_send_axis_value120(stub->pointer, 0, -30);
	wl_pointer_send_axis_value120(stub->pointer, 1, 240);
	play_pointer_frame(stub);
	expect_said("pointer0: x=0 y=0\n"
		    "pointer0: rel11=-120 rel8=-1\n"
		    "pointer0: rel11=30 rel12=240 rel6=2\n");
	wl_pointer_send_axis_value120(stub->pointer, 0, INT32_MIN);
	wl_pointer_send_axis_value120(stub->pointer, 0, INT32_MIN);
	wl_pointer_send_axis_value120(stub->pointer, 7, 1);
	play_pointer_frame(stub);
	expect_said("pointer0: rel11=120000 rel8=1000\n");
}

/* One that counts detents, of a compositor that is older. */
static void test_wheel_discrete(void **state)
{
	stub->seat_version = 5;
	seat_world_start(&world);
	play_pointer_enter(stub, 1, 0, 0);
	wl_pointer_send_axis_discrete(stub->pointer, 0, -2);
	wl_pointer_send_axis(stub->pointer, 0, 0, wl_fixed_from_double(-30));
	play_pointer_frame(stub);
	expect_said("pointer1: x=0 y=0 rel11=240 rel8=2\n");
	wl_pointer_send_axis_discrete(stub->pointer, 1, INT32_MAX);
	wl_pointer_send_axis_discrete(stub->pointer, 2, 1);
	play_pointer_frame(stub);
	expect_said("pointer1: rel12=120000 rel6=1000\n");
}

/* Fingers on a touch pad: 15 are a detent; no fraction is lost until they stop. */
static void test_scroll(void **state)
{
	seat_world_start(&world);
	play_pointer_enter(stub, 0, 0, 0);
	for (int i = 0; i < 3; i++) {
		wl_pointer_send_axis_source(stub->pointer, WL_POINTER_AXIS_SOURCE_FINGER);
		wl_pointer_send_axis(stub->pointer, 0, 0, 48); /* 1.5 120ths */
		play_pointer_frame(stub);
	}
	wl_pointer_send_axis_stop(stub->pointer, 0, 0);
	play_pointer_frame(stub);
	wl_pointer_send_axis(stub->pointer, 0, 0, 31);
	play_pointer_frame(stub);
	expect_said("pointer0: x=0 y=0 rel11=-1\npointer0: rel11=-2\npointer0: rel11=-1\n");
	wl_pointer_send_axis(stub->pointer, 0, 0, 1 - 32 - 15 * 256);
	play_pointer_frame(stub);
	expect_said("pointer0: rel11=120 rel8=1\n");
	wl_pointer_send_axis(stub->pointer, 0, 0, INT32_MAX);
	wl_pointer_send_axis(stub->pointer, 0, 1, INT32_MAX);
	wl_pointer_send_axis(stub->pointer, 0, 1, INT32_MAX);
	play_pointer_frame(stub);
	expect_said("pointer0: rel11=-120000 rel8=-1000 rel12=120000 rel6=1000\n");
}

/* -- the keyboard -- */

static void test_keyboard(void **state)
{
	static const uint32_t held[] = { KEY_A, KEY_LEFTSHIFT, KEY_RIGHTMETA, UINT32_MAX };

	seat_world_start(&world);
	/* What is down already does not type here, but it modifies. */
	play_keyboard_enter(stub, 1, held, N(held));
	play_keyboard_key(stub, KEY_B, true);
	play_keyboard_key(stub, KEY_A, false);
	play_keyboard_key(stub, KEY_B, false);
	expect_said("keyboard: key42=1 key126=1\n"
		    "keyboard: key48=1\n"
		    "keyboard: key48=0\n");
	play_keyboard_key(stub, KEY_C, true);
	play_keyboard_key(stub, KEY_C, true);
	wl_keyboard_send_modifiers(stub->keyboard, 1, 1, 2, 3, 4);
	wl_keyboard_send_leave(stub->keyboard, 1, stub->roots[1]);
	play_keyboard_key(stub, KEY_D, true);
	expect_said("keyboard: key46=1\n"
		    "keyboard: key42=0 key46=0 key126=0\n");
	/* The other head has the same keyboard. */
	play_keyboard_enter(stub, 0, NULL, 0);
	play_keyboard_key(stub, KEY_C, true);
	play_keyboard_enter(stub, 1, NULL, 0); /* without leaving */
	play_keyboard_key(stub, UINT32_MAX, true);
	play_keyboard_key(stub, KEY_CNT, true);
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
	play_pointer_enter(stub, head, 0, 0);
	play_pointer_button(stub, BTN_LEFT, true);
	play_pointer_frame(stub);
	play_keyboard_enter(stub, head, NULL, 0);
	play_keyboard_key(stub, KEY_A, true);
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
	play_pointer_move(stub, 1, 1);
	play_pointer_frame(stub);
	play_keyboard_key(stub, KEY_B, true);
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
	play_pointer_enter(stub, 0, 0, 0);
	play_pointer_frame(stub);
	play_keyboard_enter(stub, 0, NULL, 0);
	play_keyboard_key(stub, KEY_A, true);
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
	play_pointer_enter(stub, 1, 1, 1);
	play_pointer_frame(stub);
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
	play_keyboard_enter(stub, 1, NULL, 0);
	play_keyboard_key(stub, KEY_A, true);
	play_keyboard_key(stub, KEY_B, true);
	wl_keyboard_send_key(keyboard, 1, 0, KEY_A, 0);
	expect_said("touch0: slot=0 id=0 mx=128 my=0 key330=1 x=128 y=0\n"
		    "touch0: slot=1 id=1 mx=256 my=0 x=128 y=0\n"
		    "touch0: slot=0 mx=384 my=0 x=384 y=0\n"
		    "keyboard: key30=1\nkeyboard: key48=1\n");
	/* One goes, with what is its. */
	wl_global_remove(global);
	expect_said("touch0: slot=0 tool=2 x=384 y=0\n"
		    "touch0: slot=0 tool=0 id=-1 x=256 y=0\n");
	play_keyboard_key(stub, KEY_A, false);
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
	};

	log_init("test-presenter-seat", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
