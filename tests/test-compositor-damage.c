/* SPDX-License-Identifier: MIT */
/* What is painted again: for commits that bring no new px, but show others. */
#include "tests/compositor_world.h"

#include "base/clock.h"
#include "base/log.h"
#include "compositor/surface/presentation.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "viewporter-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window window;
static struct screen *screen;
static struct wl_surface *lower, *upper;
static struct wl_subsurface *of_lower, *of_upper;

static bool is_busy(void *data)
{
	return screen->busy;
}

static void present(void)
{
	const struct presentation_time time = { .ns = clock_now_ns(), .refresh_ns = 1 };

	screen_presented(screen, &time);
	world_sync(&client);
}

/* A frame is under way: what is new waits for the next one, and can be looked at. */
static void settle(void)
{
	wl_surface_commit(window.surface);
	world_sync(&client);
	if (screen->busy)
		present();
	while (screen->wanted || pixman_region32_not_empty(&screen->damage)) {
		world_run_until(&world, is_busy, NULL);
		present();
	}
	screen_damage_all(screen);
	world_run_until(&world, is_busy, NULL);
	assert_false(pixman_region32_not_empty(&screen->damage));
}

static struct wl_surface *add(struct wl_subsurface **subsurface)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);

	*subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, surface, window.surface);
	world_surface_show(&client, surface, 8, 8);
	return surface;
}

static int setup(void **state)
{
	world_init(&world);
	world_add_whole(&world, "S-1", 64, 64);
	screen = &world.screens[0];
	world_client_init(&client, &world, 0);
	world_window_init(&window, &client, "W", "S-1");
	lower = add(&of_lower);
	upper = add(&of_upper);
	settle();
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	world_finish(&world);
	return 0;
}

static bool is_damaged(void)
{
	world_sync(&client);
	return pixman_region32_not_empty(&screen->damage);
}

/* In effect with the parent's commit, which may come a long time after it was asked for. */
static void test_order(void **state)
{
	wl_subsurface_place_above(of_lower, upper);
	assert_false(is_damaged());
	wl_surface_commit(window.surface);
	assert_true(is_damaged());
	settle();
	wl_subsurface_place_below(of_upper, window.surface);
	wl_surface_commit(window.surface);
	assert_true(is_damaged());
}

static void test_same_order(void **state)
{
	wl_subsurface_place_above(of_upper, lower);
	wl_surface_commit(window.surface);
	assert_false(is_damaged());
}

static void test_place(void **state)
{
	wl_subsurface_set_position(of_upper, 3, 4);
	assert_false(is_damaged());
	wl_surface_commit(window.surface);
	assert_true(is_damaged());
}

/* Another part of the buffer is the source then, and as large as before. */
static void test_scale(void **state)
{
	struct wp_viewport *viewport = wp_viewporter_get_viewport(client.viewporter, upper);

	wp_viewport_set_source(viewport, 0, 0, wl_fixed_from_int(2), wl_fixed_from_int(2));
	wp_viewport_set_destination(viewport, 8, 8);
	wl_surface_commit(upper);
	settle();
	wl_surface_set_buffer_scale(upper, 2);
	wl_surface_commit(upper);
	wl_surface_commit(window.surface);
	assert_true(is_damaged());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scale, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
