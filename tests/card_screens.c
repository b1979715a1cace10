/* SPDX-License-Identifier: MIT */
/* What tests of a card's screens stand on. */
#include "tests/card_screens.h"

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

static int log_fd, stderr_fd;

void card_log_begin(void)
{
	log_fd = memfd_create("log", MFD_CLOEXEC);
	stderr_fd = fd_dup(STDERR_FILENO);
	assert_true(log_fd >= 0 && stderr_fd >= 0);
	dup2(log_fd, STDERR_FILENO);
	log_init("test", LOG_LEVEL_WARN);
}

const char *card_log_end(void)
{
	static char log[4096];

	log_init("test", LOG_LEVEL_ERROR);
	dup2(stderr_fd, STDERR_FILENO);
	ssize_t n = pread(log_fd, log, sizeof(log) - 1, 0);
	assert_true(n >= 0);
	log[n] = '\0';
	close(log_fd);
	close(stderr_fd);
	return log;
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
