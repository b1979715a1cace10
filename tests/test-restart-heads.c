/* SPDX-License-Identifier: MIT */
/* Heads that were changed since the start are as they were left, in a restarted mulliond. */
#include "fixture.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "protocol/state.h"
#include "service_manager.h"

static struct fixture fixture;
static struct service_manager manager;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;

static int group_setup(void **state)
{
	service_manager_start(&manager);
	return fixture_start(&fixture, 1, 1, "max-heads = 2\nhead1 = 800x600\n");
}

static int group_teardown(void **state)
{
	return service_manager_finish(&manager, &fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.kind = VMM_KIND_UML });
	service_manager_expect(&manager, "g1/state/0", true);
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	service_manager_expect(&manager, "g1/state/0", false);
	return 0;
}

/* Until the guest would find these widths; 0: no head. */
static void expect_widths(uint32_t first, uint32_t second)
{
	const struct virtio_gpu_display_one *modes = gpu->last.display_info.pmodes;

	for (uint32_t ms = 0; ms < 20000; ms += 10) {
		assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
		if (modes[0].r.width == first && modes[1].r.width == second)
			return;
		usleep(10000);
	}
	fail_msg("%u and %u, not %u and %u", modes[0].r.width, modes[1].r.width, first, second);
}

static void check_modes_stay(int signal)
{
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480@75"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	expect_widths(640, 800);
	service_manager_restart(&manager, &fixture, signal);
	fixture_expect_shown(&fixture, "640x480 @ 75 Hz");
	fixture_expect_shown(&fixture, "800x600 @ 60 Hz");
	expect_widths(640, 800);
	/* And can be changed again. */
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 320x200"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head remove g1 1"), 0);
	expect_widths(320, 0);
}

static void test_ended(void **state)
{
	check_modes_stay(SIGTERM);
}

static void test_killed(void **state)
{
	check_modes_stay(SIGKILL);
}

/* What a mullion-guest gone wrong has written into its state. */
static void test_bad_modes(void **state)
{
	static const struct link_head bad[] = {
		{ 0, 0, 0, 0 },
		{ 31, 480, 60000, 1 },
		{ 640, 16385, 60000, 1 },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
		{ 640, 480, 999, 1 },
		{ 640, 480, 500001, 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		service_manager_end(&manager, &fixture, SIGKILL);
		struct stored *stored = service_store_find(&manager.store, "g1/state/0");
		assert_non_null(stored);
		assert_int_equal(pwrite(stored->fd, &bad[i], sizeof(bad[i]),
					 offsetof(struct state, modes[0])),
			sizeof(bad[i]));
		service_manager_begin(&manager, &fixture);
		/* That head is as it was configured; what is changed next is sound again. */
		fixture_expect_shown(&fixture, "320x200 @ 60 Hz");
		assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
		expect_widths(320, 800);
		assert_int_equal(fixture_ctl(&fixture, "head remove g1 1"), 0);
		expect_widths(320, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(ended),
		TEST(killed),
		TEST(bad_modes),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
