/* SPDX-License-Identifier: MIT */
/*
 * Pointer and keyboard of sway at a guest's windows, and what comes of them at the
 * guest's devices. sway plays them itself, or would to anybody else's window.
 */
#include "tests/unit.h"

#include <wayland-client.h>

#include "backends/input.h"
#include "base/log.h"
#include "tests/compositor.h"
#include "tests/input_said.h"
#include "tests/owner.h"
#include "tests/virtual_seat.h"

/* 128 units of a device a px from left to right, 256 from the top to the bottom. */
#define WIDTH 256
#define HEIGHT 128
#define FOCUS_0 "[app_id=\"mullion.g1.0\"] focus"
#define FOCUS_1 "[app_id=\"mullion.g1.1\"] focus"

static struct compositor sway;
static struct owner owner;
static struct input_devices devices;
static struct virtual_seat seat;
static struct owner_picture pictures[OWNER_HEADS];

static bool has_said(void *data)
{
	return strstr(said, data);
}

/* Comes to be said, nothing besides. */
static void expect_said_at(const char *expected, int line)
{
	if (!owner_run_until(&owner, has_said, (void *)expected, OWNER_LIMIT_MS))
		fail_msg("line %d: said\n%s", line, said);
	assert_said_at(expected, line);
}
#define expect_said(expected) expect_said_at(expected, __LINE__)

static void sway_do(const char *command)
{
	assert_int_equal(compositor_command(&sway, command), 0);
}

/* What plays a keyboard is there before sway says that it has one. */
static bool has_keyboard(void *data)
{
	virtual_seat_key(&seat, KEY_LEFTSHIFT, true);
	virtual_seat_key(&seat, KEY_LEFTSHIFT, false);
	return strstr(said, "key42=0");
}

static bool has_marker(void *data)
{
	return strstr(said, "key183=0");
}

/* All that was played before has come and is forgotten. */
static void drain(void)
{
	virtual_seat_key(&seat, KEY_F13, true);
	virtual_seat_key(&seat, KEY_F13, false);
	assert_true(owner_run_until(&owner, has_marker, NULL, OWNER_LIMIT_MS));
	said[0] = '\0';
}

static int setup(void **state)
{
	struct presenter_config config = {
		.guest = "g1",
		.n_heads = OWNER_HEADS,
		.heads = { { WIDTH, HEIGHT, 60000 }, { WIDTH, HEIGHT, 60000 } },
		.wayland_display = sway.socket,
		.inputs = &devices,
	};
	int ret = compositor_init(&sway, COMPOSITOR_SWAY, OWNER_HEADS, WIDTH, HEIGHT);

	if (ret == 0)
		ret = compositor_start(&sway, COMPOSITOR_SWAY_HEADS
			"mouse_warping none\nseat * pointer_constraint enable\n"
			"bindsym Mod1+F2 " FOCUS_1 "\n");
	if (ret < 0)
		return ret;
	said[0] = '\0';
	assert_int_equal(input_devices_init(&devices, say_frame, NULL), 0);
	config.wayland_display = sway.socket;
	owner_init_with(&owner, &presenter_wayland, &config);
	for (uint32_t i = 0; i < OWNER_HEADS; i++) {
		struct picture_box all = { 0, 0, WIDTH, HEIGHT };
		owner_show_new(&owner, &pictures[i], i, WIDTH, HEIGHT, i);
		owner_expect(&owner, &sway, i, owner_pattern_image(&all, i));
	}
	/* Once there are devices it would give them to the new seat. */
	sway_do("seat seat0 fallback true");
	sway_do("seat seat1 fallback false");
	virtual_seat_init(&seat, sway.socket, "seat0");
	assert_true(owner_run_until(&owner, has_keyboard, NULL, OWNER_LIMIT_MS));
	drain();
	return 0;
}

static int teardown(void **state)
{
	for (uint32_t i = 0; i < OWNER_HEADS; i++)
		owner_forget(&owner, &pictures[i]);
	owner_finish(&owner);
	input_devices_finish(&devices);
	compositor_finish(&sway);
	return 0;
}

static void test_pointer(void **state)
{
	virtual_seat_point(&seat, 10, 20, 2 * WIDTH, HEIGHT);
	expect_said("pointer0: x=1280 y=5120\n");
	virtual_seat_button(&seat, BTN_LEFT, true);
	expect_said("pointer0: key272=1\n");
	/* Held, it is the first head's beyond its edge. */
	virtual_seat_point(&seat, WIDTH + 30, 40, 2 * WIDTH, HEIGHT);
	expect_said("pointer0: x=32767 y=10240\n");
	virtual_seat_button(&seat, BTN_LEFT, false);
	expect_said("pointer0: key272=0\npointer1: x=3840 y=10240\n");
	virtual_seat_scroll(&seat, 2);
	expect_said("pointer1: rel11=-240 rel8=-2\n");
	virtual_seat_scroll(&seat, -1);
	expect_said("pointer1: rel11=120 rel8=1\n");
	virtual_seat_finish(&seat);
}

/* Keys go where sway's focus is; what is down when it goes elsewhere is lifted. */
static void test_keyboard(void **state)
{
	sway_do(FOCUS_0);
	virtual_seat_key(&seat, KEY_A, true);
	virtual_seat_key(&seat, KEY_A, false);
	virtual_seat_key(&seat, KEY_LEFTSHIFT, true);
	virtual_seat_key(&seat, KEY_B, true);
	expect_said("keyboard: key30=1\nkeyboard: key30=0\nkeyboard: key42=1\nkeyboard: key48=1\n");
	/* Shift is down there, too; B does not type. */
	sway_do(FOCUS_1);
	expect_said("keyboard: key42=0 key48=0\nkeyboard: key42=1\n");
	virtual_seat_key(&seat, KEY_B, false);
	virtual_seat_key(&seat, KEY_LEFTSHIFT, false);
	expect_said("keyboard: key42=0\n");
	/* sway takes a keyboard away that is no more, whatever was down on it. */
	virtual_seat_key(&seat, KEY_C, true);
	expect_said("keyboard: key46=1\n");
	virtual_seat_finish(&seat);
	expect_said("keyboard: key46=0\n");
}

static void press_chord(void)
{
	virtual_seat_key(&seat, KEY_LEFTCTRL, true);
	virtual_seat_key(&seat, KEY_LEFTALT, true);
	virtual_seat_key(&seat, KEY_G, true);
	virtual_seat_key(&seat, KEY_G, false);
	virtual_seat_key(&seat, KEY_LEFTALT, false);
	virtual_seat_key(&seat, KEY_LEFTCTRL, false);
	expect_said("keyboard: key29=1\nkeyboard: key56=1\nkeyboard: key29=0 key56=0\n");
}

/* Pushes the pointer until that is locked and moves the guest's mouse. */
static bool moves_mouse(void *data)
{
	if (strstr(said, "mouse:"))
		return true;
	virtual_seat_push(&seat, 1, 0);
	return false;
}

/* The same, when that is free. */
static bool moves_pointer(void *data)
{
	if (strstr(said, "pointer0:"))
		return true;
	virtual_seat_push(&seat, 1, 0);
	return false;
}

#define MODIFIER_ALT (1 << 3)

static void press_shortcut(void)
{
	virtual_seat_key(&seat, KEY_LEFTALT, true);
	virtual_seat_modify(&seat, MODIFIER_ALT);
	virtual_seat_key(&seat, KEY_F2, true);
	virtual_seat_key(&seat, KEY_F2, false);
	virtual_seat_modify(&seat, 0);
	virtual_seat_key(&seat, KEY_LEFTALT, false);
}

/* sway's own shortcut is the guest's while it is locked, and sway's afterwards. */
static void test_lock(void **state)
{
	sway_do(FOCUS_0);
	virtual_seat_point(&seat, 10, 20, 2 * WIDTH, HEIGHT);
	expect_said("pointer0: x=1280 y=5120\n");
	press_chord();
	assert_true(owner_run_until(&owner, moves_mouse, NULL, OWNER_LIMIT_MS));
	drain();
	virtual_seat_push(&seat, 1000, -2.5);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_push(&seat, 0, -0.5);
	virtual_seat_button(&seat, BTN_LEFT, false);
	virtual_seat_scroll(&seat, 1);
	expect_said("mouse: rel0=1000 rel1=-2\nmouse: key272=1\nmouse: rel1=-1\n"
		    "mouse: key272=0\nmouse: rel11=-120 rel8=-1\n");
	press_shortcut();
	expect_said("keyboard: key56=1\nkeyboard: key60=1\nkeyboard: key60=0\nkeyboard: key56=0\n");
	press_chord();
	assert_true(owner_run_until(&owner, moves_pointer, NULL, OWNER_LIMIT_MS));
	drain();
	press_shortcut();
	expect_said("keyboard: key56=1\nkeyboard: key56=0\nkeyboard: key56=1\n"
		    "keyboard: key56=0\n");
	virtual_seat_finish(&seat);
}

static bool has_other_keyboard(void *data)
{
	virtual_seat_key(data, KEY_RIGHTSHIFT, true);
	virtual_seat_key(data, KEY_RIGHTSHIFT, false);
	return strstr(said, "key54=0");
}

/* Two people at the guest's two windows. */
static void test_two_seats(void **state)
{
	struct virtual_seat other;

	virtual_seat_init(&other, sway.socket, "seat1");
	virtual_seat_point(&other, WIDTH + 20, 20, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&other, BTN_LEFT, true);
	virtual_seat_button(&other, BTN_LEFT, false);
	assert_true(owner_run_until(&owner, has_other_keyboard, &other, OWNER_LIMIT_MS));
	virtual_seat_point(&seat, 10, 20, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&seat, BTN_LEFT, true);
	drain();
	virtual_seat_point(&other, WIDTH + 30, 40, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&other, BTN_RIGHT, true);
	virtual_seat_key(&other, KEY_A, true);
	expect_said("pointer1: x=3840 y=10240\npointer1: key273=1\nkeyboard: key30=1\n");
	virtual_seat_key(&seat, KEY_A, true);
	virtual_seat_key(&seat, KEY_B, true);
	expect_said("keyboard: key48=1\n");
	virtual_seat_key(&other, KEY_A, false);
	virtual_seat_button(&other, BTN_RIGHT, false);
	expect_said("pointer1: key273=0\n");
	virtual_seat_key(&seat, KEY_A, false);
	virtual_seat_button(&seat, BTN_LEFT, false);
	expect_said("keyboard: key30=0\npointer0: key272=0\n");
	virtual_seat_finish(&other);
	virtual_seat_finish(&seat);
}

/* sway dies with a button and a key down. */
static void test_death(void **state)
{
	sway_do(FOCUS_0);
	virtual_seat_point(&seat, 10, 20, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_key(&seat, KEY_A, true);
	expect_said("pointer0: x=1280 y=5120\npointer0: key272=1\nkeyboard: key30=1\n");
	compositor_kill(&sway);
	expect_said("pointer0: key272=0\nkeyboard: key30=0\n");
	wl_display_disconnect(seat.display);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pointer),
		TEST(test_keyboard),
		TEST(test_lock),
		TEST(test_two_seats),
		TEST(test_death),
	};

	log_init("test-presenter-sway-seat", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
