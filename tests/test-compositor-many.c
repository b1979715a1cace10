/* SPDX-License-Identifier: MIT */
/* Clients of mullion-compositor that do very much of what is allowed. */
#include "tests/two_clients.h"

#include "base/clock.h"
#include "base/log.h"
#include "compositor/census.h"
#include "compositor/layout.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/subsurface.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "xdg-shell-client-protocol.h"

#define ROUND 128 /* requests that fit the connection */

static int setup(void **state)
{
	two_clients_begin();
	two_clients_connect();
	two_clients_show();
	return 0;
}

/* -- objects -- */

/* As many as one likes, one after the other. */
static void test_objects_that_end(void **state)
{
	for (int i = 0; i < 4 * CENSUS_OBJECTS_MAX; i++) {
		wl_region_destroy(wl_compositor_create_region(other.compositor));
		if (i % ROUND == 0)
			world_sync(&other);
	}
	world_sync(&other);
}

/* Who keeps too many ends, and nobody else does. */
static void test_objects(void **state)
{
	int ret = 0, n = 0;

	for (; ret == 0 && n < 4 * CENSUS_OBJECTS_MAX; n++) {
		wl_compositor_create_region(other.compositor);
		if (n % ROUND == 0)
			ret = world_try(&other);
	}
	assert_int_equal(ret, -1);
	assert_true(n > CENSUS_OBJECTS_MAX);
	world_sync(&client);
}

/* Each commit of a surface goes through all that are part of it. */
static void test_subsurfaces(void **state)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < 2 * SUBSURFACE_TREE_MAX; i++) {
		struct wl_surface *surface = wl_compositor_create_surface(other.compositor);
		wl_subcompositor_get_subsurface(other.subcompositor, surface, b.surface);
		if (i % ROUND == 0 || i == SUBSURFACE_TREE_MAX - 2)
			ret = world_try(&other);
		assert_true(ret == 0 || i >= SUBSURFACE_TREE_MAX - 1);
	}
	assert_int_equal(ret, -1);
	world_sync(&client);
}

/* -- windows -- */

static void show_again(void)
{
	wl_surface_attach(b.surface, NULL, 0, 0);
	wl_surface_commit(b.surface);
	world_sync(&other);
	wl_surface_commit(b.surface);
	world_sync(&other);
	world_window_show(&b, 10, 10);
	world_sync(&other);
}

/* However often one client's window comes, another's that stands still is found. */
static void test_windows(void **state)
{
	int64_t until_ns = clock_now_ns() + WORLD_LIMIT_MS * NSEC_PER_MSEC;
	const struct toplevel *still = layout_top(output_find(&world.server, "S-1"));

	world.config->windows[0].stale_after_ms = 50;
	while (still->health == TOPLEVEL_WELL && clock_now_ns() < until_ns)
		show_again();
	assert_int_equal(still->health, TOPLEVEL_STALE);
}

/* -- names -- */

static void test_name(void **state)
{
	xdg_toplevel_set_app_id(a.toplevel, "mullion\n\x1b[31m\x7f");
	world_sync(&client);
	assert_string_equal(
		layout_top(output_find(&world.server, "S-1"))->app_id, "mullion??[31m?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_objects_that_end, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_objects, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_subsurfaces, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_windows, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_name, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
