/* SPDX-License-Identifier: MIT */
/*
 * Corrupt rings, offered to the real daemon. The device may answer or stop that
 * ring; it must not crash, spin, or bother another guest, and the same guest
 * must work again after a reset.
 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYSTANDER 2
#define SETTLE_MS 60
#define QUIET_TRIES 50 /* of SETTLE_MS each */

static struct fixture fixture;
static struct guest *const guest = &fixture.guest;
static struct guest bystander;

static int group_setup(void **state)
{
	int err = fixture_start(&fixture, 2, 1, NULL);

	if (err < 0)
		return err;
	fixture_boot(&fixture, BYSTANDER, &bystander, &(struct guest_options){ 0 });
	return 0;
}

static int group_teardown(void **state)
{
	fixture_unboot(&fixture, BYSTANDER, &bystander);
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	return 0;
}

/* Whatever was done to the ring: a processor left alone, a reboot that helps, others alive. */
static int test_teardown(void **state)
{
	struct timespec settle = { 0, SETTLE_MS * 1000000 };

	if (fixture.foreign != NULL) {
		fixture_unboot(&fixture, 1, guest);
		return 0;
	}
	/* A renderer that starts meanwhile works for a while; what spins never rests. */
	uint64_t cpu_ns = UINT64_MAX;
	for (uint32_t i = 0; i < QUIET_TRIES && cpu_ns > SETTLE_MS * UINT64_C(1000000) / 2; i++) {
		uint64_t before_ns = process_tree_cpu_ns(fixture.daemon.pid);

		nanosleep(&settle, NULL);
		cpu_ns = process_tree_cpu_ns(fixture.daemon.pid) - before_ns;
	}
	if (cpu_ns > SETTLE_MS * UINT64_C(1000000) / 2)
		fail_msg("the daemon spins: %llu us in %u ms", (unsigned long long)cpu_ns / 1000,
			SETTLE_MS);
	assert_int_equal(gpu_get_display_info(&bystander.gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);

	/* The VMM may have been dropped for it; then it comes again. */
	if (guest_reboot(guest) < 0) {
		fixture_unboot(&fixture, 1, guest);
		fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	}
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

/* A command with its response in descriptors 0 and 1, to be spoiled and offered. */
struct crafted {
	struct span command, response;
};

static struct crafted craft(struct ring *ring)
{
	struct virtio_gpu_ctrl_hdr header = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
	struct crafted crafted = {
		.command = memory_alloc(&guest->memory, 4096, 4096),
		.response = memory_alloc(&guest->memory, 4096, 4096),
	};

	assert_non_null(crafted.command.data);
	assert_non_null(crafted.response.data);
	memcpy(crafted.command.data, &header, sizeof(header));
	ring->desc[0] =
		(struct vring_desc){ crafted.command.gpa, sizeof(header), VRING_DESC_F_NEXT, 1 };
	ring->desc[1] = (struct vring_desc){ crafted.response.gpa, 1024, VRING_DESC_F_WRITE, 0 };
	return crafted;
}

static void offer(struct ring *ring, uint16_t head)
{
	ring_expose(ring, head);
	ring_publish(ring);
	ring_notify(ring);
}

/* Whether the chain comes back in time; its memory may have an answer then. */
static bool comes_back(struct ring *ring)
{
	for (uint32_t i = 0; i < SETTLE_MS; i++) {
		struct timespec step = { 0, 1000000 };

		if (__atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE) != ring->last_used_idx)
			return true;
		vmm_dispatch(&guest->vmm);
		nanosleep(&step, NULL);
	}
	return false;
}

/* Nothing may have been written as if the chain had been right. */
static void assert_not_served(struct ring *ring, const struct crafted *crafted)
{
	struct virtio_gpu_ctrl_hdr header;

	comes_back(ring);
	memcpy(&header, crafted->response.data, sizeof(header));
	assert_int_not_equal(header.type, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/* The crafting itself is right, or the other tests say nothing. */
static void test_good_chain(void **state)
{
	struct crafted crafted = craft(&guest->control);

	offer(&guest->control, 0);
	assert_true(comes_back(&guest->control));

	const struct virtio_gpu_ctrl_hdr *header =
		(const struct virtio_gpu_ctrl_hdr *)crafted.response.data;

	assert_int_equal(header->type, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

static void test_head_out_of_range(void **state)
{
	struct crafted crafted = craft(&guest->control);

	offer(&guest->control, guest->control.options.size);
	assert_not_served(&guest->control, &crafted);
}

static void test_head_of_all_ones(void **state)
{
	struct crafted crafted = craft(&guest->control);

	offer(&guest->control, UINT16_MAX);
	assert_not_served(&guest->control, &crafted);
}

static void test_index_jumps(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.avail_idx = (uint16_t)(guest->control.options.size + 1);
	ring_publish(&guest->control);
	ring_notify(&guest->control);
	assert_not_served(&guest->control, &crafted);
}

static void test_index_goes_back(void **state)
{
	guest->control.avail_idx--;
	ring_publish(&guest->control);
	ring_notify(&guest->control);
	comes_back(&guest->control);
}

static void test_next_out_of_range(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[0].next = guest->control.options.size;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_loop(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[1].flags |= VRING_DESC_F_NEXT;
	guest->control.desc[1].next = 1;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_loop_of_readable(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[0].next = 0;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_same_head_twice(void **state)
{
	craft(&guest->control);
	ring_expose(&guest->control, 0);
	offer(&guest->control, 0);
	assert_true(comes_back(&guest->control));
}

static void test_command_outside_memory(void **state)
{
	static const uint64_t addresses[] = { GUEST_MEMORY_BYTES, GUEST_MEMORY_BYTES - 8,
		UINT64_MAX - 7, UINT64_C(1) << 63 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct crafted crafted = craft(&guest->control);

		guest->control.desc[0].addr = addresses[i];
		offer(&guest->control, 0);
		assert_not_served(&guest->control, &crafted);
		if (guest_reboot(guest) < 0) {
			fixture_unboot(&fixture, 1, guest);
			fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
		}
	}
}

static void test_response_outside_memory(void **state)
{
	craft(&guest->control);
	guest->control.desc[1].addr = GUEST_MEMORY_BYTES - 16;
	offer(&guest->control, 0);
	comes_back(&guest->control);
}

static void test_absurd_lengths(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[0].len = UINT32_MAX;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

/* All of the memory as one command: a length within bounds, but no reason to copy it. */
static void test_huge_command(void **state)
{
	craft(&guest->control);
	guest->control.desc[0].addr = 0;
	guest->control.desc[0].len = GUEST_MEMORY_BYTES - 4096;
	offer(&guest->control, 0);
	comes_back(&guest->control);
}

static void test_nothing_to_read(void **state)
{
	struct crafted crafted = craft(&guest->control);

	offer(&guest->control, 1);
	assert_not_served(&guest->control, &crafted);
}

/* virtio 1.2, 2.7.4.2: what the device reads comes before what it writes. */
static void test_read_after_write(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[0].flags |= VRING_DESC_F_WRITE;
	guest->control.desc[1].flags = 0;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_zero_lengths(void **state)
{
	struct crafted crafted = craft(&guest->control);

	guest->control.desc[0].len = 0;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

/* An indirect table with a good command in it, to be spoiled. */
static struct vring_desc *craft_indirect(struct crafted *crafted)
{
	struct ring *ring = &guest->control;
	struct span table = memory_alloc(&guest->memory, 64 * sizeof(struct vring_desc), 4096);

	assert_non_null(table.data);
	assert_true(ring->options.indirect);
	*crafted = craft(ring);
	memcpy(table.data, ring->desc, 2 * sizeof(struct vring_desc));
	ring->desc[0] = (struct vring_desc){ table.gpa, 2 * sizeof(struct vring_desc),
		VRING_DESC_F_INDIRECT, 0 };
	return (struct vring_desc *)table.data;
}

static void test_good_indirect(void **state)
{
	struct crafted crafted;

	craft_indirect(&crafted);
	offer(&guest->control, 0);
	assert_true(comes_back(&guest->control));

	const struct virtio_gpu_ctrl_hdr *header =
		(const struct virtio_gpu_ctrl_hdr *)crafted.response.data;

	assert_int_equal(header->type, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/* virtio 1.2, 2.7.5.3: no table in a table. */
static void test_indirect_in_indirect(void **state)
{
	struct crafted crafted;
	struct vring_desc *table = craft_indirect(&crafted);

	table[0] = (struct vring_desc){ guest->control.desc[0].addr, 2 * sizeof(struct vring_desc),
		VRING_DESC_F_INDIRECT, 0 };
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_indirect_and_next(void **state)
{
	struct crafted crafted;

	craft_indirect(&crafted);
	guest->control.desc[0].flags |= VRING_DESC_F_NEXT;
	guest->control.desc[0].next = 1;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_indirect_next_out_of_range(void **state)
{
	struct crafted crafted;
	struct vring_desc *table = craft_indirect(&crafted);

	table[0].next = 2;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_indirect_loop(void **state)
{
	struct crafted crafted;
	struct vring_desc *table = craft_indirect(&crafted);

	table[1].flags |= VRING_DESC_F_NEXT;
	table[1].next = 0;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void indirect_of_length(uint32_t length)
{
	struct crafted crafted;

	craft_indirect(&crafted);
	guest->control.desc[0].len = length;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

static void test_indirect_of_length_zero(void **state)
{
	indirect_of_length(0);
}

static void test_indirect_of_odd_length(void **state)
{
	indirect_of_length(2 * sizeof(struct vring_desc) + 8);
}

static void test_indirect_of_length_all_ones(void **state)
{
	indirect_of_length(UINT32_MAX);
}

static void test_indirect_outside_memory(void **state)
{
	struct crafted crafted;

	craft_indirect(&crafted);
	guest->control.desc[0].addr = GUEST_MEMORY_BYTES - 16;
	offer(&guest->control, 0);
	assert_not_served(&guest->control, &crafted);
}

/* A table of 65536 entries, each of them a piece of a command: absurd, yet all in memory. */
static void test_indirect_of_absurd_length(void **state)
{
	enum {
		ENTRIES = 65536
	};
	struct crafted crafted = craft(&guest->control);
	struct span span = memory_alloc(&guest->memory, ENTRIES * sizeof(struct vring_desc), 4096);
	struct vring_desc *table = (struct vring_desc *)span.data;

	assert_non_null(table);
	for (uint32_t i = 0; i < ENTRIES; i++)
		table[i] = (struct vring_desc){ crafted.command.gpa, 4096, VRING_DESC_F_NEXT,
			(uint16_t)(i + 1) };
	table[ENTRIES - 1] = guest->control.desc[1];
	guest->control.desc[0] =
		(struct vring_desc){ span.gpa, (uint32_t)span.size, VRING_DESC_F_INDIRECT, 0 };
	offer(&guest->control, 0);
	comes_back(&guest->control);
}

/* The cursor queue is judged as the control queue is. */
static void test_cursor_ring(void **state)
{
	craft(&guest->cursor);
	guest->cursor.desc[0].next = 40000;
	offer(&guest->cursor, 0);
	comes_back(&guest->cursor);
}

/* Kicks without end and without work. */
static void test_kick_storm(void **state)
{
	for (uint32_t i = 0; i < 100000; i++)
		ring_notify(&guest->control);
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	/* These show that the crafting is right, on any back end; the others end QEMU's. */
	const struct CMUnitTest good[] = {
		RING_TEST(test_good_chain),
		RING_TEST(test_good_indirect),
		RING_TEST(test_kick_storm),
	};
	const struct CMUnitTest bad[] = {
		RING_TEST(test_head_out_of_range),
		RING_TEST(test_head_of_all_ones),
		RING_TEST(test_index_jumps),
		RING_TEST(test_index_goes_back),
		RING_TEST(test_next_out_of_range),
		RING_TEST(test_loop),
		RING_TEST(test_loop_of_readable),
		RING_TEST(test_same_head_twice),
		RING_TEST(test_command_outside_memory),
		RING_TEST(test_response_outside_memory),
		RING_TEST(test_absurd_lengths),
		RING_TEST(test_huge_command),
		RING_TEST(test_nothing_to_read),
		RING_TEST(test_read_after_write),
		RING_TEST(test_zero_lengths),
		RING_TEST(test_indirect_in_indirect),
		RING_TEST(test_indirect_and_next),
		RING_TEST(test_indirect_next_out_of_range),
		RING_TEST(test_indirect_loop),
		RING_TEST(test_indirect_of_length_zero),
		RING_TEST(test_indirect_of_odd_length),
		RING_TEST(test_indirect_of_length_all_ones),
		RING_TEST(test_indirect_outside_memory),
		RING_TEST(test_indirect_of_absurd_length),
		RING_TEST(test_cursor_ring),
	};
	int failed;

	fixture_find_programs(argc, argv);
	failed = cmocka_run_group_tests(good, group_setup, group_teardown);
	if (failed == 0 && getenv("MULLION_TEST_BACKEND") == NULL)
		failed = cmocka_run_group_tests(bad, group_setup, group_teardown);
	return failed;
}
