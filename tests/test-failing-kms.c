/* SPDX-License-Identifier: MIT */
/* Out of memory or descriptors: screens of a card, when it is taken and when one is plugged in. */

/* Mappings are the card's (fake_card.c). */
#define __wrap_mmap64 mmap64_that_fails
#define __real_mmap64 mmap64
#include "tests/failing_cases.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/kms.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "tests/fake_card.h"
#include "tests/fake_udev.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

static struct config *config;
static struct server server;
static struct kms *kms;
static struct loop_timer poll;
static int64_t deadline_ns;

static void begin(void)
{
	fake_card_init();
	config = config_create();
	assert_non_null(config);
	strcpy(config->device, "/dev/dri/card0");
	config_add_output(config, "DP-1")->mode = (struct screen_mode){ 640, 480, 0 };
	config_add_output(config, "DP-2")->mode = (struct screen_mode){ 640, 480, 0 };
	assert_int_equal(server_init(&server, config), 0);
}

static void end(void)
{
	kms_destroy(kms);
	kms = NULL;
	server_finish(&server);
	config_destroy(config);
	fake_card_finish();
}

static int run_create(void)
{
	begin();
	int ret = TRY_THERE(kms = kms_create(&server));
	end();
	return ret;
}

static void handle_poll(struct loop_timer *timer)
{
	if (fake_card.n_looks > 0 || clock_now_ns() > deadline_ns)
		loop_stop(&server.loop, 0);
	else
		loop_timer_set(timer, NSEC_PER_MSEC);
}

/* What was there goes on. */
static int run_plug(void)
{
	begin();
	fake_card.is_unplugged[1] = true;
	kms = kms_create(&server);
	assert_non_null(kms);
	assert_int_equal(loop_timer_init(&poll, &server.loop, handle_poll), 0);
	deadline_ns = clock_now_ns() + LIMIT_NS;
	fake_card.is_unplugged[1] = false;
	fake_udev_hotplug(0);
	loop_timer_set(&poll, NSEC_PER_MSEC);
	assert_int_equal(TRY(loop_run(&server.loop)), 0);
	int ret = screen_find(&server, "DP-2") ? 0 : -1;
	assert_non_null(screen_find(&server, "DP-1"));
	assert_int_equal(fake_card.heads[0].active, 1);
	loop_timer_finish(&poll);
	end();
	return ret;
}

static void test_failing(void **state)
{
	static const struct failing_case cases[] = {
		{ "the card is taken", run_create, .may_do_without = true },
		{ "a screen is plugged in", run_plug, .may_do_without = true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		failing_run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
