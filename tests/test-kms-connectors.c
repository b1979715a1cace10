/* SPDX-License-Identifier: MIT */
/* What screens say of themselves, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <xf86drmMode.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/screen.h"
#include "tests/card_screens.h"
#include "tests/fake_udev.h"

#define MODE(width, height, hz, is)                                                                \
	{                                                                                          \
		.clock = (width) * (height) * (hz) / 1000, .hdisplay = (width),                    \
		.vdisplay = (height), .htotal = (width), .vtotal = (height), is                    \
	}
#define PREFERRED .type = DRM_MODE_TYPE_PREFERRED
#define INTERLACED .flags = DRM_MODE_FLAG_INTERLACE

static void start(const drmModeModeInfo *modes, uint32_t n_modes)
{
	fake_card.modes = modes;
	fake_card.n_modes = n_modes;
	card_start();
}

/* The first that it prefers: others of an EDID may be as well. */
static void test_preferred(void **state)
{
	static const drmModeModeInfo modes[] = {
		MODE(1920, 1080, 60, PREFERRED),
		MODE(1280, 720, 60, ),
		MODE(640, 480, 60, PREFERRED),
	};

	start(modes, 3);
	assert_int_equal(fake_card_width_px(0), 1920);
}

/* Half of the lines at a time is for screens that have nothing else. */
static void test_interlaced(void **state)
{
	static const drmModeModeInfo modes[] = {
		MODE(3840, 2160, 30, PREFERRED),
		MODE(1920, 1080, 30, INTERLACED), /* 60 Hz, of half pictures */
		MODE(1920, 1080, 50, ),
	};

	config_add_output(card_config, "DP-1")->mode = (struct screen_mode){ 1920, 1080, 0 };
	start(modes, 3);
	assert_int_equal(fake_card_width_px(0), 1920);
	assert_int_equal(fake_card_mode(0)->flags, 0);
	assert_int_equal(card_screen("DP-1")->use.mode.refresh_mhz, 50000);
}

/* Each line is scanned twice: it takes twice as long. */
static void test_doublescan(void **state)
{
	static const drmModeModeInfo modes[] = {
		MODE(320, 240, 120, .flags = DRM_MODE_FLAG_DBLSCAN),
	};

	start(modes, 1);
	assert_int_equal(card_screen("DP-1")->use.mode.refresh_mhz, 60000);
}

static void test_only_interlaced(void **state)
{
	static const drmModeModeInfo modes[] = { MODE(720, 576, 25, INTERLACED) };

	start(modes, 1);
	assert_int_equal(fake_card_width_px(0), 720);
	assert_int_equal(card_screen("DP-1")->use.mode.refresh_mhz, 50000);
}

/* What is worn on the head is no screen to put a desktop on. */
static void test_headset(void **state)
{
	fake_card.is_headset = true;
	card_start();
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 0);
	assert_null(screen_find(&card_server, "DP-2"));
}

/* -- another screen in the place of the first -- */

static const drmModeModeInfo own_modes[] = { MODE(1920, 1080, 60, .flags = DRM_MODE_FLAG_PHSYNC) };
static const drmModeModeInfo other_modes[] = { MODE(
	1920, 1080, 60, .flags = DRM_MODE_FLAG_NHSYNC) };

static bool has_other(void)
{
	return fake_card.modesets == 2;
}

/* As large, and as fast, with timings of its own: all of it is painted anew. */
static void test_other_timings(void **state)
{
	start(own_modes, 1);
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	unsigned flips = fake_card.flips;
	fake_card.modes = other_modes;
	fake_udev_hotplug(0);
	card_run_until(has_other);
	assert_int_equal(fake_card_mode(0)->flags, DRM_MODE_FLAG_NHSYNC);
	card_run_until(card_is_idle);
	assert_int_equal(fake_card.flips, flips + 2);
}

/* Clients are told how large it is. */
static void test_other_size(void **state)
{
	fake_card.width_mm = 600;
	fake_card.height_mm = 340;
	start(own_modes, 1);
	card_run_until(card_has_flipped);
	assert_int_equal(card_screen("DP-1")->width_mm, 600);
	fake_card.width_mm = 300;
	fake_card.height_mm = 170;
	fake_udev_hotplug(0);
	card_run_until(has_other);
	assert_int_equal(card_screen("DP-1")->width_mm, 300);
	assert_int_equal(card_screen("DP-1")->height_mm, 170);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_preferred, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_interlaced, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_only_interlaced, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_doublescan, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_headset, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_other_timings, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_other_size, card_setup, card_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
