/* SPDX-License-Identifier: MIT */
/* Dumb buffers. */
#include "compositor/kms/buffer.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "compositor/paint/painter.h"

static int kms_buffer_map(struct kms_buffer *buffer)
{
	uint64_t offset;

	int ret = drmModeMapDumbBuffer(buffer->fd, buffer->handle, &offset);
	if (ret < 0)
		return ret;
	void *pixels = mmap(
		NULL, buffer->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd, offset);
	if (pixels == MAP_FAILED)
		return -errno;
	buffer->pixels = pixels;
	memset(pixels, 0, buffer->size_bytes);
	return 0;
}

static int kms_buffer_make(struct kms_buffer *buffer, int fd, uint32_t width_px, uint32_t height_px,
	uint32_t fourcc, pixman_format_code_t format)
{
	uint32_t handles[4] = { 0 }, strides[4] = { 0 }, offsets[4] = { 0 };
	uint64_t size_bytes;

	*buffer = (struct kms_buffer){ .fd = fd };
	pixman_region32_init(&buffer->stale);
	int ret = drmModeCreateDumbBuffer(
		fd, width_px, height_px, 32, 0, &buffer->handle, &strides[0], &size_bytes);
	if (ret < 0)
		return ret;
	buffer->size_bytes = size_bytes;
	handles[0] = buffer->handle;
	ret = kms_buffer_map(buffer);
	if (ret == 0)
		ret = drmModeAddFB2(fd, width_px, height_px, fourcc, handles, strides, offsets,
			&buffer->framebuffer, 0);
	if (ret < 0)
		return ret;
	buffer->image = pixman_image_create_bits_no_clear(
		format, width_px, height_px, buffer->pixels, strides[0]);
	return buffer->image ? 0 : -ENOMEM;
}

int kms_buffer_init(struct kms_buffer *buffer, int fd, uint32_t width_px, uint32_t height_px)
{
	return kms_buffer_make(
		buffer, fd, width_px, height_px, DRM_FORMAT_XRGB8888, PIXMAN_x8r8g8b8);
}

int kms_buffer_init_alpha(struct kms_buffer *buffer, int fd, uint32_t width_px, uint32_t height_px)
{
	return kms_buffer_make(
		buffer, fd, width_px, height_px, DRM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8);
}

void kms_buffer_finish(struct kms_buffer *buffer)
{
	if (buffer->image)
		pixman_image_unref(buffer->image);
	if (buffer->framebuffer)
		drmModeRmFB(buffer->fd, buffer->framebuffer);
	if (buffer->pixels)
		munmap(buffer->pixels, buffer->size_bytes);
	if (buffer->handle)
		drmModeDestroyDumbBuffer(buffer->fd, buffer->handle);
	pixman_region32_fini(&buffer->stale);
	*buffer = (struct kms_buffer){ 0 };
}

void kms_buffer_update(struct kms_buffer *buffer, struct target *picture)
{
	pixman_image_set_clip_region32(buffer->image, &buffer->stale);
	target_read(picture, buffer->image, 0, 0);
	pixman_image_set_clip_region32(buffer->image, NULL);
	pixman_region32_clear(&buffer->stale);
}
