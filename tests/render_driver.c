/* SPDX-License-Identifier: MIT */
/* A guest's driver on top of a peer. */
#include "render_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

const struct virtio_gpu_box driver_whole = { .w = WIDTH_PX, .h = HEIGHT_PX, .d = 1 };

uint32_t driver_command(struct peer *peer, const void *payload, size_t len)
{
	return peer_execute(peer, RENDER_COMMAND, payload, len, NULL, 0);
}

uint32_t driver_create_context(struct peer *peer, uint32_t id)
{
	struct virtio_gpu_ctx_create create = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = id },
		.nlen = 4,
		.debug_name = "test",
	};
	return driver_command(peer, &create, sizeof(create));
}

uint32_t driver_create_texture(
	struct peer *peer, uint32_t id, uint32_t width_px, uint32_t height_px, uint32_t flags)
{
	struct virtio_gpu_resource_create_3d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = id,
		.target = VIRGL_TARGET_2D,
		.format = VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
		.width = width_px,
		.height = height_px,
		.depth = 1,
		.array_size = 1,
		.flags = flags,
	};
	return driver_command(peer, &create, sizeof(create));
}

uint32_t driver_simple(struct peer *peer, uint32_t type, uint32_t context, uint32_t resource)
{
	struct virtio_gpu_ctx_resource simple = {
		.hdr = { .type = type, .ctx_id = context },
		.resource_id = resource,
	};
	return driver_command(peer, &simple, sizeof(simple));
}

uint32_t driver_attach_backing(struct peer *peer, uint32_t id,
	const struct virtio_gpu_mem_entry *entries, uint32_t n_entries)
{
	struct virtio_gpu_resource_attach_backing attach = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = id,
		.nr_entries = n_entries,
	};
	return peer_execute(peer, RENDER_COMMAND, &attach, sizeof(attach), entries,
		n_entries * sizeof(entries[0]));
}

uint32_t driver_transfer(struct peer *peer, uint32_t type, uint32_t context, uint32_t resource,
	struct virtio_gpu_box box)
{
	struct virtio_gpu_transfer_host_3d transfer = {
		.hdr = { .type = type, .ctx_id = context },
		.box = box,
		.resource_id = resource,
	};
	return driver_command(peer, &transfer, sizeof(transfer));
}

uint32_t driver_scanout(struct peer *peer, uint32_t head, uint32_t resource,
	struct virtio_gpu_rect rect, uint64_t serial)
{
	struct render_scanout scanout = {
		.head = head,
		.resource = resource,
		.x = rect.x,
		.y = rect.y,
		.width_px = rect.width,
		.height_px = rect.height,
		.serial = serial,
	};
	return peer_execute(peer, RENDER_SCANOUT, &scanout, sizeof(scanout), NULL, 0);
}

uint32_t driver_flush(struct peer *peer, uint32_t head, struct virtio_gpu_rect rect)
{
	struct render_flush flush = {
		.head = head,
		.x = rect.x,
		.y = rect.y,
		.width_px = rect.width,
		.height_px = rect.height,
		.flush_ns = clock_now_ns(),
	};
	return peer_execute(peer, RENDER_FLUSH, &flush, sizeof(flush), NULL, 0);
}

uint32_t driver_cursor(struct peer *peer, uint32_t head, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct render_cursor cursor = {
		.head = head,
		.resource = resource,
		.hot_x = hot_x,
		.hot_y = hot_y,
		.serial = serial,
	};
	return peer_execute(peer, RENDER_CURSOR, &cursor, sizeof(cursor), NULL, 0);
}

uint64_t driver_submit(
	struct peer *peer, uint32_t context, const struct virgl_stream *stream, uint16_t want)
{
	struct virtio_gpu_cmd_submit submit = {
		.hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = context },
		.size = virgl_stream_bytes(stream),
	};
	return peer_put(peer, RENDER_COMMAND, want, &submit, sizeof(submit), stream->words,
		virgl_stream_bytes(stream));
}

uint32_t driver_submit_and_wait(
	struct peer *peer, uint32_t context, const struct virgl_stream *stream)
{
	struct render_completion completion;

	uint64_t seq = driver_submit(peer, context, stream, RENDER_WANT_FENCED);
	assert_true(peer_completion(peer, &completion, PEER_WAIT_MS));
	assert_int_equal(completion.seq, seq);
	return completion.response;
}

void driver_target(struct peer *peer, uint32_t flags)
{
	struct virtio_gpu_mem_entry entry = { .addr = PEER_MEMORY_ADDR, .length = PICTURE_BYTES };

	assert_int_equal(driver_create_context(peer, 1), OK);
	assert_int_equal(driver_create_texture(peer, 1, WIDTH_PX, HEIGHT_PX, flags), OK);
	assert_int_equal(driver_attach_backing(peer, 1, &entry, 1), OK);
	assert_int_equal(driver_simple(peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 1, 1), OK);
}

void driver_stream_clear(struct virgl_stream *stream, float r, float g, float b)
{
	virgl_stream_init(stream);
	virgl_create_surface(stream, 1, 1, VIRGL_FORMAT_B8G8R8A8);
	virgl_set_framebuffer(stream, 1);
	virgl_clear(stream, r, g, b, 1);
}

uint32_t driver_memory_pixel(const struct peer *peer, uint32_t x, uint32_t y)
{
	uint32_t pixel;
	memcpy(&pixel, peer->memory + y * ROW_BYTES + x * 4, 4);
	return pixel & 0xffffff;
}

uint32_t driver_painted_pixel(uint32_t x, uint32_t y)
{
	return 0x400000 | y << 8 | x;
}

void driver_paint_memory(struct peer *peer)
{
	for (uint32_t y = 0; y < HEIGHT_PX; y++) {
		for (uint32_t x = 0; x < WIDTH_PX; x++) {
			uint32_t pixel = driver_painted_pixel(x, y);
			memcpy(peer->memory + y * ROW_BYTES + x * 4, &pixel, 4);
		}
	}
}
