/* SPDX-License-Identifier: MIT */
/* A driver that holds who asks it what is plugged in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/kms/probe.h"
#include "tests/fake_card.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

static struct loop loop;
static struct kms_probe probe;
static uint32_t told[4];
static unsigned n_told, n_awaited;

static void handle(struct kms_probe *of, uint32_t connector_id)
{
	told[n_told++] = connector_id;
	/* The driver comes to itself. */
	fake_card.holds_others = false;
	probe.limit_ns = LIMIT_NS;
	if (n_told == n_awaited)
		loop_stop(&loop, 0);
}

static int setup(void **state)
{
	fake_card_init();
	fake_card.holds_others = true;
	n_told = 0;
	return loop_init(&loop);
}

static int teardown(void **state)
{
	kms_probe_finish(&probe);
	loop_finish(&loop);
	fake_card_finish();
	return 0;
}

static void run_until_told(unsigned n)
{
	n_awaited = n;
	loop.stop = false;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_told, n);
}

/* Who asks is killed, and this process does not ask in its place; what came meanwhile is next. */
static void test_held(void **state)
{
	assert_int_equal(kms_probe_init(&probe, &loop, 1000, NSEC_PER_MSEC, handle), 0);
	kms_probe_start(&probe, 0);
	kms_probe_start(&probe, 101);
	run_until_told(2);
	assert_int_equal(told[0], 0);
	assert_int_equal(told[1], 101);
	assert_int_equal(fake_card.n_asked, 0);
	/* Once more, killed by somebody else: that one was not late. */
	fake_card.kills_others = true;
	kms_probe_start(&probe, 100);
	run_until_told(3);
	assert_int_equal(told[2], 100);
	assert_int_equal(fake_card.n_asked, 1);
}

static void test_finish(void **state)
{
	assert_int_equal(kms_probe_init(&probe, &loop, 1000, LIMIT_NS, handle), 0);
	kms_probe_start(&probe, 0);
	kms_probe_finish(&probe);
	assert_int_equal(n_told, 0);
	assert_int_equal(kms_probe_init(&probe, &loop, 1000, LIMIT_NS, handle), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
