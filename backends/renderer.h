/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_RENDERER_H
#define BACKENDS_RENDERER_H

/*
 * Where the pixels of a guest's resources live and are drawn: in mullion-guest
 * itself (pixman: 2D only), or in a process of its own (remote: Virgl). The
 * device has checked ids, sizes and quotas against its table before it calls.
 *
 * A call either answers at once with a virtio-gpu response type, or returns 0:
 * then `completed` follows once, with the command's seq, later or from within
 * the call that delivers it; never from within the call that returned 0.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "protocol/virtio_gpu.h"

struct renderer;
struct link_frame_done;
struct link_picture_released;

/* What the answer waits for. */
enum renderer_wait {
	RENDERER_WAIT_EXECUTED,
	RENDERER_WAIT_FENCED,   /* until the GPU is done */
};

struct renderer_ticket {
	enum renderer_wait wait;
	uint64_t seq; /* 0: `completed` is not called */
};

struct renderer_scanout {
	uint32_t resource; /* 0: the renderer no longer shows this head */
	struct virtio_gpu_area area; /* of the resource, or of a blob's picture */
	uint32_t format, stride_bytes, offset_bytes; /* of a blob's picture in its memory */
	uint64_t serial;
};

struct renderer_interface {
	const char *name;
	/* Room for any one call that follows. If not, `room` of the listener comes later. */
	bool (*has_room)(struct renderer *renderer);
	/* A command on resources, contexts or streams. */
	uint32_t (*execute)(struct renderer *renderer, const struct virtio_gpu_command *command,
		struct renderer_ticket ticket);
	/* What the head shows; nothing becomes visible before a flush. */
	void (*scanout)(struct renderer *renderer, uint32_t head,
		const struct renderer_scanout *scanout);
	/* `box` of the scanout's area changed. */
	uint32_t (*flush)(struct renderer *renderer, uint32_t head, struct picture_box box,
		int64_t flush_ns, struct renderer_ticket ticket);
	/* 64x64 of the resource become the head's cursor; resource 0: no longer from here. */
	void (*cursor)(struct renderer *renderer, uint32_t head, uint32_t resource, uint32_t hot_x,
		uint32_t hot_y, uint64_t serial);
	/* All regions changed. The device attaches every backing of a local renderer again. */
	void (*memory_changed)(struct renderer *renderer);
	/* Forget all resources, contexts, scanouts. Nothing in flight completes any more. */
	void (*reset)(struct renderer *renderer);
};

struct renderer {
	const struct renderer_interface *interface;
};

struct renderer_listener {
	void (*completed)(void *data, uint64_t seq, uint32_t response);
	/* There may be room again. */
	void (*room)(void *data);
	/* It broke its protocol and is no longer spoken to: nothing completes. */
	void (*broken)(void *data);
};

#endif
