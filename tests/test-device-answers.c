/* SPDX-License-Identifier: MIT */
/* What the real daemon answers to wrong 2D commands, and to all commands in odd layouts. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BYTES_PP 4u

static struct fixture fixture;
static struct gpu *gpu = &fixture.guest.gpu;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 2, 2, NULL);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, &fixture.guest, &(struct guest_options){ 0 });
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, &fixture.guest);
	return 0;
}

static bool is_one_of(int type, int a, int b)
{
	return type == a || type == b;
}

static struct span alloc(size_t size_bytes)
{
	struct span span = memory_alloc(&fixture.guest.memory, size_bytes, 4096);

	assert_non_null(span.data);
	return span;
}

static void expect(uint32_t scanout, const struct picture *picture)
{
	fixture_expect(&fixture, 1, &fixture.guest, scanout, picture);
}

static void test_bad_ids(void **state)
{
	struct virtio_gpu_rect rect = gpu_rect(0, 0, 16, 16);
	struct span span = alloc(16 * 16 * BYTES_PP);
	const int bad_resource = VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	static const uint32_t ids[] = { 0, 7, UINT32_MAX };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_int_equal(gpu_unref(gpu, ids[i]), bad_resource);
		assert_int_equal(gpu_flush(gpu, ids[i], rect), bad_resource);
		assert_int_equal(gpu_transfer_to_host_2d(gpu, ids[i], rect, 0), bad_resource);
		assert_int_equal(gpu_attach_backing(gpu, ids[i], &span, 1), bad_resource);
		assert_int_equal(gpu_detach_backing(gpu, ids[i]), bad_resource);
		if (ids[i] != 0)
			assert_int_equal(gpu_set_scanout(gpu, 0, ids[i], rect), bad_resource);
	}
	assert_int_equal(
		gpu_create_2d(gpu, 0, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 16), bad_resource);
	assert_int_equal(gpu_create_2d(gpu, 5, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 16), OK);
	assert_int_equal(
		gpu_create_2d(gpu, 5, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 16), bad_resource);
	assert_int_equal(gpu_set_scanout(gpu, VIRTIO_GPU_MAX_SCANOUTS, 5, rect),
		VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(
		gpu_set_scanout(gpu, UINT32_MAX, 5, rect), VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID);
	/* QEMU's back end takes any of 16, whatever the VMM has. */
	if (fixture.foreign == NULL)
		assert_int_equal(gpu_set_scanout(gpu, fixture.head_count, 5, rect),
			VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(gpu_unref(gpu, 5), OK);
	assert_int_equal(gpu_unref(gpu, 5), bad_resource);
}

static void test_bad_formats_and_sizes(void **state)
{
	static const uint32_t formats[] = { 0, 5, 66, 69, 122, 135, UINT32_MAX };
	static const uint32_t sizes[][2] = {
		{ 0x10000, 0x10000 }, /* the product is 2^32, the bytes 2^34 */
		{ 0x8000, 0x8000 },   /* 4 GiB: 0 in 32 bits */
		{ UINT32_MAX, 1 },
		{ 1, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX },
		{ 0x40000001, 4 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		assert_int_equal(gpu_create_2d(gpu, 1, formats[i], 16, 16),
			VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	/* Sizes QEMU's back end tries to allocate, or dies of. */
	if (fixture.foreign != NULL)
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_true(is_one_of(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
					      sizes[i][0], sizes[i][1]),
			VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY));
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 0, 16),
		VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 0),
		VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	/* None of them left the id taken. */
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 16, 16), OK);
}

static void test_bad_rects(void **state)
{
	static const struct virtio_gpu_rect rects[] = {
		{ 0, 0, 33, 32 },
		{ 0, 0, 32, 33 },
		{ 1, 0, 32, 32 },
		{ 0, 1, 32, 32 },
		{ 33, 0, 1, 1 },
		{ 0, 33, 1, 1 },
		{ UINT32_MAX, 0, 2, 1 },
		{ 0, UINT32_MAX, 1, 2 },
		{ 1, 1, UINT32_MAX, 1 },
		{ 1, 1, 1, UINT32_MAX },
		{ 0x80000000u, 0, 0x80000000u, 1 },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
	};
	const int bad = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	struct picture picture = picture_pattern(32, 32, 14);

	fixture_show(&fixture.guest, 1, 0, &picture);
	for (size_t i = 0; i < sizeof(rects) / sizeof(rects[0]); i++) {
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, rects[i], 0), bad);
		assert_int_equal(gpu_flush(gpu, 1, rects[i]), bad);
		assert_int_equal(gpu_set_scanout(gpu, 0, 1, rects[i]), bad);
	}
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, 32, 32)), OK);
	expect(0, &picture);
	picture_finish(&picture);
}

/* Offsets beyond the backing: refused or without effect, but never read. */
static void test_bad_offsets(void **state)
{
	struct picture picture = picture_pattern(32, 32, 15);
	static const uint64_t offsets[] = { 32 * 32 * 4, 1 << 20, UINT32_MAX, UINT64_MAX - 3,
		UINT64_C(1) << 63 };

	fixture_show(&fixture.guest, 1, 0, &picture);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		assert_true(is_one_of(
			gpu_transfer_to_host_2d(gpu, 1, gpu_rect(0, 0, 16, 16), offsets[i]),
			VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER, OK));
	/* QEMU's back end counts offsets in 32 bits. */
	if (fixture.foreign == NULL) {
		assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, 32, 32)), OK);
		expect(0, &picture);
	}
	picture_finish(&picture);
}

static void test_bad_backing(void **state)
{
	struct virtio_gpu_mem_entry good = { .addr = alloc(4096).gpa, .length = 4096 };
	const struct virtio_gpu_mem_entry bad[] = {
		{ .addr = UINT64_C(1) << 40, .length = 4096 },
		{ .addr = GUEST_MEMORY_BYTES - 4096, .length = 8192 },
		{ .addr = UINT64_MAX - 4095, .length = 8192 },
		{ .addr = 0, .length = UINT32_MAX },
	};

	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 32, 32), OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct virtio_gpu_mem_entry entries[2] = { good, bad[i] };

		assert_true(gpu_attach_backing_raw(gpu, 1, 2, entries, 2) >=
			    VIRTIO_GPU_RESP_ERR_UNSPEC);
	}
	/* More entries said than sent. */
	assert_true(gpu_attach_backing_raw(gpu, 1, 2, &good, 1) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(gpu_attach_backing_raw(gpu, 1, 1, NULL, 0) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(
		gpu_attach_backing_raw(gpu, 1, UINT32_MAX, &good, 1) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(gpu_attach_backing_raw(gpu, 1, 0x10000001u, &good, 1) >=
		    VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_attach_backing_raw(gpu, 1, 1, &good, 1), OK);
}

static void test_unknown_commands(void **state)
{
	static const uint32_t types[] = { 0, 1, 0xff, 0x110, 0x1ff, 0x220, 0x2ff, 0x1100, 0x1200,
		0x80000100u, UINT32_MAX };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(gpu_command(gpu, types[i], 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* A cursor command does not belong on the control queue, nor the other way round. */
	assert_int_equal(
		gpu_command(gpu, VIRTIO_GPU_CMD_MOVE_CURSOR, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* 3D that was not negotiated. */
	if (!(fixture.guest.vmm.features & VMM_BIT(VIRTIO_GPU_F_VIRGL)))
		assert_int_equal(gpu_context_create(gpu, 1, 0, "none"), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* Commands that end too early; virtio-gpu has no better word for them than these two. */
static void test_truncated_commands(void **state)
{
	fixture_skip_foreign(&fixture, "it says OK to them and does nothing");

	static const struct {
		uint32_t type, size_bytes;
	} commands[] = {
		{ VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, 40 },
		{ VIRTIO_GPU_CMD_RESOURCE_UNREF, 32 },
		{ VIRTIO_GPU_CMD_SET_SCANOUT, 48 },
		{ VIRTIO_GPU_CMD_RESOURCE_FLUSH, 48 },
		{ VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, 56 },
		{ VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, 32 },
		{ VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 32 },
		{ VIRTIO_GPU_CMD_GET_EDID, 32 },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		uint8_t command[64] = { 0 };

		memcpy(command, &commands[i].type, sizeof(commands[i].type));
		for (uint32_t size = 0; size < commands[i].size_bytes; size += 4) {
			int type;

			if (size == 0)
				continue;
			type = gpu_call(gpu, gpu->control, command, size, NULL, 0, 24);
			assert_true(is_one_of(type, VIRTIO_GPU_RESP_ERR_UNSPEC,
				VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER));
		}
	}
}

/* Drivers of Windows and EDK2 pad; what follows the command is ignored. */
static void test_padded_commands(void **state)
{
	uint8_t command[1000] = { 0 };
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 1,
		.format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
		.width = 8,
		.height = 8,
	};

	memset(command, 0xff, sizeof(command));
	memcpy(command, &create, sizeof(create));
	assert_int_equal(gpu_call(gpu, gpu->control, command, sizeof(command), NULL, 0, 24), OK);
	assert_int_equal(gpu_call(gpu, gpu->control, command, sizeof(create), NULL, 0, 1000),
		VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(gpu->last_written_bytes, 24);
}

/* A response that does not fit is cut, and the chain comes back all the same. */
static void test_small_responses(void **state)
{
	fixture_skip_foreign(&fixture, "it complains on its log only");

	static const uint32_t rooms[] = { 0, 1, 4, 23 };
	struct virtio_gpu_ctrl_hdr command = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		assert_int_equal(
			gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0, rooms[i]),
			0);
		assert_true(gpu->last_written_bytes <= rooms[i]);
	}
	assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/* Descriptors may cut a command anywhere (virtio 1.2, 2.7.4.2). */
static void test_split_commands(void **state)
{
	static const uint32_t steps[] = { 4, 7, 13, 24, 25 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct picture picture = picture_pattern(24, 16, 20 + (uint32_t)i);

		gpu->split_bytes = steps[i];
		fixture_show(&fixture.guest, 1 + (uint32_t)i, 0, &picture);
		gpu->split_bytes = 0;
		expect(0, &picture);
		picture_finish(&picture);
	}
}

static void assert_fence_echoed(uint32_t context)
{
	assert_int_equal(gpu->last.header.flags & VIRTIO_GPU_FLAG_FENCE, VIRTIO_GPU_FLAG_FENCE);
	assert_int_equal(gpu->last.header.fence_id, gpu->last_fence_id);
	assert_int_equal(gpu->last.header.ctx_id, context);
}

static void test_fences(void **state)
{
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8), OK);
	assert_int_equal(gpu->last.header.flags & VIRTIO_GPU_FLAG_FENCE, 0);
	gpu->fenced = true;
	gpu->last_fence_id = UINT64_C(0x123456789abc);
	assert_int_equal(gpu_create_2d(gpu, 2, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8), OK);
	assert_fence_echoed(0);
	/* Errors too, or the guest waits for ever. */
	assert_int_equal(gpu_create_2d(gpu, 2, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8),
		VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_fence_echoed(0);
	assert_int_equal(gpu_command(gpu, 0x1ff, 77), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_fence_echoed(77);
	assert_int_equal(
		gpu_flush(gpu, 99, gpu_rect(0, 0, 1, 1)), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_fence_echoed(0);
}

static void test_batches(void **state)
{
	uint32_t types[64];

	/* More than once round the ring. */
	for (uint32_t round = 0; round < 20; round++) {
		gpu_batch_begin(gpu);
		for (uint32_t i = 0; i < 15; i++)
			assert_int_equal(
				gpu_create_2d(gpu, 100 + i, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8),
				0);
		for (uint32_t i = 0; i < 15; i++)
			assert_int_equal(gpu_unref(gpu, 100 + i), 0);
		assert_int_equal(gpu_unref(gpu, 100), 0);
		assert_int_equal(gpu_batch_end(gpu, types, 64), 31);
		for (uint32_t i = 0; i < 30; i++)
			assert_int_equal(types[i], OK);
		assert_int_equal(types[30], VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	}
}

#define DEVICE_TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_bad_ids),
		DEVICE_TEST(test_bad_formats_and_sizes),
		DEVICE_TEST(test_bad_rects),
		DEVICE_TEST(test_bad_offsets),
		DEVICE_TEST(test_bad_backing),
		DEVICE_TEST(test_unknown_commands),
		DEVICE_TEST(test_truncated_commands),
		DEVICE_TEST(test_padded_commands),
		DEVICE_TEST(test_small_responses),
		DEVICE_TEST(test_split_commands),
		DEVICE_TEST(test_fences),
		DEVICE_TEST(test_batches),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
