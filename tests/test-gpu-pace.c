/* SPDX-License-Identifier: MIT */
/* The device and fenced flushes of blobs, which their renderer holds for the screen. */
#include "tests/gpu_world.h"

#define SIDE 8

static const struct virtio_gpu_rect all = { .width = SIDE, .height = SIDE };

/* Resource 1 is a blob, and what head 0 shows. */
static void show_blob(struct gpu_world *world)
{
	struct {
		struct virtio_gpu_resource_create_blob create;
		struct virtio_gpu_mem_entry entry;
	} create = {
		.create = {
			.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
			.resource_id = 1,
			.blob_mem = VIRTIO_GPU_BLOB_MEM_GUEST,
			.nr_entries = 1,
			.size = SIDE * SIDE * 4,
		},
		.entry = {
			.addr = ring_memory_guest(&world->ring_memory, world->backing),
			.length = SIDE * SIDE * 4,
		},
	};
	struct virtio_gpu_set_scanout_blob scanout = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		.r = all,
		.resource_id = 1,
		.width = SIDE,
		.height = SIDE,
		.format = 2,
		.strides = { SIDE * 4 },
	};

	assert_int_equal(COMMAND(world, create), VIRTIO_GPU_RESP_OK_NODATA);
	assert_int_equal(COMMAND(world, scanout), VIRTIO_GPU_RESP_OK_NODATA);
	world->local.holds_flushes = true;
}

/* 0: it waits. */
static uint32_t flush(struct gpu_world *world, uint64_t fence)
{
	struct virtio_gpu_resource_flush flush = {
		.hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_FLUSH, .fence_id = fence },
		.r = all,
		.resource_id = 1,
	};

	flush.hdr.flags = fence ? VIRTIO_GPU_FLAG_FENCE : 0;
	return COMMAND(world, flush);
}

static uint32_t get_info(struct gpu_world *world, uint64_t fence)
{
	struct virtio_gpu_ctrl_hdr info = {
		.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
		.flags = fence ? VIRTIO_GPU_FLAG_FENCE : 0,
		.fence_id = fence,
	};

	return COMMAND(world, info);
}

/* It waits, and the fences after it; nothing else does. */
static void test_held(void **state)
{
	struct gpu_world *world = *state;

	show_blob(world);
	assert_int_equal(flush(world, 0), VIRTIO_GPU_RESP_OK_NODATA);
	assert_int_equal(flush(world, 1), 0);
	uint64_t first = world->local.held_flush;
	assert_int_equal(get_info(world, 0), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(get_info(world, 2), 0);
	assert_int_equal(flush(world, 3), 0);
	uint64_t second = world->local.held_flush, told = world->told;
	world_let_go(world, second);
	world_let_go(world, second); /* what is not there */
	assert_int_equal(world->told, told);
	world_let_go(world, first);
	assert_int_equal(world->told, told + 3);
	world_let_go(world, first);
	assert_int_equal(world->told, told + 3);
}

static void test_paused(void **state)
{
	struct gpu_world *world = *state;

	show_blob(world);
	assert_int_equal(flush(world, 1), 0);
	uint64_t told = world->told;
	world_set_paused(world, true);
	world_let_go(world, world->local.held_flush);
	assert_int_equal(world->told, told);
	world_set_paused(world, false);
	assert_int_equal(world->told, told + 1);
}

/* What was held for a guest that starts afresh is nobody's. */
static void test_reset(void **state)
{
	struct gpu_world *world = *state;

	show_blob(world);
	assert_int_equal(flush(world, 1), 0);
	uint64_t held = world->local.held_flush;
	world_reset(world);
	uint64_t told = world->told;
	world_let_go(world, held);
	assert_int_equal(world->told, told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_held),
		TEST(test_paused),
		TEST(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
