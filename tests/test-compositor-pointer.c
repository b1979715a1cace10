/* SPDX-License-Identifier: MIT */
/* Pointers that are locked and confined, relative motion, and inhibited shortcuts. */
#include "tests/two_clients.h"

#include <linux/input-event-codes.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define ONESHOT ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT
#define PERSISTENT ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT

static struct pointer *pointer;

static void click(double x, double y)
{
	pointer_handle_place(pointer, 0, x, y);
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
}

static void push(double dx, double dy)
{
	const struct pointer_motion motion = {
		.time_us = (UINT64_C(5) << 32) + 7,
		.dx = dx,
		.dy = dy,
		.raw_dx = dx / 2,
		.raw_dy = dy / 2,
	};

	pointer_handle_motion(pointer, &motion);
}

/* Two screens side by side, 100 px wide, a window of one client each; the first was clicked. */
static int setup(void **state)
{
	two_clients_begin();
	pointer = &world.seat->pointer;
	seat_add_device(world.seat, SEAT_POINTER);
	two_clients_connect();
	two_clients_show();
	click(10, 10);
	two_clients_forget();
	return 0;
}

/* -- relative motion -- */

static void handle_relative(void *data, struct zwp_relative_pointer_v1 *relative, uint32_t time_hi,
	uint32_t time_lo, wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t raw_dx, wl_fixed_t raw_dy)
{
	world_say(data, "way %u.%u %g,%g %g,%g\n", time_hi, time_lo, wl_fixed_to_double(dx),
		wl_fixed_to_double(dy), wl_fixed_to_double(raw_dx), wl_fixed_to_double(raw_dy));
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {
	.relative_motion = handle_relative,
};

static struct zwp_relative_pointer_v1 *add_relative(struct world_client *of)
{
	struct zwp_relative_pointer_v1 *relative =
		zwp_relative_pointer_manager_v1_get_relative_pointer(
			of->relative_pointers, of->pointer);

	zwp_relative_pointer_v1_add_listener(relative, &relative_listener, of);
	return relative;
}

static void test_relative(void **state)
{
	struct zwp_relative_pointer_v1 *relative = add_relative(&client);

	add_relative(&other);
	two_clients_forget();
	push(2, -4);
	world_expect(&client, "way 5.7 2,-4 1,-2\nmotion 12,6\n.\n");
	zwp_relative_pointer_v1_destroy(relative);
	world_sync(&client);
	push(90, 0);
	push(2, 0);
	world_expect(&client, "leave A\n.\n");
	world_expect(&other, "enter B 2,6\n.\nway 5.7 2,0 1,0\nmotion 4,6\n.\n");
}

/* A press that wakes the screens is nobody's, nor is what is moved till it is let go. */
static void test_swallowed(void **state)
{
	add_relative(&client);
	two_clients_forget();
	idle_start(&world.seat->idle, 1000000);
	world.seat->idle.is_dark = true;
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	push(2, -4);
	world_expect(&client, "");
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	push(2, -4);
	world_expect(&client, "way 5.7 2,-4 1,-2\nmotion 14,2\n.\n");
}

/* -- locked -- */

static void handle_locked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	world_say(data, "locked\n");
}

static void handle_unlocked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	world_say(data, "unlocked\n");
}

static const struct zwp_locked_pointer_v1_listener locked_listener = {
	.locked = handle_locked,
	.unlocked = handle_unlocked,
};

static struct zwp_locked_pointer_v1 *lock(
	struct world_window *window, struct wl_region *region, uint32_t lifetime)
{
	struct world_client *of = window->client;
	struct zwp_locked_pointer_v1 *locked = zwp_pointer_constraints_v1_lock_pointer(
		of->constraints, window->surface, of->pointer, region, lifetime);

	zwp_locked_pointer_v1_add_listener(locked, &locked_listener, of);
	return locked;
}

static void test_lock(void **state)
{
	struct zwp_locked_pointer_v1 *locked = lock(&a, NULL, PERSISTENT);

	add_relative(&client);
	world_expect(&client, "locked\n");
	push(30, 0);
	pointer_handle_place(pointer, 0, 50, 40);
	world_expect(&client, "way 5.7 30,0 15,0\n.\n");
	/* A button is still the window's. */
	pointer_handle_button(pointer, 0, BTN_RIGHT, true);
	pointer_handle_button(pointer, 0, BTN_RIGHT, false);
	world_expect(&client, "button 273 1\n.\nbutton 273 0\n.\n");
	/* Another window is touched: it is not locked any more. */
	struct touch_place place = { &world.screens[1], 0.5, 0.5 };
	seat_add_device(world.seat, SEAT_TOUCH);
	touch_handle_down(&world.seat->touch, &place, 0, 0, &place);
	touch_handle_up(&world.seat->touch, &place, 0, 0);
	world_expect(&client, "unlocked\n");
	push(1, 1);
	world_expect(&client, "way 5.7 1,1 0.5,0.5\nmotion 11,11\n.\n");
	click(12, 12);
	world_expect(&client, "motion 12,12\n.\nbutton 272 1\n.\nbutton 272 0\n.\nlocked\n");
	/* Who lets go says where the pointer was meant to be, if it is on the window. */
	zwp_locked_pointer_v1_set_cursor_position_hint(
		locked, wl_fixed_from_int(40), wl_fixed_from_int(30));
	wl_surface_commit(a.surface);
	zwp_locked_pointer_v1_set_cursor_position_hint(
		locked, wl_fixed_from_int(400), wl_fixed_from_int(30));
	zwp_locked_pointer_v1_destroy(locked);
	two_clients_forget();
	push(1, 1);
	world_expect(&client, "way 5.7 1,1 0.5,0.5\nmotion 41,31\n.\n");
	locked = lock(&a, NULL, PERSISTENT);
	zwp_locked_pointer_v1_set_cursor_position_hint(
		locked, wl_fixed_from_int(-1), wl_fixed_from_int(30));
	wl_surface_commit(a.surface);
	zwp_locked_pointer_v1_destroy(locked);
	two_clients_forget();
	push(1, 1);
	world_expect(&client, "way 5.7 1,1 0.5,0.5\nmotion 42,32\n.\n");
}

/* Once is once, and a window that goes ends it. */
static void test_lock_once(void **state)
{
	struct zwp_locked_pointer_v1 *locked = lock(&a, NULL, ONESHOT);

	world_expect(&client, "locked\n");
	seat_remove_device(world.seat, SEAT_POINTER);
	world_expect(&client, "leave A\n.\nunlocked\n");
	seat_add_device(world.seat, SEAT_POINTER);
	world_expect(&client, "enter A 10,10\n.\n");
	/* It is over: there may be another one. */
	lock(&a, NULL, ONESHOT);
	world_expect(&client, "locked\n");
	zwp_locked_pointer_v1_destroy(locked);
	xdg_toplevel_destroy(a.toplevel);
	xdg_surface_destroy(a.xdg);
	wl_surface_destroy(a.surface);
	world_expect(&client, "unlocked\n");
	push(5, 0);
	world_expect(&client, "");
}

/* Not where it is not meant to be, nor of a window that was not clicked. */
static void test_lock_region(void **state)
{
	struct wl_region *region = wl_compositor_create_region(client.compositor);

	wl_region_add(region, 20, 20, 10, 10);
	lock(&a, region, PERSISTENT);
	wl_region_destroy(region);
	lock(&b, NULL, PERSISTENT);
	world_expect(&client, "");
	pointer_handle_place(pointer, 0, 110, 10);
	world_expect(&other, "enter B 10,10\n.\n");
	pointer_handle_place(pointer, 0, 25, 25);
	world_expect(&client, "leave A\n.\nenter A 25,25\n.\n");
	world_window_show(&a, 100, 50);
	world_expect(&client, "locked\n");
}

/* -- confined -- */

static void handle_confined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	world_say(data, "confined\n");
}

static void handle_unconfined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	world_say(data, "unconfined\n");
}

static const struct zwp_confined_pointer_v1_listener confined_listener = {
	.confined = handle_confined,
	.unconfined = handle_unconfined,
};

static void test_confine(void **state)
{
	struct zwp_confined_pointer_v1 *confined = zwp_pointer_constraints_v1_confine_pointer(
		client.constraints, a.surface, client.pointer, NULL, PERSISTENT);
	struct wl_region *region = wl_compositor_create_region(client.compositor);

	zwp_confined_pointer_v1_add_listener(confined, &confined_listener, &client);
	world_expect(&client, "confined\n");
	push(200, 20);
	world_expect(&client, "motion 99.9961,30\n.\n");
	/* A region holds from the commit on, which brings the pointer into it. */
	wl_region_add(region, 10, 10, 20, 30);
	zwp_confined_pointer_v1_set_region(confined, region);
	world_expect(&client, "");
	wl_surface_commit(a.surface);
	world_sync(&client);
	push(-1, 0);
	world_expect(&client, "motion 28.9961,30\n.\n");
	push(-100, -100);
	world_expect(&client, "motion 10,10\n.\n");
	zwp_confined_pointer_v1_destroy(confined);
	wl_region_destroy(region);
	world_sync(&client);
	push(-1, -1);
	world_expect(&client, "motion 9,9\n.\n");
}

/* -- what is against the protocols -- */

static void test_two_constraints(void **state)
{
	lock(&a, NULL, PERSISTENT);
	zwp_pointer_constraints_v1_confine_pointer(
		client.constraints, a.surface, client.pointer, NULL, PERSISTENT);
	world_expect_error(&client, &zwp_pointer_constraints_v1_interface,
		ZWP_POINTER_CONSTRAINTS_V1_ERROR_ALREADY_CONSTRAINED);
}

static void handle_active(void *data, struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor)
{
	world_say(data, "active\n");
}

static const struct zwp_keyboard_shortcuts_inhibitor_v1_listener inhibitor_listener = {
	.active = handle_active,
	.inactive = handle_active,
};

static void test_inhibit(void **state)
{
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor =
		zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
			client.inhibits, a.surface, client.seat);

	zwp_keyboard_shortcuts_inhibitor_v1_add_listener(inhibitor, &inhibitor_listener, &client);
	world_expect(&client, "active\n");
	zwp_keyboard_shortcuts_inhibitor_v1_destroy(inhibitor);
	zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
		client.inhibits, a.surface, client.seat);
	world_sync(&client);
	zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
		client.inhibits, a.surface, client.seat);
	world_expect_error(&client, &zwp_keyboard_shortcuts_inhibit_manager_v1_interface,
		ZWP_KEYBOARD_SHORTCUTS_INHIBIT_MANAGER_V1_ERROR_ALREADY_INHIBITED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_relative, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_swallowed, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_lock, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_lock_once, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_lock_region, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_confine, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_two_constraints, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_inhibit, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
