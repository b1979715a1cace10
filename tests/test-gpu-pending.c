/* SPDX-License-Identifier: MIT */
/* Commands that wait for their answer: slots, numbers, and the order of fences. */
#include "tests/unit.h"

#include "backends/virtio/gpu_pending.h"

static struct gpu_pendings pendings;
static const struct gpu_reply reply = { .head = 5 };
static const struct virtio_gpu_header plain = { .type = VIRTIO_GPU_CMD_SUBMIT_3D };
static const struct virtio_gpu_header fence = {
	.type = VIRTIO_GPU_CMD_SUBMIT_3D,
	.flags = VIRTIO_GPU_FLAG_FENCE,
	.fence_id = 7,
};

static int setup(void **state)
{
	memset(&pendings, 0, sizeof(pendings));
	gpu_pendings_init(&pendings);
	return 0;
}

static void test_add_and_find(void **state)
{
	struct gpu_pending *first = gpu_pending_add(&pendings, &plain, &reply);
	struct gpu_pending *second = gpu_pending_add(&pendings, &fence, &reply);

	assert_true(first->seq && second->seq && first->seq != second->seq);
	assert_false(first->fenced);
	assert_true(second->fenced);
	assert_int_equal(second->header.fence_id, 7);
	assert_int_equal(second->reply.head, 5);
	assert_ptr_equal(gpu_pending_find(&pendings, second->seq), second);
	assert_null(gpu_pending_find(&pendings, 0));
	assert_null(gpu_pending_find(&pendings, 99));
	/* Another number of the same slot. */
	assert_null(gpu_pending_find(&pendings, first->seq + RENDER_COMPLETIONS));
	uint64_t seq = first->seq;
	gpu_pending_free(&pendings, first);
	assert_null(gpu_pending_find(&pendings, seq));
	assert_int_equal(pendings.n_used, 1);
}

static void test_full(void **state)
{
	struct gpu_pending *oldest = gpu_pending_add(&pendings, &plain, &reply);

	for (uint32_t i = 1; i < RENDER_COMPLETIONS; i++) {
		assert_true(gpu_pendings_has_room(&pendings));
		assert_non_null(gpu_pending_add(&pendings, &fence, &reply));
	}
	assert_false(gpu_pendings_has_room(&pendings));
	assert_null(gpu_pending_add(&pendings, &plain, &reply));
	gpu_pending_free(&pendings, oldest);
	assert_true(gpu_pendings_has_room(&pendings));
	assert_ptr_equal(gpu_pending_add(&pendings, &plain, &reply), oldest);
}

static void test_fences_in_order(void **state)
{
	struct gpu_pending *all[5];

	for (size_t i = 0; i < N(all); i++)
		all[i] = gpu_pending_add(&pendings, i == 2 ? &plain : &fence, &reply);
	assert_null(gpu_pendings_next_fenced(&pendings));
	all[4]->done = all[1]->done = all[2]->done = true;
	assert_null(gpu_pendings_next_fenced(&pendings));
	all[0]->done = true;
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(gpu_pendings_next_fenced(&pendings), all[i]);
		gpu_pending_free(&pendings, all[i]);
	}
	assert_null(gpu_pendings_next_fenced(&pendings));
	all[3]->done = true;
	for (size_t i = 3; i < 5; i++) {
		assert_ptr_equal(gpu_pendings_next_fenced(&pendings), all[i]);
		gpu_pending_free(&pendings, all[i]);
	}
	assert_null(gpu_pendings_next_fenced(&pendings));
}

/* The renderer still answers what was asked before a reset: that must match nothing. */
static void test_reset(void **state)
{
	uint64_t seqs[3];

	for (size_t i = 0; i < N(seqs); i++)
		seqs[i] = gpu_pending_add(&pendings, &fence, &reply)->seq;
	gpu_pendings_init(&pendings);
	assert_int_equal(pendings.n_used, 0);
	assert_null(gpu_pendings_next_fenced(&pendings));
	for (uint32_t i = 0; i < RENDER_COMPLETIONS; i++)
		assert_non_null(gpu_pending_add(&pendings, &fence, &reply));
	for (size_t i = 0; i < N(seqs); i++)
		assert_null(gpu_pending_find(&pendings, seqs[i]));
}

/* What was not sent after all gives its number back: the room it took is there again. */
static void test_taken_back(void **state)
{
	struct gpu_pending *oldest = gpu_pending_add(&pendings, &fence, &reply);

	for (uint32_t i = 2; i < RENDER_COMPLETIONS; i++)
		assert_non_null(gpu_pending_add(&pendings, &fence, &reply));
	assert_true(gpu_pendings_has_room(&pendings));
	struct gpu_pending *last = gpu_pending_add(&pendings, &fence, &reply);
	gpu_pending_take_back(&pendings, last);
	assert_true(gpu_pendings_has_room(&pendings));
	assert_ptr_equal(gpu_pending_add(&pendings, &fence, &reply), last);
	assert_false(gpu_pendings_has_room(&pendings));
	assert_null(gpu_pendings_next_fenced(&pendings));
	oldest->done = true;
	assert_ptr_equal(gpu_pendings_next_fenced(&pendings), oldest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_add_and_find, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_fences_in_order, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_taken_back, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
