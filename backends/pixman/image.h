/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_IMAGE_H
#define BACKENDS_PIXMAN_IMAGE_H

/* A 2D resource's pixels, and the guest memory that backs it. */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "protocol/virtio_gpu.h"

struct guest_memory;

struct image {
	pixman_image_t *pixels;
	uint32_t width, height, stride_bytes;
	struct image_segment {
		uint64_t start; /* offset in the backing */
		uint8_t *at;
		uint64_t len;
	} *backing;
	uint32_t n_backing;
	uint64_t backing_bytes;
};

/* NULL: no memory, or a format that 2D does not know. The pixels are zero. */
struct image *image_create(uint32_t format, uint32_t width, uint32_t height);
void image_destroy(struct image *image);

/* The entries of RESOURCE_ATTACH_BACKING. False: beyond guest memory, or no memory. */
bool image_attach(struct image *image, const struct virtio_gpu_command *attach,
	const struct guest_memory *memory);
void image_detach(struct image *image);

/*
 * TRANSFER_TO_HOST_2D: rows of the area from the backing at `offset`, the
 * image's stride apart (virtio 1.2, 5.7.6.8). The area lies within the image.
 * False: the backing does not hold all of it.
 */
bool image_transfer(struct image *image, struct virtio_gpu_area area, uint64_t offset);

/* Copies box `box` of the picture from (x, y) + box of the image. */
void image_copy(struct image *image, uint32_t x, uint32_t y, struct picture_box box,
	pixman_format_code_t format, uint8_t *pixels, uint32_t stride_bytes, uint32_t width,
	uint32_t height);

#endif
