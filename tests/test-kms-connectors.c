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

#define MODE(width, height, hz, is)                                                                \
	{                                                                                          \
		.clock = (width) * (height) * (hz) / 1000, .hdisplay = (width),                    \
		.vdisplay = (height), .htotal = (width), .vtotal = (height), is                    \
	}
#define PREFERRED .type = DRM_MODE_TYPE_PREFERRED

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_preferred, card_setup, card_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
