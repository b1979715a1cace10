/* SPDX-License-Identifier: MIT */
/* Outputs, surfaces, windows and clients of mullion-compositor that go while others use them. */
#include "tests/two_clients.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/layout.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/surface.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "xdg-shell-client-protocol.h"

static int setup(void **state)
{
	two_clients_begin();
	seat_add_device(world.seat, SEAT_POINTER);
	two_clients_connect();
	two_clients_show();
	return 0;
}

static void drop(const char *name)
{
	output_destroy(output_find(&world.server, name));
}

static struct wl_surface *point(void)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);

	pointer_handle_place(&world.seat->pointer, 0, 10, 10);
	world_sync(&client);
	wl_pointer_set_cursor(client.pointer, world.seat->pointer.entered, surface, 0, 0);
	world_surface_show(&client, surface, 8, 8);
	world_sync(&client);
	assert_false(world.seat->pointer.cursor.is_arrow);
	return surface;
}

/* -- the tests -- */

/* The pointer's picture is on an output that goes; then there is none at all. */
static void test_cursor(void **state)
{
	struct wl_surface *surface = point();

	drop("S-1");
	world_surface_show(&client, surface, 9, 9);
	world_sync(&client);
	drop("S-2");
	world_surface_show(&client, surface, 10, 10);
	world_sync(&client);
	wl_surface_destroy(surface);
	world_sync(&client);
}

/* It is hidden by a client that ends, where nobody else has a window. */
static void test_cursor_of_none(void **state)
{
	point();
	wl_pointer_set_cursor(client.pointer, world.seat->pointer.entered, NULL, 0, 0);
	xdg_toplevel_destroy(a.toplevel);
	xdg_surface_destroy(a.xdg);
	wl_surface_destroy(a.surface);
	world_sync(&client);
	assert_true(world.seat->pointer.cursor.is_arrow);
}

static bool is_second(void *data)
{
	static int n;

	return ++n == 2;
}

/* A screen goes with a window on it: nothing of it is done at the turn's end. */
static void test_screen(void **state)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	assert_non_null(screen);
	assert_int_equal(screen_init(screen, &world.server, world.screens[0].interface, "S-3",
				 &world.screens[0].use),
		0);
	assert_int_equal(outputs_update(screen, true), 0);
	struct world_window window;
	world_window_init(&window, &client, "W", "S-3");
	screen->busy = screen->wanted = false;
	screen_finish(screen);
	free(screen);
	world_run_until(&world, is_second, NULL);
	world_sync(&client);
}

/* A window whose surface has a picture already waits for its first configure all the same. */
static void test_again(void **state)
{
	xdg_toplevel_destroy(a.toplevel);
	a.toplevel = xdg_surface_get_toplevel(a.xdg);
	wl_surface_commit(a.surface);
	world_sync(&client);
	assert_null(layout_top(output_find(&world.server, "S-1")));
	wl_surface_commit(a.surface);
	world_sync(&client);
	const struct toplevel *top = layout_top(output_find(&world.server, "S-1"));
	assert_non_null(top);
	assert_ptr_equal(top->surface->output, top->output);
}

/* It answers a configure after it has unmapped its window, which it could not know of. */
static void test_late_answer(void **state)
{
	world_window_show(&b, 10, 10);
	xdg_toplevel_set_maximized(b.toplevel);
	wl_surface_attach(b.surface, NULL, 0, 0);
	wl_surface_commit(b.surface);
	world_sync(&other);
	wl_surface_commit(b.surface);
	world_sync(&other);
	world_window_show(&b, 10, 10);
	world_sync(&other);
	assert_non_null(layout_top(output_find(&world.server, "S-2")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cursor, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_cursor_of_none, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_screen, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_late_answer, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
