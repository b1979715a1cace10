/* SPDX-License-Identifier: MIT */
/* Commands that wait for their answer: slots, numbers, the order of fences, a successor. */
#include "tests/unit.h"

#include <sys/mman.h>

#include "backends/virtio/gpu_pending.h"

static struct gpu_pendings pendings;
static struct state *kept;
static struct gpu_reply reply = { .head = 5 };
static const struct virtio_gpu_header plain = { .type = VIRTIO_GPU_CMD_SUBMIT_3D };
static const struct virtio_gpu_header fence = {
	.type = VIRTIO_GPU_CMD_SUBMIT_3D,
	.flags = VIRTIO_GPU_FLAG_FENCE,
	.fence_id = 7,
};

static int setup(void **state)
{
	kept = mmap(NULL, sizeof(*kept), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(kept, MAP_FAILED);
	gpu_pendings_init(&pendings, kept);
	return 0;
}

static int teardown(void **state)
{
	munmap(kept, sizeof(*kept));
	return 0;
}

static struct virtio_gpu_header fence_on(uint32_t ctx_id, uint8_t ring_idx)
{
	return (struct virtio_gpu_header){
		.type = VIRTIO_GPU_CMD_SUBMIT_3D,
		.flags = VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX,
		.ctx_id = ctx_id,
		.ring_idx = ring_idx,
	};
}

static struct state_pending *add(const struct virtio_gpu_header *header, uint16_t head)
{
	reply.head = head;
	struct state_pending *pending = gpu_pending_add(&pendings, header, &reply);
	assert_non_null(pending);
	return pending;
}

/* Frees those that are due from this one on; how many. */
static uint32_t finish(struct state_pending *pending)
{
	uint32_t n = 0;

	while (pending && gpu_pending_is_due(&pendings, pending)) {
		struct state_pending *next = gpu_pending_next(&pendings, pending);
		gpu_pending_free(&pendings, pending);
		pending = next;
		n++;
	}
	return n;
}

static void test_add_and_find(void **state)
{
	struct state_pending *first = add(&plain, 4);
	struct state_pending *second = add(&fence, 5);

	assert_true(first->seq && second->seq && first->seq != second->seq);
	assert_false(gpu_pending_is_fenced(first));
	assert_true(gpu_pending_is_fenced(second));
	assert_int_equal(second->fence_id, 7);
	assert_int_equal(second->head, 5);
	assert_ptr_equal(gpu_pending_find(&pendings, second->seq), second);
	assert_null(gpu_pending_find(&pendings, 0));
	assert_null(gpu_pending_find(&pendings, 99));
	assert_ptr_equal(gpu_pending_of_chain(&pendings, 4), first);
	assert_null(gpu_pending_of_chain(&pendings, 6));
	/* Another number of the same slot. */
	assert_null(gpu_pending_find(&pendings, first->seq + RENDER_COMPLETIONS));
	uint64_t seq = first->seq;
	gpu_pending_free(&pendings, first);
	assert_null(gpu_pending_find(&pendings, seq));
	assert_int_equal(pendings.n_used, 1);
	assert_int_equal(pendings.n_fenced, 1);
}

static void test_full(void **state)
{
	struct state_pending *oldest = add(&plain, 0);

	for (uint32_t i = 1; i < RENDER_COMPLETIONS; i++) {
		assert_true(gpu_pendings_has_room(&pendings));
		add(&fence, i);
	}
	assert_false(gpu_pendings_has_room(&pendings));
	assert_null(gpu_pending_add(&pendings, &plain, &reply));
	gpu_pending_free(&pendings, oldest);
	assert_true(gpu_pendings_has_room(&pendings));
	assert_ptr_equal(add(&plain, 0), oldest);
}

static void test_fences_in_order(void **state)
{
	struct state_pending *all[5];

	for (size_t i = 0; i < N(all); i++)
		all[i] = add(i == 2 ? &plain : &fence, i);
	all[4]->done = all[1]->done = all[2]->done = 1;
	assert_int_equal(finish(all[4]) + finish(all[1]), 0);
	assert_int_equal(finish(all[2]), 1); /* no fence: waits for nobody */
	all[0]->done = 1;
	assert_int_equal(finish(all[0]), 2);
	all[3]->done = 1;
	assert_int_equal(finish(all[3]), 2);
	assert_int_equal(pendings.n_used, 0);
	assert_true(list_empty(&pendings.newest));
}

/* A ring of a context waits for nobody but itself. */
static void test_timelines(void **state)
{
	struct virtio_gpu_header a1 = fence_on(1, 1), a2 = fence_on(1, 2), b1 = fence_on(2, 1);
	struct state_pending *global = add(&fence, 0);
	struct state_pending *first = add(&a1, 1), *other_ring = add(&a2, 2);
	struct state_pending *other_context = add(&b1, 3), *second = add(&a1, 4);

	assert_true(gpu_pendings_hold(&pendings, &a1));
	second->done = 1;
	assert_int_equal(finish(second), 0);
	other_ring->done = other_context->done = 1;
	assert_int_equal(finish(other_ring), 1);
	assert_false(gpu_pendings_hold(&pendings, &a2));
	assert_int_equal(finish(other_context), 1);
	first->done = 1;
	assert_int_equal(finish(first), 2);
	assert_false(gpu_pendings_hold(&pendings, &a1));
	assert_true(gpu_pendings_hold(&pendings, &fence));
	global->done = 1;
	assert_int_equal(finish(global), 1);
}

/* The same fence id twice, one after the other: each command is its own. */
static void test_repeated_id(void **state)
{
	struct state_pending *first = add(&fence, 0), *second = add(&fence, 1);

	assert_true(first->fence_id == second->fence_id);
	second->done = 1;
	assert_int_equal(finish(second), 0);
	first->done = 1;
	assert_int_equal(finish(first), 2);
}

/* The renderer still answers what was asked before a reset: that must match nothing. */
static void test_reset(void **state)
{
	uint64_t seqs[3];

	for (size_t i = 0; i < N(seqs); i++)
		seqs[i] = add(&fence, i)->seq;
	gpu_pendings_clear(&pendings);
	assert_int_equal(pendings.n_used, 0);
	assert_false(gpu_pendings_hold(&pendings, &fence));
	for (uint32_t i = 0; i < RENDER_COMPLETIONS; i++)
		add(&fence, i);
	for (size_t i = 0; i < N(seqs); i++)
		assert_null(gpu_pending_find(&pendings, seqs[i]));
}

/* What was not sent after all gives its number back: the room it took is there again. */
static void test_taken_back(void **state)
{
	struct state_pending *oldest = add(&fence, 0);

	for (uint32_t i = 2; i < RENDER_COMPLETIONS; i++)
		add(&fence, i);
	assert_true(gpu_pendings_has_room(&pendings));
	struct state_pending *last = add(&fence, 1);
	gpu_pending_take_back(&pendings, last);
	assert_true(gpu_pendings_has_room(&pendings));
	assert_ptr_equal(add(&fence, 1), last);
	assert_false(gpu_pendings_has_room(&pendings));
	oldest->done = 1;
	assert_int_equal(finish(oldest), 1);
}

/* -- a successor -- */

static void fly(uint32_t n)
{
	struct state_queue *queue = &kept->gpu.queues[0];

	queue->size = 64;
	for (uint32_t i = 0; i < n; i++)
		queue->inflight[i] = (struct state_inflight){ .inflight = 1, .counter = i };
}

static void restore(uint64_t last_sent)
{
	memset(&pendings, 0x5a, sizeof(pendings));
	pendings.state = kept;
	gpu_pendings_restore(&pendings, &kept->gpu.queues[0], last_sent);
}

static void test_restore(void **state)
{
	struct state_pending *all[5];

	fly(5);
	for (size_t i = 0; i < N(all); i++)
		all[i] = add(i == 2 ? &plain : &fence, i);
	all[1]->done = 1;
	/* The last one was never sent; the third one's chain was used. */
	kept->gpu.queues[0].inflight[2].inflight = 0;
	restore(all[3]->seq);
	assert_int_equal(pendings.n_used, 3);
	assert_null(gpu_pending_of_chain(&pendings, 2));
	assert_null(gpu_pending_of_chain(&pendings, 4));
	assert_int_equal(finish(all[1]), 0);
	all[0]->done = 1;
	assert_int_equal(finish(all[0]), 2);
	all[3]->done = 1;
	assert_int_equal(finish(all[3]), 1);
	assert_true(add(&plain, 0)->seq > all[4]->seq);
}

/* A hostile state: nothing is followed that is not within bounds. */
static void test_restore_nonsense(void **state)
{
	fly(8);
	for (uint32_t i = 0; i < 8; i++)
		add(&fence, i);
	struct state_pending *slots = kept->pendings;
	slots[1].head = 64;         /* beyond the ring */
	slots[2].head = UINT32_MAX;
	slots[3].head = 2;          /* another one's, as that one's was taken already */
	slots[4].n_segments = STATE_REPLY_SEGMENTS + 1;
	slots[5].seq = 5 + 3 * RENDER_COMPLETIONS; /* of the future */
	slots[6].seq = 7;           /* not its slot */
	slots[20].seq = 20;         /* where no number has led to yet, as the next two */
	slots[20].flags = VIRTIO_GPU_FLAG_FENCE;
	slots[0].seq = RENDER_COMPLETIONS;
	slots[RENDER_COMPLETIONS - 1].seq = 1;
	restore(UINT64_MAX);
	for (uint32_t i = 0; i < 64; i++) {
		struct state_pending *pending = gpu_pending_of_chain(&pendings, i);
		assert_true(!pending || pending->n_segments <= STATE_REPLY_SEGMENTS);
	}
	assert_true(pendings.n_used <= 4);
	for (uint32_t i = 0, n = 0; i < RENDER_COMPLETIONS; i++) {
		n += slots[i].seq != 0;
		assert_true(n <= pendings.n_used);
	}
	kept->next_seq = UINT64_MAX;
	restore(UINT64_MAX);
	kept->next_seq = 0;
	restore(UINT64_MAX);
	assert_int_equal(pendings.n_used, 0);
	assert_true(add(&fence, 1)->seq == 1);
}

/* A ring that does not run may have any size: only heads that a ring can have are looked up. */
static void test_restore_of_an_endless_ring(void **state)
{
	struct state_queue *queue = &kept->gpu.queues[0];

	fly(1);
	struct state_pending *far = add(&fence, 0);
	memset(queue + 1, 1, sizeof(*queue));
	queue->size = UINT32_MAX;
	far->head = STATE_QUEUE_SIZE + 8; /* in flight, by the memory that follows */
	restore(UINT64_MAX);
	assert_int_equal(pendings.n_used, 0);
	far->seq = 1;
	far->head = UINT32_MAX - 1;
	restore(UINT64_MAX);
	assert_int_equal(pendings.n_used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_add_and_find, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fences_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timelines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeated_id, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restore, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restore_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restore_of_an_endless_ring, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
