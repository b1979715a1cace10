/* SPDX-License-Identifier: MIT */
/* What clients are told of outputs whose screens are used otherwise, and of outputs that go. */
#include "tests/compositor_world.h"

#include <string.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "fractional-scale-v1-client-protocol.h"
#include "xdg-output-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window window;
static struct wl_registry *registry;
static struct wl_output *output;
static struct zxdg_output_manager_v1 *xdg_outputs;
static struct wp_fractional_scale_manager_v1 *scales;

/* -- what is told -- */

static void handle_geometry(void *data, struct wl_output *object, int32_t x, int32_t y,
	int32_t width_mm, int32_t height_mm, int32_t subpixel, const char *make, const char *model,
	int32_t transform)
{
	world_say(&client, "at %d,%d turned %d\n", x, y, transform);
}

static void handle_mode(void *data, struct wl_output *object, uint32_t flags, int32_t width,
	int32_t height, int32_t refresh)
{
	world_say(&client, "mode %dx%d@%d\n", width, height, refresh);
}

static void handle_done(void *data, struct wl_output *object)
{
	world_say(&client, "done\n");
}

static void handle_scale(void *data, struct wl_output *object, int32_t factor)
{
	world_say(&client, "scale %d\n", factor);
}

static void handle_text(void *data, struct wl_output *object, const char *text)
{
}

static void handle_name(void *data, struct wl_output *object, const char *name)
{
	world_say(&client, "is %s\n", name);
}

static const struct wl_output_listener output_listener = {
	.geometry = handle_geometry,
	.mode = handle_mode,
	.done = handle_done,
	.scale = handle_scale,
	.name = handle_name,
	.description = handle_text,
};

static void handle_position(void *data, struct zxdg_output_v1 *object, int32_t x, int32_t y)
{
	world_say(&client, "logical %d,%d", x, y);
}

static void handle_size(void *data, struct zxdg_output_v1 *object, int32_t width, int32_t height)
{
	world_say(&client, " %dx%d\n", width, height);
}

static void handle_xdg_done(void *data, struct zxdg_output_v1 *object)
{
	world_say(&client, "old done\n");
}

static void handle_xdg_text(void *data, struct zxdg_output_v1 *object, const char *text)
{
}

static const struct zxdg_output_v1_listener xdg_output_listener = {
	.logical_position = handle_position,
	.logical_size = handle_size,
	.done = handle_xdg_done,
	.name = handle_xdg_text,
	.description = handle_xdg_text,
};

static void handle_preferred(void *data, struct wp_fractional_scale_v1 *object, uint32_t scale_120)
{
	world_say(&client, "preferred %u\n", scale_120);
}

static const struct wp_fractional_scale_v1_listener scale_listener = { handle_preferred };

static void handle_global(void *data, struct wl_registry *object, uint32_t name,
	const char *interface, uint32_t version)
{
	if (strcmp(interface, wl_output_interface.name) == 0)
		output = wl_registry_bind(object, name, &wl_output_interface, 4);
	if (strcmp(interface, zxdg_output_manager_v1_interface.name) == 0)
		xdg_outputs =
			wl_registry_bind(object, name, &zxdg_output_manager_v1_interface, version);
	if (strcmp(interface, wp_fractional_scale_manager_v1_interface.name) == 0)
		scales = wl_registry_bind(
			object, name, &wp_fractional_scale_manager_v1_interface, version);
}

static void handle_global_remove(void *data, struct wl_registry *object, uint32_t name)
{
	world_say(&client, "a global is gone\n");
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

/* -- the world -- */

static int setup(void **state)
{
	world_init(&world);
	world_add_whole(&world, "S-1", 640, 480);
	world_client_init(&client, &world, 0);
	registry = wl_display_get_registry(client.display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	world_sync(&client);
	wl_output_add_listener(output, &output_listener, NULL);
	zxdg_output_v1_add_listener(zxdg_output_manager_v1_get_xdg_output(xdg_outputs, output),
		&xdg_output_listener, NULL);
	world_window_init(&window, &client, "W", NULL);
	wp_fractional_scale_v1_add_listener(
		wp_fractional_scale_manager_v1_get_fractional_scale(scales, window.surface),
		&scale_listener, NULL);
	world_sync(&client);
	client.said[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	world_finish(&world);
	return 0;
}

static void use(const struct screen_use *use)
{
	assert_int_equal(screen_set_use(&world.screens[0], use), 0);
}

/* -- the tests -- */

static void test_mode(void **state)
{
	struct screen_use other = world.screens[0].use;

	other.mode = (struct screen_mode){ 800, 600, 75000 };
	use(&other);
	world_expect(&client, "logical 0,0 800x600\n"
			      "at 0,0 turned 0\nmode 800x600@75000\nscale 1\ndone\n"
			      "preferred 120\n");
	assert_int_equal(window.width, 800);
	assert_int_equal(window.height, 600);
	/* The same again is told to nobody. */
	use(&other);
	world_expect(&client, "");
}

static void test_all(void **state)
{
	struct screen_use other = world.screens[0].use;

	other.scale_120 = 240;
	other.transform = WL_OUTPUT_TRANSFORM_90;
	other.is_placed = true;
	other.x = 1000;
	other.y = -50;
	use(&other);
	world_expect(&client, "logical 1000,-50 240x320\n"
			      "at 1000,-50 turned 1\nmode 640x480@60000\nscale 2\ndone\n"
			      "preferred 240\n");
	assert_int_equal(window.width, 240);
	assert_int_equal(window.height, 320);
}

static void handle_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	xdg_surface_ack_configure(xdg, serial);
}

static const struct xdg_surface_listener xdg_listener = { handle_configure };

/* Menus are told as their windows are. */
static void test_popup(void **state)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);
	struct xdg_positioner *positioner = xdg_wm_base_create_positioner(client.wm_base);
	struct screen_use other = world.screens[0].use;

	xdg_surface_add_listener(xdg, &xdg_listener, NULL);
	xdg_positioner_set_size(positioner, 10, 10);
	xdg_positioner_set_anchor_rect(positioner, 0, 0, 1, 1);
	xdg_surface_get_popup(xdg, window.xdg, positioner);
	wl_surface_commit(surface);
	world_sync(&client);
	world_surface_show(&client, surface, 10, 10);
	wp_fractional_scale_v1_add_listener(
		wp_fractional_scale_manager_v1_get_fractional_scale(scales, surface),
		&scale_listener, NULL);
	world_expect(&client, "preferred 120\n");
	other.scale_120 = 240;
	use(&other);
	world_expect(&client, "logical 0,0 320x240\n"
			      "at 0,0 turned 0\nmode 640x480@60000\nscale 2\ndone\n"
			      "preferred 240\npreferred 240\n");
}

/* Cut into regions: its outputs are others. */
static void test_regions(void **state)
{
	struct config_output *config = config_add_output(world.config, "S-1");

	config->n_regions = 1;
	config->regions[0] =
		(struct config_region){ .name = "R", .width_px = 320, .height_px = 480 };
	use(&world.screens[0].use);
	assert_null(output_find(&world.server, "S-1"));
	assert_int_equal(output_find(&world.server, "R")->width, 320);
	world_expect(&client, "preferred 120\na global is gone\n");
	assert_int_equal(window.width, 320);
	config->regions[0].width_px = 200;
	struct output *region = output_find(&world.server, "R");
	use(&world.screens[0].use);
	assert_ptr_equal(output_find(&world.server, "R"), region);
	world_sync(&client);
	assert_int_equal(window.width, 200);
}

static void handle_enter(void *data, struct wl_surface *surface, struct wl_output *object)
{
	world_say(&client, object == output ? "there\n" : "elsewhere\n");
}

static void handle_leave(void *data, struct wl_surface *surface, struct wl_output *object)
{
}

static const struct wl_surface_listener surface_listener = { handle_enter, handle_leave };

/* An output that a client learns of when its window is on it already. */
static void test_late(void **state)
{
	wl_surface_add_listener(window.surface, &surface_listener, NULL);
	struct wl_registry *again = wl_display_get_registry(client.display);
	wl_registry_add_listener(again, &registry_listener, NULL);
	world_expect(&client, "there\n");
	wl_registry_destroy(again);
}

/* What a client has of an output that is gone has no effect. */
static void test_gone(void **state)
{
	output_destroy(output_find(&world.server, "S-1"));
	world_sync(&client);
	client.said[0] = '\0';
	zxdg_output_manager_v1_get_xdg_output(xdg_outputs, output);
	xdg_toplevel_set_fullscreen(window.toplevel, output);
	world_sync(&client);
	world_expect(&client, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_popup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_regions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
