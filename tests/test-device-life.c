/* SPDX-License-Identifier: MIT */
/* The life of guests on the real daemon: pause, reboot, exit, silence, several at once. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define GUESTS 4

static struct fixture fixture;
static struct guest *const guest = &fixture.guest;

static int group_setup(void **state)
{
	return fixture_start(&fixture, GUESTS, 2, NULL);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

static void sleep_ms(uint32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

static void assert_lives(struct guest *other)
{
	assert_int_equal(gpu_get_display_info(&other->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

static void test_pause_and_resume(void **state)
{
	fixture_skip_foreign(&fixture, "it ends with its GPU socket");

	struct picture picture = picture_pattern(40, 30, 1);
	struct virtio_gpu_rect all = gpu_rect(0, 0, 40, 30);

	fixture_show(guest, 1, 0, &picture);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(guest_pause(guest), 0);
		assert_int_equal(guest->vmm.bases[0], guest->control.last_used_idx);
		assert_int_equal(guest->vmm.bases[1], guest->cursor.last_used_idx);
		assert_int_equal(guest_resume(guest), 0);
		/* Resources, backing and scanouts are as they were. */
		assert_int_equal(gpu_transfer_to_host_2d(&guest->gpu, 1, all, 0), OK);
		assert_int_equal(gpu_flush(&guest->gpu, 1, all), OK);
		fixture_expect(&fixture, 1, guest, 0, &picture);
	}
	picture_finish(&picture);
}

/* What was offered while the rings stood still is done after. */
static void test_commands_while_paused(void **state)
{
	fixture_skip_foreign(&fixture, "it ends with its GPU socket");

	uint32_t types[8];

	assert_int_equal(guest_pause(guest), 0);
	gpu_batch_begin(&guest->gpu);
	for (uint32_t i = 0; i < 8; i++)
		gpu_create_2d(&guest->gpu, 1 + i, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8);
	ring_kick(&guest->control);
	sleep_ms(50);
	assert_int_equal(guest->control.used->idx, guest->control.last_used_idx);
	assert_int_equal(guest_resume(guest), 0);
	assert_int_equal(gpu_batch_end(&guest->gpu, types, 8), 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(types[i], OK);
}

/* A reset takes the guest's resources along; ids and heads are free again. */
static void test_reboot(void **state)
{
	fixture_skip_foreign(&fixture, "it ends with its GPU socket");

	for (uint32_t i = 0; i < 5; i++) {
		struct picture picture = picture_pattern(40 + i, 30, 10 + i);

		fixture_show(guest, 1, 0, &picture);
		fixture_expect(&fixture, 1, guest, 0, &picture);
		picture_finish(&picture);
		assert_int_equal(guest_reboot(guest), 0);
		assert_int_equal(
			gpu_unref(&guest->gpu, 1), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	}
}

/* A reboot in the middle of a burst: what was in flight is forgotten, on both sides. */
static void test_reboot_in_flight(void **state)
{
	fixture_skip_foreign(&fixture, "it ends with its GPU socket");

	for (uint32_t i = 0; i < 20; i++) {
		gpu_batch_begin(&guest->gpu);
		for (uint32_t k = 0; k < 30; k++)
			gpu_create_2d(&guest->gpu, 1 + k, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 64, 64);
		ring_kick(&guest->control);
		assert_int_equal(guest_reboot(guest), 0);
		assert_lives(guest);
	}
}

/* Exit and new start, many times; nothing piles up in the daemon. */
static void test_exit_and_connect(void **state)
{
	size_t fds_before = 0, fds_after;

	for (uint32_t i = 0; i < 30; i++) {
		struct picture picture = picture_pattern(20 + i, 30, 100 + i);

		fixture_unboot(&fixture, 1, guest);
		fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
		fixture_show(guest, 1, i % 2, &picture);
		fixture_expect(&fixture, 1, guest, i % 2, &picture);
		picture_finish(&picture);
		if (i == 9)
			fds_before = process_tree_fds(fixture.daemon.pid);
	}
	fds_after = process_tree_fds(fixture.daemon.pid);
	/* Less than one for each: a head may have another slot or two than before. */
	if (fixture.foreign == NULL)
		assert_in_range(fds_after, 1, fds_before + 10);
}

/* As a VMM killed in mid-flight: no pause, no goodbye, commands on the ring. */
static void test_exit_in_flight(void **state)
{
	for (uint32_t i = 0; i < 10; i++) {
		gpu_batch_begin(&guest->gpu);
		for (uint32_t k = 0; k < 30; k++)
			gpu_create_2d(
				&guest->gpu, 1 + k, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 256, 256);
		ring_kick(&guest->control);
		fixture_unboot(&fixture, 1, guest);
		fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
		assert_lives(guest);
	}
}

static void test_several_guests(void **state)
{
	static struct guest others[GUESTS + 1];
	struct picture pictures[GUESTS + 1];

	for (uint32_t n = 2; n <= GUESTS; n++)
		fixture_boot(&fixture, n, &others[n], &(struct guest_options){ 0 });
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t n = 1; n <= GUESTS; n++) {
			/* The same ids everywhere: they are each guest's own. */
			pictures[n] = picture_pattern(30 + n, 20 + round, 200 + 10 * round + n);
			fixture_show(n == 1 ? guest : &others[n], 1 + round, 0, &pictures[n]);
		}
		for (uint32_t n = 1; n <= GUESTS; n++) {
			fixture_expect(&fixture, n, n == 1 ? guest : &others[n], 0, &pictures[n]);
			picture_finish(&pictures[n]);
		}
	}
	/* One of them goes; the rest go on. */
	fixture_unboot(&fixture, 3, &others[3]);
	assert_lives(guest);
	assert_lives(&others[2]);
	assert_lives(&others[4]);
	fixture_unboot(&fixture, 2, &others[2]);
	fixture_unboot(&fixture, 4, &others[4]);
}

/* A VMM that connects and says nothing, or not enough, holds up nobody. */
static void test_silent_vmm(void **state)
{
	static struct guest silent;
	static const uint32_t lengths[] = { 0, 1, 11, 12, 15 };
	uint32_t message[5] = { VMM_REQUEST_SET_FEATURES, VMM_FLAG_VERSION, 8, 0, 0 };
	char path[128];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		guest_init(&silent, &(struct guest_options){ 0 });
		assert_int_equal(fixture_socket(&fixture, 2, path, sizeof(path)), 0);
		assert_int_equal(vmm_connect(&silent.vmm, path), 0);
		if (lengths[i] != 0)
			assert_int_equal(
				send(silent.vmm.fd, message, lengths[i], MSG_NOSIGNAL), lengths[i]);
		for (uint32_t k = 0; k < 10; k++) {
			sleep_ms(10);
			assert_lives(guest);
		}
		fixture_unboot(&fixture, 2, &silent);
		fixture_boot(&fixture, 2, &silent, &(struct guest_options){ 0 });
		assert_lives(&silent);
		fixture_unboot(&fixture, 2, &silent);
	}
}

/* Messages may come in pieces of any size. */
static void test_slow_vmm(void **state)
{
	fixture_skip_foreign(&fixture, "it wants a header in one piece");

	static struct guest slow;
	uint32_t message[3] = { VMM_REQUEST_GET_FEATURES, VMM_FLAG_VERSION, 0 };
	struct vmm_reply reply;
	char path[128];

	guest_init(&slow, &(struct guest_options){ 0 });
	assert_int_equal(fixture_socket(&fixture, 2, path, sizeof(path)), 0);
	assert_int_equal(vmm_connect(&slow.vmm, path), 0);
	for (size_t i = 0; i < sizeof(message); i++) {
		assert_int_equal(send(slow.vmm.fd, (uint8_t *)message + i, 1, MSG_NOSIGNAL), 1);
		sleep_ms(2);
	}
	assert_int_equal(vmm_receive(&slow.vmm, &reply), 0);
	assert_int_equal(reply.request, VMM_REQUEST_GET_FEATURES);
	assert_int_equal(vmm_realize(&slow.vmm), 0);
	fixture_unboot(&fixture, 2, &slow);
}

/* A second VMM on a socket in use: it may wait or be turned away, the first goes on. */
static void test_second_vmm(void **state)
{
	fixture_skip_foreign(&fixture, "it listens only once");

	static struct guest second;
	struct picture picture = picture_pattern(40, 30, 50);
	char path[128];

	guest_init(&second, &(struct guest_options){ .vmm.timeout_ms = 300 });
	fixture_socket(&fixture, 1, path, sizeof(path));
	if (vmm_connect(&second.vmm, path) == 0)
		assert_true(vmm_realize(&second.vmm) < 0);
	fixture_show(guest, 1, 0, &picture);
	fixture_expect(&fixture, 1, guest, 0, &picture);
	guest_finish(&second);
	assert_lives(guest);
	picture_finish(&picture);
}

static const struct guest_options UML = { .vmm.kind = VMM_KIND_UML };

/* The other kind of VMM: the back end owns the config space. */
static void test_backend_owns_config(void **state)
{
	fixture_skip_foreign(&fixture, "it needs a GPU socket");

	struct picture picture = picture_pattern(40, 30, 60);

	fixture_unboot(&fixture, 1, guest);
	for (uint32_t i = 0; i < 3; i++) {
		fixture_boot(&fixture, 1, guest, &UML);
		assert_int_equal(guest->vmm.config.num_scanouts, fixture.head_count);
		assert_int_equal(guest->vmm.config.events_read, 0);
		assert_lives(guest);
		fixture_show(guest, 1, 0, &picture);
		fixture_expect(&fixture, 1, guest, 0, &picture);
		assert_int_equal(guest_reboot(guest), 0);
		fixture_show(guest, 1, 0, &picture);
		fixture_expect(&fixture, 1, guest, 0, &picture);
		fixture_unboot(&fixture, 1, guest);
	}
	picture_finish(&picture);
	fixture_boot(&fixture, 1, guest, &UML);
}

/* QEMU says how many heads it has in what it writes back; the guest may use no more. */
static void test_vmm_with_fewer_heads(void **state)
{
	fixture_skip_foreign(&fixture, "it asks the VMM");

	fixture_unboot(&fixture, 1, guest);
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.head_count = 1 });
	assert_lives(guest);
	assert_int_equal(guest->gpu.last.display_info.pmodes[0].enabled, 1);
	assert_int_equal(guest->gpu.last.display_info.pmodes[1].enabled, 0);
}

/* Kicks that fill up what they come through are read: more of them than a pipe holds. */
static void test_kicks_through_a_pipe(void **state)
{
	const struct guest_options options = { .kick_is_pipe = true };
	int left_bytes;

	fixture_unboot(&fixture, 1, guest);
	fixture_boot(&fixture, 1, guest, &options);
	for (uint32_t i = 0; i < 65536 / sizeof(uint64_t) + 10; i++)
		assert_lives(guest);
	assert_int_equal(ioctl(guest->control.kick_fd, FIONREAD, &left_bytes), 0);
	assert_in_range(left_bytes, 0, 10 * sizeof(uint64_t));
}

#define LIFE_TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		LIFE_TEST(test_pause_and_resume),
		LIFE_TEST(test_commands_while_paused),
		LIFE_TEST(test_reboot),
		LIFE_TEST(test_reboot_in_flight),
		LIFE_TEST(test_exit_and_connect),
		LIFE_TEST(test_exit_in_flight),
		LIFE_TEST(test_several_guests),
		LIFE_TEST(test_silent_vmm),
		LIFE_TEST(test_slow_vmm),
		LIFE_TEST(test_second_vmm),
		LIFE_TEST(test_backend_owns_config),
		LIFE_TEST(test_vmm_with_fewer_heads),
		LIFE_TEST(test_kicks_through_a_pipe),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
