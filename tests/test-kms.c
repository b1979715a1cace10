/* SPDX-License-Identifier: MIT */
/* Screens whose driver refuses, forgets, or is another session's for a while. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/kms.h"
#include "compositor/output.h"
#include "compositor/server.h"
#include "tests/fake_card.h"
#include "tests/fake_udev.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

static struct config *config;
static struct server server;
static struct kms *kms;
static struct loop_timer poll;
static bool (*condition)(void);
static int64_t deadline_ns;
static bool is_met;

static void handle_poll(struct loop_timer *timer)
{
	is_met = condition();
	if (is_met || clock_now_ns() > deadline_ns)
		loop_stop(&server.loop, 0);
	else
		loop_timer_set(timer, NSEC_PER_MSEC);
}

static void run_until(bool (*until)(void))
{
	condition = until;
	deadline_ns = clock_now_ns() + LIMIT_NS;
	server.loop.stop = false;
	loop_timer_set(&poll, NSEC_PER_MSEC);
	assert_int_equal(loop_run(&server.loop), 0);
	assert_true(is_met);
}

static int setup(void **state)
{
	fake_card_init();
	config = config_create();
	assert_non_null(config);
	strcpy(config->device, "/dev/dri/card0");
	assert_int_equal(server_init(&server, config), 0);
	return loop_timer_init(&poll, &server.loop, handle_poll);
}

static int teardown(void **state)
{
	kms_destroy(kms);
	kms = NULL;
	loop_timer_finish(&poll);
	server_finish(&server);
	config_destroy(config);
	fake_card_finish();
	return 0;
}

static void start(void)
{
	kms = kms_create(&server);
	assert_non_null(kms);
}

static struct screen *screen(const char *name)
{
	struct screen *found = screen_find(&server, name);

	assert_non_null(found);
	return found;
}

static bool has_flipped(void)
{
	return fake_card.flips >= 2;
}

static bool is_idle(void)
{
	return !screen("DP-1")->busy && !screen("DP-1")->wanted && !screen("DP-2")->busy &&
	       !screen("DP-2")->wanted;
}

static bool has_flipped_one(void)
{
	return fake_card.flips >= 1 && !screen("DP-1")->busy && !screen("DP-1")->wanted;
}

static bool was_refused(void)
{
	return fake_card.refused > 0;
}

/* Both screens in one commit, each as wished; then each flips by itself. */
static void test_start(void **state)
{
	struct config_output *output = config_add_output(config, "DP-2");

	output->mode = (struct screen_mode){ .width_px = 640, .height_px = 480 };
	output->scale_120 = 240;
	start();
	assert_int_equal(fake_card.tests, 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 640);
	assert_int_equal(output_find(&server, "DP-2")->x, 3840);
	assert_int_equal(output_find(&server, "DP-2")->width, 320);
	run_until(has_flipped);
	run_until(is_idle);
	uint64_t other = fake_card.heads[0].framebuffer, own = fake_card.heads[1].framebuffer;
	screen_damage_all(screen("DP-2"));
	run_until(is_idle);
	assert_int_equal(fake_card.heads[0].framebuffer, other);
	assert_int_not_equal(fake_card.heads[1].framebuffer, own);
	assert_int_equal(fake_card.modesets, 1);
}

/* The first picture has the background's colour: all of it, or a screen's own. */
static void test_ground(void **state)
{
	struct config_output *output = config_add_output(config, "DP-2");

	config->background = (struct config_background){ .is_set = true, .colour = 0x102030 };
	output->background = (struct config_background){ .is_set = true, .colour = 0x405060 };
	start();
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card.heads[0].set_colour & 0xffffff, 0x102030);
	assert_int_equal(fake_card.heads[1].set_colour & 0xffffff, 0x405060);
}

/* Panels say how they are mounted; the configuration knows better. */
static void test_mounted(void **state)
{
	struct config_output *output = config_add_output(config, "DP-2");

	output->transform.is_set = true;
	output->transform.is = WL_OUTPUT_TRANSFORM_180;
	fake_card.orientation = 2;
	start();
	assert_int_equal(screen("DP-1")->use.transform, WL_OUTPUT_TRANSFORM_90);
	assert_int_equal(output_find(&server, "DP-1")->width, 2160);
	assert_int_equal(screen("DP-2")->use.transform, WL_OUTPUT_TRANSFORM_180);
	assert_int_equal(output_find(&server, "DP-2")->x, 2160);
}

/* Asked until it is taken, and nothing set before. */
static void test_refused(void **state)
{
	fake_card.width_max_px = 1920 + 640;
	start();
	assert_true(fake_card.refused > 0);
	assert_int_equal(fake_card.tests, fake_card.refused + 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_true(fake_card_width_px(0) > 0 && fake_card_width_px(1) > 0);
	run_until(has_flipped);
}

static void test_one_only(void **state)
{
	fake_card.width_max_px = 640;
	start();
	assert_int_equal(fake_card_width_px(0), 640);
	assert_int_equal(fake_card_width_px(1), 0);
	assert_null(screen_find(&server, "DP-2"));
}

static void test_none(void **state)
{
	fake_card.width_max_px = 1;
	assert_null(kms_create(&server));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(fake_card.modesets, 0);
}

/* Tried again until it is taken. */
static void test_busy(void **state)
{
	fake_card.flip_error = -EBUSY;
	start();
	run_until(was_refused);
	assert_int_equal(fake_card.flips, 0);
	fake_card.flip_error = 0;
	run_until(has_flipped);
	run_until(is_idle);
}

static unsigned n_turns;

/* Each turn a client has drawn again. */
static bool has_drawn_often(void)
{
	screen_damage_all(screen("DP-1"));
	screen_damage_all(screen("DP-2"));
	return ++n_turns % 100 == 0;
}

/* However often clients draw, the driver is not asked more often than 10 times a second. */
static void test_busy_clients(void **state)
{
	fake_card.flip_error = -EBUSY;
	start();
	run_until(was_refused);
	int64_t start_ns = clock_now_ns();
	run_until(has_drawn_often);
	int64_t times = (clock_now_ns() - start_ns) / (100 * NSEC_PER_MSEC) + 1;
	assert_in_range(fake_card.refused, 1, 2 * (times + 1));
}

/* Who waits for an event that never comes goes on without. */
static void test_lost_event(void **state)
{
	fake_card.keeps_events = true;
	start();
	run_until(has_flipped);
	fake_card.keeps_events = false;
	run_until(is_idle);
}

static bool is_taken(void)
{
	return screen("DP-1")->busy && screen("DP-2")->busy;
}

static bool has_two_modesets(void)
{
	return fake_card.modesets >= 2;
}

static bool is_back(void)
{
	return fake_card.modesets == 2 && is_idle();
}

/* Nothing is asked of the card while it is another's; then all is as it was. */
static void test_session(void **state)
{
	start();
	run_until(has_flipped);
	run_until(is_idle);
	/* The event of a flip comes when the card is gone. */
	screen_damage_all(screen("DP-1"));
	fake_card_take();
	run_until(is_taken);
	uint64_t shown = fake_card.heads[0].framebuffer;
	unsigned flips = fake_card.flips;
	screen_damage_all(screen("DP-2"));
	fake_card.heads[0].framebuffer = fake_card.heads[0].active = 0;
	fake_card.heads[0].blob = 0;
	fake_card_give();
	run_until(is_back);
	assert_false(fake_card.flips_elsewhere);
	assert_int_equal(fake_card.heads[0].set_framebuffer, shown);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card.flips, flips + 2); /* all is painted anew */
}

/* -- power -- */

static bool is_first_idle(void)
{
	return !screen("DP-1")->busy && !screen("DP-1")->wanted;
}

/* A dark screen asks for no frames; the other one goes on. */
static void test_power(void **state)
{
	start();
	run_until(has_flipped);
	run_until(is_idle);
	assert_int_equal(screen_set_power(screen("DP-2"), false), 0);
	assert_int_equal(fake_card.heads[1].active, 0);
	assert_int_equal(fake_card_width_px(1), 3840);
	unsigned flips = fake_card.flips;
	screen_damage_all(screen("DP-2"));
	screen_damage_all(screen("DP-1"));
	run_until(is_first_idle);
	assert_int_equal(fake_card.flips, flips + 1);
	assert_int_equal(screen_set_power(screen("DP-2"), true), 0);
	assert_int_equal(fake_card.heads[1].active, 1);
	run_until(is_idle);
	assert_int_equal(fake_card.flips, flips + 2);
	assert_int_equal(fake_card.modesets, 1);
}

static void test_power_refused(void **state)
{
	start();
	run_until(is_idle);
	fake_card.commit_error = -EBUSY;
	assert_int_equal(screen_set_power(screen("DP-2"), false), -EBUSY);
	assert_false(screen("DP-2")->is_off);
	screen_damage_all(screen("DP-2"));
	run_until(is_idle);
}

/* What is dark stays so, whatever else changes. */
static void test_power_stays(void **state)
{
	start();
	run_until(has_flipped);
	run_until(is_idle);
	assert_int_equal(screen_set_power(screen("DP-2"), false), 0);
	fake_card_take();
	run_until(is_taken);
	assert_int_equal(screen_set_power(screen("DP-1"), false), 0);
	fake_card_give();
	run_until(has_two_modesets);
	assert_int_equal(fake_card.heads[0].active, 0);
	assert_int_equal(fake_card.heads[1].active, 0);
	assert_int_equal(screen_set_power(screen("DP-1"), true), 0);
	assert_int_equal(screen_set_power(screen("DP-2"), true), 0);
	run_until(is_idle);
	assert_false(fake_card.flips_elsewhere);
}

/* -- screens that come and go -- */

static uint64_t framebuffer_before;
static struct output *output_before;

static void start_with_first(void)
{
	fake_card.is_unplugged[1] = true;
	start();
	run_until(has_flipped_one);
	framebuffer_before = fake_card.heads[0].framebuffer;
	output_before = output_find(&server, "DP-1");
	assert_null(screen_find(&server, "DP-2"));
}

static void plug(uint32_t head, bool is_plugged)
{
	fake_card.is_unplugged[head] = !is_plugged;
	fake_udev_hotplug(100 + head);
}

static bool has_second(void)
{
	return fake_card.modesets == 2 && screen_find(&server, "DP-2") && is_idle();
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
	return !screen_find(&server, "DP-1");
}

static bool has_first(void)
{
	return screen_find(&server, "DP-1");
}

static bool has_wide_first(void)
{
	return fake_card_width_px(0) == 3840 && !has_second();
}

static bool is_first_taken(void)
{
	return screen("DP-1")->busy;
}

static bool has_only_second(void)
{
	return !screen_find(&server, "DP-1") && screen_find(&server, "DP-2");
}

/* Who was there notices nothing. */
static void test_plugged(void **state)
{
	start_with_first();
	plug(1, true);
	run_until(has_second);
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 3840);
	assert_ptr_equal(output_find(&server, "DP-1"), output_before);
	assert_int_equal(output_find(&server, "DP-2")->x, 3840);
	assert_int_equal(fake_card.heads[0].framebuffer, framebuffer_before);

	plug(0, false);
	run_until(has_no_first);
	assert_int_equal(fake_card.modesets, 3);
	assert_int_equal(fake_card_width_px(0), 0);
	assert_int_equal(fake_card.heads[0].active, 0);
	assert_int_equal(fake_card.heads[0].framebuffer, 0);
	assert_int_equal(fake_card_width_px(1), 3840);
	plug(0, true);
	run_until(has_first);
	run_until(is_idle);
	assert_int_equal(output_find(&server, "DP-1")->x, 7680);
}

/* A screen more takes a lower mode of the one that was there: all in one commit. */
static void test_plugged_lower(void **state)
{
	start_with_first();
	fake_card.width_max_px = 3840;
	plug(1, true);
	run_until(has_second);
	assert_int_equal(fake_card_width_px(0), 1920);
	assert_int_equal(fake_card_width_px(1), 1920);
	assert_ptr_equal(output_find(&server, "DP-1"), output_before);
	assert_int_equal(output_before->width, 1920);
	assert_int_equal(output_find(&server, "DP-2")->x, 1920);
	assert_int_equal(screen("DP-1")->use.mode.height_px, 1080);
	plug(1, false);
	run_until(has_wide_first);
	assert_ptr_equal(output_find(&server, "DP-1"), output_before);
	assert_int_equal(output_before->width, 3840);
}

/* One that would put out the one that is there stays dark. */
static void test_plugged_too_many(void **state)
{
	fake_card.width_max_px = 640;
	start_with_first();
	tests_before = fake_card.tests;
	plug(1, true);
	run_until(was_refused_more);
	assert_int_equal(fake_card.refused, fake_card.tests - 1);
	assert_int_equal(fake_card.modesets, 1);
	assert_int_equal(fake_card.heads[0].framebuffer, framebuffer_before);
	assert_null(screen_find(&server, "DP-2"));
	flips_before = fake_card.flips;
	screen_damage_all(screen("DP-1"));
	run_until(has_flipped_more);
}

/* What was tested is refused when it is to be done: all goes on as it was. */
static void test_plugged_in_vain(void **state)
{
	start_with_first();
	fake_card.commit_error = -ENOSPC;
	plug(1, true);
	run_until(has_two_modesets);
	assert_null(screen_find(&server, "DP-2"));
	assert_int_equal(fake_card_width_px(0), 3840);
	fake_card.commit_error = 0;
	flips_before = fake_card.flips;
	screen_damage_all(screen("DP-1"));
	run_until(has_flipped_more);
	assert_ptr_equal(output_find(&server, "DP-1"), output_before);
}

static void test_all_unplugged(void **state)
{
	start_with_first();
	plug(0, false);
	run_until(has_no_first);
	assert_true(list_empty(&server.outputs));
	plug(0, true);
	run_until(has_first);
	assert_int_equal(fake_card_width_px(0), 3840);
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
	run_until(has_good_link);
	assert_int_equal(fake_card.heads[0].set_framebuffer, framebuffer_before);
	assert_ptr_equal(output_find(&server, "DP-1"), output_before);
}

/* A machine starts before its screens. */
static void test_none_plugged(void **state)
{
	fake_card.is_unplugged[0] = fake_card.is_unplugged[1] = true;
	start();
	assert_true(list_empty(&server.outputs));
	plug(1, true);
	run_until(has_only_second);
}

/* Nothing is done for events that tell of nothing. */
static void test_plugged_elsewhere(void **state)
{
	start_with_first();
	unsigned tests = fake_card.tests;
	fake_udev_other();
	fake_udev_hotplug(0);
	flips_before = fake_card.flips;
	screen_damage_all(screen("DP-1"));
	run_until(has_flipped_more);
	assert_int_equal(fake_card.tests, tests);
}

/* What changed while the card was another's is seen when it is back. */
static void test_plugged_meanwhile(void **state)
{
	start_with_first();
	fake_card_take();
	run_until(is_first_taken);
	plug(1, true);
	plug(0, false);
	fake_card_give();
	run_until(has_only_second);
	assert_false(fake_card.flips_elsewhere);
	/* It has the CRTC that got free. */
	assert_int_equal(fake_card_width_px(0), 3840);
	assert_int_equal(fake_card_width_px(1), 0);
	assert_int_equal(fake_card.modesets, 2);
}

static bool has_four_modesets(void)
{
	return fake_card.modesets >= 4;
}

/* The card that was given back cannot be used yet, which is said once. */
static void test_session_busy(void **state)
{
	int log_fd = memfd_create("log", MFD_CLOEXEC), stderr_fd = fd_dup(STDERR_FILENO);
	char log[4096] = "";

	start();
	run_until(is_idle);
	fake_card_take();
	run_until(is_taken);
	fake_card.commit_error = -EBUSY;
	dup2(log_fd, STDERR_FILENO);
	fake_card_give();
	run_until(has_four_modesets);
	dup2(stderr_fd, STDERR_FILENO);
	fake_card.commit_error = 0;
	run_until(is_idle);
	assert_true(pread(log_fd, log, sizeof(log) - 1, 0) > 0);
	const char *line = strstr(log, "cannot be taken again yet");
	assert_non_null(line);
	assert_null(strstr(line + 1, "cannot be taken again yet"));
	close(log_fd);
	close(stderr_fd);
}

/* The card is taken before anybody is told: what is refused then is shown when it is back. */
static void test_revoked(void **state)
{
	start();
	run_until(is_idle);
	fake_card.flip_error = -EACCES;
	screen_damage_all(screen("DP-1"));
	run_until(was_refused);
	fake_card_take();
	run_until(is_taken);
	unsigned flips = fake_card.flips;
	fake_card.flip_error = 0;
	fake_card_give();
	run_until(is_back);
	assert_false(fake_card.flips_elsewhere);
	assert_true(fake_card.flips > flips);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ground, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mounted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_revoked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_session_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_lower, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_in_vain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_unplugged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none_plugged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plugged_meanwhile, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
