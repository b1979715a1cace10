/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_BACKING_H
#define BACKENDS_PIXMAN_BACKING_H

/*
 * The guest memory behind a resource: pieces of our mapping of it, read as one run
 * of bytes. It points into the guest's memory: detached before that changes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/virtio_gpu.h"

struct guest_memory;

struct backing {
	struct backing_segment {
		uint64_t start; /* offset in the backing */
		uint8_t *at;
		uint64_t len;
	} *segments; /* owned; NULL: none is attached */
	uint32_t n_segments;
	uint64_t bytes;
};

/* The entries of RESOURCE_ATTACH_BACKING. False: beyond guest memory, or no memory. */
bool backing_attach(struct backing *backing, const struct virtio_gpu_command *attach,
	const struct guest_memory *memory);
void backing_detach(struct backing *backing);
/* `len` bytes from `offset` on, all within the backing. */
void backing_read(const struct backing *backing, uint8_t *to, uint64_t offset, uint64_t len);

#endif
