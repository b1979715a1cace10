/* SPDX-License-Identifier: MIT */
/* The device's side of a split ring, with drivers that are not right. */
#include "tests/virtqueue_world.h"

#include <errno.h>

#include "base/io.h"

/* -- rings that are broken -- */

static void check_broken(struct virtqueue_world *f)
{
	uint16_t before = f->driver.used->idx;

	assert_int_equal(pop(f), -EPROTO);
	assert_true(f->queue.broken);
	assert_true(signalled(f->queue.err_fd));
	/* Until it is set up again nothing is taken and nothing is given back. */
	assert_int_equal(pop(f), 0);
	assert_false(virtqueue_has_more(&f->queue));
	virtqueue_push(&f->queue, 0, 1);
	assert_int_equal(f->driver.used->idx, before);
	assert_false(signalled(f->queue.err_fd));
}

/* The chain that starts at descriptor 0 breaks the ring. */
static void check_desc_breaks(struct virtqueue_world *f, struct vring_desc desc)
{
	virtqueue_stop(&f->queue);
	ring_driver_reset(&f->driver);
	memset(&f->state.inflight, 0, sizeof(f->state.inflight));
	state_queue_set_last_avail(&f->state, 0);
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), 0);
	f->driver.desc[0] = desc;
	f->driver.desc[1] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 0);
	ring_driver_offer(&f->driver, 0);
	check_broken(f);
}

static void test_outside_memory(void **state)
{
	struct virtqueue_world *f = *state;
	uint64_t end = RING_MEMORY_GUEST + MEMORY_BYTES;

	check_desc_breaks(f, (struct vring_desc){ .addr = RING_MEMORY_GUEST - 1, .len = 1 });
	check_desc_breaks(f, (struct vring_desc){ .addr = end, .len = 1 });
	check_desc_breaks(f, (struct vring_desc){ .addr = end - 1, .len = 2 });
	check_desc_breaks(f, (struct vring_desc){ .addr = RING_MEMORY_GUEST, .len = UINT32_MAX });
	check_desc_breaks(f, (struct vring_desc){ .addr = UINT64_MAX, .len = 1 });
	check_desc_breaks(
		f, (struct vring_desc){ .addr = 0, .len = 1, .flags = VRING_DESC_F_WRITE });
}

static void test_loops(void **state)
{
	struct virtqueue_world *f = *state;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, 2 * sizeof(*table));

	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 0));
	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 1));
	check_desc_breaks(f, desc_of(f, f->data, 0, VRING_DESC_F_NEXT, 1));
	table[0] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 1);
	table[1] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 0);
	check_desc_breaks(f, desc_of(f, table, 2 * sizeof(*table), VRING_DESC_F_INDIRECT, 0));
}

static void test_indices_out_of_range(void **state)
{
	struct virtqueue_world *f = *state;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, 2 * sizeof(*table));

	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, RING));
	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, UINT16_MAX));
	table[0] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 2);
	check_desc_breaks(f, desc_of(f, table, 2 * sizeof(*table), VRING_DESC_F_INDIRECT, 0));
}

static void test_bad_indirect(void **state)
{
	struct virtqueue_world *f = *state;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, 4 * sizeof(*table));
	static const uint32_t lengths[] = {
		0,
		1,
		15,
		17,
		16 * VIRTQUEUE_CHAIN_MAX + 16,
		1u << 31,
		UINT32_MAX,
		UINT32_MAX - 15,
	};
	uint16_t flag = VRING_DESC_F_INDIRECT;

	table[0] = desc_of(f, f->data, 1, 0, 0);
	for (size_t i = 0; i < N(lengths); i++)
		check_desc_breaks(f, desc_of(f, table, lengths[i], flag, 0));
	check_desc_breaks(f, desc_of(f, table, 16, flag | VRING_DESC_F_NEXT, 1));
	check_desc_breaks(f, (struct vring_desc){ .addr = 0, .len = 16, .flags = flag });
	/* A table in a table. */
	table[0] = desc_of(f, table + 1, 16, flag, 0);
	table[1] = desc_of(f, f->data, 1, 0, 0);
	check_desc_breaks(f, desc_of(f, table, 16, flag, 0));
}

static void test_readable_after_writable(void **state)
{
	struct virtqueue_world *f = *state;

	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1));
}

static void test_head_out_of_range(void **state)
{
	struct virtqueue_world *f = *state;

	ring_driver_offer(&f->driver, RING);
	check_broken(f);
}

static void test_head_twice(void **state)
{
	struct virtqueue_world *f = *state;

	int head = add_one(f);
	assert_int_equal(pop(f), 1);
	ring_driver_offer(&f->driver, head);
	check_broken(f);
}

static void test_too_many_available(void **state)
{
	struct virtqueue_world *f = *state;

	f->driver.avail->idx = RING + 1;
	check_broken(f);
}

static void test_index_goes_back(void **state)
{
	struct virtqueue_world *f = *state;

	add_one(f);
	assert_int_equal(pop(f), 1);
	f->driver.avail->idx = 0;
	check_broken(f);
}

/* -- rings that cannot be started -- */

static void test_start_refused(void **state)
{
	struct virtqueue_world *f = *state;
	const struct state_queue right = f->state;
	static const uint32_t sizes[] = { 0, 3, 6, 2 * STATE_QUEUE_SIZE, 1u << 31, UINT32_MAX };

	virtqueue_stop(&f->queue);
	for (size_t i = 0; i < N(sizes); i++) {
		f->state.size = sizes[i];
		assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EINVAL);
	}
	f->state = right;
	f->state.desc_addr += 8;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EINVAL);
	f->state = right;
	f->state.avail_addr += 1;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EINVAL);
	f->state = right;
	f->state.used_addr += 2;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EINVAL);
	f->state = right;
	f->state.used_addr = RING_MEMORY_USER + MEMORY_BYTES - 8;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EFAULT);
	f->state = right;
	f->state.desc_addr = RING_MEMORY_GUEST;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EFAULT);
	assert_false(f->queue.running);
	assert_int_equal(pop(f), 0);
	virtqueue_push(&f->queue, 0, 0);
	virtqueue_notify(&f->queue);
	f->state = right;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), 0);
}

/* A VMM's region whose addresses are not aligned in our mapping. */
static void test_start_unaligned_region(void **state)
{
	struct virtqueue_world *f = *state;
	struct guest_region region = {
		.guest_addr = 1ull << 40,
		.user_addr = (1ull << 41) + 1,
		.size_bytes = 8192,
	};

	virtqueue_stop(&f->queue);
	assert_true(guest_memory_add(&f->memory, &region, memfd_create_sealed("odd", 8192)) >= 0);
	f->state.desc_addr = (1ull << 41) + 16;
	f->state.avail_addr = (1ull << 41) + 1024;
	f->state.used_addr = (1ull << 41) + 2048;
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), -EINVAL);
}

/* -- whatever is in memory, nothing outside of it is touched -- */

static void test_random_rings(void **state)
{
	for (uint64_t seed = 0; seed < 20000; seed++) {
		struct virtqueue_world *f = *state;
		struct dice dice = dice_of(seed);
		struct vring_desc *table = (struct vring_desc *)f->data;

		virtqueue_stop(&f->queue);
		ring_driver_reset(&f->driver);
		memset(f->state.inflight, 0, sizeof(f->state.inflight));
		state_queue_set_last_avail(&f->state, 0);
		assert_int_equal(virtqueue_start(&f->queue, &f->memory, seed % 2), 0);
		for (uint32_t i = 0; i < 2 * RING; i++) {
			struct vring_desc *desc = i < RING ? &f->driver.desc[i] : &table[i - RING];
			*desc = desc_of(f, f->data, 16 * dice_roll(&dice, 10), dice_roll(&dice, 8),
				dice_roll(&dice, RING + 1));
			if (!dice_roll(&dice, 8))
				desc->addr =
					RING_MEMORY_GUEST + MEMORY_BYTES - dice_roll(&dice, 20);
		}
		for (uint32_t i = 0; i < 1 + dice_roll(&dice, RING); i++)
			ring_driver_offer(&f->driver, dice_roll(&dice, RING + RING / 8));
		while (pop(f) == 1) {
			uint8_t bytes[512];
			uint32_t n = f->chain.n_readable + f->chain.n_writable;
			assert_in_range(n, 1, VIRTQUEUE_CHAIN_MAX);
			for (uint32_t i = 0; i < n; i++) {
				const struct virtqueue_segment *segment = &f->chain.segments[i];
				if (segment->len)
					assert_non_null(guest_memory_at(
						&f->memory, segment->addr, segment->len));
			}
			virtqueue_chain_read(&f->chain, &f->memory, bytes, sizeof(bytes));
			if (dice_roll(&dice, 2))
				virtqueue_push(&f->queue, f->chain.head, 0);
		}
		virtqueue_notify(&f->queue);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_outside_memory),
		TEST(test_loops),
		TEST(test_indices_out_of_range),
		TEST(test_bad_indirect),
		TEST(test_readable_after_writable),
		TEST(test_head_out_of_range),
		TEST(test_head_twice),
		TEST(test_too_many_available),
		TEST(test_index_goes_back),
		TEST(test_start_refused),
		TEST(test_start_unaligned_region),
		TEST(test_random_rings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
