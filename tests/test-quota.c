/* SPDX-License-Identifier: MIT */
/* Memory against a limit, of one process and of several. */
#include "tests/unit.h"

#include "base/quota.h"

static void test_alone(void **state)
{
	struct quota quota = { .limit_bytes = 100 };

	assert_true(quota_has_room(&quota, 100));
	assert_false(quota_has_room(&quota, 101));
	assert_false(quota_has_room(&quota, UINT64_MAX));
	quota_add(&quota, 60);
	assert_int_equal(quota_room(&quota), 40);
	assert_false(quota_has_room(&quota, 41));
	quota_sub(&quota, 60);
	assert_int_equal(quota_room(&quota), 100);
}

static void test_together(void **state)
{
	_Atomic uint64_t slots[4] = { 0 };
	struct quota a = { .limit_bytes = 100, .slots = slots, .n_slots = 4, .slot = 0 };
	struct quota b = { .limit_bytes = 100, .slots = slots, .n_slots = 4, .slot = 3 };

	assert_true(quota_has_room(&a, 60));
	/* Not added yet, and counted already. */
	assert_false(quota_has_room(&b, 41));
	assert_true(quota_has_room(&b, 40));
	quota_settle(&b);
	quota_add(&a, 60);
	assert_int_equal(quota_room(&b), 40);
	quota_add(&b, 40);
	assert_int_equal(quota_room(&a), 0);
	assert_false(quota_has_room(&a, 1));
	quota_sub(&a, 60);
	assert_true(quota_has_room(&b, 60));
	quota_settle(&b);
	/* Whatever another one claims. */
	slots[1] = UINT64_MAX;
	slots[2] = UINT64_MAX;
	assert_int_equal(quota_room(&a), 0);
	assert_false(quota_has_room(&a, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
