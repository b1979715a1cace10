/* SPDX-License-Identifier: MIT */
/* What may not happen too often. */
#include "tests/unit.h"

#include "base/clock.h"
#include "daemon/deaths.h"

#define MS NSEC_PER_MSEC

static void test_too_often(void **state)
{
	struct deaths deaths;

	deaths_init(&deaths, 3, 1000);
	deaths_add(&deaths, 1000 * MS);
	deaths_add(&deaths, 1400 * MS);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 2000 * MS); /* the first is a whole window ago */
	assert_false(deaths.given_up);
	deaths_add(&deaths, 2399 * MS);
	assert_true(deaths.given_up);
	assert_int_equal(deaths.n, 4);
	deaths_forgive(&deaths);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 2400 * MS);
	deaths_add(&deaths, 2401 * MS);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 2402 * MS);
	assert_true(deaths.given_up);
	assert_int_equal(deaths.n, 7);
}

static void test_once(void **state)
{
	struct deaths deaths;

	deaths_init(&deaths, 1, 1);
	deaths_add(&deaths, 5 * MS);
	assert_true(deaths.given_up);
}

/* As many as are remembered, again and again. */
static void test_most(void **state)
{
	struct deaths deaths;

	deaths_init(&deaths, DEATHS_MAX, 1000);
	for (int64_t i = 0; i < 4 * DEATHS_MAX; i++)
		deaths_add(&deaths, (i + 1) * 4 * MS);
	assert_false(deaths.given_up);
	for (int64_t i = 0; i < DEATHS_MAX - 1; i++)
		deaths_add(&deaths, 10000 * MS);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 10000 * MS);
	assert_true(deaths.given_up);
}

/* Another limit counts what was there before. */
static void test_another_limit(void **state)
{
	struct deaths deaths;

	deaths_init(&deaths, 10, 1000);
	for (int64_t i = 1; i <= 6; i++)
		deaths_add(&deaths, i * 100 * MS);
	deaths_limit(&deaths, 3, 250);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 700 * MS);
	assert_true(deaths.given_up);
	deaths_forgive(&deaths);
	deaths_limit(&deaths, 2, 100);
	deaths_add(&deaths, 800 * MS);
	deaths_add(&deaths, 900 * MS);
	assert_false(deaths.given_up);
	deaths_add(&deaths, 999 * MS);
	assert_true(deaths.given_up);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_often),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_another_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
