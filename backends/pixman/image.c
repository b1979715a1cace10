/* SPDX-License-Identifier: MIT */
/* A 2D resource's pixels, and the guest memory that backs it. */
#include "backends/pixman/image.h"

#include <stdlib.h>
#include <string.h>

#include "backends/guest_memory.h"
#include "protocol/bounds.h"

static pixman_format_code_t image_format(uint32_t format)
{
	/* virtio names bytes in memory, pixman bits of a little-endian word. */
	switch (format) {
	case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
		return PIXMAN_a8r8g8b8;
	case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
		return PIXMAN_x8r8g8b8;
	case VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM:
		return PIXMAN_b8g8r8a8;
	case VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM:
		return PIXMAN_b8g8r8x8;
	case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
		return PIXMAN_a8b8g8r8;
	case VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM:
		return PIXMAN_r8g8b8x8;
	case VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM:
		return PIXMAN_r8g8b8a8;
	case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
		return PIXMAN_x8b8g8r8;
	default:
		return 0;
	}
}

struct image *image_create(uint32_t format, uint32_t width, uint32_t height)
{
	pixman_format_code_t code = image_format(format);
	struct image *image = calloc(1, sizeof(*image));

	if (!code || !image)
		goto fail;
	image->width = width;
	image->height = height;
	image->stride_bytes = width * 4;
	image->pixels = pixman_image_create_bits(code, width, height, NULL, image->stride_bytes);
	if (!image->pixels)
		goto fail;
	return image;
fail:
	free(image);
	return NULL;
}

void image_destroy(struct image *image)
{
	if (!image)
		return;
	image_detach(image);
	pixman_image_unref(image->pixels);
	free(image);
}

/* Neighbours in our mapping become one segment: guests with large pages need few. */
static void image_append(struct image *image, uint8_t *at, uint64_t len)
{
	struct image_segment *last = image->n_backing ? &image->backing[image->n_backing - 1] : NULL;

	if (last && last->at + last->len == at)
		last->len += len;
	else
		image->backing[image->n_backing++] = (struct image_segment){
			.start = image->backing_bytes,
			.at = at,
			.len = len,
		};
	image->backing_bytes += len;
}

bool image_attach(struct image *image, const struct virtio_gpu_command *attach,
	const struct guest_memory *memory)
{
	uint32_t n = attach->attach_backing.n_entries;

	image_detach(image);
	image->backing = calloc(n ? n : 1, sizeof(*image->backing));
	if (!image->backing)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct virtio_gpu_entry entry = virtio_gpu_entry_at(attach, i);
		uint8_t *at = guest_memory_at(memory, entry.addr, entry.len);
		if (!at) {
			image_detach(image);
			return false;
		}
		image_append(image, at, entry.len);
	}
	return true;
}

void image_detach(struct image *image)
{
	free(image->backing);
	image->backing = NULL;
	image->n_backing = 0;
	image->backing_bytes = 0;
}

/* The segment that holds `offset`, which lies within the backing. */
static const struct image_segment *image_segment_at(const struct image *image, uint64_t offset)
{
	uint32_t low = 0, high = image->n_backing;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (image->backing[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return &image->backing[low];
}

static void image_fill(const struct image *image, uint8_t *to, uint64_t offset, uint64_t len)
{
	const struct image_segment *segment = image_segment_at(image, offset);

	while (len) {
		uint64_t skip = offset - segment->start;
		uint64_t part = segment->len - skip;
		if (part > len)
			part = len;
		memcpy(to, segment->at + skip, part);
		to += part;
		offset += part;
		len -= part;
		segment++;
	}
}

bool image_transfer(struct image *image, struct virtio_gpu_area area, uint64_t offset)
{
	uint64_t stride = image->stride_bytes;
	uint64_t row = (uint64_t)area.width * 4;
	uint8_t *to = (uint8_t *)pixman_image_get_data(image->pixels) + area.y * stride +
		(uint64_t)area.x * 4;

	if (!area.width || !area.height)
		return true;
	if (!range_fits(offset, (area.height - 1) * stride + row, image->backing_bytes))
		return false;
	if (row == stride) {
		image_fill(image, to, offset, area.height * stride);
		return true;
	}
	for (uint32_t y = 0; y < area.height; y++)
		image_fill(image, to + y * stride, offset + y * stride, row);
	return true;
}

void image_copy(struct image *image, uint32_t x, uint32_t y, struct picture_box box,
	pixman_format_code_t format, uint8_t *pixels, uint32_t stride_bytes, uint32_t width,
	uint32_t height)
{
	pixman_image_t *to = pixman_image_create_bits_no_clear(format, width, height,
		(uint32_t *)pixels, stride_bytes);

	if (!to)
		return;
	pixman_image_composite32(PIXMAN_OP_SRC, image->pixels, NULL, to, x + box.x, y + box.y, 0, 0,
		box.x, box.y, box.width, box.height);
	pixman_image_unref(to);
}
