/* SPDX-License-Identifier: MIT */
/* Which connector gets which CRTC, plane and mode, and what is tried when a driver refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "compositor/kms/plan.h"

static const struct screen_mode uhd = { 3840, 2160, 60000 };
static const struct screen_mode uhd_slow = { 3840, 2160, 30000 };
static const struct screen_mode hd = { 1920, 1080, 60000 };
static const struct screen_mode vga = { 640, 480, 60000 };

static struct kms_plan plan;

static void head_add(uint32_t possible_crtcs, uint32_t n, const struct screen_mode *modes)
{
	struct kms_plan_head *head = &plan.heads[plan.n_heads++];

	*head = (struct kms_plan_head){
		.possible_crtcs = possible_crtcs, .n_modes = n, .own_crtc = KMS_NONE
	};
	for (uint32_t i = 0; i < n; i++)
		head->modes[i] = modes[i];
}

static void plane_add(uint32_t crtcs)
{
	plan.plane_crtcs[plan.n_planes++] = crtcs;
}

static int setup(void **state)
{
	plan = (struct kms_plan){ 0 };
	return 0;
}

static void expect_mode(uint32_t head, const struct screen_mode *mode)
{
	assert_int_not_equal(plan.heads[head].mode, KMS_NONE);
	assert_memory_equal(&plan.heads[head].modes[plan.heads[head].mode], mode, sizeof(*mode));
}

static void test_modes(void **state)
{
	const struct screen_mode modes[] = { vga, hd, uhd_slow, uhd };

	head_add(1, 4, modes);
	struct kms_plan_head *head = &plan.heads[0];
	assert_int_equal(kms_plan_find_mode(head, &hd), 1);
	assert_int_equal(kms_plan_find_mode(head, &(struct screen_mode){ 3840, 2160, 0 }), 3);
	assert_int_equal(kms_plan_find_mode(head, &(struct screen_mode){ 3840, 2160, 29970 }), 2);
	assert_int_equal(kms_plan_find_mode(head, &(struct screen_mode){ 800, 600, 0 }), KMS_NONE);
	/* What is no less than the wished one is not fallen back to. */
	kms_plan_sort(head, 2);
	assert_int_equal(head->n_modes, 3);
	assert_memory_equal(&head->modes[0], &uhd_slow, sizeof(uhd));
	assert_memory_equal(&head->modes[1], &hd, sizeof(hd));
	assert_memory_equal(&head->modes[2], &vga, sizeof(vga));
}

/* The first could have either CRTC, the second only the one that the first would take. */
static void test_crtcs(void **state)
{
	head_add(3, 1, &hd);
	head_add(1, 1, &hd);
	head_add(3, 1, &hd);
	plane_add(2);
	plane_add(1);
	kms_plan_start(&plan);
	assert_int_equal(plan.heads[0].crtc, 1);
	assert_int_equal(plan.heads[0].plane, 0);
	assert_int_equal(plan.heads[1].crtc, 0);
	assert_int_equal(plan.heads[1].plane, 1);
	assert_int_equal(plan.heads[2].crtc, KMS_NONE);
	assert_int_equal(plan.heads[2].mode, KMS_NONE);
}

static void test_no_plane(void **state)
{
	head_add(1, 1, &hd);
	head_add(2, 1, &hd);
	plane_add(1);
	kms_plan_start(&plan);
	expect_mode(0, &hd);
	assert_int_equal(plan.heads[1].mode, KMS_NONE);
	assert_int_equal(plan.heads[1].crtc, KMS_NONE);
}

/* The largest gives way first; then there is one head less, and that has what it wished. */
static void test_fall_back(void **state)
{
	const struct screen_mode modes[] = { uhd, hd, vga };

	head_add(1, 3, modes);
	head_add(2, 2, modes + 1);
	plane_add(1);
	plane_add(2);
	kms_plan_start(&plan);
	expect_mode(0, &uhd);
	expect_mode(1, &hd);
	assert_true(kms_plan_fall_back(&plan));
	expect_mode(0, &hd);
	expect_mode(1, &hd);
	assert_true(kms_plan_fall_back(&plan));
	expect_mode(0, &vga);
	assert_true(kms_plan_fall_back(&plan));
	expect_mode(1, &vga);
	assert_true(kms_plan_fall_back(&plan));
	expect_mode(0, &uhd);
	assert_int_equal(plan.heads[1].mode, KMS_NONE);
	assert_true(kms_plan_fall_back(&plan));
	assert_true(kms_plan_fall_back(&plan));
	expect_mode(0, &vga);
	assert_false(kms_plan_fall_back(&plan));
	assert_int_equal(plan.heads[0].mode, KMS_NONE);
	assert_false(kms_plan_fall_back(&plan));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_modes, setup),
		cmocka_unit_test_setup(test_crtcs, setup),
		cmocka_unit_test_setup(test_no_plane, setup),
		cmocka_unit_test_setup(test_fall_back, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
