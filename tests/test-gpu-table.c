/* SPDX-License-Identifier: MIT */
/* A guest's resources, contexts, attachments and backings: limits, and nothing left behind. */
#include "tests/failing_alloc.h"
#include "tests/unit.h"

#include <endian.h>
#include <errno.h>

#include "backends/virtio/gpu_table.h"
#include "protocol/virtio_gpu.h"

#define QUOTA 1000000u

/* All that the state has room for. */
static const struct link_quota quota = {
	.memory_bytes = QUOTA,
	.contexts = UINT32_MAX,
	.resources = UINT32_MAX,
	.backing_entries = UINT32_MAX,
};

struct fixture {
	struct state *state;
	struct gpu_table table;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->state = calloc(1, sizeof(*f->state));
	assert_int_equal(gpu_table_init(&f->table, f->state, &quota), 0);
	*state = f;
	return 0;
}

/* All counters are zero and every entry of the state is free. */
static void check_empty(struct fixture *f)
{
	assert_int_equal(f->state->counters.resources, 0);
	assert_int_equal(f->state->counters.contexts, 0);
	assert_int_equal(f->state->counters.bytes_used, 0);
	assert_int_equal(f->state->counters.backing_entries, 0);
	assert_int_equal(f->table.resources.n_used, 0);
	assert_int_equal(f->table.contexts.n_used, 0);
	for (uint32_t i = 0; i < STATE_RESOURCES; i++)
		assert_int_equal(f->state->resources[i].id, 0);
	for (uint32_t i = 0; i < STATE_CONTEXTS; i++)
		assert_int_equal(f->state->contexts[i].id, 0);
	for (uint32_t i = 0; i < STATE_ATTACHMENTS; i++)
		assert_int_equal(f->state->attachments[i].context, 0);
	for (uint32_t i = 0; i < STATE_BLOCKS; i++)
		assert_int_equal(f->state->blocks[i].used, 0);
	assert_int_equal(f->table.block_pool.n_free, f->state->ends.blocks);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gpu_table_clear(&f->table);
	check_empty(f);
	gpu_table_finish(&f->table);
	gpu_table_finish(&f->table);
	free(f->state);
	free(f);
	return 0;
}

static void test_no_memory(void **state)
{
	struct state *shared = calloc(1, sizeof(*shared));
	struct gpu_table table;

	for (int n = 0; n < 4; n++) {
		alloc_countdown = n;
		int ret = gpu_table_init(&table, shared, &quota);
		alloc_countdown = -1;
		assert_int_equal(ret, -ENOMEM);
		gpu_table_finish(&table);
	}
	assert_int_equal(gpu_table_init(&table, shared, &quota), 0);
	/* The map of ids has no memory: nothing is charged. */
	alloc_countdown = 0;
	assert_null(gpu_resource_add(&table, 1, 10));
	alloc_countdown = 0;
	assert_null(gpu_context_add(&table, 1));
	alloc_countdown = -1;
	assert_int_equal(shared->counters.bytes_used, 0);
	assert_int_equal(shared->counters.resources + shared->counters.contexts, 0);
	assert_non_null(gpu_resource_add(&table, 1, 10));
	assert_non_null(gpu_context_add(&table, 1));
	gpu_table_finish(&table);
	free(shared);
}

static void test_quota(void **state)
{
	struct fixture *f = *state;

	assert_null(gpu_resource_add(&f->table, 1, QUOTA + 1));
	assert_null(gpu_resource_add(&f->table, 1, UINT64_MAX));
	struct state_resource *all = gpu_resource_add(&f->table, 1, QUOTA);
	assert_non_null(all);
	assert_int_equal(f->state->counters.bytes_used, QUOTA);
	assert_null(gpu_resource_add(&f->table, 2, 1));
	assert_non_null(gpu_resource_add(&f->table, 3, 0));
	gpu_resource_remove(&f->table, all);
	assert_null(gpu_resource_find(&f->table, 1));
	assert_non_null(gpu_resource_add(&f->table, 2, QUOTA));
	/* The daemon's counters are in shared memory: a lie there opens nothing. */
	f->state->counters.bytes_used = UINT64_MAX;
	assert_null(gpu_resource_add(&f->table, 4, 1));
	f->state->counters.bytes_used = QUOTA;
}

static void test_all_slots(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 1; i <= STATE_RESOURCES; i++)
		assert_non_null(gpu_resource_add(&f->table, i * 1000, 1));
	assert_null(gpu_resource_add(&f->table, 1, 1));
	assert_int_equal(f->state->counters.bytes_used, STATE_RESOURCES);
	gpu_resource_remove(&f->table, gpu_resource_find(&f->table, 7000));
	assert_non_null(gpu_resource_add(&f->table, 1, 1));
	assert_null(gpu_resource_add(&f->table, 2, 1));

	for (uint32_t i = 1; i <= STATE_CONTEXTS; i++)
		assert_non_null(gpu_context_add(&f->table, i));
	assert_null(gpu_context_add(&f->table, 99999));
	gpu_context_remove(&f->table, gpu_context_find(&f->table, 5));
	assert_non_null(gpu_context_add(&f->table, 99999));
}

/* -- backings -- */

static struct virtio_gpu_command attach_of(uint8_t *tail, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t addr = htole64(0x100000000u + i * 4096ull);
		uint32_t len = htole32(i + 1), zero = 0;
		memcpy(tail + i * 16, &addr, 8);
		memcpy(tail + i * 16 + 8, &len, 4);
		memcpy(tail + i * 16 + 12, &zero, 4);
	}
	return (struct virtio_gpu_command){
		.attach_backing.n_entries = n,
		.tail = tail,
		.tail_len = n * 16,
	};
}

static void test_backings(void **state)
{
	struct fixture *f = *state;
	static const uint32_t counts[] = {
		0,
		1,
		STATE_BLOCK_ENTRIES - 1,
		STATE_BLOCK_ENTRIES,
		STATE_BLOCK_ENTRIES + 1,
		3 * STATE_BLOCK_ENTRIES,
		65534,
	};
	uint8_t *tail = malloc(65534 * 16), *back = malloc(65534 * 16);
	struct state_resource *resource = gpu_resource_add(&f->table, 1, 1);

	for (size_t i = 0; i < N(counts); i++) {
		uint32_t n = counts[i];
		struct virtio_gpu_command attach = attach_of(tail, n);
		assert_true(resource->backing == STATE_NONE);
		assert_true(gpu_backing_set(&f->table, resource, &attach));
		/* Attached, even with no entries. */
		assert_true(resource->backing != STATE_NONE);
		assert_int_equal(resource->n_entries, n);
		memset(back, 0xa5, n * 16);
		gpu_backing_write(&f->table, resource, back);
		assert_memory_equal(back, tail, n * 16);
		gpu_backing_drop(&f->table, resource);
		gpu_backing_drop(&f->table, resource);
		assert_int_equal(f->table.block_pool.n_free, f->state->ends.blocks);
	}
	free(tail);
	free(back);
}

static void test_all_blocks(void **state)
{
	struct fixture *f = *state;
	uint8_t *tail = malloc(65534 * 16);
	struct virtio_gpu_command large = attach_of(tail, 31 * 1024), one = attach_of(tail, 1);
	uint32_t id = 1;

	/* 64 of 1024 blocks are all. */
	for (; id <= 64; id++)
		assert_true(gpu_backing_set(&f->table, gpu_resource_add(&f->table, id, 1), &large));
	struct state_resource *last = gpu_resource_add(&f->table, id, 1);
	assert_false(gpu_backing_set(&f->table, last, &one));
	assert_true(last->backing == STATE_NONE);
	assert_int_equal(last->n_entries, 0);
	gpu_resource_remove(&f->table, gpu_resource_find(&f->table, 9));
	assert_true(gpu_backing_set(&f->table, last, &one));
	/* One block short: all or nothing. */
	struct state_resource *more = gpu_resource_add(&f->table, 1000, 1);
	assert_false(gpu_backing_set(&f->table, more, &large));
	assert_int_equal(f->table.block_pool.n_free, 1023);
	free(tail);
}

/* Each number has its own limit; what goes makes room for one more. */
static void test_quotas_of_tables(void **state)
{
	struct fixture *f = *state;
	const struct link_quota small = {
		.memory_bytes = QUOTA, .contexts = 2, .resources = 3, .backing_entries = 10,
	};
	uint8_t tail[11 * 16];
	struct virtio_gpu_command six = attach_of(tail, 6), four = attach_of(tail, 4),
				  five = attach_of(tail, 5), none = attach_of(tail, 0);

	f->table.quota = &small;
	for (uint32_t id = 1; id <= 3; id++)
		assert_non_null(gpu_resource_add(&f->table, id, 1));
	assert_null(gpu_resource_add(&f->table, 4, 1));
	assert_true(gpu_backing_set(&f->table, gpu_resource_find(&f->table, 1), &six));
	assert_false(gpu_backing_set(&f->table, gpu_resource_find(&f->table, 2), &five));
	assert_true(gpu_backing_set(&f->table, gpu_resource_find(&f->table, 2), &four));
	assert_true(gpu_backing_set(&f->table, gpu_resource_find(&f->table, 3), &none));
	assert_int_equal(f->state->counters.backing_entries, 10);
	gpu_resource_remove(&f->table, gpu_resource_find(&f->table, 1));
	assert_int_equal(f->state->counters.backing_entries, 4);
	struct state_resource *resource = gpu_resource_add(&f->table, 4, 1);
	assert_non_null(resource);
	assert_true(gpu_backing_set(&f->table, resource, &six));

	assert_non_null(gpu_context_add(&f->table, 1));
	assert_non_null(gpu_context_add(&f->table, 2));
	assert_null(gpu_context_add(&f->table, 3));
	gpu_context_remove(&f->table, gpu_context_find(&f->table, 1));
	assert_non_null(gpu_context_add(&f->table, 3));
}

/* -- attachments -- */

static void test_attachments(void **state)
{
	struct fixture *f = *state;

	for (uint32_t id = 1; id <= 3; id++) {
		gpu_context_add(&f->table, id);
		gpu_resource_add(&f->table, 10 + id, 1);
	}
	assert_false(gpu_resource_is_attached(&f->table, 11));
	assert_true(gpu_attachment_add(&f->table, 1, 11));
	assert_true(gpu_attachment_add(&f->table, 1, 11));
	assert_true(gpu_attachment_add(&f->table, 2, 11));
	assert_true(gpu_attachment_add(&f->table, 2, 12));
	assert_int_equal(f->table.attachments_end, 3);
	gpu_attachment_remove(&f->table, 1, 11);
	assert_true(gpu_resource_is_attached(&f->table, 11));
	gpu_attachment_remove(&f->table, 3, 11);
	gpu_context_remove(&f->table, gpu_context_find(&f->table, 2));
	assert_false(gpu_resource_is_attached(&f->table, 11));
	assert_false(gpu_resource_is_attached(&f->table, 12));
	assert_int_equal(f->table.attachments_end, 0);
	assert_true(gpu_attachment_add(&f->table, 3, 13));
	gpu_resource_remove(&f->table, gpu_resource_find(&f->table, 13));
	assert_int_equal(f->table.attachments_end, 0);
}

static void test_clear_then_use(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= 100; i++) {
			assert_non_null(gpu_resource_add(&f->table, i, 1));
			assert_non_null(gpu_context_add(&f->table, i));
			assert_true(gpu_attachment_add(&f->table, i, 101 - i));
		}
		gpu_table_clear(&f->table);
		check_empty(f);
		assert_null(gpu_resource_find(&f->table, 5));
		assert_null(gpu_context_find(&f->table, 5));
	}
}

/* -- all of it at random, against arrays -- */

#define IDS 40

struct model {
	bool resource[IDS], context[IDS], attached[IDS][IDS];
	uint32_t entries[IDS]; /* with 1 more; 0: no backing */
	uint64_t bytes;
};

static void check_model(struct fixture *f, const struct model *model)
{
	uint64_t resources = 0, contexts = 0;

	for (uint32_t i = 1; i < IDS; i++) {
		struct state_resource *resource = gpu_resource_find(&f->table, i);
		bool attached = false;
		assert_int_equal(resource != NULL, model->resource[i]);
		assert_int_equal(gpu_context_find(&f->table, i) != NULL, model->context[i]);
		for (uint32_t c = 1; c < IDS; c++)
			attached |= model->attached[c][i];
		assert_int_equal(gpu_resource_is_attached(&f->table, i), attached);
		if (resource)
			assert_int_equal(
				resource->backing != STATE_NONE ? resource->n_entries + 1 : 0,
				model->entries[i]);
		resources += model->resource[i];
		contexts += model->context[i];
	}
	assert_int_equal(f->state->counters.resources, resources);
	assert_int_equal(f->state->counters.contexts, contexts);
	assert_int_equal(f->state->counters.bytes_used, model->bytes);
}

static void toggle_resource(struct fixture *f, struct model *model, uint32_t id)
{
	if (!model->resource[id]) {
		assert_non_null(gpu_resource_add(&f->table, id, id * 10));
		model->bytes += id * 10;
	} else {
		gpu_resource_remove(&f->table, gpu_resource_find(&f->table, id));
		model->bytes -= id * 10;
		model->entries[id] = 0;
		for (uint32_t c = 0; c < IDS; c++)
			model->attached[c][id] = false;
	}
	model->resource[id] = !model->resource[id];
}

static void toggle_context(struct fixture *f, struct model *model, uint32_t id)
{
	if (!model->context[id])
		assert_non_null(gpu_context_add(&f->table, id));
	else
		gpu_context_remove(&f->table, gpu_context_find(&f->table, id));
	model->context[id] = !model->context[id];
	memset(model->attached[id], 0, sizeof(model->attached[id]));
}

static void toggle_backing(struct fixture *f, struct model *model, uint32_t id, uint32_t n)
{
	uint8_t tail[100 * 16];
	struct virtio_gpu_command attach = attach_of(tail, n);
	struct state_resource *resource = gpu_resource_find(&f->table, id);

	if (!resource)
		return;
	if (model->entries[id])
		gpu_backing_drop(&f->table, resource);
	else
		assert_true(gpu_backing_set(&f->table, resource, &attach));
	model->entries[id] = model->entries[id] ? 0 : n + 1;
}

static void toggle_attachment(struct fixture *f, struct model *model, uint32_t c, uint32_t r)
{
	if (!model->context[c] || !model->resource[r])
		return;
	if (model->attached[c][r])
		gpu_attachment_remove(&f->table, c, r);
	else
		assert_true(gpu_attachment_add(&f->table, c, r));
	model->attached[c][r] = !model->attached[c][r];
}

static void test_random(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seed = 0; seed < 20; seed++) {
		struct dice dice = dice_of(seed);
		struct model model = { 0 };
		for (int step = 0; step < 3000; step++) {
			uint32_t a = 1 + dice_roll(&dice, IDS - 1),
				 b = 1 + dice_roll(&dice, IDS - 1);
			switch (dice_roll(&dice, 6)) {
			case 0:
				toggle_resource(f, &model, a);
				break;
			case 1:
				toggle_context(f, &model, a);
				break;
			case 2:
				toggle_backing(f, &model, a, dice_roll(&dice, 100));
				break;
			default:
				toggle_attachment(f, &model, a, b);
			}
			if (step % 50 == 0)
				check_model(f, &model);
		}
		gpu_table_clear(&f->table);
		check_empty(f);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),
		TEST(test_quota),
		TEST(test_all_slots),
		TEST(test_backings),
		TEST(test_all_blocks),
		TEST(test_quotas_of_tables),
		TEST(test_attachments),
		TEST(test_clear_then_use),
		TEST(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
