/* SPDX-License-Identifier: MIT */
/* When the GPU is done with what a client submitted; the library is of cardboard. */
#include "tests/unit.h"

#include "backends/virgl/library.h"
#include "daemon/render/budget.h"
#include "daemon/render/idle.h"

static struct library library;
static struct budget budget = { .library = &library };
static bool fails;

bool budget_fence(struct budget *it)
{
	if (!fails)
		it->library->fence_made++;
	return !fails;
}

bool library_fence_signalled(const struct library *it, uint32_t fence)
{
	return (int32_t)(it->fence_done - fence) >= 0;
}

void budget_read_back(struct budget *it)
{
}

static struct idle fresh(uint32_t before)
{
	library = (struct library){ .fence_made = before, .fence_done = before };
	fails = false;
	return (struct idle){ .budget = &budget, .submitted = before, .finished = before };
}

static void test_fence_when_asked(void **state)
{
	struct idle idle = fresh(0);

	assert_true(idle_is_done(&idle, 0));
	idle_submit(&idle);
	assert_int_equal(library.fence_made, 0);
	assert_false(idle_is_done(&idle, 1));
	assert_false(idle_is_done(&idle, 1));
	assert_int_equal(library.fence_made, 1);
	library.fence_done = 1;
	assert_true(idle_is_done(&idle, 1));
}

/* One frame after the other, each read back: no fence at all. */
static void test_read_back(void **state)
{
	struct idle idle = fresh(UINT32_MAX - 2);

	for (int i = 0; i < 8; i++) {
		uint32_t before = idle.submitted;
		idle_submit(&idle);
		assert_true(idle_is_done(&idle, before));
		idle_read_back(&idle);
		assert_true(idle_is_done(&idle, idle.submitted));
	}
	assert_int_equal(library.fence_made, UINT32_MAX - 2);
}

/* Without reading back, who waits for the last but one does not wait for the last. */
static void test_each_its_fence(void **state)
{
	struct idle idle = fresh(UINT32_MAX - 2);

	for (int i = 0; i < 100; i++)
		idle_submit(&idle);
	uint32_t last = idle.submitted;
	assert_false(idle_is_done(&idle, last));
	assert_false(idle_is_done(&idle, last - 1));
	library.fence_done = library.fence_made - 1;
	assert_true(idle_is_done(&idle, last - 1));
	assert_false(idle_is_done(&idle, last));
	/* Older ones than fences are kept of. */
	assert_true(idle_is_done(&idle, last - 90));
	library.fence_done = library.fence_made;
	assert_true(idle_is_done(&idle, last));
}

/* A frame that is waited for and then read is, from the second on, waited for in the reading. */
static void test_waits_in_reading(void **state)
{
	struct idle idle = fresh(UINT32_MAX - 2);

	for (int i = 0; i < 8; i++) {
		idle_submit(&idle);
		idle_submit(&idle);
		assert_int_equal(idle_may_start(&idle), i > 0);
		assert_int_equal(idle_will_read(&idle, idle.submitted), i > 0);
		assert_false(idle_will_read(&idle, idle.submitted - 1));
		idle_read_back(&idle);
		assert_false(idle_may_start(&idle));
		assert_false(idle_will_read(&idle, idle.submitted));
	}
	/* Waited for, and not read: that was the last. */
	idle_submit(&idle);
	assert_true(idle_will_read(&idle, idle.submitted));
	uint32_t made = library.fence_made;
	idle_submit(&idle);
	assert_int_equal(library.fence_made, made + 1);
	assert_false(idle_will_read(&idle, idle.submitted));
	/* What is read unasked says nothing. */
	idle_submit(&idle);
	idle_read_back(&idle);
	idle_submit(&idle);
	assert_false(idle_may_start(&idle));
	assert_false(idle_will_read(&idle, idle.submitted));
}

static void test_no_memory(void **state)
{
	struct idle idle = fresh(0);

	idle_submit(&idle);
	fails = true;
	assert_true(idle_is_done(&idle, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fence_when_asked),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_each_its_fence),
		cmocka_unit_test(test_waits_in_reading),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
