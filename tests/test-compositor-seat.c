/* SPDX-License-Identifier: MIT */
/* What fingers and mice do at mullion-compositor, and what its clients are told. */
#include "tests/compositor_world.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "xdg-shell-client-protocol.h"

static struct world world;
static struct world_client client, other;
static struct world_window a, b;

static struct touch *touch;
static struct pointer *pointer;
static struct keyboard *keyboard;

/* Two touch screens, compared only. */
static const int first, second;

static int setup(void **state)
{
	world_init(&world);
	touch = &world.seat->touch;
	pointer = &world.seat->pointer;
	keyboard = &world.seat->keyboard;
	return 0;
}

static int teardown(void **state)
{
	world_finish(&world);
	return 0;
}

static void add_devices(void)
{
	assert_int_equal(keyboard_start(keyboard), 0);
	for (int i = 0; i < SEAT_CAPABILITIES; i++)
		seat_add_device(world.seat, i);
}

/* Two screens side by side, 100 px wide, a window of one client each. */
static void start_two(void)
{
	world_add_whole(&world, "S-1", 100, 50);
	world_add_whole(&world, "S-2", 100, 50);
	add_devices();
	world_client_init(&client, &world, 0);
	world_client_init(&other, &world, 0);
	world_window_init(&a, &client, "A", "S-1");
	world_window_init(&b, &other, "B", "S-2");
	world_sync(&client);
	client.said[0] = other.said[0] = '\0';
}

static void finish_two(void)
{
	world_client_finish(&client);
	world_client_finish(&other);
}

static struct touch_place on(uint32_t screen, double u, double v)
{
	return (struct touch_place){ &world.screens[screen], u, v };
}

static void down(const void *device, int32_t slot, struct touch_place place)
{
	touch_handle_down(touch, device, slot, 0, &place);
}

static void move(const void *device, int32_t slot, struct touch_place place)
{
	touch_handle_motion(touch, device, slot, 0, &place);
}

/* -- touch -- */

static void test_touch(void **state)
{
	start_two();
	down(&first, 0, on(0, 0.5, 0.5));
	down(&second, 0, on(1, 0.1, 0.2));
	touch_handle_frame(touch);
	/* Beyond the edge it is still that window's, and another screen's is not. */
	move(&first, 0, on(0, 0.9, 0.1));
	down(&first, 1, on(0, 0.25, 0));
	touch_handle_frame(touch);
	touch_handle_up(touch, &first, 0, 0);
	touch_handle_frame(touch);
	touch_handle_frame(touch);
	world_expect(&client, "down 0 A 50,25\nframe\nmove 0 90,5\ndown 2 A 25,0\nframe\n"
			      "up 0\nframe\nfocus A\nmodifiers 0 0 0 0\n");
	touch_handle_up(touch, &second, 0, 0);
	touch_handle_frame(touch);
	world_expect(&other, "down 1 B 10,10\nframe\nunfocus B\nup 1\nframe\n");
	/* What is not down does nothing, nor do more contacts than there is room for. */
	move(&second, 0, on(1, 0, 0));
	touch_handle_up(touch, &second, 7, 0);
	touch_handle_frame(touch);
	for (int32_t i = 0; i < 2 * TOUCH_CONTACTS_MAX; i++)
		down(&second, i, on(1, 0, 0));
	world_sync(&other);
	other.said[0] = '\0';
	for (int32_t i = 0; i < 2 * TOUCH_CONTACTS_MAX; i++)
		touch_handle_up(touch, &second, i, 0);
	down(&second, 3, on(1, 0, 0));
	finish_two();
}

/* The keyboard follows the finger, which is not told twice of what it did. */
static void test_touch_focus(void **state)
{
	start_two();
	down(&first, 0, on(0, 0, 0));
	world_expect(&other, "unfocus B\n");
	world_expect(&client, "down 0 A 0,0\nfocus A\nmodifiers 0 0 0 0\n");
	finish_two();
}

/* A tap that is none, and a window that goes under the finger. */
static void test_touch_cancel(void **state)
{
	start_two();
	down(&first, 0, on(0, 0, 0));
	down(&second, 0, on(0, 0.5, 0));
	touch_handle_frame(touch);
	touch_handle_cancel(touch, &first, 0);
	touch_handle_frame(touch);
	move(&second, 0, on(0, 0, 0));
	touch_handle_up(touch, &second, 0, 0);
	touch_handle_frame(touch);
	world_expect(&client, "down 0 A 0,0\ndown 1 A 50,0\nframe\ncancel\n"
			      "focus A\nmodifiers 0 0 0 0\n");
	down(&first, 0, on(0, 0, 0));
	touch_handle_frame(touch);
	world_expect(&client, "down 0 A 0,0\nframe\n");
	xdg_toplevel_destroy(a.toplevel);
	xdg_surface_destroy(a.xdg);
	wl_surface_destroy(a.surface);
	world_sync(&client);
	move(&first, 0, on(0, 0.5, 0));
	touch_handle_up(touch, &first, 0, 0);
	touch_handle_frame(touch);
	/* On nothing. */
	down(&first, 0, on(0, 0, 0));
	touch_handle_frame(touch);
	world_expect(&client, "");
	finish_two();
}

/* What a screen shows goes with it. */
static void test_touch_unplugged(void **state)
{
	start_two();
	down(&second, 0, on(1, 0, 0));
	touch_handle_frame(touch);
	screen_finish(&world.screens[1]);
	move(&second, 0, on(0, 0, 0));
	touch_handle_up(touch, &second, 0, 0);
	touch_handle_frame(touch);
	world_sync(&other);
	assert_string_equal(other.said, "down 0 B 0,0\nframe\ncancel\n");
	world.n_screens = 1;
	finish_two();
}

/* A panel on its side, cut in two: the finger's region counts, until it is lifted. */
static void test_touch_regions(void **state)
{
	const pixman_box32_t upper = { 0, 0, 60, 40 }, lower = { 10, 50, 60, 100 };
	struct screen *screen =
		world_add_screen(&world, "S-1", 100, 60, WL_OUTPUT_TRANSFORM_90, 240);

	assert_non_null(output_create(screen, "upper", &upper));
	assert_non_null(output_create(screen, "lower", &lower));
	add_devices();
	world_client_init(&client, &world, 0);
	world_window_init(&a, &client, "A", "upper");
	world_window_init(&b, &client, "B", "lower");
	assert_int_equal(a.width, 30);
	assert_int_equal(b.width, 25);
	client.said[0] = '\0';
	/* 90 is counter-clockwise: upright (x, y) is at (y, 60 - x) of the panel. */
	down(&first, 0, on(0, 20 / 100.0, (60 - 10) / 60.0));
	down(&first, 1, on(0, 60 / 100.0, (60 - 30) / 60.0));
	touch_handle_frame(touch);
	/* Between the two there is nothing. */
	down(&first, 2, on(0, 45 / 100.0, (60 - 30) / 60.0));
	/* Out of its region, in the px of the first. */
	move(&first, 0, on(0, 60 / 100.0, (60 - 30) / 60.0));
	move(&first, 1, on(0, 30 / 100.0, (60 - 6) / 60.0));
	touch_handle_frame(touch);
	world_expect(&client, "down 0 A 5,10\ndown 1 B 10,5\nframe\n"
			      "move 0 15,30\nmove 1 -2,-10\nframe\n");
	world_client_finish(&client);
}

/* -- the pointer -- */

/* It is nowhere until it is moved, from the middle of the first screen; it stays on one. */
static void test_pointer_out(void **state)
{
	const struct pointer_motion motion = { .dx = 2, .dy = -1 };

	start_two();
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	world_expect(&client, "");
	pointer_handle_motion(pointer, &motion);
	world_expect(&client, "enter A 52,24\n.\n");
	pointer_handle_place(pointer, 0, 170, 24);
	world_expect(&other, "enter B 70,24\n.\n");
	screen_finish(&world.screens[1]);
	world.n_screens = 1;
	world_sync(&client);
	assert_true(pointer->x < 100);
	finish_two();
}

static void test_pointer(void **state)
{
	start_two();
	pointer_handle_place(pointer, 0, 10, 20);
	pointer_handle_place(pointer, 0, 11.5, 20);
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	/* While a button is down it stays that window's. */
	pointer_handle_place(pointer, 0, 110, 20);
	pointer_handle_button(pointer, 0, BTN_RIGHT, true);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	pointer_handle_button(pointer, 0, BTN_RIGHT, false);
	world_expect(&client,
		"enter A 10,20\n.\nmotion 11.5,20\n.\nbutton 272 1\n.\n"
		"motion 110,20\n.\nbutton 273 1\n.\nbutton 272 0\n.\nbutton 273 0\n.\n"
		"leave A\n.\nfocus A\nmodifiers 0 0 0 0\n");
	world_expect(&other, "enter B 10,20\n.\nunfocus B\n");
	/* Beyond all edges there is nothing. */
	const struct pointer_motion far = { .dx = 1e9, .dy = -1e9 };
	pointer_handle_motion(pointer, &far);
	world_expect(&other, "motion 99.9961,0\n.\n");
	finish_two();
}

static void test_wheel(void **state)
{
	const struct pointer_scroll wheel = {
		.source = WL_POINTER_AXIS_SOURCE_WHEEL,
		.axes = { { true, 15, 120 }, { true, -7.5, -60 } },
	};
	const struct pointer_scroll fingers = {
		.source = WL_POINTER_AXIS_SOURCE_FINGER,
		.axes = { { .is_used = true } },
	};

	start_two();
	struct world_client old;
	world_client_init(&old, &world, 5);
	pointer_handle_place(pointer, 0, 10, 20);
	world_sync(&client);
	client.said[0] = '\0';
	pointer_handle_scroll(pointer, &wheel);
	pointer_handle_scroll(pointer, &fingers);
	world_expect(&client, "source 0\nv120 0 120\naxis 0 15\nv120 1 -60\naxis 1 -7.5\n.\n"
			      "source 1\nstop 0\n.\n");
	struct world_window c;
	world_window_init(&c, &old, "C", "S-1");
	world_sync(&old);
	old.said[0] = '\0';
	pointer_handle_scroll(pointer, &wheel);
	world_expect(&old, "source 0\ndetents 0 1\naxis 0 15\ndetents 1 -1\naxis 1 -7.5\n.\n");
	world_client_finish(&old);
	finish_two();
}

/* Where a window takes no input, what is beneath it does. */
static void test_input_regions(void **state)
{
	start_two();
	struct wl_region *region = wl_compositor_create_region(client.compositor);
	struct wl_surface *child = wl_compositor_create_surface(client.compositor);
	wl_surface_set_user_data(child, "child");
	struct wl_subsurface *subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, child, a.surface);
	wl_subsurface_set_position(subsurface, 20, 10);
	wl_region_add(region, 0, 0, 10, 10);
	wl_region_subtract(region, 5, 5, 5, 5);
	wl_surface_set_input_region(child, region);
	wl_region_destroy(region);
	world_surface_show(&client, child, 20, 20);
	wl_surface_commit(a.surface);
	pointer_handle_place(pointer, 0, 1, 1);
	world_sync(&client);
	client.said[0] = '\0';
	pointer_handle_place(pointer, 0, 22, 13);
	pointer_handle_place(pointer, 0, 26, 16);
	wl_surface_set_input_region(child, NULL);
	wl_surface_commit(child);
	wl_surface_commit(a.surface);
	/* It moved under the pointer. */
	world_expect(&client, "leave A\n.\nenter child 2,3\n.\nleave child\n.\nenter A 26,16\n.\n"
			      "leave A\n.\nenter child 6,6\n.\n");
	wl_surface_destroy(child);
	world_expect(&client, "enter A 26,16\n.\n");
	finish_two();
}

/* -- its picture -- */

/* What is above all else on the screen, "arrow", "surface" or "none", and where. */
static const char *topmost(uint32_t screen)
{
	static char text[64];
	const struct cursor *cursor = &pointer->cursor;
	struct scene scene;

	scene_init(&scene);
	scene_build(&scene, &world.screens[screen]);
	assert_true(scene.n_items > 0);
	const struct scene_item *item = &scene.items[scene.n_items - 1];
	bool is_arrow = item->buffer == cursor->arrow;
	bool is_surface = item->surface && item->surface == cursor->surface.surface;
	snprintf(text, sizeof(text), "%s %d,%d",
		is_arrow     ? "arrow"
		: is_surface ? "surface"
			     : "none",
		item->box.x1, item->box.y1);
	scene_finish(&scene);
	return text;
}

static void test_cursor(void **state)
{
	start_two();
	assert_string_equal(topmost(0), "none 0,0");
	pointer_handle_place(pointer, 0, 95, 20);
	world_sync(&client);
	assert_string_equal(topmost(0), "arrow 95,20");
	/* As much of it as is there. */
	assert_string_equal(topmost(1), "arrow -5,20");
	uint32_t entered = pointer->entered;
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	world_surface_show(&client, surface, 10, 10);
	wl_pointer_set_cursor(client.pointer, entered - 1, surface, 3, 4);
	wl_pointer_set_cursor(other.pointer, entered, NULL, 0, 0);
	world_sync(&other);
	world_sync(&client);
	assert_string_equal(topmost(0), "arrow 95,20");
	wl_pointer_set_cursor(client.pointer, entered, surface, 3, 4);
	world_sync(&client);
	assert_string_equal(topmost(0), "surface 92,16");
	wl_pointer_set_cursor(client.pointer, entered, surface, INT32_MIN, INT32_MAX);
	wl_pointer_set_cursor(client.pointer, entered, surface, 0, 0);
	world_sync(&client);
	assert_string_equal(topmost(0), "surface 95,20");
	wl_pointer_set_cursor(client.pointer, entered, NULL, 0, 0);
	world_sync(&client);
	assert_string_equal(topmost(0), "none 0,0");
	wl_pointer_set_cursor(client.pointer, entered, surface, 0, 0);
	wl_surface_destroy(surface);
	world_sync(&client);
	assert_string_equal(topmost(0), "none 0,0");
	/* Another client has said nothing yet. */
	pointer_handle_place(pointer, 0, 110, 20);
	assert_string_equal(topmost(1), "arrow 10,20");
	seat_remove_device(world.seat, SEAT_POINTER);
	world_sync(&client);
	assert_string_equal(topmost(1), "none 0,0");
	finish_two();
}

static void test_cursor_role(void **state)
{
	start_two();
	pointer_handle_place(pointer, 0, 10, 20);
	world_sync(&client);
	wl_pointer_set_cursor(client.pointer, pointer->entered, a.surface, 0, 0);
	world_expect_error(&client, &wl_pointer_interface, WL_POINTER_ERROR_ROLE);
	finish_two();
}

/* Windows of the layer above are over all others, and take the keyboard when they are clicked. */
static void test_above(void **state)
{
	struct config_window *rule = &world.config->windows[world.config->n_windows++];
	struct world_window above;

	*rule = (struct config_window){ .app_id = "above",
		.output = "S-1",
		.layer = CONFIG_LAYER_ABOVE,
		.box = { true, 20, 10, 30, 20 } };
	start_two();
	world_window_init(&above, &client, "above", NULL);
	assert_int_equal(above.width, 30);
	world_window_init(&b, &other, "C", "S-1");
	world_sync(&client);
	world_sync(&other);
	client.said[0] = other.said[0] = '\0';
	down(&first, 0, on(0, 0.25, 0.3));
	touch_handle_up(touch, &first, 0, 0);
	touch_handle_frame(touch);
	world_expect(&client, "down 0 above 5,5\nup 0\nframe\nfocus above\nmodifiers 0 0 0 0\n");
	down(&first, 0, on(0, 0.6, 0.3));
	touch_handle_frame(touch);
	world_expect(&other, "unfocus C\ndown 0 C 60,15\nframe\nfocus C\nmodifiers 0 0 0 0\n");
	finish_two();
}

/* -- what comes and goes -- */

static void test_capabilities(void **state)
{
	world_add_whole(&world, "S-1", 100, 50);
	world_client_init(&client, &world, 0);
	assert_int_equal(client.capabilities, 0);
	add_devices();
	world_expect(&client, "repeat 25 600\n");
	assert_int_equal(client.capabilities, 7);
	world_window_init(&a, &client, "A", NULL);
	world_expect(&client, "focus A\nmodifiers 0 0 0 0\n");
	seat_remove_device(world.seat, SEAT_POINTER);
	seat_remove_device(world.seat, SEAT_KEYBOARD);
	world_expect(&client, "unfocus A\n");
	assert_int_equal(client.capabilities, WL_SEAT_CAPABILITY_TOUCH);
	/* There was one: it is no error. */
	wl_pointer_release(wl_seat_get_pointer(client.seat));
	world_sync(&client);
	world_client_finish(&client);
}

static void test_never_had(void **state)
{
	world_client_init(&client, &world, 0);
	wl_seat_get_touch(client.seat);
	world_expect_error(&client, &wl_seat_interface, WL_SEAT_ERROR_MISSING_CAPABILITY);
	world_client_finish(&client);
}

static const struct wl_client *newest;
static uint32_t old_serial;

static void handle_client(struct wl_listener *listener, void *data)
{
	newest = data;
	old_serial = serials_next(&world.seat->serials, world.server.display, newest);
}

/* What a client was told that is gone is not what one was that is at its address now. */
static void test_address(void **state)
{
	struct wl_listener listener = { .notify = handle_client };

	wl_display_add_client_created_listener(world.server.display, &listener);
	world_client_init(&client, &world, 0);
	wl_list_remove(&listener.link);
	assert_false(serials_has(&world.seat->serials, newest, old_serial));
	world_client_finish(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_touch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touch_focus, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touch_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touch_unplugged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_touch_regions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pointer_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pointer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wheel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_input_regions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor_role, setup, teardown),
		cmocka_unit_test_setup_teardown(test_above, setup, teardown),
		cmocka_unit_test_setup_teardown(test_capabilities, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_had, setup, teardown),
		cmocka_unit_test_setup_teardown(test_address, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
