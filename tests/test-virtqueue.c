/* SPDX-License-Identifier: MIT */
/* The device's side of a split ring, with drivers that are right and drivers that are not. */
#include "tests/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backends/virtqueue.h"
#include "base/io.h"
#include "tests/ring_driver.h"

#define RING 8u
#define MEMORY_BYTES (1u << 20)

struct fixture {
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver driver;
	struct state_queue state;
	struct virtqueue queue;
	struct virtqueue_chain chain;
	uint8_t *data; /* a page of guest memory */
};

static int setup_of(void **state, uint32_t size, bool event_idx)
{
	struct fixture *f = calloc(1, sizeof(*f));

	guest_memory_init(&f->memory);
	ring_memory_init(&f->ring_memory, &f->memory, MEMORY_BYTES);
	ring_driver_init(&f->driver, &f->ring_memory, size, &f->state);
	f->data = ring_memory_take(&f->ring_memory, 4096);
	virtqueue_init(&f->queue, "test", &f->state);
	f->queue.call_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->queue.err_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, event_idx), 0);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_of(state, RING, false);
}

static int setup_event_idx(void **state)
{
	return setup_of(state, RING, true);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	virtqueue_finish(&f->queue);
	guest_memory_finish(&f->memory);
	free(f);
	return 0;
}

static bool signalled(int fd)
{
	uint64_t value;
	return read(fd, &value, sizeof(value)) == sizeof(value);
}

static int pop(struct fixture *f)
{
	return virtqueue_pop(&f->queue, &f->memory, &f->chain);
}

static uint64_t guest(struct fixture *f, const void *at)
{
	return ring_memory_guest(&f->ring_memory, at);
}

static struct vring_desc desc_of(
	struct fixture *f, const void *at, uint32_t len, uint16_t flags, uint16_t next)
{
	return (struct vring_desc){
		.addr = guest(f, at), .len = len, .flags = flags, .next = next
	};
}

static int add_one(struct fixture *f)
{
	struct ring_part part = { f->data, 16, false };
	return ring_driver_add(&f->driver, &part, 1);
}

/* -- chains that are right -- */

static void test_chain(void **state)
{
	struct fixture *f = *state;
	struct ring_part parts[] = {
		{ f->data, 5, false },
		{ f->data + 100, 7, false },
		{ f->data + 200, 24, true },
		{ f->data + 300, 1, true },
	};
	char text[32];
	uint32_t head, len;

	memcpy(f->data, "abcde", 5);
	memcpy(f->data + 100, "fghijkl", 7);
	assert_int_equal(pop(f), 0);
	assert_false(virtqueue_has_more(&f->queue));
	int added = ring_driver_add(&f->driver, parts, 4);
	assert_true(virtqueue_has_more(&f->queue));
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.head, added);
	assert_int_equal(f->chain.n_readable, 2);
	assert_int_equal(f->chain.n_writable, 2);
	assert_int_equal(f->chain.readable_bytes, 12);
	assert_int_equal(f->chain.writable_bytes, 25);
	assert_int_equal(f->chain.segments[2].addr, guest(f, f->data + 200));

	assert_int_equal(virtqueue_chain_read(&f->chain, &f->memory, text, sizeof(text)), 12);
	assert_memory_equal(text, "abcdefghijkl", 12);
	assert_int_equal(virtqueue_chain_read(&f->chain, &f->memory, text, 7), 7);
	assert_int_equal(virtqueue_chain_read(&f->chain, &f->memory, text, 0), 0);

	assert_int_equal(pop(f), 0);
	assert_int_equal(f->state.inflight[added].inflight, 1);
	virtqueue_push(&f->queue, added, 25);
	assert_int_equal(f->state.inflight[added].inflight, 0);
	assert_true(ring_driver_take_used(&f->driver, &head, &len));
	assert_int_equal(head, added);
	assert_int_equal(len, 25);
	assert_int_equal(f->driver.n_free, RING);
}

static void test_indirect(void **state)
{
	struct fixture *f = *state;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, 4 * sizeof(*table));

	/* The entries are linked, not in order. */
	table[0] = desc_of(f, f->data, 5, VRING_DESC_F_NEXT, 3);
	table[3] = desc_of(f, f->data + 10, 6, VRING_DESC_F_NEXT, 1);
	table[1] = desc_of(f, f->data + 20, 7, VRING_DESC_F_WRITE, 77);
	f->driver.desc[2] = desc_of(f, table, 4 * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
	ring_driver_offer(&f->driver, 2);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.head, 2);
	assert_int_equal(f->chain.n_readable, 2);
	assert_int_equal(f->chain.n_writable, 1);
	assert_int_equal(f->chain.readable_bytes, 11);

	/* Direct ones first, then the table. */
	f->driver.desc[4] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 5);
	f->driver.desc[5] = desc_of(f, table, 4 * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
	ring_driver_offer(&f->driver, 4);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.n_readable, 3);
}

/* Nothing says that a driver must align the table. */
static void test_indirect_unaligned(void **state)
{
	struct fixture *f = *state;
	uint8_t *table = ring_memory_take(&f->ring_memory, 64);
	struct vring_desc desc = desc_of(f, f->data, 5, 0, 0);

	memcpy(table + 3, &desc, sizeof(desc));
	f->driver.desc[0] = desc_of(f, table + 3, sizeof(desc), VRING_DESC_F_INDIRECT, 0);
	ring_driver_offer(&f->driver, 0);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.segments[0].addr, guest(f, f->data));
	assert_int_equal(f->chain.segments[0].len, 5);
}

static void test_longest_chain(void **state)
{
	struct fixture *f = *state;
	uint32_t n = VIRTQUEUE_CHAIN_MAX;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, n * sizeof(*table));

	for (uint32_t i = 0; i < n; i++)
		table[i] = desc_of(f, f->data, 1, i + 1 < n ? VRING_DESC_F_NEXT : 0, i + 1);
	f->driver.desc[0] = desc_of(f, table, n * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
	ring_driver_offer(&f->driver, 0);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.n_readable, n);

	/* With one direct descriptor before them it is one too many. */
	f->driver.desc[1] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 2);
	f->driver.desc[2] = f->driver.desc[0];
	ring_driver_offer(&f->driver, 1);
	assert_int_equal(pop(f), -EPROTO);
}

static void test_empty_segments(void **state)
{
	struct fixture *f = *state;
	struct ring_part parts[] = { { f->data, 0, false }, { f->data, 4, false } };
	char text[8];

	ring_driver_add(&f->driver, parts, 2);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.readable_bytes, 4);
	assert_int_equal(virtqueue_chain_read(&f->chain, &f->memory, text, sizeof(text)), 4);
}

/* -- rings that are broken -- */

static void check_broken(struct fixture *f)
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
static void check_desc_breaks(struct fixture *f, struct vring_desc desc)
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
	struct fixture *f = *state;
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
	struct fixture *f = *state;
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
	struct fixture *f = *state;
	struct vring_desc *table = ring_memory_take(&f->ring_memory, 2 * sizeof(*table));

	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, RING));
	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_NEXT, UINT16_MAX));
	table[0] = desc_of(f, f->data, 1, VRING_DESC_F_NEXT, 2);
	check_desc_breaks(f, desc_of(f, table, 2 * sizeof(*table), VRING_DESC_F_INDIRECT, 0));
}

static void test_bad_indirect(void **state)
{
	struct fixture *f = *state;
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
	struct fixture *f = *state;

	check_desc_breaks(f, desc_of(f, f->data, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1));
}

static void test_head_out_of_range(void **state)
{
	struct fixture *f = *state;

	ring_driver_offer(&f->driver, RING);
	check_broken(f);
}

static void test_head_twice(void **state)
{
	struct fixture *f = *state;

	int head = add_one(f);
	assert_int_equal(pop(f), 1);
	ring_driver_offer(&f->driver, head);
	check_broken(f);
}

static void test_too_many_available(void **state)
{
	struct fixture *f = *state;

	f->driver.avail->idx = RING + 1;
	check_broken(f);
}

static void test_index_goes_back(void **state)
{
	struct fixture *f = *state;

	add_one(f);
	assert_int_equal(pop(f), 1);
	f->driver.avail->idx = 0;
	check_broken(f);
}

/* -- starting -- */

static void test_start_refused(void **state)
{
	struct fixture *f = *state;
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
	struct fixture *f = *state;
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

static void test_stop_and_start(void **state)
{
	struct fixture *f = *state;
	uint32_t used, len;

	int first = add_one(f);
	int second = add_one(f);
	assert_int_equal(pop(f), 1);
	virtqueue_stop(&f->queue);
	assert_int_equal(pop(f), 0);
	assert_int_equal(f->state.started, 0);
	/* What is in flight is so afterwards. */
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, false), 0);
	assert_int_equal(f->state.started, 1);
	assert_int_equal(f->state.inflight[first].inflight, 1);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.head, second);
	virtqueue_push(&f->queue, first, 1);
	virtqueue_push(&f->queue, second, 2);
	assert_true(ring_driver_take_used(&f->driver, &used, &len));
	assert_int_equal(used, first);
	assert_true(ring_driver_take_used(&f->driver, &used, &len));
	assert_int_equal(used, second);
}

/* -- around the ends of the indices -- */

/* Chains come and go, out of order, more of them than indices have numbers. */
static void run_around(void **state, uint32_t size, bool event_idx)
{
	setup_of(state, size, event_idx);
	struct fixture *f = *state;
	struct dice dice = dice_of(size);
	uint16_t in_flight[STATE_QUEUE_SIZE];
	uint32_t n_in_flight = 0, added = 0, taken = 0, head, len;
	uint32_t n_parts = size == 1 ? 1 : 2;
	struct ring_part parts[] = { { f->data, 8, false }, { f->data + 8, 8, true } };

	while (taken < 200000) {
		while (dice_roll(&dice, 4) && ring_driver_add(&f->driver, parts, n_parts) >= 0)
			added++;
		while (dice_roll(&dice, 4) && pop(f) == 1)
			in_flight[n_in_flight++] = f->chain.head;
		assert_false(f->queue.broken);
		while (n_in_flight && dice_roll(&dice, 4)) {
			uint32_t i = dice_roll(&dice, n_in_flight);
			virtqueue_push(&f->queue, in_flight[i], in_flight[i] + 100);
			in_flight[i] = in_flight[--n_in_flight];
		}
		while (ring_driver_take_used(&f->driver, &head, &len)) {
			assert_int_equal(len, head + 100);
			taken++;
		}
	}
	while (pop(f) == 1)
		in_flight[n_in_flight++] = f->chain.head;
	assert_int_equal(added, taken + n_in_flight);
	assert_int_equal(f->driver.avail->idx, (uint16_t)added);
	assert_int_equal(state_queue_last_avail(&f->state), (uint16_t)added);
	assert_int_equal(f->state.used_idx, (uint16_t)taken);
	teardown(state);
}

static void test_wrap_around(void **state)
{
	run_around(state, 1, false);
	run_around(state, 2, true);
	run_around(state, 256, false);
	run_around(state, 1024, true);
}

/* -- interrupts -- */

static bool push_one(struct fixture *f)
{
	uint32_t used, len;

	int head = add_one(f);
	assert_true(head >= 0);
	assert_int_equal(pop(f), 1);
	virtqueue_push(&f->queue, head, 0);
	virtqueue_notify(&f->queue);
	assert_true(ring_driver_take_used(&f->driver, &used, &len));
	return signalled(f->queue.call_fd);
}

static void test_notify_by_flag(void **state)
{
	struct fixture *f = *state;

	assert_true(push_one(f));
	virtqueue_notify(&f->queue);
	assert_false(signalled(f->queue.call_fd));
	f->driver.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	assert_false(push_one(f));
	f->driver.avail->flags = 0;
	assert_true(push_one(f));
}

static void test_notify_by_event(void **state)
{
	struct fixture *f = *state;

	push_one(f); /* the first one is always said */
	for (uint32_t i = 1; i < 200000; i++) {
		/* Now and then the driver waits for the next one or the one after it. */
		uint16_t index = i;
		bool wants_next = i % 3 == 0;
		*ring_driver_used_event(&f->driver) = wants_next ? index : index + 1;
		assert_int_equal(push_one(f), wants_next);
	}
	virtqueue_notify(&f->queue);
	assert_false(signalled(f->queue.call_fd));
}

/* Several pushes, one interrupt, if any of them is what the driver waits for. */
static void test_notify_of_a_batch(void **state)
{
	struct fixture *f = *state;

	push_one(f);
	for (uint16_t event = 0; event < 8; event++) {
		uint16_t start = f->state.used_idx;
		*ring_driver_used_event(&f->driver) = start + event;
		for (int i = 0; i < 4; i++) {
			int head = add_one(f);
			assert_int_equal(pop(f), 1);
			virtqueue_push(&f->queue, head, 0);
		}
		virtqueue_notify(&f->queue);
		assert_int_equal(signalled(f->queue.call_fd), event < 4);
		uint32_t used, len;
		while (ring_driver_take_used(&f->driver, &used, &len))
			;
	}
}

/* The device asks for a kick only when it has found the ring empty. */
static void test_avail_event(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 70000; i++) {
		assert_int_equal(pop(f), 0);
		assert_int_equal(*ring_driver_avail_event(&f->driver), (uint16_t)i);
		push_one(f);
	}
}

static void test_no_call_descriptor(void **state)
{
	struct fixture *f = *state;

	fd_close(&f->queue.call_fd);
	push_one(f);
	/* With one again, what was missed is said with the next. */
	f->queue.call_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(push_one(f));
}

/* -- whatever is in memory, nothing outside of it is touched -- */

static void test_random_rings(void **state)
{
	for (uint64_t seed = 0; seed < 20000; seed++) {
		struct fixture *f = *state;
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
#define TEST_EVENT_IDX(name) cmocka_unit_test_setup_teardown(name, setup_event_idx, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_chain),
		TEST_EVENT_IDX(test_chain),
		TEST(test_indirect),
		TEST(test_indirect_unaligned),
		TEST(test_longest_chain),
		TEST(test_empty_segments),
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
		TEST(test_stop_and_start),
		cmocka_unit_test(test_wrap_around),
		TEST(test_notify_by_flag),
		TEST_EVENT_IDX(test_notify_by_event),
		TEST_EVENT_IDX(test_notify_of_a_batch),
		TEST_EVENT_IDX(test_avail_event),
		TEST_EVENT_IDX(test_no_call_descriptor),
		TEST(test_random_rings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
