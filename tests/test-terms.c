/* SPDX-License-Identifier: MIT */
/* What people may write of GPU time and of hangs. */
#include "tests/unit.h"

#include "daemon/config_value.h"
#include "daemon/terms.h"

#define MS UINT64_C(1000000)

/* What is refused changes nothing. */
static void refuses(bool (*parse)(const char *text, void *to), const char *const *texts)
{
	struct policy_terms terms, before;

	memset(&terms, 0x5a, sizeof(terms));
	before = terms;
	for (; *texts; texts++) {
		if (parse(*texts, &terms))
			fail_msg("\"%s\" was taken", *texts);
		assert_memory_equal(&terms, &before, sizeof(terms));
	}
}

static void test_weight(void **state)
{
	struct policy_terms terms = POLICY_TERMS_DEFAULT;

	assert_int_equal(terms.weight, 100);
	assert_true(terms_parse_weight("1", &terms));
	assert_int_equal(terms.weight, 1);
	assert_true(terms_parse_weight("1000", &terms));
	assert_int_equal(terms.weight, 1000);
	refuses(terms_parse_weight,
		(const char *const[]){ "", "0", "1001", "-1", "+1", "heavy", "1.5", " 1", "1 ",
			"0x10", "18446744073709551617", NULL });
}

static void test_cap(void **state)
{
	struct policy_terms terms = POLICY_TERMS_DEFAULT;

	assert_true(terms_parse_cap("100%", &terms));
	assert_int_equal(terms.cap_percent, 100);
	assert_true(terms_parse_cap("1%", &terms));
	assert_int_equal(terms.cap_percent, 1);
	assert_true(terms_parse_cap("none", &terms));
	assert_int_equal(terms.cap_percent, 0);
	refuses(terms_parse_cap, (const char *const[]){ "", "%", "0%", "101%", "50", "-5%", "1e2%",
					 "5%%", "0050%", "None", NULL });
}

static void test_reservation(void **state)
{
	struct policy_terms terms = POLICY_TERMS_DEFAULT;

	assert_true(terms_parse_reservation("4ms/16ms", &terms));
	assert_int_equal(terms.runtime_ns, 4 * MS);
	assert_int_equal(terms.period_ns, 16 * MS);
	assert_true(terms_parse_reservation("900us/1ms", &terms));
	assert_true(terms_parse_reservation("900ms/1s", &terms));
	assert_int_equal(terms.period_ns, 1000 * MS);
	assert_true(terms_parse_reservation("none", &terms));
	assert_int_equal(terms.runtime_ns, 0);
	refuses(terms_parse_reservation,
		(const char *const[]){ "", "/", "4ms", "4ms/", "/16ms", "4/16", "4ms/16",
			"0ms/16ms", "16ms/16ms", "17ms/16ms", "901us/1ms", "4ms/2s", "10us/500us",
			"99999999s/1s", "4ms/16ms/2ms", "4 ms/16ms", "half", "-4ms/16ms", "4ms/0ms",
			NULL });
}

static void test_slice(void **state)
{
	struct policy_terms terms = POLICY_TERMS_DEFAULT;

	assert_true(terms_parse_slice("100us", &terms));
	assert_int_equal(terms.slice_ns, MS / 10);
	assert_true(terms_parse_slice("1s", &terms));
	assert_int_equal(terms.slice_ns, 1000 * MS);
	refuses(terms_parse_slice, (const char *const[]){ "", "0", "4", "99us", "1001ms", "4m",
					   "ms", "none", "9999999s", NULL });
}

static void test_hangs(void **state)
{
	struct config_guest guest = { 0 };

	assert_true(value_to_hang_limit("100ms", &guest.hang_limit_ms));
	assert_int_equal(guest.hang_limit_ms, 100);
	assert_true(value_to_hang_limit("3600s", &guest.hang_limit_ms));
	assert_int_equal(guest.hang_limit_ms, 3600000);
	assert_true(value_to_strikes("1/100ms", &guest.strikes));
	assert_true(value_to_strikes("256/86400s", &guest.strikes));
	assert_int_equal(guest.strikes.max, 256);
	assert_int_equal(guest.strikes.window_ms, 86400000);
	refuses(value_to_hang_limit,
		(const char *const[]){ "", "99ms", "3601s", "2", "0", "0s", "never", NULL });
	refuses(value_to_strikes, (const char *const[]){ "", "/", "3", "3/", "/60s", "0/60s",
					  "257/60s", "3/60", "3/86401s", "x/60s", "-1/60s",
					  "3/60s/1", "3/99ms", "18446744073709551617/60s", NULL });
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_reservation),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_hangs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
