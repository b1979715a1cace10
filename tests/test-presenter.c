/* SPDX-License-Identifier: MIT */
/* Presenters: what compositors show of a guest's heads, pixel by pixel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })

static struct compositor sway;
static struct owner owner;

static struct image pattern_image(uint32_t width, uint32_t height, uint32_t seed)
{
	struct image image = image_make(width, height, 0);

	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++)
			*image_at(&image, x, y) = owner_pattern(x, y, seed);
	}
	return image;
}

/* Until the output shows exactly this; frees the expected. */
static void expect_shown(struct compositor *compositor, uint32_t output, struct image expected)
{
	int64_t deadline_ns = clock_now_ns() + OWNER_LIMIT_MS * NSEC_PER_MSEC;
	size_t count = (size_t)expected.width_px * expected.height_px, wrong = count;
	struct image shot = { 0 };

	while (wrong && clock_now_ns() < deadline_ns) {
		owner_run_for(&owner, 20);
		image_finish(&shot);
		assert_int_equal(compositor_screenshot(compositor, output, &shot), 0);
		assert_int_equal(shot.width_px, expected.width_px);
		assert_int_equal(shot.height_px, expected.height_px);
		wrong = 0;
		for (size_t i = 0; i < count; i++)
			wrong += shot.pixels[i] != expected.pixels[i];
	}
	if (wrong)
		print_error("output %u: %zu px differ\n", output, wrong);
	image_finish(&shot);
	image_finish(&expected);
	assert_int_equal(wrong, 0);
}

static int sway_setup(void **state)
{
	if (compositor_init(&sway, COMPOSITOR_SWAY, 2, WIDTH, HEIGHT) < 0)
		return -1;
	return compositor_start(&sway, "assign [app_id=\"mullion.g1.1\"] output HEADLESS-2\n");
}

static int sway_teardown(void **state)
{
	compositor_finish(&sway);
	return 0;
}

static void test_sway_picture(void **state)
{
	struct owner_picture a, b;

	owner_init(&owner, &presenter_wayland, sway.socket, WIDTH, HEIGHT);
	owner_import(&owner, &a, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_import(&owner, &b, WIDTH, HEIGHT, DRM_FORMAT_ABGR8888, true);
	owner_picture_fill(&a, ALL, 1);
	owner_picture_fill(&b, ALL, 2);
	owner_show(&owner, 0, &a, NULL);
	owner_show(&owner, 1, &b, NULL);
	assert_true(owner_run_until_done(&owner));
	expect_shown(&sway, 0, pattern_image(WIDTH, HEIGHT, 1));
	expect_shown(&sway, 1, pattern_image(WIDTH, HEIGHT, 2));
	owner_forget(&owner, &a);
	owner_forget(&owner, &b);
	owner_finish(&owner);
}

int main(void)
{
	const struct CMUnitTest sway_tests[] = {
		cmocka_unit_test(test_sway_picture),
	};

	log_init("test-presenter", LOG_LEVEL_DEBUG);
	return cmocka_run_group_tests_name("sway", sway_tests, sway_setup, sway_teardown);
}
