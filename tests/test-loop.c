/* SPDX-License-Identifier: MIT */
/* The event loop: callbacks that add and remove anything, themselves included. */
#include "tests/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"

#define SOURCES 8

struct fixture {
	struct loop loop;
	struct source {
		struct loop_source base;
		struct fixture *fixture;
		int fd;
		int calls;
	} sources[SOURCES];
	int calls;
};

static struct source *source_of(struct loop_source *base)
{
	return container_of(base, struct source, base);
}

static void add(struct source *source, void (*handle)(struct loop_source *, uint32_t))
{
	assert_int_equal(
		loop_add(&source->fixture->loop, &source->base, source->fd, EPOLLIN, handle), 0);
}

/* All sources are readable, so that one batch holds them all. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_int_equal(loop_init(&f->loop), 0);
	for (int i = 0; i < SOURCES; i++) {
		f->sources[i].fixture = f;
		f->sources[i].fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(f->sources[i].fd >= 0);
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SOURCES; i++) {
		loop_remove(&f->sources[i].base);
		fd_close(&f->sources[i].fd);
	}
	loop_finish(&f->loop);
	free(f);
	return 0;
}

static void count(struct source *source)
{
	source->calls++;
	source->fixture->calls++;
}

static void drain_and_stop(struct loop_source *base, uint32_t events)
{
	struct source *source = source_of(base);

	count(source);
	eventfd_drain(source->fd);
	loop_stop(&source->fixture->loop, 7);
}

static void test_status(void **state)
{
	struct fixture *f = *state;

	add(&f->sources[0], drain_and_stop);
	assert_int_equal(loop_run(&f->loop), 7);
	assert_int_equal(f->calls, 1);
}

static void test_add_fails(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		loop_add(&f->loop, &f->sources[0].base, -1, EPOLLIN, drain_and_stop), -EBADF);
	assert_null(f->sources[0].base.loop);
	loop_remove(&f->sources[0].base);
	add(&f->sources[0], drain_and_stop);
	assert_int_equal(
		loop_add(&f->loop, &f->sources[1].base, f->sources[0].fd, EPOLLIN, drain_and_stop),
		-EEXIST);
}

/* The first that is called removes all others and closes their descriptors. */
static void remove_others(struct loop_source *base, uint32_t events)
{
	struct source *source = source_of(base);
	struct fixture *f = source->fixture;

	count(source);
	for (int i = 0; i < SOURCES; i++) {
		if (&f->sources[i] == source)
			continue;
		loop_remove(&f->sources[i].base);
		fd_close(&f->sources[i].fd);
		memset(&f->sources[i].base, 0xa5, sizeof(f->sources[i].base));
	}
	loop_stop(&f->loop, 0);
}

static void test_removed_are_not_called(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SOURCES; i++)
		add(&f->sources[i], remove_others);
	assert_int_equal(loop_run(&f->loop), 0);
	assert_int_equal(f->calls, 1);
	for (int i = 0; i < SOURCES; i++) {
		if (!f->sources[i].calls)
			memset(&f->sources[i].base, 0, sizeof(f->sources[i].base));
	}
}

struct heap_source {
	struct loop_source base;
	int *calls;
	int fd;
};

static void free_itself(struct loop_source *base, uint32_t events)
{
	struct heap_source *source = container_of(base, struct heap_source, base);

	(*source->calls)++;
	loop_remove(base);
	fd_close(&source->fd);
	free(source);
}

static void test_source_frees_itself(void **state)
{
	struct fixture *f = *state;
	int calls = 0;

	for (int i = 0; i < 3; i++) {
		struct heap_source *source = calloc(1, sizeof(*source));
		source->calls = &calls;
		source->fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_int_equal(
			loop_add(&f->loop, &source->base, source->fd, EPOLLIN, free_itself), 0);
	}
	/* Added last, it is called in the same batch or a later one. */
	add(&f->sources[0], drain_and_stop);
	loop_run(&f->loop);
	assert_int_equal(calls, 3);
}

/* Removed and added again within its batch: that is a new source, with a call of its own. */
static void add_again(struct loop_source *base, uint32_t events)
{
	struct source *source = source_of(base);
	struct fixture *f = source->fixture;

	count(source);
	for (int i = 0; i < SOURCES; i++) {
		loop_remove(&f->sources[i].base);
		add(&f->sources[i], drain_and_stop);
	}
}

static void test_removed_and_added_again(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < SOURCES; i++)
		add(&f->sources[i], add_again);
	loop_run(&f->loop);
	/* One of the first kind, then all of them once in the next batch. */
	assert_int_equal(f->calls, 1 + SOURCES);
}

static void test_change(void **state)
{
	struct fixture *f = *state;
	uint64_t full = UINT64_MAX - 1;

	/* Not readable for us, and with a full counter not writable either. */
	assert_int_equal(write(f->sources[0].fd, &full, sizeof(full)), -1);
	add(&f->sources[0], drain_and_stop);
	loop_change(&f->sources[0].base, 0);
	add(&f->sources[1], drain_and_stop);
	loop_run(&f->loop);
	assert_int_equal(f->sources[0].calls, 0);
	f->loop.stop = false;
	loop_change(&f->sources[0].base, EPOLLIN);
	loop_run(&f->loop);
	assert_int_equal(f->sources[0].calls, 1);
	assert_int_equal(f->sources[1].calls, 1);
}

/* -- timers -- */

struct alarm {
	struct loop_timer timer;
	struct loop *loop;
	int rings;
	bool stops;
};

static void alarm_ring(struct loop_timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	alarm->rings++;
	if (alarm->stops)
		loop_stop(alarm->loop, 0);
}

static void alarm_init(struct alarm *alarm, struct loop *loop, bool stops)
{
	*alarm = (struct alarm){ .loop = loop, .stops = stops };
	assert_int_equal(loop_timer_init(&alarm->timer, loop, alarm_ring), 0);
}

static void test_timer_rings_once(void **state)
{
	struct fixture *f = *state;
	struct alarm first, last;

	alarm_init(&first, &f->loop, false);
	alarm_init(&last, &f->loop, true);
	int64_t start = clock_now_ns();
	loop_timer_set(&first.timer, NSEC_PER_MSEC);
	loop_timer_set(&last.timer, 20 * NSEC_PER_MSEC);
	loop_run(&f->loop);
	assert_true(clock_now_ns() - start >= 20 * NSEC_PER_MSEC);
	assert_int_equal(first.rings, 1);
	assert_int_equal(last.rings, 1);
	loop_timer_finish(&first.timer);
	loop_timer_finish(&last.timer);
	loop_timer_finish(&last.timer);
}

static void test_timer_disarmed(void **state)
{
	struct fixture *f = *state;
	struct alarm first, last;

	alarm_init(&first, &f->loop, false);
	alarm_init(&last, &f->loop, true);
	loop_timer_set(&first.timer, NSEC_PER_MSEC);
	loop_timer_set(&first.timer, 0);
	loop_timer_set(&last.timer, 10 * NSEC_PER_MSEC);
	loop_run(&f->loop);
	assert_int_equal(first.rings, 0);
	loop_timer_finish(&first.timer);
	loop_timer_finish(&last.timer);
}

static struct alarm two_alarms[2];

/* Both are due in one batch: whichever is first takes the other back. */
static void alarm_disarm_other(struct loop_timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	alarm->rings++;
	loop_timer_set(&two_alarms[alarm == &two_alarms[0]].timer, 0);
	loop_stop(alarm->loop, 0);
}

static void test_timer_disarmed_while_due(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		alarm_init(&two_alarms[i], &f->loop, true);
		two_alarms[i].timer.handle = alarm_disarm_other;
		loop_timer_set(&two_alarms[i].timer, 1);
	}
	usleep(2000);
	loop_run(&f->loop);
	assert_int_equal(two_alarms[0].rings + two_alarms[1].rings, 1);
	loop_timer_finish(&two_alarms[0].timer);
	loop_timer_finish(&two_alarms[1].timer);
}

/* What is overdue already is due at once: callers subtract clocks. */
static void test_timer_overdue(void **state)
{
	struct fixture *f = *state;
	struct alarm alarm, late;

	alarm_init(&alarm, &f->loop, true);
	alarm_init(&late, &f->loop, true);
	loop_timer_set(&alarm.timer, -5 * NSEC_PER_SEC);
	loop_timer_set(&late.timer, NSEC_PER_SEC);
	loop_run(&f->loop);
	assert_int_equal(alarm.rings, 1);
	assert_int_equal(late.rings, 0);
	loop_timer_finish(&alarm.timer);
	loop_timer_finish(&late.timer);
}

/* -- hooks -- */

struct task {
	struct loop_hook hook;
	struct fixture *fixture;
	struct task *arms; /* armed by its handler */
	struct task *disarms;
	int runs;
};

static void task_run(struct loop_hook *hook)
{
	struct task *task = container_of(hook, struct task, hook);

	task->runs++;
	if (task->arms)
		loop_hook_arm(&task->fixture->loop, &task->arms->hook);
	if (task->disarms)
		loop_hook_disarm(&task->disarms->hook);
}

static void task_init(struct task *task, struct fixture *f)
{
	*task = (struct task){ .fixture = f };
	loop_hook_init(&task->hook, task_run);
}

static void test_hook_runs_once_a_turn(void **state)
{
	struct fixture *f = *state;
	struct task task;

	task_init(&task, f);
	loop_hook_arm(&f->loop, &task.hook);
	loop_hook_arm(&f->loop, &task.hook);
	add(&f->sources[0], drain_and_stop);
	loop_run(&f->loop);
	assert_int_equal(task.runs, 1);
	loop_hook_disarm(&task.hook);
	loop_hook_disarm(&task.hook);
}

static void test_hooks_arm_and_disarm(void **state)
{
	struct fixture *f = *state;
	struct task first, second, third;

	task_init(&first, f);
	task_init(&second, f);
	task_init(&third, f);
	first.arms = &third;
	first.disarms = &second;
	loop_hook_arm(&f->loop, &first.hook);
	loop_hook_arm(&f->loop, &second.hook);
	add(&f->sources[0], drain_and_stop);
	loop_run(&f->loop);
	assert_int_equal(first.runs, 1);
	assert_int_equal(second.runs, 0);
	assert_int_equal(third.runs, 1);
}

static struct task *hooked;

static void arm_and_stop(struct loop_source *base, uint32_t events)
{
	struct fixture *f = source_of(base)->fixture;

	loop_hook_arm(&f->loop, &hooked->hook);
	loop_stop(&f->loop, 0);
}

static void test_hook_of_the_last_turn(void **state)
{
	struct fixture *f = *state;
	struct task task;

	task_init(&task, f);
	hooked = &task;
	add(&f->sources[0], arm_and_stop);
	loop_run(&f->loop);
	assert_int_equal(task.runs, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_add_fails),
		TEST(test_removed_are_not_called),
		TEST(test_source_frees_itself),
		TEST(test_removed_and_added_again),
		TEST(test_change),
		TEST(test_timer_rings_once),
		TEST(test_timer_disarmed),
		TEST(test_timer_disarmed_while_due),
		TEST(test_timer_overdue),
		TEST(test_hook_runs_once_a_turn),
		TEST(test_hooks_arm_and_disarm),
		TEST(test_hook_of_the_last_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
