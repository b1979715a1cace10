/* SPDX-License-Identifier: MIT */
/* What tests of a card's screens stand on. */
#include "tests/card_screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "compositor/config.h"
#include "compositor/kms/kms.h"
#include "compositor/screen.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

struct config *card_config;
struct server card_server;

static struct kms *kms;
static struct loop_timer poll;
static bool (*awaited)(void);
static int64_t deadline_ns;
static bool is_met;

static void handle_poll(struct loop_timer *timer)
{
	is_met = awaited();
	if (is_met || clock_now_ns() > deadline_ns)
		loop_stop(&card_server.loop, 0);
	else
		loop_timer_set(timer, NSEC_PER_MSEC);
}

void card_run_until(bool (*condition)(void))
{
	awaited = condition;
	deadline_ns = clock_now_ns() + LIMIT_NS;
	card_server.loop.stop = false;
	loop_timer_set(&poll, NSEC_PER_MSEC);
	assert_int_equal(loop_run(&card_server.loop), 0);
	assert_true(is_met);
}

int card_setup(void **state)
{
	fake_card_init();
	card_config = config_create();
	assert_non_null(card_config);
	strcpy(card_config->device, "/dev/dri/card0");
	assert_int_equal(server_init(&card_server, card_config), 0);
	return loop_timer_init(&poll, &card_server.loop, handle_poll);
}

int card_teardown(void **state)
{
	kms_destroy(kms);
	kms = NULL;
	loop_timer_finish(&poll);
	server_finish(&card_server);
	config_destroy(card_config);
	fake_card_finish();
	return 0;
}

void card_start(void)
{
	kms = kms_create(&card_server);
	assert_non_null(kms);
}

struct screen *card_screen(const char *name)
{
	struct screen *found = screen_find(&card_server, name);

	assert_non_null(found);
	return found;
}

bool card_has_flipped(void)
{
	return fake_card.flips >= 2;
}

static bool screen_is_idle(const char *name)
{
	return !card_screen(name)->busy && !card_screen(name)->wanted;
}

bool card_is_idle(void)
{
	return screen_is_idle("DP-1") && screen_is_idle("DP-2");
}

bool card_is_taken(void)
{
	return card_screen("DP-1")->busy && card_screen("DP-2")->busy;
}

bool card_was_refused(void)
{
	return fake_card.refused > 0;
}

bool card_has_two_modesets(void)
{
	return fake_card.modesets >= 2;
}
