/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_BUFFER_H
#define COMPOSITOR_KMS_BUFFER_H

/* A dumb buffer: memory that a screen can show and the processor can write. */

#include <pixman.h>
#include <stddef.h>
#include <stdint.h>

struct target;

struct kms_buffer {
	int fd; /* of the card; borrowed */
	uint32_t handle, framebuffer;
	void *pixels;
	size_t size_bytes;
	pixman_image_t *image;
	pixman_region32_t stale; /* where another picture is newer */
};

/* Black. 0 or negative errno; finish is safe after a failure too, and on one that is zero. */
int kms_buffer_init(struct kms_buffer *buffer, int fd, uint32_t width_px, uint32_t height_px);
/* The same, transparent. */
int kms_buffer_init_alpha(struct kms_buffer *buffer, int fd, uint32_t width_px, uint32_t height_px);
void kms_buffer_finish(struct kms_buffer *buffer);
/* What is stale comes from the picture, and is not stale any more. */
void kms_buffer_update(struct kms_buffer *buffer, struct target *picture);

#endif
