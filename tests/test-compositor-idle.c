/* SPDX-License-Identifier: MIT */
/* Screens that go dark when nobody does anything, and windows that keep them on. */
#include "tests/compositor_world.h"

#include <errno.h>
#include <libseat.h>
#include <linux/input-event-codes.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/seat/session.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "idle-inhibit-unstable-v1-client-protocol.h"

#define TIMEOUT_MS 5
#define LONG_MS 100 /* long enough for a mistake to be seen; too short only misses it */

static struct world world;
static struct world_client client;
static struct world_window a, b;
static struct idle *idle;
static int64_t until_ns;

static int setup(void **state)
{
	world_init(&world);
	idle = &world.seat->idle;
	world_add_whole(&world, "S-1", 100, 50);
	world_add_whole(&world, "S-2", 100, 50);
	world_client_init(&client, &world, 0);
	world_window_init(&a, &client, "A", "S-1");
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	world_finish(&world);
	return 0;
}

static bool are_dark(void *data)
{
	return world.screens[0].is_off && world.screens[1].is_off;
}

static bool is_later(void *data)
{
	return clock_now_ns() > until_ns;
}

static void expect_light(void)
{
	until_ns = clock_now_ns() + LONG_MS * NSEC_PER_MSEC;
	world_run_until(&world, is_later, NULL);
	assert_false(world.screens[0].is_off || world.screens[1].is_off);
}

static void test_dark(void **state)
{
	expect_light();
	idle_start(idle, TIMEOUT_MS);
	world_run_until(&world, are_dark, NULL);
	idle_wake(idle);
	assert_false(world.screens[0].is_off);
	assert_false(world.screens[1].is_off);
	world_run_until(&world, are_dark, NULL);
	/* What was off before is not turned on. */
	idle_wake(idle);
	assert_int_equal(screen_set_power(&world.screens[1], false), 0);
	world_run_until(&world, are_dark, NULL);
	idle_wake(idle);
	assert_false(world.screens[0].is_off);
	assert_true(world.screens[1].is_off);
}

/* The configuration is another one while they are. */
static void test_never(void **state)
{
	idle_start(idle, TIMEOUT_MS);
	world_run_until(&world, are_dark, NULL);
	idle_start(idle, 0);
	expect_light();
}

static int power_error;

static int failing_set_power(struct screen *screen, bool is_on)
{
	return power_error;
}

/* Each thing that somebody does is a reason to try again. */
static void test_refused(void **state)
{
	static struct screen_interface refusing;
	struct screen *screen = &world.screens[0];

	refusing = *screen->interface;
	refusing.set_power = failing_set_power;
	screen->interface = &refusing;
	power_error = 0;
	idle_start(idle, TIMEOUT_MS);
	world_run_until(&world, are_dark, NULL);
	power_error = -EBUSY;
	idle_wake(idle);
	assert_true(screen->is_off);
	assert_false(world.screens[1].is_off);
	power_error = 0;
	idle_wake(idle);
	assert_false(screen->is_off);
}

/* While its window is seen, and no longer. */
static void test_inhibited(void **state)
{
	struct zwp_idle_inhibitor_v1 *inhibitor =
		zwp_idle_inhibit_manager_v1_create_inhibitor(client.idle_inhibits, a.surface);

	world_sync(&client);
	idle_start(idle, TIMEOUT_MS);
	expect_light();
	zwp_idle_inhibitor_v1_destroy(inhibitor);
	world_sync(&client);
	world_run_until(&world, are_dark, NULL);
	/* One that is covered does not count. */
	idle_wake(idle);
	inhibitor = zwp_idle_inhibit_manager_v1_create_inhibitor(client.idle_inhibits, a.surface);
	world_window_init(&b, &client, "B", "S-1");
	world_run_until(&world, are_dark, NULL);
	zwp_idle_inhibitor_v1_destroy(inhibitor);
	world_sync(&client);
}

/* -- what wakes -- */

static const int panel; /* a device, compared only */

static void start_devices(void)
{
	assert_int_equal(keyboard_start(&world.seat->keyboard), 0);
	for (int i = 0; i < SEAT_CAPABILITIES; i++)
		seat_add_device(world.seat, i);
	world_sync(&client);
	client.said[0] = '\0';
}

static void go_dark(void)
{
	idle_start(idle, TIMEOUT_MS);
	world_run_until(&world, are_dark, NULL);
	/* What wakes is what comes next. */
	idle->timeout_ns = INT64_C(3600000000000);
}

static void down(int32_t slot)
{
	touch_handle_down(&world.seat->touch, &panel, slot, 0,
		&(struct touch_place){ &world.screens[0], 0.5, 0.5 });
}

static void up(int32_t slot)
{
	touch_handle_up(&world.seat->touch, &panel, slot, 0);
	touch_handle_frame(&world.seat->touch);
}

/* Who wakes a dark screen does not see what is touched: all fingers are lifted first. */
static void test_touch_wakes(void **state)
{
	start_devices();
	go_dark();
	down(0);
	down(1);
	touch_handle_frame(&world.seat->touch);
	expect_light();
	touch_handle_motion(&world.seat->touch, &panel, 0, 0,
		&(struct touch_place){ &world.screens[0], 0.1, 0.1 });
	up(0);
	down(0);
	up(0);
	up(1);
	world_expect(&client, "");
	down(0);
	up(0);
	world_expect(&client, "down 0 A 50,25\nup 0\nframe\n");
}

/* What was down before, and is lifted, is the window's; whatever is done wakes in the end. */
static void test_lift_wakes(void **state)
{
	start_devices();
	down(0);
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, true);
	go_dark();
	up(0);
	assert_true(idle_wake(idle));
	go_dark();
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, false);
	expect_light();
	world_expect(&client, "down 0 A 50,25\nkey 30 1\nup 0\nframe\nkey 30 0\n");
}

static void test_key_wakes(void **state)
{
	struct keyboard *keyboard = &world.seat->keyboard;

	start_devices();
	go_dark();
	keyboard_handle_key(keyboard, 0, KEY_LEFTSHIFT, true);
	expect_light();
	keyboard_handle_key(keyboard, 0, KEY_B, true);
	keyboard_handle_key(keyboard, 0, KEY_LEFTSHIFT, false);
	keyboard_handle_key(keyboard, 0, KEY_B, false);
	world_expect(&client, "key 48 1\nkey 48 0\n");
}

static int switched_to;

int libseat_switch_session(struct libseat *seat, int session)
{
	switched_to = session;
	return 0;
}

/* Another session is asked for in the dark as well, and no window is told of the key that wakes. */
static void test_switch_wakes(void **state)
{
	struct keyboard *keyboard = &world.seat->keyboard;
	struct session session = { .has_terminals = true };

	world.seat->session = &session;
	start_devices();
	go_dark();
	keyboard_handle_key(keyboard, 0, KEY_LEFTCTRL, true);
	keyboard_handle_key(keyboard, 0, KEY_LEFTALT, true);
	keyboard_handle_key(keyboard, 0, KEY_F2, true);
	assert_int_equal(switched_to, 2);
	keyboard_handle_key(keyboard, 0, KEY_F2, false);
	keyboard_handle_key(keyboard, 0, KEY_LEFTALT, false);
	keyboard_handle_key(keyboard, 0, KEY_LEFTCTRL, false);
	world_expect(&client, "key 56 1\nmodifiers 8 0 0 0\nkey 56 0\nmodifiers 0 0 0 0\n");
	/* It goes dark while they are held, and what was held is let go. */
	keyboard_handle_key(keyboard, 0, KEY_LEFTCTRL, true);
	keyboard_handle_key(keyboard, 0, KEY_LEFTALT, true);
	go_dark();
	keyboard_handle_key(keyboard, 0, KEY_F3, true);
	assert_int_equal(switched_to, 3);
	keyboard_handle_key(keyboard, 0, KEY_F3, false);
	keyboard_handle_key(keyboard, 0, KEY_LEFTALT, false);
	keyboard_handle_key(keyboard, 0, KEY_LEFTCTRL, false);
	keyboard_handle_key(keyboard, 0, KEY_F4, true);
	assert_int_equal(switched_to, 3);
	world.seat->session = NULL;
}

static void test_pointer_wakes(void **state)
{
	struct pointer *pointer = &world.seat->pointer;
	struct pointer_scroll scroll = {
		.source = WL_POINTER_AXIS_SOURCE_WHEEL,
		.axes = { { .is_used = true, .way = 15, .v120 = 120 } },
	};

	start_devices();
	go_dark();
	pointer_handle_place(pointer, 0, 10, 20);
	assert_true(idle_wake(idle));
	world_expect(&client, "enter A 10,20\n.\n");
	go_dark();
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	expect_light();
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	go_dark();
	pointer_handle_scroll(pointer, &scroll);
	expect_light();
	world_expect(&client, "");
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	world_expect(&client, "button 272 1\n.\nbutton 272 0\n.\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inhibited, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touch_wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lift_wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_switch_wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pointer_wakes, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
