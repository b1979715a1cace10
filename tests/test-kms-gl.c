/* SPDX-License-Identifier: MIT */
/* Screens that GL paints: the first picture is not its own, and the card waits for its fences. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/kms.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "tests/fake_card.h"
#include "tests/fake_gl.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

static struct config *config;
static struct server server;
static struct kms *kms;
static struct loop_timer poll;
static bool (*condition)(void);
static int64_t deadline_ns;
static bool is_met;

/* -- frames -- */

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

static struct screen *screen(const char *name)
{
	struct screen *found = screen_find(&server, name);

	assert_non_null(found);
	return found;
}

static bool is_idle(void)
{
	return fake_card.flips >= 2 && !screen("DP-1")->busy && !screen("DP-1")->wanted &&
	       !screen("DP-2")->busy && !screen("DP-2")->wanted;
}

static bool both_are_gl(void)
{
	return is_idle() && fake_card.heads[0].framebuffer >= FAKE_IMPORTED &&
	       fake_card.heads[1].framebuffer >= FAKE_IMPORTED;
}

static bool none_is_gl(void)
{
	return is_idle() && fake_card.heads[0].framebuffer < FAKE_IMPORTED &&
	       fake_card.heads[1].framebuffer < FAKE_IMPORTED;
}

static int setup(void **state)
{
	fake_card_init();
	fake_gl = (struct fake_gl){ 0 };
	config = config_create();
	assert_non_null(config);
	strcpy(config->device, "/dev/dri/card0");
	config->renderer = CONFIG_RENDERER_GL;
	assert_int_equal(server_init(&server, config), 0);
	assert_int_equal(loop_timer_init(&poll, &server.loop, handle_poll), 0);
	kms = kms_create(&server);
	return kms ? 0 : -1;
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

static void gl_comes(void)
{
	run_until(is_idle);
	fake_gl_come(&server.painters);
	screens_damage_all(&server);
	run_until(both_are_gl);
}

/* -- tests -- */

/* There is no such device: GL was asked for, after the first flip, and pixman paints. */
static void test_none(void **state)
{
	assert_false(server.painters.is_started);
	run_until(is_idle);
	assert_true(server.painters.is_started);
	assert_ptr_equal(server.painters.current, server.painters.pixman);
	screens_damage_all(&server);
	run_until(none_is_gl);
}

static void test_fences(void **state)
{
	gl_comes();
	assert_false(fake_card.heads[0].waits);
	fake_gl.has_fences = true;
	unsigned n_frames = fake_gl.n_frames;
	screen_damage_all(screen("DP-1"));
	run_until(both_are_gl);
	assert_int_equal(fake_gl.n_frames, n_frames + 1);
	assert_true(fake_card.heads[0].waits);
	assert_false(fake_card.heads[1].waits);
}

/* One screen finds out; both are pixman's, and no frame is missing. */
static void test_lost(void **state)
{
	gl_comes();
	fake_gl.paint_error = -ENODEV;
	unsigned refused = fake_card.refused;
	screen_damage_all(screen("DP-2"));
	run_until(none_is_gl);
	assert_int_equal(fake_card.refused, refused);
	assert_ptr_equal(server.painters.current, server.painters.pixman);
}

static bool was_refused(void)
{
	return fake_card.refused > 0;
}

/* The driver shows nothing of GL's: it is not asked for ever. */
static void test_refused(void **state)
{
	run_until(is_idle);
	fake_gl_come(&server.painters);
	fake_card.flip_error = -EINVAL;
	screens_damage_all(&server);
	run_until(was_refused);
	fake_card.flip_error = 0;
	run_until(none_is_gl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
