/* SPDX-License-Identifier: MIT */
/* What clients say of their windows: the frame around them, sizes, names. */
#include "tests/compositor_world.h"

#include <stdio.h>

#include "base/log.h"
#include "compositor/layout.h"
#include "compositor/shell/toplevel.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window a;

static int setup(void **state)
{
	world_init(&world);
	world_add_whole(&world, "S-1", 100, 50);
	world_add_whole(&world, "S-2", 80, 40);
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

/* -- the frame around it -- */

static void handle_mode(void *data, struct zxdg_toplevel_decoration_v1 *decoration, uint32_t mode)
{
	world_say(&client, "mode %u\n", mode);
}

static const struct zxdg_toplevel_decoration_v1_listener decoration_listener = {
	.configure = handle_mode,
};

static struct zxdg_toplevel_decoration_v1 *decorate(void)
{
	struct zxdg_toplevel_decoration_v1 *decoration =
		zxdg_decoration_manager_v1_get_toplevel_decoration(client.decorations, a.toplevel);

	zxdg_toplevel_decoration_v1_add_listener(decoration, &decoration_listener, NULL);
	return decoration;
}

/* The answer counts only with the configure that ends it, which a window waits for. */
static void expect_configured(void)
{
	uint32_t before = a.serial;

	world_expect(&client, "mode 2\n");
	assert_int_not_equal(a.serial, before);
}

static void test_decoration(void **state)
{
	struct zxdg_toplevel_decoration_v1 *decoration = decorate();

	world_expect(&client, "mode 2\n");
	zxdg_toplevel_decoration_v1_set_mode(
		decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE);
	expect_configured();
	zxdg_toplevel_decoration_v1_unset_mode(decoration);
	expect_configured();
	/* Another one may come once it is gone. */
	zxdg_toplevel_decoration_v1_destroy(decoration);
	decoration = decorate();
	world_expect(&client, "mode 2\n");
	zxdg_toplevel_decoration_v1_destroy(decoration);
}

static void test_decoration_early(void **state)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);
	struct zxdg_toplevel_decoration_v1 *decoration =
		zxdg_decoration_manager_v1_get_toplevel_decoration(
			client.decorations, xdg_surface_get_toplevel(xdg));

	/* Before its first commit a window is told of nothing, but is not forgotten. */
	zxdg_toplevel_decoration_v1_add_listener(decoration, &decoration_listener, NULL);
	zxdg_toplevel_decoration_v1_set_mode(
		decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE);
	world_expect(&client, "mode 2\nmode 2\n");
}

static void test_decoration_twice(void **state)
{
	decorate();
	decorate();
	world_expect_error(&client, &zxdg_toplevel_decoration_v1_interface,
		ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ALREADY_CONSTRUCTED);
}

static void test_decoration_orphaned(void **state)
{
	decorate();
	xdg_toplevel_destroy(a.toplevel);
	world_expect_error(&client, &zxdg_toplevel_decoration_v1_interface,
		ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ORPHANED);
}

/* -- its size -- */

/* Both count from the commit on: what is between the two is nobody's. */
static void test_limits(void **state)
{
	xdg_toplevel_set_max_size(a.toplevel, 10, 10);
	wl_surface_commit(a.surface);
	xdg_toplevel_set_min_size(a.toplevel, 20, 20);
	xdg_toplevel_set_max_size(a.toplevel, 20, 30);
	wl_surface_commit(a.surface);
	/* No limit is not a small one. */
	xdg_toplevel_set_max_size(a.toplevel, 20, 0);
	wl_surface_commit(a.surface);
	xdg_toplevel_set_min_size(a.toplevel, 0, INT32_MAX);
	wl_surface_commit(a.surface);
	world_sync(&client);
}

static void expect_refused(
	int32_t min_width, int32_t min_height, int32_t max_width, int32_t max_height)
{
	xdg_toplevel_set_min_size(a.toplevel, min_width, min_height);
	xdg_toplevel_set_max_size(a.toplevel, max_width, max_height);
	wl_surface_commit(a.surface);
	world_expect_error(&client, &xdg_toplevel_interface, XDG_TOPLEVEL_ERROR_INVALID_SIZE);
}

static void test_narrow(void **state)
{
	expect_refused(20, 0, 19, 0);
}

static void test_low(void **state)
{
	expect_refused(20, 20, 0, 19);
}

static void test_negative(void **state)
{
	expect_refused(0, -1, 0, 0);
}

/* -- its name -- */

/* A, the first that there was. */
static struct toplevel *window(void)
{
	return container_of(world.server.toplevels.next, struct toplevel, link);
}

static struct config_window *add_rule(const char *app_id)
{
	struct config_window *rule = &world.config->windows[world.config->n_windows++];

	*rule = (struct config_window){ 0 };
	snprintf(rule->app_id, sizeof(rule->app_id), "%s", app_id);
	return rule;
}

static void rename_to(const char *app_id)
{
	xdg_toplevel_set_app_id(a.toplevel, app_id);
	world_sync(&client);
}

/* What the configuration says of the new name counts at once. */
static void test_name_output(void **state)
{
	snprintf(add_rule("B")->output, CONFIG_OUTPUT_NAME_MAX, "S-2");
	rename_to("B");
	assert_string_equal(window()->output->name, "S-2");
	assert_int_equal(a.width, 80);
	assert_int_equal(a.height, 40);
	rename_to("A");
	assert_string_equal(window()->output->name, "S-1");
	assert_int_equal(a.width, 100);
}

static void test_name_layer(void **state)
{
	struct config_window *rule = add_rule("alarm");
	struct world_window under;

	snprintf(rule->output, sizeof(rule->output), "S-1");
	rule->layer = CONFIG_LAYER_ABOVE;
	rule->box = (struct config_box){ true, 10, 20, 30, 20 };
	world_window_init(&under, &client, "under", "S-1");
	assert_false(layout_is_seen(window()));
	pixman_region32_clear(&world.screens[0].damage);
	rename_to("alarm");
	assert_true(layout_is_seen(window()));
	assert_int_equal(a.width, 30);
	assert_int_equal(a.height, 20);
	assert_true(pixman_region32_not_empty(&world.screens[0].damage));
	/* What the configuration does not tell apart is nothing new. */
	pixman_region32_clear(&world.screens[0].damage);
	uint32_t serial = a.serial;
	rename_to("alarm");
	assert_int_equal(a.serial, serial);
	assert_false(pixman_region32_not_empty(&world.screens[0].damage));
}

static bool is_stale(void *data)
{
	return window()->health == TOPLEVEL_STALE;
}

static void test_name_stale(void **state)
{
	add_rule("gauge")->stale_after_ms = 1;
	rename_to("gauge");
	world_run_until(&world, is_stale, NULL);
	rename_to("A");
	assert_int_equal(window()->health, TOPLEVEL_WELL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_decoration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_decoration_early, setup, teardown),
		cmocka_unit_test_setup_teardown(test_decoration_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_decoration_orphaned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_narrow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_low, setup, teardown),
		cmocka_unit_test_setup_teardown(test_negative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_output, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_layer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_name_stale, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
