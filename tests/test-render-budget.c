/* SPDX-License-Identifier: MIT */
/* A renderer's end of the budget page: what it asks mulliond for, and when. */
#include "tests/unit.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/virgl/library.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/io.h"
#include "daemon/render/budget.h"
#include "protocol/budget.h"
#include "protocol/link.h"

static struct loop loop;
static struct channel to_mulliond;
static struct library library;
static struct budget budget;
static struct budget_page *page;
static int mulliond; /* its end of the link */
static uint32_t n_ready;

static bool gpu_is_slow; /* else it is done at once */

int library_fence_create(struct library *it)
{
	it->fence_made++;
	if (!gpu_is_slow)
		it->fence_done = it->fence_made;
	return 0;
}

void library_flush(const struct library *it)
{
}

static void handle_ready(struct budget *it)
{
	n_ready++;
}

static const struct channel_interface interface = { 0 };

/* What mulliond was told since it looked last. */
static uint32_t told(void)
{
	uint32_t n = 0;
	char message[64];

	while (recv(mulliond, message, sizeof(message), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static void grant(uint32_t serial, uint32_t flags)
{
	atomic_store(&page->grant.value, serial << BUDGET_SERIAL_SHIFT | flags);
	budget_look(&budget);
}

static int setup(void **state)
{
	int fds[2];
	int fd = memfd_create_sealed("budget", BUDGET_BYTES);

	n_ready = 0;
	gpu_is_slow = false;
	library = (struct library){ 0 };
	page = memfd_map(fd, BUDGET_BYTES, PROT_READ | PROT_WRITE);
	assert_non_null(page);
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(channel_pair(fds), 0);
	mulliond = fds[1];
	assert_int_equal(channel_open(&to_mulliond, &loop, fds[0], &interface), 0);
	budget.handle_ready = handle_ready;
	budget_init(&budget, &to_mulliond, &library);
	assert_int_equal(budget_open(&budget, &loop, fd), 0);
	return 0;
}

static int teardown(void **state)
{
	budget_finish(&budget);
	channel_finish(&to_mulliond);
	loop_finish(&loop);
	close(mulliond);
	munmap(page, BUDGET_BYTES);
	return 0;
}

static void test_asks_once(void **state)
{
	assert_false(budget_take(&budget));
	assert_false(budget_take(&budget));
	assert_int_equal(told(), 1);
	assert_int_equal(atomic_load(&page->want.value), 1);
	grant(1, BUDGET_HELD);
	assert_int_equal(n_ready, 1);
	assert_true(budget_take(&budget));
	assert_int_equal(told(), 0);
}

/* With its grant it wants the next one; then it has nothing more to do; then it has. */
static void test_asks_again(void **state)
{
	assert_false(budget_take(&budget));
	grant(1, BUDGET_HELD | BUDGET_SHARED);
	assert_true(budget_take(&budget));
	grant(1, BUDGET_HELD | BUDGET_SHARED | BUDGET_REVOKED);
	assert_int_equal(atomic_load(&page->returned.value), 1);
	assert_int_equal(told(), 2);
	budget_idle(&budget);
	assert_int_equal(atomic_load(&page->want.value), 0);
	assert_false(budget_take(&budget));
	assert_int_equal(atomic_load(&page->want.value), 1);
	assert_int_equal(told(), 1);
	grant(2, BUDGET_HELD);
	assert_int_equal(n_ready, 2);
	assert_true(budget_take(&budget));
}

/* A grant that is over before its owner ran: one chunk goes under it all the same. */
static void test_runs_late(void **state)
{
	assert_false(budget_take(&budget));
	assert_int_equal(told(), 1);
	grant(1, BUDGET_HELD | BUDGET_SHARED | BUDGET_REVOKED);
	assert_int_equal(n_ready, 1);
	assert_int_equal(atomic_load(&page->returned.value), 0);
	assert_false(budget_take(&budget));
	assert_int_equal(atomic_load(&page->returned.value), 1);
	/* Of one that has nothing to do it is taken back. */
	budget_idle(&budget);
	grant(2, BUDGET_HELD | BUDGET_SHARED | BUDGET_REVOKED);
	assert_int_equal(n_ready, 1);
	assert_int_equal(atomic_load(&page->returned.value), 2);
}

static uint64_t busy_ns(void)
{
	return atomic_load(&page->busy.ns);
}

/* What a program does between reading one frame and drawing the next is not the GPU's work. */
static void test_read_back_ends_work(void **state)
{
	grant(1, BUDGET_HELD);
	assert_true(budget_take(&budget));
	budget_heartbeat_begin(&budget);
	budget_sent(&budget, 0);
	budget_start(&budget);
	budget_heartbeat_end(&budget);
	uint64_t before_ns = busy_ns();
	usleep(1000);
	budget_heartbeat_begin(&budget);
	budget_heartbeat_end(&budget);
	assert_true(busy_ns() > before_ns);
	budget_read_back(&budget);
	before_ns = busy_ns();
	usleep(1000);
	int64_t start_ns = clock_now_ns();
	budget_heartbeat_begin(&budget);
	budget_heartbeat_end(&budget);
	assert_true(busy_ns() - before_ns <= (uint64_t)(clock_now_ns() - start_ns));
}

/* Its client left: the grant goes back when the GPU is done, whether or not others wait. */
static void test_end(void **state)
{
	assert_true(budget_end(&budget));
	assert_int_equal(atomic_load(&page->returned.value), 0);
	grant(1, BUDGET_HELD);
	assert_true(budget_take(&budget));
	budget_sent(&budget, 0);
	gpu_is_slow = true;
	assert_false(budget_end(&budget));
	assert_false(budget_end(&budget));
	assert_int_equal(library.fence_made, 1);
	assert_int_equal(atomic_load(&page->returned.value), 0);
	assert_int_equal(atomic_load(&page->want.value), 0);
	assert_int_equal(told(), 0);
	library.fence_done = 1;
	budget_fence_signalled(&budget);
	assert_true(budget_end(&budget));
	assert_int_equal(atomic_load(&page->returned.value), 1);
	assert_int_equal(told(), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asks_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_asks_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_runs_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_back_ends_work, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
