/* SPDX-License-Identifier: MIT */
/* What clients say of their windows: the frame around them, sizes, names. */
#include "tests/compositor_world.h"

#include "base/log.h"
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
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
