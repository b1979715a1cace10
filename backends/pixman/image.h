/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_IMAGE_H
#define BACKENDS_PIXMAN_IMAGE_H

/*
 * A 2D resource's pixels, and the guest memory that backs it. Or a blob: that memory
 * alone, which is a picture only where a head shows it.
 *
 * The pixels lie in plain memory until a head shows them; then they move to a
 * memfd that the daemon gets as it is, without a copy. What the daemon holds is
 * never written: a transfer then goes on in another buffer, which first gets what
 * it lacks. In motion two or three buffers take turns, at rest one is left.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "backends/pixman/backing.h"
#include "backends/renderer.h"
#include "protocol/virtio_gpu.h"

#define IMAGE_BUFFERS 4

struct udmabuf;

struct image_buffer {
	uint8_t *pixels;  /* NULL: none yet; all zero then */
	int fd;           /* sealed memfd, -1: plain memory */
	uint32_t holders; /* pictures of it that the daemon has */
	struct picture_box stale; /* what it lacks of the current one */
};

struct image {
	uint32_t format, width, height, stride_bytes;
	struct image_buffer buffers[IMAGE_BUFFERS];
	uint32_t current; /* the buffer with the newest content */
	struct backing backing;
	bool blob; /* nothing above is used but the backing */
	/* Of a blob: its memory without a copy. */
	int dmabuf_fd;     /* -1: not made */
	bool unexportable; /* it cannot be made, or nobody can show it */
};

/* NULL: no memory, or a format that 2D does not know. The pixels are zero. */
struct image *image_create(uint32_t format, uint32_t width, uint32_t height);
struct image *image_create_blob(void); /* NULL: no memory */
void image_destroy(struct image *image);

/*
 * TRANSFER_TO_HOST_2D: rows of the area from the backing at `offset`, the
 * image's stride apart (virtio 1.2, 5.7.6.8). The area lies within the image.
 * -ERANGE: the backing does not hold all of it; -ENOMEM.
 */
int image_transfer(struct image *image, struct virtio_gpu_area area, uint64_t offset);

/* All rows as they are now, or NULL: nothing was transferred yet. */
const uint8_t *image_pixels(const struct image *image);

/* The blob can be shown as it is: as its dma-buf, from now on. */
bool image_export(struct image *blob, const struct udmabuf *udmabuf);
/* Its memory is another from now on, or the dma-buf is of no use. */
void image_unexport(struct image *blob, bool for_good);
/* The current buffer can be shown as it is: from now on, and if memory is there, a memfd. */
bool image_share(struct image *image);
/* Frees buffers that nobody holds or needs. */
void image_trim(struct image *image);

/* Where a picture is copied to: the top left of the scanout's area. */
struct image_target {
	pixman_format_code_t format;
	uint8_t *pixels;
	uint32_t stride_bytes;
};

/*
 * Copies `box` of the scanout's area, converted to the target's format. The scanout
 * says where in a blob its picture lies. False: no memory, or a blob's is gone.
 */
bool image_copy(const struct image *image, const struct renderer_scanout *scanout,
	struct picture_box box, const struct image_target *target);

#endif
