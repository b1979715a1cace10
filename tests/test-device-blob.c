/* SPDX-License-Identifier: MIT */
/* Blobs of guest memory, UUIDs, contexts of a capset and rings on the real daemon. */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BAD_PARAMETER VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER
#define BAD_RESOURCE VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
#define BGRX VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM
#define GUEST_MEM VIRTIO_GPU_BLOB_MEM_GUEST
#define W 100u
#define H 60u
#define STRIDE 500u
#define OFFSET 1236u

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 2, NULL);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	gpu->timeout_ms = 30000; /* a renderer may have to start first */
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

static void expect(uint32_t head, const struct picture *picture)
{
	fixture_expect(&fixture, 1, guest, head, picture);
}

static int create(uint32_t id, uint64_t size, const struct span *pieces, uint32_t n)
{
	return gpu_create_blob(
		gpu, 0, id, GUEST_MEM, VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE, 0, size, pieces, n);
}

/* Pages of one block, the last one first: no row is where the one before it was. */
#define PIECE_BYTES 4096u
#define PIECES ((OFFSET + STRIDE * H + PIECE_BYTES - 1) / PIECE_BYTES)

static struct span memory;
static struct span pieces[PIECES];

static void make_blob(uint32_t id)
{
	memory = memory_alloc(&guest->memory, (size_t)PIECES * PIECE_BYTES, 4096);
	assert_non_null(memory.data);
	for (uint32_t i = 0; i < PIECES; i++) {
		size_t at = (size_t)(PIECES - 1 - i) * PIECE_BYTES;
		pieces[i] = (struct span){
			.gpa = memory.gpa + at,
			.data = (uint8_t *)memory.data + at,
			.size = PIECE_BYTES,
		};
	}
	assert_int_equal(create(id, OFFSET + STRIDE * H, pieces, PIECES), OK);
}

static void put_byte(uint64_t offset, uint8_t value)
{
	((uint8_t *)pieces[offset / PIECE_BYTES].data)[offset % PIECE_BYTES] = value;
}

/* As the guest draws: into its own memory. */
static void draw(const struct picture *picture)
{
	for (uint32_t y = 0; y < picture->height_px; y++) {
		for (uint32_t x = 0; x < picture->width_px; x++) {
			uint32_t pixel = picture->pixels[y * picture->width_px + x];
			for (uint32_t i = 0; i < 4; i++)
				put_byte(OFFSET + y * STRIDE + x * 4 + i, pixel >> i * 8 & 0xff);
		}
	}
}

static int show(uint32_t head, uint32_t id, struct virtio_gpu_rect rect)
{
	return gpu_set_scanout_blob(gpu, head, id, rect, W, H, BGRX, STRIDE, OFFSET);
}

static struct picture part_of(const struct picture *whole, struct virtio_gpu_rect rect)
{
	struct picture part = picture_make(rect.width, rect.height);

	for (uint32_t y = 0; y < rect.height; y++)
		memcpy(part.pixels + y * rect.width,
			whole->pixels + (rect.y + y) * whole->width_px + rect.x, rect.width * 4);
	return part;
}

/* No transfer: what is in guest memory at a flush is what is seen. */
static void test_shown(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, W, H);

	make_blob(1);
	for (uint32_t i = 0; i < 5; i++) {
		struct picture picture = picture_pattern(W, H, 1 + i);
		draw(&picture);
		if (i == 0)
			assert_int_equal(show(0, 1, all), OK);
		if (i == 2) /* Linux asks for it where a dumb buffer is a blob */
			assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, all, 0), OK);
		gpu->fenced = i == 3; /* Linux waits for a blob's flush */
		assert_int_equal(gpu_flush(gpu, 1, all), OK);
		gpu->fenced = false;
		expect(0, &picture);
		picture_finish(&picture);
	}
}

/* One resource on two heads, each with a part of its own; what one flush covers, both show. */
static void test_two_heads(void **state)
{
	struct virtio_gpu_rect left = gpu_rect(0, 0, 60, H), right = gpu_rect(40, 10, 60, 50);
	struct picture picture = picture_pattern(W, H, 1);

	make_blob(1);
	for (uint32_t i = 0; i < 3; i++) {
		struct picture a = part_of(&picture, left), b = part_of(&picture, right);
		draw(&picture);
		assert_int_equal(show(0, 1, left), OK);
		assert_int_equal(show(1, 1, right), OK);
		assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, W, H)), OK);
		expect(0, &a);
		expect(1, &b);
		picture_finish(&a);
		picture_finish(&b);
		picture_finish(&picture);
		picture = picture_pattern(W, H, 2 + i);
	}
	picture_finish(&picture);
}

/* The same of a 2D resource, which is shown from its own buffer. */
static void test_two_heads_2d(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, W, H), right = gpu_rect(40, 10, 60, 50);
	struct picture picture = picture_pattern(W, H, 1);
	struct span backing = fixture_show(guest, 1, 0, &picture);

	for (uint32_t i = 0; i < 5; i++) {
		picture_finish(&picture);
		picture = picture_pattern(W, H, 2 + i);
		memcpy(backing.data, picture.pixels, backing.size);
		struct picture part = part_of(&picture, right);
		assert_int_equal(gpu_set_scanout(gpu, 1, 1, right), OK);
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, all, 0), OK);
		assert_int_equal(gpu_flush(gpu, 1, all), OK);
		expect(0, &picture);
		expect(1, &part);
		picture_finish(&part);
	}
	/* One head goes on alone. */
	assert_int_equal(gpu_set_scanout(gpu, 0, 0, all), OK);
	struct picture part = part_of(&picture, right);
	expect(1, &part);
	picture_finish(&part);
	picture_finish(&picture);
}

/* A flush may name more than there is: what of it is on the head counts. */
static void test_damage(void **state)
{
	struct picture picture = picture_pattern(W, H, 1);
	uint32_t seed = 2;

	make_blob(1);
	draw(&picture);
	assert_int_equal(show(0, 1, gpu_rect(0, 0, W, H)), OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, W, H)), OK);
	expect(0, &picture);
	for (; seed < 8; seed++) {
		struct picture other = picture_pattern(W, H, seed);
		for (uint32_t y = 0; y < H; y++)
			memcpy(picture.pixels + y * W + 90, other.pixels + y * W + 90, 10 * 4);
		picture_finish(&other);
		draw(&picture);
		assert_int_equal(gpu_flush(gpu, 1, gpu_rect(90, 0, UINT32_MAX, UINT32_MAX)), OK);
		expect(0, &picture);
	}
	picture_finish(&picture);
}

/* A driver may take a blob's memory away and give it another (virtio 1.2, 5.7.6.8). */
static void test_swapped(void **state)
{
	struct picture first = picture_pattern(W, H, 1), second = picture_pattern(W, H, 2);
	struct virtio_gpu_rect all = gpu_rect(0, 0, W, H);

	make_blob(1);
	draw(&first);
	assert_int_equal(create(2, OFFSET + STRIDE * H, NULL, 0), OK);
	assert_int_equal(show(0, 2, all), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(show(0, 1, all), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	expect(0, &first);
	/* Out: what was shown stays. In, behind another blob: its content is there. */
	assert_int_equal(gpu_detach_backing(gpu, 1), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	expect(0, &first);
	assert_int_equal(gpu_attach_backing(gpu, 2, pieces, PIECES), OK);
	draw(&second);
	assert_int_equal(show(1, 2, all), OK);
	assert_int_equal(gpu_flush(gpu, 2, all), OK);
	expect(1, &second);
	expect(0, &first);
	assert_int_equal(gpu_attach_backing(gpu, 1, pieces, PIECES), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	expect(0, &second);
	picture_finish(&first);
	picture_finish(&second);
}

static void test_destroyed_while_shown(void **state)
{
	struct picture picture = picture_pattern(W, H, 1);

	for (uint32_t i = 0; i < 5; i++) {
		make_blob(1);
		draw(&picture);
		gpu_batch_begin(gpu);
		show(0, 1, gpu_rect(0, 0, W, H));
		show(1, 1, gpu_rect(0, 0, W, H));
		gpu_flush(gpu, 1, gpu_rect(0, 0, W, H));
		gpu_flush(gpu, 1, gpu_rect(0, 0, W, H));
		gpu_unref(gpu, 1);
		assert_int_equal(gpu_batch_end(gpu, NULL, 0), 5);
		assert_int_equal(gpu->batch_errors, 0);
		assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, W, H)), BAD_RESOURCE);
		fixture_expect_dark(&fixture, 1, guest, 0);
		fixture_expect_dark(&fixture, 1, guest, 1);
	}
	make_blob(1);
	draw(&picture);
	assert_int_equal(show(0, 1, gpu_rect(0, 0, W, H)), OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, W, H)), OK);
	expect(0, &picture);
	picture_finish(&picture);
}

static void test_bad_blobs(void **state)
{
	struct span span = memory_alloc(&guest->memory, 8192, 4096);
	struct span twice[2] = { span, span };
	const struct span outside[] = {
		{ .gpa = UINT64_C(1) << 40, .size = 4096 },
		{ .gpa = GUEST_MEMORY_BYTES - 4096, .size = 8192 },
		{ .gpa = UINT64_MAX - 4095, .size = 8192 },
	};
	static const uint32_t mems[] = {
		0, VIRTIO_GPU_BLOB_MEM_HOST3D, VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST, 4, UINT32_MAX,
	};
	static const uint64_t sizes[] = {
		0, 8193, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 8192, UINT64_MAX,
	};

	for (size_t i = 0; i < sizeof(mems) / sizeof(mems[0]); i++)
		assert_int_equal(gpu_create_blob(gpu, 0, 1, mems[i], 0, 0, 8192, &span, 1),
			BAD_PARAMETER);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(create(1, sizes[i], &span, 1), BAD_PARAMETER);
	assert_int_equal(
		gpu_create_blob(gpu, 0, 1, GUEST_MEM, 8, 0, 8192, &span, 1), BAD_PARAMETER);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		struct span both[2] = { span, outside[i] };
		assert_int_equal(create(1, 4096, &outside[i], 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
		assert_int_equal(create(1, 4096, both, 2), VIRTIO_GPU_RESP_ERR_UNSPEC);
	}
	assert_int_equal(create(0, 4096, &span, 1), BAD_RESOURCE);
	/* None of them took the id. */
	assert_int_equal(create(1, 16384, twice, 2), OK);
	assert_int_equal(create(1, 8192, &span, 1), BAD_RESOURCE);
	assert_int_equal(gpu_attach_backing(gpu, 1, twice, 2), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_detach_backing(gpu, 1), OK);
	assert_int_equal(gpu_detach_backing(gpu, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_attach_backing(gpu, 1, &span, 1), BAD_PARAMETER);
	assert_int_equal(gpu_attach_backing(gpu, 1, outside, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_attach_backing(gpu, 1, twice, 2), OK);
	assert_int_equal(gpu_unref(gpu, 1), OK);
	assert_int_equal(gpu_unref(gpu, 1), BAD_RESOURCE);
	/* No host-visible region is offered. */
	struct virtio_gpu_resource_map_blob map = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_MAP_BLOB, .resource_id = 1,
	};
	struct virtio_gpu_resource_unmap_blob unmap = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNMAP_BLOB, .resource_id = 1,
	};
	assert_int_equal(gpu_call(gpu, gpu->control, &map, sizeof(map), NULL, 0, 24),
		VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_call(gpu, gpu->control, &unmap, sizeof(unmap), NULL, 0, 24),
		VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_bad_scanouts(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, 8, 8);
	struct span span = memory_alloc(&guest->memory, 4096, 4096);
	static const struct {
		uint32_t width, height, format, stride, offset;
	} bad[] = {
		{ 0, 8, BGRX, 32, 0 },
		{ 8, 0, BGRX, 32, 0 },
		{ 8, 8, 0, 32, 0 },
		{ 8, 8, 5, 32, 0 },
		{ 8, 8, UINT32_MAX, 32, 0 },
		{ 8, 8, BGRX, 31, 0 },
		{ 8, 8, BGRX, 0, 0 },
		{ 8, 8, BGRX, 32, 4096 - 255 },
		{ 8, 8, BGRX, 32, UINT32_MAX },
		{ 8, 8, BGRX, 581, 0 },
		{ 8, 8, BGRX, UINT32_MAX, 0 },
		{ 8, UINT32_MAX, BGRX, 32, 0 },
		{ UINT32_MAX, 8, BGRX, 32, 0 },
		{ 0x40000008, 8, BGRX, 32, 0 },
		{ 7, 8, BGRX, 32, 0 },
		{ 8, 7, BGRX, 32, 0 },
	};
	static const struct virtio_gpu_rect rects[] = {
		{ 0, 0, 0, 8 }, { 0, 0, 8, 0 }, { 1, 0, 8, 8 }, { 0, 1, 8, 8 }, { 0, 0, 9, 8 },
		{ UINT32_MAX, 0, 2, 8 }, { 0, UINT32_MAX, 8, 2 },
	};

	assert_int_equal(create(1, 4096, &span, 1), OK);
	assert_int_equal(gpu_create_2d(gpu, 2, BGRX, 8, 8), OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gpu_set_scanout_blob(gpu, 0, 1, all, bad[i].width, bad[i].height,
					 bad[i].format, bad[i].stride, bad[i].offset),
			BAD_PARAMETER);
	for (size_t i = 0; i < sizeof(rects) / sizeof(rects[0]); i++)
		assert_int_equal(gpu_set_scanout_blob(gpu, 0, 1, rects[i], 8, 8, BGRX, 32, 0),
			BAD_PARAMETER);
	assert_int_equal(gpu_set_scanout_blob(gpu, 2, 1, all, 8, 8, BGRX, 32, 0),
		VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 3, all, 8, 8, BGRX, 32, 0), BAD_RESOURCE);
	/* A 2D resource is no blob, and a blob has no size for SET_SCANOUT. */
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 2, all, 8, 8, BGRX, 32, 0), BAD_PARAMETER);
	assert_int_equal(gpu_set_scanout(gpu, 0, 1, all), BAD_PARAMETER);
	/* To the last byte; the last row needs no gap behind it. */
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 1, all, 8, 8, BGRX, 32, 4096 - 256), OK);
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 1, all, 8, 8, BGRX, 580, 4), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 0, all, 0, 0, 0, 0, 0), OK);
	/* A cursor is 64x64 from the blob's first byte on. */
	gpu->cursor_response_bytes = 24;
	assert_int_equal(gpu_update_cursor(gpu, 0, 1, 0, 0, 0, 0), BAD_PARAMETER);
	struct span large = memory_alloc(&guest->memory, 64 * 64 * 4, 4096);
	assert_int_equal(create(4, 64 * 64 * 4, &large, 1), OK);
	assert_int_equal(gpu_update_cursor(gpu, 0, 4, 0, 0, 0, 0), OK);
	assert_int_equal(gpu_unref(gpu, 4), OK);
}

/* -- UUIDs -- */

static void take_uuid(uint32_t resource, uint8_t uuid[static 16])
{
	assert_int_equal(gpu_assign_uuid(gpu, resource), VIRTIO_GPU_RESP_OK_RESOURCE_UUID);
	assert_int_equal(gpu->last_written_bytes, sizeof(struct virtio_gpu_resp_resource_uuid));
	memcpy(uuid, gpu->last.uuid.uuid, 16);
	assert_int_equal(uuid[6] >> 4, 4);
	assert_int_equal(uuid[8] >> 6, 2);
}

static void test_uuids(void **state)
{
	uint8_t first[16], again[16], other[16];
	struct span span = memory_alloc(&guest->memory, 4096, 4096);

	assert_int_equal(gpu_create_2d(gpu, 1, BGRX, 8, 8), OK);
	assert_int_equal(create(2, 4096, &span, 1), OK);
	take_uuid(1, first);
	take_uuid(2, other);
	assert_memory_not_equal(first, other, 16);
	take_uuid(1, again);
	assert_memory_equal(first, again, 16);
	/* Another resource of the same id is another resource. */
	assert_int_equal(gpu_unref(gpu, 1), OK);
	assert_int_equal(gpu_assign_uuid(gpu, 1), BAD_RESOURCE);
	assert_int_equal(gpu_create_2d(gpu, 1, BGRX, 8, 8), OK);
	take_uuid(1, again);
	assert_memory_not_equal(first, again, 16);
	assert_int_equal(gpu_assign_uuid(gpu, 0), BAD_RESOURCE);
	gpu->fenced = true;
	take_uuid(1, first);
	assert_int_equal(gpu->last.header.flags, VIRTIO_GPU_FLAG_FENCE);
	assert_memory_equal(first, again, 16);
}

/* -- contexts -- */

static void test_context_init(void **state)
{
	struct span span = memory_alloc(&guest->memory, 4096, 4096);

	for (uint32_t capset = 0; capset <= 2; capset++)
		assert_int_equal(gpu_context_create(gpu, 1 + capset, capset, "context"), OK);
	static const uint32_t bad[] = { 3, 63, 255, 0x100, 0x102, 0x80000002, UINT32_MAX };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gpu_context_create(gpu, 9, bad[i], "bad"), BAD_PARAMETER);
	assert_int_equal(gpu_context_destroy(gpu, 9), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	/* Each of them works; a renderer is started for the first and told of all. */
	for (uint32_t capset = 0; capset <= 2; capset++)
		assert_int_equal(gpu_submit_3d(gpu, 1 + capset, &(uint32_t){ 0 }, 4), OK);
	/* A blob in a context is held there, but is none of its resources. */
	assert_int_equal(create(1, 4096, &span, 1), OK);
	assert_int_equal(gpu_context_attach(gpu, 1, 1), OK);
	struct gpu_transfer_3d transfer = { .box = { 0, 0, 0, 1, 1, 1 } };
	assert_int_equal(gpu_transfer_to_host_3d(gpu, 1, 1, &transfer), OK);
	assert_int_equal(gpu_transfer_from_host_3d(gpu, 1, 1, &transfer), OK);
	assert_int_equal(gpu_transfer_from_host_3d(gpu, 99, 1, &transfer),
		VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_detach(gpu, 1, 1), OK);
	assert_int_equal(gpu_unref(gpu, 1), OK);
}

/* Rings of a context; ids that repeat say nothing, each command is answered once. */
static void test_rings(void **state)
{
	uint32_t types[60];

	assert_int_equal(gpu_context_create(gpu, 1, 2, "rings"), OK);
	gpu->fenced = true;
	static const uint8_t rings[] = { 1, 2, 62, 63 };
	for (size_t i = 0; i < sizeof(rings); i++) {
		gpu->ring_idx = rings[i];
		assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), OK);
		assert_int_equal(gpu->last.header.ring_idx, rings[i]);
		assert_int_equal(gpu->last.header.flags,
			VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX);
		assert_int_equal(gpu->last.header.ctx_id, 1);
		assert_int_equal(gpu->last.header.fence_id, gpu->last_fence_id);
	}
	gpu->ring_idx = 64;
	assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), BAD_PARAMETER);
	assert_int_equal(gpu->last.header.fence_id, gpu->last_fence_id);
	gpu->ring_idx = 255;
	assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), BAD_PARAMETER);

	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < 60; i++) {
		gpu->last_fence_id = i % 3;
		gpu->ring_idx = i % 2;
		assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), 0);
	}
	assert_int_equal(gpu_batch_end(gpu, types, 60), 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(types[i], OK);
}

/* The VMM gives all its memory anew, as it may at any time: blobs are where they were. */
static void test_memory_given_again(void **state)
{
	struct picture picture = picture_pattern(W, H, 1);
	struct virtio_gpu_rect all = gpu_rect(0, 0, W, H);

	fixture_unboot(&fixture, 1, guest);
	/* Without memory slots it sends a table of all regions at each start. */
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){
			.vmm.protocol_features = VMM_BIT(VMM_PROTOCOL_F_REPLY_ACK) |
				VMM_BIT(VMM_PROTOCOL_F_BACKEND_REQ) |
				VMM_BIT(VMM_PROTOCOL_F_CONFIG),
		});
	make_blob(1);
	draw(&picture);
	assert_int_equal(show(0, 1, all), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	expect(0, &picture);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(guest_pause(guest), 0);
		picture_finish(&picture);
		picture = picture_pattern(W, H, 2 + i);
		draw(&picture);
		assert_int_equal(guest_resume(guest), 0);
		assert_int_equal(gpu_flush(gpu, 1, all), OK);
		expect(0, &picture);
	}
	picture_finish(&picture);
}

/* Another mullion-guest knows the blobs, where they are shown, and all UUIDs. */
static void test_mullion_guest_dies(void **state)
{
	struct picture first = picture_pattern(W, H, 1), second = picture_pattern(W, H, 2);
	struct virtio_gpu_rect part = gpu_rect(40, 10, 60, 50);
	struct picture shown = part_of(&first, part);
	uint8_t uuid[16], again[16];

	make_blob(1);
	draw(&first);
	assert_int_equal(create(2, 4096, NULL, 0), OK);
	take_uuid(1, uuid);
	assert_int_equal(show(0, 1, part), OK);
	assert_int_equal(gpu_flush(gpu, 1, part), OK);
	expect(0, &shown);
	int pid = fixture_number(&fixture, 1, "guest_pid"), entries = PIECES;
	assert_true(pid > 0);
	assert_int_equal(fixture_number(&fixture, 1, "backing_entries"), entries);
	assert_int_equal(kill(pid, SIGKILL), 0);
	take_uuid(1, again);
	assert_memory_equal(uuid, again, 16);
	assert_int_not_equal(fixture_number(&fixture, 1, "guest_pid"), pid);
	assert_int_equal(fixture_number(&fixture, 1, "backing_entries"), entries);
	expect(0, &shown);
	draw(&second);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, W, H)), OK);
	picture_finish(&shown);
	shown = part_of(&second, part);
	expect(0, &shown);
	assert_int_equal(create(2, 4096, NULL, 0), BAD_RESOURCE);
	assert_int_equal(gpu_unref(gpu, 2), OK);
	picture_finish(&shown);
	picture_finish(&first);
	picture_finish(&second);
}

/* What was not negotiated is not there. */
static void test_without_features(void **state)
{
	struct span span;

	fixture_unboot(&fixture, 1, guest);
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL });
	gpu->timeout_ms = 30000;
	assert_int_equal(gpu_get_edid(gpu, 0), VIRTIO_GPU_RESP_ERR_UNSPEC);
	span = memory_alloc(&guest->memory, 4096, 4096);
	assert_int_equal(gpu_create_2d(gpu, 1, BGRX, 8, 8), OK);
	assert_int_equal(gpu_assign_uuid(gpu, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(create(2, 4096, &span, 1), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, 2, gpu_rect(0, 0, 8, 8), 8, 8, BGRX, 32, 0),
		VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* These fields are padding then. */
	assert_int_equal(gpu_context_create(gpu, 1, 0xfffff, "old"), OK);
	gpu->fenced = true;
	gpu->ring_idx = 200;
	assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
		TEST(test_shown),
		TEST(test_two_heads),
		TEST(test_two_heads_2d),
		TEST(test_damage),
		TEST(test_swapped),
		TEST(test_destroyed_while_shown),
		TEST(test_bad_blobs),
		TEST(test_bad_scanouts),
		TEST(test_uuids),
		TEST(test_context_init),
		TEST(test_rings),
		TEST(test_memory_given_again),
		TEST(test_mullion_guest_dies),
		TEST(test_without_features),
#undef TEST
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
