/* SPDX-License-Identifier: MIT */
/* Where input devices lie. */
#include "tests/compositor_world.h"

#include <stdio.h>

#include "base/log.h"
#include "compositor/seat/input_device.h"
#include "tests/unit.h"

static struct world world;
static struct input_device device;

static int setup(void **state)
{
	world_init(&world);
	device = (struct input_device){ .seat = world.seat };
	return 0;
}

static int teardown(void **state)
{
	world_finish(&world);
	return 0;
}

static void lies_over(const char *name)
{
	snprintf(device.over, sizeof(device.over), "%s", name);
}

/* A finger there, in thousandths of the device, is there on that screen, in thousandths. */
static void expect_touch(double u, double v, const char *screen_name, int on_u, int on_v)
{
	double at_u = u / 1000, at_v = v / 1000;
	const struct screen *screen = input_device_place(&device, &at_u, &at_v);

	assert_non_null(screen);
	assert_string_equal(screen->name, screen_name);
	assert_int_equal((int)(at_u * 1000 + 0.5), on_u);
	assert_int_equal((int)(at_v * 1000 + 0.5), on_v);
}

static void expect_point(double u, double v, int x, int y)
{
	double at_x, at_y;

	assert_true(input_device_point(&device, u / 1000, v / 1000, &at_x, &at_y));
	assert_int_equal((int)(at_x + 0.5), x);
	assert_int_equal((int)(at_y + 0.5), y);
}

static void test_none(void **state)
{
	double u = 0, v = 0, x, y;

	assert_null(input_device_place(&device, &u, &v));
	assert_false(input_device_point(&device, 0, 0, &x, &y));
	lies_over("S-1");
	assert_null(input_device_place(&device, &u, &v));
}

/* By name; else the only panel that is built in; else the first. */
static void test_screens(void **state)
{
	world_add_whole(&world, "HDMI-A-1", 100, 50);
	world_add_whole(&world, "DP-1", 100, 50);
	expect_touch(500, 250, "HDMI-A-1", 500, 250);
	world_add_whole(&world, "eDP-1", 100, 50);
	expect_touch(500, 250, "eDP-1", 500, 250);
	lies_over("DP-1");
	expect_touch(500, 250, "DP-1", 500, 250);
	expect_point(500, 500, 150, 25);
	lies_over("DP-2");
	expect_touch(500, 250, "eDP-1", 500, 250);
	/* A pointer that lies nowhere lies over all of them. */
	expect_point(500, 500, 150, 25);
	expect_point(0, 0, 0, 0);
	world_add_whole(&world, "LVDS-1", 100, 50);
	expect_touch(500, 250, "HDMI-A-1", 500, 250);
	screen_finish(&world.screens[0]);
	screen_finish(&world.screens[3]);
	expect_touch(500, 250, "eDP-1", 500, 250);
	screen_finish(&world.screens[1]);
	screen_finish(&world.screens[2]);
	world.n_screens = 0;
}

/* A calibration may lead beyond the edges. */
static void test_edges(void **state)
{
	world_add_whole(&world, "S-1", 100, 50);
	expect_touch(-500, 1500, "S-1", 0, 1000);
	double u = 7, v = 1, x, y;
	const struct screen *screen = input_device_place(&device, &u, &v);
	assert_non_null(screen_locate(screen, u, v, &x, &y));
}

/* On a panel on its side: 90 is counter-clockwise, upright (x, y) is at (y, 60 - x). */
static void test_regions(void **state)
{
	const pixman_box32_t upper = { 0, 0, 60, 40 }, lower = { 10, 50, 60, 100 };
	struct screen *screen =
		world_add_screen(&world, "S-1", 100, 60, WL_OUTPUT_TRANSFORM_90, 120);

	assert_non_null(output_create(screen, "upper", &upper));
	assert_non_null(output_create(screen, "lower", &lower));
	lies_over("S-1");
	expect_touch(500, 250, "S-1", 500, 250);
	lies_over("upper");
	expect_touch(0, 0, "S-1", 0, 0);
	expect_touch(500, 500, "S-1", 200, 500);
	lies_over("lower");
	expect_touch(0, 0, "S-1", 500, 0);
	expect_touch(500, 500, "S-1", 750, 417);
	/* The middle of it, upright. */
	expect_point(500, 500, 35, 75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_screens, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_regions, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
