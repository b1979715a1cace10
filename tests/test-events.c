/* SPDX-License-Identifier: MIT */
/* What happened to guests: the newest are kept, and whoever waits is told once. */
#include "tests/unit.h"

#include "daemon/events.h"

static unsigned told;

static void handle(struct events_waiter *waiter)
{
	told++;
}

static void test_kept(void **state)
{
	struct events events;

	events_init(&events);
	assert_null(events_next(&events, 0));
	for (int i = 1; i <= 1000; i++) {
		events_raise(&events, EVENT_STALE, "car", i % 16);
		uint64_t n = 0, serial = 0;
		const struct event *event;
		while ((event = events_next(&events, serial))) {
			assert_true(event->serial > serial);
			assert_int_equal(event->head, event->serial % 16);
			assert_string_equal(event->guest, "car");
			serial = event->serial;
			n++;
		}
		assert_int_equal(serial, i);
		assert_int_equal(n, i < EVENTS_KEPT ? i : EVENTS_KEPT);
		assert_null(events_next(&events, i));
	}
}

static void test_waiters(void **state)
{
	struct events_waiter waiters[3] = { 0 };
	struct events events;

	events_init(&events);
	for (int i = 0; i < 3; i++)
		events_wait(&events, &waiters[i], handle);
	list_remove(&waiters[1].link);
	events_raise(&events, EVENT_CLOSED, "car", 0);
	assert_int_equal(told, 2);
	events_raise(&events, EVENT_CLOSED, "car", 0);
	assert_int_equal(told, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_waiters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
