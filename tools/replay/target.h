/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_REPLAY_TARGET_H
#define TOOLS_REPLAY_TARGET_H

/*
 * What a recording is played on. A command comes decoded, its backing in the
 * memory of memory.h, its stream aligned to four. Ids and ranges are the target's
 * to check: a recording is as hostile as a guest.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/virtio_gpu.h"

/* What a head shows of a resource; format, stride and offset are of a blob. */
struct target_scanout {
	uint32_t resource;
	struct virtio_gpu_area area;
	uint32_t format, stride_bytes, offset_bytes;
};

struct target;

struct target_interface {
	const char *name;
	/* The virtio-gpu response. */
	uint32_t (*execute)(struct target *target, const struct virtio_gpu_command *command);
	/*
	 * All of the scanout's area, 4 bytes a pixel, XRGB8888, from the top, without
	 * gaps. False: it is not within the resource, or cannot be read.
	 */
	bool (*read)(struct target *target, const struct target_scanout *scanout, uint32_t *pixels);
	/* Forget all resources and contexts. */
	void (*reset)(struct target *target);
	void (*destroy)(struct target *target);
};

struct target {
	const struct target_interface *interface;
};

/* 2D and blobs. `memory_fd` is borrowed. NULL: said why in the log. */
struct target *target_pixman_create(int memory_fd, uint64_t memory_bytes, uint64_t quota_bytes);
/* 2D and 3D, on a render node; NULL: software. One a process. */
struct target *target_virgl_create(
	int memory_fd, uint64_t memory_bytes, uint64_t quota_bytes, const char *render_node);
/* Of one that target_virgl_create made: streams go in chunks of so many commands that draw. */
void target_virgl_cut(struct target *target, uint32_t chunk);

#endif
