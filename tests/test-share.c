/* SPDX-License-Identifier: MIT */
/* Weighted shares: what is owed, and who goes first. */
#include "tests/unit.h"

#include "daemon/share.h"

#define MS INT64_C(1000000)
#define SLICE (4 * MS)

static struct share_group group;
static struct share a, b, c;

static int setup(void **state)
{
	share_group_init(&group);
	share_init(&a, 100, SLICE);
	share_init(&b, 100, SLICE);
	share_init(&c, 200, SLICE);
	return 0;
}

static int64_t group_sum(void)
{
	struct share *member;
	int64_t sum = 0;

	list_for_each(member, &group.members, link) {
		sum += member->lag_ns;
	}
	return sum;
}

static void charge(struct share *share, uint64_t used_ns)
{
	share_charge(&group, share, used_ns, DEBT_MAX_NS);
	assert_int_equal(group_sum(), 0);
}

static void test_parts(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	share_enter(&group, &c);
	charge(&a, 4 * MS);
	assert_int_equal(a.lag_ns, -3 * MS);
	assert_int_equal(b.lag_ns, 1 * MS);
	assert_int_equal(c.lag_ns, 2 * MS);
	/* What division leaves over is lost to nobody. */
	for (int i = 0; i < 1000; i++)
		charge(i % 2 ? &b : &c, 1 + i % 7);
}

static void test_alone_owes_nothing(void **state)
{
	share_enter(&group, &a);
	charge(&a, 1000 * MS);
	charge(&a, UINT64_MAX);
	assert_int_equal(a.lag_ns, 0);
	share_enter(&group, &b);
	assert_int_equal(a.lag_ns, 0);
	assert_int_equal(b.lag_ns, 0);
}

/* Of those that have had no more than their due, the one whose next slice is due first. */
static void test_order(void **state)
{
	struct share x = { .weight = 1, .slice_ns = SLICE, .lag_ns = 1 * MS };
	struct share y = { .weight = 8, .slice_ns = SLICE, .lag_ns = -21 * MS };
	struct share z = { .weight = 1, .slice_ns = 24 * MS, .lag_ns = 20 * MS };

	assert_true(share_before(&x, &y));
	assert_true(share_before(&x, &z));
	assert_true(share_before(&z, &y));
	assert_false(share_before(&y, &x));
	assert_false(share_before(&x, &x));
	/* What it was handed counts as used. */
	x.pledged_ns = 2 * MS;
	assert_true(share_before(&z, &x));
	/* A shorter slice goes first. */
	y.lag_ns = 0;
	z = y;
	z.slice_ns = y.slice_ns / 2;
	assert_true(share_before(&z, &y));
}

/* Sleeping between two submissions changes nothing, for nobody. */
static void test_blink(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	charge(&a, 30 * MS);
	share_leave(&group, &b);
	assert_int_equal(a.lag_ns, 0);
	share_enter(&group, &b);
	assert_int_equal(a.lag_ns, -15 * MS);
	assert_int_equal(b.lag_ns, 15 * MS);
}

/* A claim is bounded, and void after a long sleep: waking brings no windfall. */
static void test_claim(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	charge(&a, 30 * MS);
	share_leave(&group, &b);
	charge(&a, SHARE_CLAIM_MAX_NS);
	share_enter(&group, &b);
	assert_int_equal(b.lag_ns, 15 * MS);
	assert_int_equal(a.lag_ns, -15 * MS);
	share_leave(&group, &b);
	charge(&a, SHARE_CLAIM_MAX_NS);
	charge(&a, 1);
	share_enter(&group, &b);
	assert_int_equal(b.lag_ns, 0);

	charge(&a, 2000 * MS);
	share_leave(&group, &b);
	share_enter(&group, &b);
	assert_int_equal(b.lag_ns, SHARE_CLAIM_MAX_NS);
}

/* Sleeping is no way out of a debt, which is paid as the others go on. */
static void test_debt_stays(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	share_enter(&group, &c);
	charge(&a, 40 * MS);
	share_leave(&group, &a);
	share_group_sweep(&group);
	assert_int_equal(a.lag_ns, -30 * MS);
	charge(&b, 40 * MS);
	assert_int_equal(a.lag_ns, -20 * MS);
	share_enter(&group, &a);
	assert_int_equal(a.lag_ns, -20 * MS);
	share_leave(&group, &a);
	charge(&b, 100 * MS);
	assert_int_equal(a.lag_ns, 5 * MS);
	share_group_sweep(&group);
	assert_int_equal(group_sum(), 0);
	/* What it was credited beyond its debt is no claim. */
	share_enter(&group, &a);
	assert_int_equal(a.lag_ns, 0);
}

/* The last of them sleeps: nobody is left whom it owes. */
static void test_debt_to_nobody(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	charge(&a, 40 * MS);
	share_leave(&group, &a);
	share_finish(&group, &b);
	share_group_sweep(&group);
	assert_true(list_empty(&group.members));
	assert_int_equal(group.weight, 0);
	share_enter(&group, &a);
	assert_int_equal(a.lag_ns, 0);
}

static void test_change_of_weight(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	charge(&a, 10 * MS);
	share_set_weight(&group, &a, 300);
	assert_int_equal(a.lag_ns, -5 * MS);
	charge(&b, 4 * MS);
	assert_int_equal(a.lag_ns, -2 * MS);
	share_leave(&group, &b);
	share_set_weight(&group, &b, 1000);
	assert_int_equal(group.weight, 300);
}

/* Where nobody waits, use makes no debt beyond a slice. */
static void test_debt_is_bounded(void **state)
{
	share_enter(&group, &a);
	share_enter(&group, &b);
	share_charge(&group, &a, 1000 * MS, SLICE);
	assert_int_equal(a.lag_ns, -SLICE);
	assert_int_equal(group_sum(), 0);
	share_charge(&group, &a, 1000 * MS, SLICE);
	assert_int_equal(a.lag_ns, -SLICE);
	for (int i = 0; i < 1000; i++)
		charge(&a, UINT64_MAX - i);
	assert_in_range(-a.lag_ns, 0, DEBT_MAX_NS);
}

/* Used by one that is no member: late, or while it ran on another account. */
static void test_late_charge(void **state)
{
	share_enter(&group, &b);
	share_enter(&group, &c);
	charge(&a, 8 * MS);
	assert_int_equal(a.lag_ns, -8 * MS);
	/* It pays as those do that sleep. */
	charge(&b, 16 * MS);
	assert_int_equal(a.lag_ns, -4 * MS);
	share_enter(&group, &a);
	assert_int_equal(a.lag_ns, -4 * MS);
	assert_int_equal(group_sum(), 0);
	share_finish(&group, &a);
	assert_int_equal(group_sum(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_parts, setup),
		cmocka_unit_test_setup(test_alone_owes_nothing, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_blink, setup),
		cmocka_unit_test_setup(test_claim, setup),
		cmocka_unit_test_setup(test_debt_stays, setup),
		cmocka_unit_test_setup(test_debt_to_nobody, setup),
		cmocka_unit_test_setup(test_change_of_weight, setup),
		cmocka_unit_test_setup(test_debt_is_bounded, setup),
		cmocka_unit_test_setup(test_late_charge, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
