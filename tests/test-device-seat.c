/* SPDX-License-Identifier: MIT */
/*
 * sway's pointer and keyboard at the windows of a guest, and what the guest's drivers hear
 * of them: all that lies between is the real programs.
 */
#include "fixture.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "compositor.h"
#include "guest/input.h"
#include "input_world.h"
#include "virtual_seat.h"

/* 102.4 units of a device a px from left to right, 163.8 from the top to the bottom. */
#define WIDTH FIXTURE_WIDTH_PX
#define HEIGHT FIXTURE_HEIGHT_PX
#define TRIES 200
#define TRY_MS 100

static struct compositor sway;
static struct fixture fixture;
static struct guest *const guest = &fixture.guest;
static struct virtual_seat seat;
static struct input_driver keyboard, mouse, pointer0, pointer1;

static int group_setup(void **state)
{
	int ret = compositor_init(&sway, COMPOSITOR_SWAY, 2, WIDTH, HEIGHT);

	if (ret == 0)
		ret = compositor_start(&sway, COMPOSITOR_SWAY_HEADS
			"mouse_warping none\nseat * pointer_constraint enable\n");
	if (ret < 0)
		return ret;
	setenv("WAYLAND_DISPLAY", sway.socket, 1);
	return fixture_start(&fixture, 1, 2, "presenter = wayland\n");
}

static int group_teardown(void **state)
{
	compositor_finish(&sway);
	return fixture_stop(&fixture);
}

/* Everything up to this key's end is forgotten. */
static void drain(struct input_driver *driver, uint16_t code)
{
	struct virtio_input_event event = { 0 };

	while (event.code != code || event.value != 0)
		assert_int_equal(input_driver_next(driver, &event, TRY_MS * TRIES), 0);
	assert_int_equal(input_driver_next(driver, &event, TRY_MS * TRIES), 0);
	assert_int_equal(event.type, EV_SYN);
}

/* Until sway has said that there is a keyboard, and windows are where they should be. */
static void wait_for(struct input_driver *driver, uint32_t x)
{
	struct virtio_input_event event;
	int ret = -1;

	for (int i = 0; i < TRIES && ret < 0; i++) {
		virtual_seat_point(&seat, x, 60 + i % 2, 2 * WIDTH, HEIGHT);
		virtual_seat_key(&seat, KEY_LEFTSHIFT, true);
		virtual_seat_key(&seat, KEY_LEFTSHIFT, false);
		ret = input_driver_next(driver, &event, TRY_MS);
	}
	assert_int_equal(ret, 0);
}

static void boot(struct input_driver *driver, const char *device)
{
	input_world_boot(&fixture, driver, &guest->memory, device,
		&(struct input_driver_options){ .kind = VMM_KIND_QEMU });
}

static int setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	boot(&keyboard, "keyboard");
	boot(&mouse, "mouse");
	boot(&pointer0, "pointer0");
	boot(&pointer1, "pointer1");
	virtual_seat_init(&seat, sway.socket, "seat0");
	wait_for(&pointer1, WIDTH + 50);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_button(&seat, BTN_LEFT, false);
	drain(&pointer1, BTN_LEFT);
	wait_for(&keyboard, 50);
	virtual_seat_key(&seat, KEY_F13, true);
	virtual_seat_key(&seat, KEY_F13, false);
	drain(&keyboard, KEY_F13);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_button(&seat, BTN_LEFT, false);
	drain(&pointer0, BTN_LEFT);
	return 0;
}

static int teardown(void **state)
{
	virtual_seat_finish(&seat);
	input_driver_finish(&keyboard);
	input_driver_finish(&mouse);
	input_driver_finish(&pointer0);
	input_driver_finish(&pointer1);
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

static void test_each_head(void **state)
{
	virtual_seat_point(&seat, 100, 100, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_point(&seat, 105, 125, 2 * WIDTH, HEIGHT);
	virtual_seat_button(&seat, BTN_LEFT, false);
	input_world_expect(
		&pointer0, "3:0:10240 3:1:16384 | 1:272:1 | 3:0:10752 3:1:20480 | 1:272:0 |");
	virtual_seat_point(&seat, WIDTH + 100, 100, 2 * WIDTH, HEIGHT);
	virtual_seat_scroll(&seat, -1);
	input_world_expect(&pointer1, "3:0:10240 3:1:16384 | 2:11:120 2:8:1 |");
	virtual_seat_key(&seat, KEY_A, true);
	virtual_seat_key(&seat, KEY_A, false);
	input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	input_world_expect_silence(&pointer0);
	input_world_expect_silence(&mouse);
}

static void press_chord(void)
{
	static const uint16_t chord[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_G };

	for (int i = 0; i < 3; i++)
		virtual_seat_key(&seat, chord[i], true);
	for (int i = 2; i >= 0; i--)
		virtual_seat_key(&seat, chord[i], false);
}

/* Ctrl+Alt+G: the pointer moves the mouse, by steps and without an end. */
static void test_lock(void **state)
{
	struct virtio_input_event event;
	int ret = -1;

	virtual_seat_point(&seat, 100, 100, 2 * WIDTH, HEIGHT);
	press_chord();
	input_world_expect(&keyboard, "1:29:1 | 1:56:1 | 1:29:0 1:56:0 |");
	for (int i = 0; i < TRIES && ret < 0; i++) {
		virtual_seat_push(&seat, 1, 0);
		ret = input_driver_next(&mouse, &event, TRY_MS);
	}
	assert_int_equal(ret, 0);
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_button(&seat, BTN_LEFT, false);
	drain(&mouse, BTN_LEFT);
	virtual_seat_push(&seat, 5000, -7);
	virtual_seat_button(&seat, BTN_RIGHT, true);
	virtual_seat_button(&seat, BTN_RIGHT, false);
	input_world_expect(&mouse, "2:0:5000 2:1:-7 | 1:273:1 | 1:273:0 |");
	press_chord();
}

/* sway dies with a key and a button down. */
static void test_death(void **state)
{
	virtual_seat_button(&seat, BTN_LEFT, true);
	virtual_seat_key(&seat, KEY_A, true);
	input_world_expect(&pointer0, "1:272:1 |");
	input_world_expect(&keyboard, "1:30:1 |");
	compositor_kill(&sway);
	input_world_expect(&pointer0, "1:272:0 |");
	input_world_expect(&keyboard, "1:30:0 |");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_head),
		TEST(test_lock),
		TEST(test_death),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
