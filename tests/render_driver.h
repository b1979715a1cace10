/* SPDX-License-Identifier: MIT */
#ifndef RENDER_DRIVER_H
#define RENDER_DRIVER_H

/* A guest's driver on top of a peer: virtio-gpu commands and what they come to. */

#include <linux/virtio_gpu.h>

#include "guest/virgl.h"
#include "render_peer.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA

/* Of the target that driver_target makes. */
#define WIDTH_PX 64u
#define HEIGHT_PX 32u
#define ROW_BYTES (WIDTH_PX * 4)
#define PICTURE_BYTES (ROW_BYTES * HEIGHT_PX)

extern const struct virtio_gpu_box driver_whole;

/* Each gives the response type. */
uint32_t driver_command(struct peer *peer, const void *payload, size_t len);
uint32_t driver_create_context(struct peer *peer, uint32_t id);
uint32_t driver_create_texture(
	struct peer *peer, uint32_t id, uint32_t width_px, uint32_t height_px, uint32_t flags);
/* A command that has no more than a context and a resource. */
uint32_t driver_simple(struct peer *peer, uint32_t type, uint32_t context, uint32_t resource);
uint32_t driver_attach_backing(struct peer *peer, uint32_t id,
	const struct virtio_gpu_mem_entry *entries, uint32_t n_entries);
uint32_t driver_transfer(struct peer *peer, uint32_t type, uint32_t context, uint32_t resource,
	struct virtio_gpu_box box);
uint32_t driver_scanout(struct peer *peer, uint32_t head, uint32_t resource,
	struct virtio_gpu_rect rect, uint64_t serial);
uint32_t driver_flush(struct peer *peer, uint32_t head, struct virtio_gpu_rect rect);
uint32_t driver_cursor(struct peer *peer, uint32_t head, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial);

/* Its sequence number. */
uint64_t driver_submit(
	struct peer *peer, uint32_t context, const struct virgl_stream *stream, uint16_t want);
/* With RENDER_WANT_FENCED, and its response. */
uint32_t driver_submit_and_wait(
	struct peer *peer, uint32_t context, const struct virgl_stream *stream);

/* Context 1 with resource 1, WIDTH_PX x HEIGHT_PX, backed from the start of memory. */
void driver_target(struct peer *peer, uint32_t flags);
/* A stream that clears it; to be finished. */
void driver_stream_clear(struct virgl_stream *stream, float r, float g, float b);
/* Its first pixels in guest memory, without alpha. */
uint32_t driver_memory_pixel(const struct peer *peer, uint32_t x, uint32_t y);
/* In guest memory a picture in which every pixel says where it is; such a pixel. */
void driver_paint_memory(struct peer *peer);
uint32_t driver_painted_pixel(uint32_t x, uint32_t y);

#endif
