/* SPDX-License-Identifier: MIT */
/* dma-bufs as framebuffers. */
#include "compositor/kms/framebuffer.h"

#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <stdbool.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "compositor/surface/dmabuf.h"

/* One of several planes' that are the same memory is the same one, and closed once. */
static void close_handles(int fd, const uint32_t handles[static 4])
{
	for (int i = 0; i < 4; i++) {
		bool is_again = false;
		for (int j = 0; j < i; j++)
			is_again = is_again || handles[j] == handles[i];
		if (handles[i] && !is_again)
			drmCloseBufferHandle(fd, handles[i]);
	}
}

static int add(int fd, const struct dmabuf *dmabuf, uint32_t fourcc,
	const uint32_t handles[static 4], bool says_modifier, uint32_t *framebuffer)
{
	uint32_t strides[4] = { 0 }, offsets[4] = { 0 };
	uint64_t modifiers[4] = { 0 };

	for (uint32_t i = 0; i < dmabuf->n_planes; i++) {
		strides[i] = dmabuf->planes[i].stride_bytes;
		offsets[i] = dmabuf->planes[i].offset_bytes;
		modifiers[i] = dmabuf->format.modifier;
	}
	return drmModeAddFB2WithModifiers(fd, dmabuf->width_px, dmabuf->height_px, fourcc, handles,
		       strides, offsets, says_modifier ? modifiers : NULL, framebuffer,
		       says_modifier ? DRM_MODE_FB_MODIFIERS : 0) < 0
		       ? -errno
		       : 0;
}

int kms_framebuffer_add(int fd, const struct dmabuf *dmabuf, uint32_t fourcc, uint32_t *framebuffer)
{
	uint64_t modifier = dmabuf->format.modifier;
	uint32_t handles[4] = { 0 };
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < dmabuf->n_planes; i++) {
		if (drmPrimeFDToHandle(fd, dmabuf->planes[i].fd, &handles[i]) < 0)
			ret = -errno;
	}
	if (ret == 0)
		ret = add(fd, dmabuf, fourcc, handles, modifier != DRM_FORMAT_MOD_INVALID,
			framebuffer);
	/* Drivers without modifiers know no others than this one. */
	if (ret == -EINVAL && modifier == DRM_FORMAT_MOD_LINEAR)
		ret = add(fd, dmabuf, fourcc, handles, false, framebuffer);
	/* The framebuffer has the memory now. */
	close_handles(fd, handles);
	return ret;
}
