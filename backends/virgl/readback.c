/* SPDX-License-Identifier: MIT */
/* What of a resource can be shown, and its pixels in memory. */
#include "backends/virgl/readback.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <virglrenderer.h>

#include "backends/virgl/resource.h"
#include "protocol/bounds.h"

static const struct pixel_format {
	uint32_t format; /* VIRTIO_GPU_FORMAT_*, the same number in Virgl */
	uint32_t fourcc, fourcc_alpha;
} pixel_formats[] = {
	{ VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888 },
	{ VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, DRM_FORMAT_XRGB8888, DRM_FORMAT_XRGB8888 },
	{ VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM, DRM_FORMAT_XBGR8888, DRM_FORMAT_ABGR8888 },
	{ VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM, DRM_FORMAT_XBGR8888, DRM_FORMAT_XBGR8888 },
};

uint32_t resource_fourcc(const struct resource *resource, bool with_alpha)
{
	for (size_t i = 0; i < sizeof(pixel_formats) / sizeof(pixel_formats[0]); i++) {
		const struct pixel_format *format = &pixel_formats[i];
		if (format->format == resource->info.format)
			return with_alpha ? format->fourcc_alpha : format->fourcc;
	}
	return 0;
}

bool resource_holds_box(const struct resource *resource, struct picture_box box)
{
	const struct virgl_resource *info = &resource->info;

	return (info->target == VIRGL_TARGET_2D || info->target == VIRGL_TARGET_RECT) &&
	       info->nr_samples <= 1 && box.width && box.height &&
	       range_fits(box.x, box.width, info->width) &&
	       range_fits(box.y, box.height, info->height);
}

bool resource_is_bottom_up(const struct resource *resource)
{
	return resource->info.flags & VIRGL_RESOURCE_Y_0_TOP;
}

int resource_read(const struct resource *resource, struct picture_box box, void *pixels,
	uint32_t stride_bytes, uint32_t size_bytes)
{
	struct virgl_box from = {
		.x = box.x,
		.y = box.y,
		.width = box.width,
		.height = box.height,
		.depth = 1,
	};
	struct iovec iov = { .iov_base = pixels, .iov_len = size_bytes };

	/* The library turns a resource with Y_0_TOP round by itself. */
	int ret = virgl_renderer_transfer_read_iov(
		resource->id, 0, 0, stride_bytes, 0, &from, 0, &iov, 1);
	return ret == 0 ? 0 : -EIO;
}
