/* SPDX-License-Identifier: MIT */
/* Pictures that need not be copied. */
#include "compositor/surface/dmabuf.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/list.h"
#include "compositor/surface/fence.h"

static const struct mapped_format {
	uint32_t fourcc;
	pixman_format_code_t pixman;
} mapped_formats[] = {
	{ DRM_FORMAT_XRGB8888, PIXMAN_x8r8g8b8 },
	{ DRM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8 },
	{ DRM_FORMAT_XBGR8888, PIXMAN_x8b8g8r8 },
	{ DRM_FORMAT_ABGR8888, PIXMAN_a8b8g8r8 },
	{ DRM_FORMAT_RGB565, PIXMAN_r5g6b5 },
};

#define N_MAPPED_FORMATS (sizeof(mapped_formats) / sizeof(mapped_formats[0]))

static const struct mapped_format *mapped_format_find(const struct format *format)
{
	if (format->modifier != DRM_FORMAT_MOD_LINEAR)
		return NULL;
	for (size_t i = 0; i < N_MAPPED_FORMATS; i++) {
		if (mapped_formats[i].fourcc == format->fourcc)
			return &mapped_formats[i];
	}
	return NULL;
}

int dmabuf_add_mapped_formats(struct formats *formats)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < N_MAPPED_FORMATS; i++)
		ret = formats_add(formats, mapped_formats[i].fourcc, DRM_FORMAT_MOD_LINEAR);
	return ret;
}

/* -- life -- */

struct dmabuf *dmabuf_create(uint32_t width_px, uint32_t height_px, struct format format,
	const struct dmabuf_plane take_planes[], uint32_t n_planes)
{
	struct dmabuf *dmabuf = calloc(1, sizeof(*dmabuf));

	if (!dmabuf)
		return NULL;
	dmabuf->n_refs = 1;
	dmabuf->width_px = width_px;
	dmabuf->height_px = height_px;
	dmabuf->format = format;
	dmabuf->n_planes = n_planes;
	memcpy(dmabuf->planes, take_planes, n_planes * sizeof(dmabuf->planes[0]));
	wl_signal_init(&dmabuf->destroyed);
	return dmabuf;
}

struct dmabuf *dmabuf_ref(struct dmabuf *dmabuf)
{
	dmabuf->n_refs++;
	return dmabuf;
}

void dmabuf_unref(struct dmabuf *dmabuf)
{
	if (!dmabuf || --dmabuf->n_refs > 0)
		return;
	/* Each is off the list when it is told, for it may free itself. */
	while (!wl_list_empty(&dmabuf->destroyed.listener_list)) {
		struct wl_listener *listener = container_of(
			dmabuf->destroyed.listener_list.next, struct wl_listener, link);
		wl_list_remove(&listener->link);
		wl_list_init(&listener->link);
		listener->notify(listener, dmabuf);
	}
	if (dmabuf->pixels)
		munmap(dmabuf->pixels, dmabuf->mapped_bytes);
	for (uint32_t i = 0; i < dmabuf->n_planes; i++)
		fd_close(&dmabuf->planes[i].fd);
	free(dmabuf);
}

int dmabuf_find_busy(const struct dmabuf *dmabuf)
{
	for (uint32_t i = 0; i < dmabuf->n_planes; i++) {
		if (!fence_is_signalled(dmabuf->planes[i].fd))
			return dmabuf->planes[i].fd;
	}
	return -1;
}

int dmabuf_export_fence(const struct dmabuf *dmabuf)
{
	struct dma_buf_export_sync_file export = { .flags = DMA_BUF_SYNC_READ, .fd = -1 };

	return ioctl(dmabuf->planes[0].fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export) < 0 ? -errno
											: export.fd;
}

bool dmabuf_rows_fit(const struct dmabuf *dmabuf)
{
	const struct format *format = &dmabuf->format;
	bool is_in_rows = format->modifier == DRM_FORMAT_MOD_LINEAR ||
			  format->modifier == DRM_FORMAT_MOD_INVALID;

	uint32_t px_bytes = format_px_bytes(format->fourcc);
	/* A px of three bytes begins anywhere. */
	uint32_t within_px = (px_bytes & -px_bytes) - 1;
	const struct dmabuf_plane *plane = &dmabuf->planes[0];

	if (!is_in_rows || px_bytes == 0)
		return true;
	return (uint64_t)dmabuf->width_px * px_bytes <= plane->stride_bytes &&
	       !(plane->stride_bytes & within_px) && !(plane->offset_bytes & within_px);
}

/* -- the processor -- */

static int dmabuf_sync(const struct dmabuf *dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | flags };

	return ioctl(dmabuf->planes[0].fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? -errno : 0;
}

/* All rows lie within the memory. */
static int dmabuf_check_rows(const struct dmabuf *dmabuf, const struct mapped_format *format)
{
	const struct dmabuf_plane *plane = &dmabuf->planes[0];
	uint64_t row_bytes = (uint64_t)dmabuf->width_px * PIXMAN_FORMAT_BPP(format->pixman) / 8;
	uint64_t end_bytes = plane->offset_bytes +
			     (uint64_t)plane->stride_bytes * (dmabuf->height_px - 1) + row_bytes;
	off_t size_bytes = lseek(plane->fd, 0, SEEK_END);

	if (size_bytes < 0)
		return -errno;
	return dmabuf_rows_fit(dmabuf) && plane->stride_bytes % 4 == 0 &&
			       plane->stride_bytes <= INT32_MAX && plane->offset_bytes % 4 == 0 &&
			       end_bytes <= (uint64_t)size_bytes
		       ? 0
		       : -EINVAL;
}

int dmabuf_map(struct dmabuf *dmabuf)
{
	const struct dmabuf_plane *plane = &dmabuf->planes[0];
	const struct mapped_format *format = mapped_format_find(&dmabuf->format);

	if (dmabuf->pixels)
		return 0;
	if (!format || dmabuf->n_planes != 1)
		return -EINVAL;
	int ret = dmabuf_check_rows(dmabuf, format);
	if (ret < 0)
		return ret;
	/* What is none may be cut short while it is read. */
	struct statfs status;
	if (fstatfs(plane->fd, &status) < 0 || status.f_type != DMA_BUF_MAGIC)
		return -EINVAL;
	dmabuf->mapped_bytes =
		plane->offset_bytes + (size_t)plane->stride_bytes * dmabuf->height_px;
	off_t size_bytes = lseek(plane->fd, 0, SEEK_END);
	if (dmabuf->mapped_bytes > (size_t)size_bytes)
		dmabuf->mapped_bytes = size_bytes;
	void *pixels = mmap(NULL, dmabuf->mapped_bytes, PROT_READ, MAP_SHARED, plane->fd, 0);
	if (pixels == MAP_FAILED)
		return -errno;
	dmabuf->pixels = pixels;
	return 0;
}

pixman_image_t *dmabuf_begin(struct dmabuf *dmabuf)
{
	const struct dmabuf_plane *plane = &dmabuf->planes[0];
	const struct mapped_format *format = mapped_format_find(&dmabuf->format);

	/* DMA_BUF_IOCTL_SYNC would wait. */
	if (dmabuf_map(dmabuf) < 0 || dmabuf_find_busy(dmabuf) >= 0 ||
		dmabuf_sync(dmabuf, DMA_BUF_SYNC_START) < 0)
		return NULL;
	pixman_image_t *image = pixman_image_create_bits_no_clear(format->pixman, dmabuf->width_px,
		dmabuf->height_px, (void *)((uintptr_t)dmabuf->pixels + plane->offset_bytes),
		plane->stride_bytes);
	if (!image)
		dmabuf_end(dmabuf);
	return image;
}

void dmabuf_end(const struct dmabuf *dmabuf)
{
	dmabuf_sync(dmabuf, DMA_BUF_SYNC_END);
}
