/* SPDX-License-Identifier: MIT */
/* Screens whose driver refuses, forgets, or is another session's for a while. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <drm_mode.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/kms.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "tests/card_screens.h"
#include "tests/fake_seat.h"

/* Both screens in one commit, each as wished; then each flips by itself. */
static void test_start(void **state)
{
	struct config_output *output = config_add_output(card_config, "DP-2");

	output->mode = (struct screen_mode){ .width_px = 640, .height_px = 480 };
	output->scale_120 = 240;
	card_start();
	assert_int_equal(fake_card.tests, 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 640);
	assert_int_equal(output_find(&card_server, "DP-2")->x, 3840);
	assert_int_equal(output_find(&card_server, "DP-2")->width, 320);
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	uint64_t other = fake_card.heads[0].framebuffer, own = fake_card.heads[1].framebuffer;
	screen_damage_all(card_screen("DP-2"));
	card_run_until(card_is_idle);
	assert_int_equal(fake_card.heads[0].framebuffer, other);
	assert_int_not_equal(fake_card.heads[1].framebuffer, own);
	assert_int_equal(fake_card.modesets, 1);
}

/* The first picture has the background's colour: all of it, or a screen's own. */
static void test_ground(void **state)
{
	struct config_output *output = config_add_output(card_config, "DP-2");

	card_config->background = (struct config_background){ .is_set = true, .colour = 0x102030 };
	output->background = (struct config_background){ .is_set = true, .colour = 0x405060 };
	card_start();
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card.heads[0].set_colour & 0xffffff, 0x102030);
	assert_int_equal(fake_card.heads[1].set_colour & 0xffffff, 0x405060);
}

/* Panels say how they are mounted; the configuration knows better. */
static void test_mounted(void **state)
{
	struct config_output *output = config_add_output(card_config, "DP-2");

	output->transform.is_set = true;
	output->transform.is = WL_OUTPUT_TRANSFORM_180;
	fake_card.orientation = 2;
	card_start();
	assert_int_equal(card_screen("DP-1")->use.transform, WL_OUTPUT_TRANSFORM_90);
	assert_int_equal(output_find(&card_server, "DP-1")->width, 2160);
	assert_int_equal(card_screen("DP-2")->use.transform, WL_OUTPUT_TRANSFORM_180);
	assert_int_equal(output_find(&card_server, "DP-2")->x, 2160);
}

/* Who had the card before may have left its planes turned, and its colours bent. */
static void test_left(void **state)
{
	fake_card.heads[0].rotation = fake_card.heads[1].rotation = DRM_MODE_ROTATE_180;
	fake_card.heads[0].gamma = 1;
	card_start();
	assert_int_equal(fake_card.heads[0].rotation, DRM_MODE_ROTATE_0);
	assert_int_equal(fake_card.heads[1].rotation, DRM_MODE_ROTATE_0);
	assert_int_equal(fake_card.heads[0].gamma, 0);
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	fake_seat_take();
	card_run_until(card_is_taken);
	fake_card.heads[0].rotation = DRM_MODE_REFLECT_X | DRM_MODE_ROTATE_0;
	fake_seat_give();
	card_run_until(card_has_two_modesets);
	assert_int_equal(fake_card.heads[0].rotation, DRM_MODE_ROTATE_0);
}

/* Asked until it is taken, and nothing set before. */
static void test_refused(void **state)
{
	fake_card.width_max_px = 1920 + 640;
	card_start();
	assert_true(fake_card.refused > 0);
	assert_int_equal(fake_card.tests, fake_card.refused + 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_true(fake_card_width_px(0) > 0 && fake_card_width_px(1) > 0);
	card_run_until(card_has_flipped);
}

static void test_one_only(void **state)
{
	fake_card.width_max_px = 640;
	card_start();
	assert_int_equal(fake_card_width_px(0), 640);
	assert_int_equal(fake_card_width_px(1), 0);
	assert_null(screen_find(&card_server, "DP-2"));
}

static void test_none(void **state)
{
	fake_card.width_max_px = 1;
	assert_null(kms_create(&card_server));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fake_card.modesets, 0);
}

/* Tried again until it is taken. */
static void test_busy(void **state)
{
	fake_card.flip_error = -EBUSY;
	card_start();
	card_run_until(card_was_refused);
	assert_int_equal(fake_card.flips, 0);
	fake_card.flip_error = 0;
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
}

static unsigned n_turns;

/* Each turn a client has drawn again. */
static bool has_drawn_often(void)
{
	screen_damage_all(card_screen("DP-1"));
	screen_damage_all(card_screen("DP-2"));
	return ++n_turns % 100 == 0;
}

/* However often clients draw, the driver is not asked more often than 10 times a second. */
static void test_busy_clients(void **state)
{
	fake_card.flip_error = -EBUSY;
	card_start();
	card_run_until(card_was_refused);
	int64_t start_ns = clock_now_ns();
	card_run_until(has_drawn_often);
	int64_t times = (clock_now_ns() - start_ns) / (100 * NSEC_PER_MSEC) + 1;
	assert_in_range(fake_card.refused, 1, 2 * (times + 1));
}

/* Who waits for an event that never comes goes on without. */
static void test_lost_event(void **state)
{
	fake_card.keeps_events = true;
	card_start();
	card_run_until(card_has_flipped);
	fake_card.keeps_events = false;
	card_run_until(card_is_idle);
}

static bool is_back(void)
{
	return fake_card.modesets == 2 && card_is_idle();
}

/* Nothing is asked of the card while it is another's; then all is as it was. */
static void test_session(void **state)
{
	card_start();
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	/* The event of a flip comes when the card is gone. */
	screen_damage_all(card_screen("DP-1"));
	fake_seat_take();
	card_run_until(card_is_taken);
	uint64_t shown = fake_card.heads[0].framebuffer;
	unsigned flips = fake_card.flips;
	screen_damage_all(card_screen("DP-2"));
	fake_card.heads[0].framebuffer = fake_card.heads[0].active = 0;
	fake_card.heads[0].blob = 0;
	fake_seat_give();
	card_run_until(is_back);
	assert_false(fake_card.flips_elsewhere);
	assert_int_equal(fake_card.heads[0].set_framebuffer, shown);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card.flips, flips + 2); /* all is painted anew */
}

/* -- power -- */

static bool is_first_idle(void)
{
	return !card_screen("DP-1")->busy && !card_screen("DP-1")->wanted;
}

/* A dark screen asks for no frames; the other one goes on. */
static void test_power(void **state)
{
	card_start();
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	assert_int_equal(screen_set_power(card_screen("DP-2"), false), 0);
	assert_int_equal(fake_card.heads[1].active, 0);
	assert_int_equal(fake_card_width_px(1), 3840);
	unsigned flips = fake_card.flips;
	screen_damage_all(card_screen("DP-2"));
	screen_damage_all(card_screen("DP-1"));
	card_run_until(is_first_idle);
	assert_int_equal(fake_card.flips, flips + 1);
	assert_int_equal(screen_set_power(card_screen("DP-2"), true), 0);
	assert_int_equal(fake_card.heads[1].active, 1);
	card_run_until(card_is_idle);
	assert_int_equal(fake_card.flips, flips + 2);
	assert_int_equal(fake_card.modesets, 1);
}

static void test_power_refused(void **state)
{
	card_start();
	card_run_until(card_is_idle);
	fake_card.commit_error = -EBUSY;
	assert_int_equal(screen_set_power(card_screen("DP-2"), false), -EBUSY);
	assert_false(card_screen("DP-2")->is_off);
	screen_damage_all(card_screen("DP-2"));
	card_run_until(card_is_idle);
}

/* What is dark stays so, whatever else changes. */
static void test_power_stays(void **state)
{
	card_start();
	card_run_until(card_has_flipped);
	card_run_until(card_is_idle);
	assert_int_equal(screen_set_power(card_screen("DP-2"), false), 0);
	fake_seat_take();
	card_run_until(card_is_taken);
	assert_int_equal(screen_set_power(card_screen("DP-1"), false), 0);
	fake_seat_give();
	card_run_until(card_has_two_modesets);
	assert_int_equal(fake_card.heads[0].active, 0);
	assert_int_equal(fake_card.heads[1].active, 0);
	assert_int_equal(screen_set_power(card_screen("DP-1"), true), 0);
	assert_int_equal(screen_set_power(card_screen("DP-2"), true), 0);
	card_run_until(card_is_idle);
	assert_false(fake_card.flips_elsewhere);
}

static bool has_four_modesets(void)
{
	return fake_card.modesets >= 4;
}

/* The card that was given back cannot be used yet, which is said once. */
static void test_session_busy(void **state)
{
	card_start();
	card_run_until(card_is_idle);
	fake_seat_take();
	card_run_until(card_is_taken);
	fake_card.commit_error = -EBUSY;
	card_log_begin();
	fake_seat_give();
	card_run_until(has_four_modesets);
	const char *line = strstr(card_log_end(), "cannot be taken again yet");
	assert_non_null(line);
	assert_null(strstr(line + 1, "cannot be taken again yet"));
	fake_card.commit_error = 0;
	card_run_until(card_is_idle);
}

/* The card is taken before anybody is told: what is refused then is shown when it is back. */
static void test_revoked(void **state)
{
	card_start();
	card_run_until(card_is_idle);
	fake_card.flip_error = -EACCES;
	screen_damage_all(card_screen("DP-1"));
	card_run_until(card_was_refused);
	fake_seat_take();
	card_run_until(card_is_taken);
	unsigned flips = fake_card.flips;
	fake_card.flip_error = 0;
	fake_seat_give();
	card_run_until(is_back);
	assert_false(fake_card.flips_elsewhere);
	assert_true(fake_card.flips > flips);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_start, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_ground, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_mounted, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_left, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_refused, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_one_only, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_none, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_busy, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_busy_clients, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_lost_event, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_session, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_revoked, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_session_busy, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_power, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_power_refused, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_power_stays, card_setup, card_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
