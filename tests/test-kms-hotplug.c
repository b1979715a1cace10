/* SPDX-License-Identifier: MIT */
/* Screens that come and go. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "tests/card_screens.h"
#include "tests/fake_seat.h"
#include "tests/fake_udev.h"

static bool has_flipped_one(void)
{
	return fake_card.flips >= 1 && !card_screen("DP-1")->busy && !card_screen("DP-1")->wanted;
}

static uint64_t framebuffer_before;
static struct output *output_before;

static void start_with_first(void)
{
	fake_card.is_unplugged[1] = true;
	card_start();
	card_run_until(has_flipped_one);
	framebuffer_before = fake_card.heads[0].framebuffer;
	output_before = output_find(&card_server, "DP-1");
	assert_null(screen_find(&card_server, "DP-2"));
}

static void plug(uint32_t head, bool is_plugged)
{
	fake_card.is_unplugged[head] = !is_plugged;
	fake_udev_hotplug(100 + head);
}

static bool has_second(void)
{
	return fake_card.modesets == 2 && screen_find(&card_server, "DP-2") && card_is_idle();
}

static unsigned flips_before, tests_before;

static bool was_refused_more(void)
{
	return fake_card.tests > tests_before;
}

static bool has_flipped_more(void)
{
	return fake_card.flips > flips_before;
}

static bool has_no_first(void)
{
	return !screen_find(&card_server, "DP-1");
}

static bool has_first(void)
{
	return screen_find(&card_server, "DP-1");
}

static bool has_wide_first(void)
{
	return fake_card_width_px(0) == 3840 && !has_second();
}

static bool is_first_taken(void)
{
	return card_screen("DP-1")->busy;
}

static bool has_only_first(void)
{
	return screen_find(&card_server, "DP-1") && !screen_find(&card_server, "DP-2");
}

static bool has_only_second(void)
{
	return !screen_find(&card_server, "DP-1") && screen_find(&card_server, "DP-2");
}

static unsigned looks_before;

static bool was_looked_at(void)
{
	return fake_card.n_looks > looks_before;
}

/* An event of which nothing comes; the screens were asked. */
static void plug_nothing(void)
{
	looks_before = fake_card.n_looks;
	fake_udev_hotplug(0);
	card_run_until(was_looked_at);
}

/* Who was there notices nothing; and who asks a screen what it is is not this process. */
static void test_plugged(void **state)
{
	start_with_first();
	unsigned asked = fake_card.n_asked;
	plug(1, true);
	card_run_until(has_second);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 3840);
	assert_ptr_equal(output_find(&card_server, "DP-1"), output_before);
	assert_int_equal(output_find(&card_server, "DP-2")->x, 3840);
	assert_int_equal(fake_card.heads[0].framebuffer, framebuffer_before);

	plug(0, false);
	card_run_until(has_no_first);
	assert_int_equal(fake_card.modesets, 3);
	assert_int_equal(fake_card_width_px(0), 0);
	assert_int_equal(fake_card.heads[0].active, 0);
	assert_int_equal(fake_card.heads[0].framebuffer, 0);
	assert_int_equal(fake_card_width_px(1), 3840);
	plug(0, true);
	card_run_until(has_first);
	card_run_until(card_is_idle);
	assert_int_equal(output_find(&card_server, "DP-1")->x, 7680);
	assert_int_equal(fake_card.n_asked, asked);
}

/* Who asks may be killed, as where memory runs out. */
static void test_asker_killed(void **state)
{
	start_with_first();
	unsigned asked = fake_card.n_asked;
	fake_card.kills_others = true;
	plug(1, true);
	card_run_until(has_second);
	assert_int_equal(fake_card.n_asked, asked + 1);
}

/* What happens while a screen is asked is seen as well, whichever it is. */
static void test_plugged_while_asked(void **state)
{
	start_with_first();
	fake_udev_hotplug(0);
	card_run_until(fake_udev_is_read);
	plug(0, false);
	card_run_until(fake_udev_is_read);
	plug(1, true);
	card_run_until(has_only_second);
	plug(0, true);
	card_run_until(has_first);
	plug(1, false);
	card_run_until(has_only_first);
}

/* A screen more takes a lower mode of the one that was there: all in one commit. */
static void test_plugged_lower(void **state)
{
	start_with_first();
	fake_card.width_max_px = 3840;
	plug(1, true);
	card_run_until(has_second);
	assert_int_equal(fake_card_width_px(0), 1920);
	assert_int_equal(fake_card_width_px(1), 1920);
	assert_ptr_equal(output_find(&card_server, "DP-1"), output_before);
	assert_int_equal(output_before->width, 1920);
	assert_int_equal(output_find(&card_server, "DP-2")->x, 1920);
	assert_int_equal(card_screen("DP-1")->use.mode.height_px, 1080);
	plug(1, false);
	card_run_until(has_wide_first);
	assert_ptr_equal(output_find(&card_server, "DP-1"), output_before);
	assert_int_equal(output_before->width, 3840);
}

static bool has_both(void)
{
	return screen_find(&card_server, "DP-1") && card_is_idle();
}

static bool is_second_idle(void)
{
	return !card_screen("DP-2")->busy && !card_screen("DP-2")->wanted;
}

/* Who gives way to another CRTC does not wait for what its flip would have told of the first. */
static void test_plugged_moves(void **state)
{
	fake_card.possible_crtcs[0] = 1;
	fake_card.is_unplugged[0] = true;
	card_start();
	card_run_until(is_second_idle);
	assert_int_equal(fake_card_width_px(0), 3840);
	fake_card.delays_events = true;
	flips_before = fake_card.flips;
	screen_damage_all(card_screen("DP-2"));
	card_run_until(has_flipped_more);
	fake_card.delays_events = false;
	card_log_begin();
	plug(0, true);
	card_run_until(has_both);
	assert_null(strstr(card_log_end(), "going on without"));
	assert_int_equal(fake_card_width_px(1), 3840);
}

/* One that would put out the one that is there stays dark. */
static void test_plugged_too_many(void **state)
{
	fake_card.width_max_px = 640;
	start_with_first();
	tests_before = fake_card.tests;
	plug(1, true);
	card_run_until(was_refused_more);
	assert_int_equal(fake_card.refused, fake_card.tests - 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card.heads[0].framebuffer, framebuffer_before);
	assert_null(screen_find(&card_server, "DP-2"));
	flips_before = fake_card.flips;
	screen_damage_all(card_screen("DP-1"));
	card_run_until(has_flipped_more);
}

/* What was tested is refused when it is to be done: all goes on as it was. */
static void test_plugged_in_vain(void **state)
{
	start_with_first();
	fake_card.commit_error = -ENOSPC;
	plug(1, true);
	card_run_until(card_has_two_modesets);
	assert_null(screen_find(&card_server, "DP-2"));
	assert_int_equal(fake_card_width_px(0), 3840);
	fake_card.commit_error = 0;
	flips_before = fake_card.flips;
	screen_damage_all(card_screen("DP-1"));
	card_run_until(has_flipped_more);
	assert_ptr_equal(output_find(&card_server, "DP-1"), output_before);
}

/* A connector that cannot be asked for now is no other one; it may be gone. */
static void test_not_told(void **state)
{
	card_start();
	card_run_until(card_is_idle);
	fake_card.connector_errors[0] = ENOMEM;
	plug_nothing();
	assert_non_null(screen_find(&card_server, "DP-1"));
	fake_card.connector_errors[0] = ENOENT;
	fake_udev_hotplug(0);
	card_run_until(has_no_first);
	assert_non_null(screen_find(&card_server, "DP-2"));
}

static void test_all_unplugged(void **state)
{
	start_with_first();
	plug(0, false);
	card_run_until(has_no_first);
	assert_true(list_empty(&card_server.outputs));
	plug(0, true);
	card_run_until(has_first);
	assert_int_equal(fake_card_width_px(0), 3840);
}

/* Who is ready when each screen has shown something does not wait for those that are gone. */
static void test_unplugged_first(void **state)
{
	fake_card.keeps_events = true;
	fake_card.is_unplugged[1] = true;
	card_start();
	assert_false(card_server.is_ready);
	plug(0, false);
	card_run_until(has_no_first);
	assert_true(card_server.is_ready);
}

static bool has_good_link(void)
{
	return fake_card.modesets == 2 && !fake_card.is_link_bad;
}

/* A cable that fails is tried again, with all as it was. */
static void test_bad_link(void **state)
{
	start_with_first();
	fake_card.is_link_bad = true;
	fake_udev_hotplug(100);
	card_run_until(has_good_link);
	assert_int_equal(fake_card.heads[0].set_framebuffer, framebuffer_before);
	assert_ptr_equal(output_find(&card_server, "DP-1"), output_before);
}

/* A machine starts before its screens. */
static void test_none_plugged(void **state)
{
	fake_card.is_unplugged[0] = fake_card.is_unplugged[1] = true;
	card_start();
	assert_true(list_empty(&card_server.outputs));
	plug(1, true);
	card_run_until(has_only_second);
}

/* Nothing is done for events that tell of nothing. */
static void test_plugged_elsewhere(void **state)
{
	start_with_first();
	unsigned tests = fake_card.tests;
	fake_udev_other();
	plug_nothing();
	flips_before = fake_card.flips;
	screen_damage_all(card_screen("DP-1"));
	card_run_until(has_flipped_more);
	assert_int_equal(fake_card.tests, tests);
}

/* What changed while the card was another's is seen when it is back. */
static void test_plugged_meanwhile(void **state)
{
	start_with_first();
	fake_seat_take();
	card_run_until(is_first_taken);
	plug(1, true);
	plug(0, false);
	fake_seat_give();
	card_run_until(has_only_second);
	assert_false(fake_card.flips_elsewhere);
	/* It has the CRTC that got free. */
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 0);
	assert_int_equal(fake_card.modesets, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plugged, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_asker_killed, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(
			test_plugged_while_asked, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_lower, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_moves, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_too_many, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_in_vain, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_not_told, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_all_unplugged, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_unplugged_first, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_bad_link, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_none_plugged, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_elsewhere, card_setup, card_teardown),
		cmocka_unit_test_setup_teardown(test_plugged_meanwhile, card_setup, card_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
