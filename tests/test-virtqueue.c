/* SPDX-License-Identifier: MIT */
/* The device's side of a split ring, with drivers that are right. */
#include "tests/virtqueue_world.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/io.h"

static int setup_event_idx(void **state)
{
	return setup_of(state, RING, true);
}

/* -- chains that are right -- */

static void test_chain(void **state)
{
	struct virtqueue_world *f = *state;
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
	struct virtqueue_world *f = *state;
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
	struct virtqueue_world *f = *state;
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
	struct virtqueue_world *f = *state;
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
	struct virtqueue_world *f = *state;
	struct ring_part parts[] = { { f->data, 0, false }, { f->data, 4, false } };
	char text[8];

	ring_driver_add(&f->driver, parts, 2);
	assert_int_equal(pop(f), 1);
	assert_int_equal(f->chain.readable_bytes, 4);
	assert_int_equal(virtqueue_chain_read(&f->chain, &f->memory, text, sizeof(text)), 4);
}

/* -- starting -- */

static void test_stop_and_start(void **state)
{
	struct virtqueue_world *f = *state;
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
	struct virtqueue_world *f = *state;
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

static bool push_one(struct virtqueue_world *f)
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
	struct virtqueue_world *f = *state;

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
	struct virtqueue_world *f = *state;

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
	struct virtqueue_world *f = *state;

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
	struct virtqueue_world *f = *state;

	for (uint32_t i = 0; i < 70000; i++) {
		assert_int_equal(pop(f), 0);
		assert_int_equal(*ring_driver_avail_event(&f->driver), (uint16_t)i);
		push_one(f);
	}
}

static void test_no_call_descriptor(void **state)
{
	struct virtqueue_world *f = *state;

	fd_close(&f->queue.call_fd);
	push_one(f);
	/* With one again, what was missed is said with the next. */
	f->queue.call_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(push_one(f));
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
		TEST(test_stop_and_start),
		cmocka_unit_test(test_wrap_around),
		TEST(test_notify_by_flag),
		TEST_EVENT_IDX(test_notify_by_event),
		TEST_EVENT_IDX(test_notify_of_a_batch),
		TEST_EVENT_IDX(test_avail_event),
		TEST_EVENT_IDX(test_no_call_descriptor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
