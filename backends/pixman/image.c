/* SPDX-License-Identifier: MIT */
/* A 2D resource's pixels, and the guest memory that backs it. */
#include "backends/pixman/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backends/pixman/udmabuf.h"
#include "backends/swapchain.h"
#include "base/io.h"
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

/*
 * A row more than there is, never touched: wl_shm wants whole rows from the first
 * pixel of a part to the end of its last row, and the part may begin to the right.
 */
static size_t image_bytes(const struct image *image)
{
	return (size_t)image->stride_bytes * (image->height + 1);
}

struct image *image_create_blob(void)
{
	struct image *blob = calloc(1, sizeof(*blob));

	if (!blob)
		return NULL;
	blob->blob = true;
	blob->dmabuf_fd = -1;
	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++)
		blob->buffers[i].fd = -1;
	return blob;
}

struct image *image_create(uint32_t format, uint32_t width, uint32_t height)
{
	struct image *image = image_format(format) ? calloc(1, sizeof(*image)) : NULL;

	if (!image)
		return NULL;
	image->format = format;
	image->width = width;
	image->height = height;
	image->stride_bytes = width * 4;
	image->dmabuf_fd = -1;
	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++)
		image->buffers[i].fd = -1;
	return image;
}

/* -- buffers -- */

static void buffer_free(struct image *image, struct image_buffer *buffer)
{
	if (buffer->fd >= 0)
		munmap(buffer->pixels, image_bytes(image));
	else
		free(buffer->pixels);
	fd_close(&buffer->fd);
	*buffer = (struct image_buffer){ .fd = -1 };
}

void image_destroy(struct image *image)
{
	if (!image)
		return;
	backing_detach(&image->backing);
	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++)
		buffer_free(image, &image->buffers[i]);
	fd_close(&image->dmabuf_fd);
	free(image);
}

static bool buffer_allocate_shared(struct image *image, struct image_buffer *buffer)
{
	int fd = memfd_create_sealed("mullion-picture", image_bytes(image));
	void *pixels = fd < 0 ? NULL : memfd_map(fd, image_bytes(image), PROT_READ | PROT_WRITE);

	if (!pixels) {
		fd_close(&fd);
		return false;
	}
	*buffer = (struct image_buffer){
		.fd = fd,
		.pixels = pixels,
		.stale = { .width = image->width, .height = image->height },
	};
	return true;
}

static void buffer_copy(const struct image *image, struct image_buffer *to,
	const struct image_buffer *from, struct picture_box box)
{
	size_t stride = image->stride_bytes;
	size_t start = box.y * stride + box.x * 4;

	if (!from->pixels)
		return; /* both are zero */
	for (uint32_t y = 0; y < box.height; y++)
		memcpy(to->pixels + start + y * stride, from->pixels + start + y * stride, box.width * 4);
}

static bool box_covers(struct picture_box outer, struct picture_box inner)
{
	return range_fits(inner.x - outer.x, inner.width, outer.width) && inner.x >= outer.x &&
		range_fits(inner.y - outer.y, inner.height, outer.height) && inner.y >= outer.y;
}

/* One that nobody holds: an old one if there is one. NULL: all are held, or no memory. */
static struct image_buffer *image_idle_buffer(struct image *image)
{
	struct image_buffer *empty = NULL;

	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++) {
		struct image_buffer *buffer = &image->buffers[i];
		if (i == image->current || buffer->holders)
			continue;
		if (buffer->pixels)
			return buffer;
		empty = empty ? empty : buffer;
	}
	return empty && buffer_allocate_shared(image, empty) ? empty : NULL;
}

/* A buffer to write `box` into, with all else as it is now. NULL: no memory. */
static struct image_buffer *image_writable(struct image *image, struct picture_box box)
{
	struct image_buffer *current = &image->buffers[image->current];

	if (!current->pixels)
		current->pixels = calloc(1, image_bytes(image));
	if (!current->holders)
		return current->pixels ? current : NULL;
	struct image_buffer *next = image_idle_buffer(image);
	if (!next)
		return current; /* rather a torn frame than a stopped guest */
	if (!box_covers(box, next->stale))
		buffer_copy(image, next, current, next->stale);
	next->stale = (struct picture_box){ 0 };
	image->current = next - image->buffers;
	return next;
}

const uint8_t *image_pixels(const struct image *image)
{
	return image->buffers[image->current].pixels;
}

bool image_export(struct image *blob, const struct udmabuf *udmabuf)
{
	if (blob->dmabuf_fd < 0 && !blob->unexportable)
		blob->dmabuf_fd = udmabuf_make(udmabuf, &blob->backing);
	blob->unexportable = blob->dmabuf_fd < 0;
	return !blob->unexportable;
}

void image_unexport(struct image *blob, bool for_good)
{
	fd_close(&blob->dmabuf_fd);
	blob->unexportable = for_good;
}

bool image_share(struct image *image)
{
	struct image_buffer *current = &image->buffers[image->current];
	struct image_buffer *shared;

	if (image->format != VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM &&
		image->format != VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM)
		return false;
	if (current->fd >= 0)
		return true;
	shared = image_idle_buffer(image);
	if (!shared)
		return false;
	buffer_copy(image, shared, current, shared->stale);
	shared->stale = (struct picture_box){ 0 };
	image->current = shared - image->buffers;
	buffer_free(image, current);
	return true;
}

void image_trim(struct image *image)
{
	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++) {
		if (i != image->current && !image->buffers[i].holders && image->buffers[i].pixels)
			buffer_free(image, &image->buffers[i]);
	}
}

/* -- content -- */

int image_transfer(struct image *image, struct virtio_gpu_area area, uint64_t offset)
{
	struct picture_box box = { area.x, area.y, area.width, area.height };
	uint64_t stride = image->stride_bytes;
	uint64_t row = (uint64_t)area.width * 4;

	if (!area.width || !area.height)
		return 0;
	if (!range_fits(offset, (area.height - 1) * stride + row, image->backing.bytes))
		return -ERANGE;
	struct image_buffer *buffer = image_writable(image, box);
	if (!buffer)
		return -ENOMEM;
	for (uint32_t i = 0; i < IMAGE_BUFFERS; i++) {
		struct image_buffer *other = &image->buffers[i];
		if (other != buffer && other->pixels)
			other->stale = picture_box_union(other->stale, box);
	}

	uint8_t *to = buffer->pixels + area.y * stride + (uint64_t)area.x * 4;
	if (row == stride) {
		backing_read(&image->backing, to, offset, area.height * stride);
		return 0;
	}
	for (uint32_t y = 0; y < area.height; y++)
		backing_read(&image->backing, to + y * stride, offset + y * stride, row);
	return 0;
}

/* Rows of the picture in guest memory, over a line of our own: `to` has another format. */
static bool blob_convert(const struct image *blob, uint64_t offset, uint64_t stride,
	pixman_format_code_t format, pixman_image_t *to, struct picture_box box)
{
	uint32_t *line = malloc((size_t)box.width * 4);
	pixman_image_t *from = line ? pixman_image_create_bits_no_clear(format, box.width, 1, line,
					      box.width * 4) : NULL;

	for (uint32_t y = 0; y < box.height && from; y++) {
		backing_read(&blob->backing, (uint8_t *)line, offset + y * stride,
			(uint64_t)box.width * 4);
		pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, 0, 0, 0, 0, box.x,
			box.y + y, box.width, 1);
	}
	if (from)
		pixman_image_unref(from);
	free(line);
	return from;
}

/* Guests write alpha or not; what is shown opaque has none. */
static bool formats_agree(pixman_format_code_t from, pixman_format_code_t to)
{
	return from == to || (from == PIXMAN_a8r8g8b8 && to == PIXMAN_x8r8g8b8);
}

static bool blob_copy(const struct image *blob, const struct renderer_scanout *scanout,
	struct picture_box box, const struct image_target *target, pixman_image_t *to)
{
	pixman_format_code_t format = image_format(scanout->format);
	uint64_t row = (uint64_t)box.width * 4, stride = scanout->stride_bytes;
	uint64_t offset = scanout->offset_bytes + ((uint64_t)scanout->area.y + box.y) * stride +
		((uint64_t)scanout->area.x + box.x) * 4;

	/* It was checked; but the VMM may have taken memory away since. */
	if (!range_fits(offset, (box.height - 1) * stride + row, blob->backing.bytes))
		return false;
	if (!formats_agree(format, target->format))
		return blob_convert(blob, offset, stride, format, to, box);
	for (uint32_t y = 0; y < box.height; y++)
		backing_read(&blob->backing,
			target->pixels + (size_t)(box.y + y) * target->stride_bytes + box.x * 4,
			offset + y * stride, row);
	return true;
}

static bool image_composite(const struct image *image, const struct renderer_scanout *scanout,
	struct picture_box box, const struct image_target *target, pixman_image_t *to)
{
	const struct image_buffer *current = &image->buffers[image->current];

	if (!current->pixels) {
		uint8_t *to_pixels =
			target->pixels + (size_t)box.y * target->stride_bytes + box.x * 4;
		for (uint32_t row = 0; row < box.height; row++)
			memset(to_pixels + (size_t)row * target->stride_bytes, 0, box.width * 4);
		return true;
	}
	pixman_image_t *from = pixman_image_create_bits_no_clear(image_format(image->format),
		image->width, image->height, (uint32_t *)current->pixels, image->stride_bytes);
	if (!from)
		return false;
	pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, scanout->area.x + box.x,
		scanout->area.y + box.y, 0, 0, box.x, box.y, box.width, box.height);
	pixman_image_unref(from);
	return true;
}

bool image_copy(const struct image *image, const struct renderer_scanout *scanout,
	struct picture_box box, const struct image_target *target)
{
	if (!box.width || !box.height)
		return true;
	pixman_image_t *to = pixman_image_create_bits_no_clear(target->format, scanout->area.width,
		scanout->area.height, (uint32_t *)target->pixels, target->stride_bytes);
	if (!to)
		return false;
	bool copied = image->blob ? blob_copy(image, scanout, box, target, to) :
				    image_composite(image, scanout, box, target, to);
	pixman_image_unref(to);
	return copied;
}
