/* SPDX-License-Identifier: MIT */
/* Formats and modifiers. */
#include "compositor/formats.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

void formats_finish(struct formats *formats)
{
	free(formats->items);
	*formats = (struct formats){ 0 };
}

bool formats_have(const struct formats *formats, uint32_t fourcc, uint64_t modifier)
{
	for (uint32_t i = 0; i < formats->n; i++) {
		if (formats->items[i].fourcc == fourcc && formats->items[i].modifier == modifier)
			return true;
	}
	return false;
}

bool formats_have_fourcc(const struct formats *formats, uint32_t fourcc)
{
	for (uint32_t i = 0; i < formats->n; i++) {
		if (formats->items[i].fourcc == fourcc)
			return true;
	}
	return false;
}

int formats_add(struct formats *formats, uint32_t fourcc, uint64_t modifier)
{
	if (formats_have(formats, fourcc, modifier))
		return 0;
	if (formats->n == FORMATS_MAX)
		return -ENOSPC;
	if (formats->n == formats->n_allocated) {
		uint32_t n = formats->n_allocated ? formats->n_allocated * 2 : 16;
		struct format *items = realloc(formats->items, n * sizeof(*items));
		if (!items)
			return -ENOMEM;
		formats->items = items;
		formats->n_allocated = n;
	}
	formats->items[formats->n++] = (struct format){ fourcc, modifier };
	return 0;
}

/* The same with alpha and without, and the bytes of a px. */
static const struct {
	uint32_t with, without, bytes;
} pairs[] = {
	{ DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888, 4 },
	{ DRM_FORMAT_ABGR8888, DRM_FORMAT_XBGR8888, 4 },
	{ DRM_FORMAT_RGBA8888, DRM_FORMAT_RGBX8888, 4 },
	{ DRM_FORMAT_BGRA8888, DRM_FORMAT_BGRX8888, 4 },
	{ DRM_FORMAT_ARGB4444, DRM_FORMAT_XRGB4444, 2 },
	{ DRM_FORMAT_ABGR4444, DRM_FORMAT_XBGR4444, 2 },
	{ DRM_FORMAT_ARGB1555, DRM_FORMAT_XRGB1555, 2 },
	{ DRM_FORMAT_ABGR1555, DRM_FORMAT_XBGR1555, 2 },
	{ DRM_FORMAT_ARGB2101010, DRM_FORMAT_XRGB2101010, 4 },
	{ DRM_FORMAT_ABGR2101010, DRM_FORMAT_XBGR2101010, 4 },
	{ DRM_FORMAT_ARGB16161616, DRM_FORMAT_XRGB16161616, 8 },
	{ DRM_FORMAT_ABGR16161616, DRM_FORMAT_XBGR16161616, 8 },
	{ DRM_FORMAT_ARGB16161616F, DRM_FORMAT_XRGB16161616F, 8 },
	{ DRM_FORMAT_ABGR16161616F, DRM_FORMAT_XBGR16161616F, 8 },
	{ DRM_FORMAT_AYUV, DRM_FORMAT_XYUV8888, 4 },
	{ DRM_FORMAT_Y410, DRM_FORMAT_XVYU2101010, 4 },
	{ DRM_FORMAT_Y412, DRM_FORMAT_XVYU12_16161616, 8 },
	{ DRM_FORMAT_Y416, DRM_FORMAT_XVYU16161616, 8 },
};

uint32_t format_without_alpha(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].with == fourcc)
			return pairs[i].without;
	}
	return 0;
}

uint32_t format_px_bytes(uint32_t fourcc)
{
	static const struct {
		uint32_t fourcc, bytes;
	} others[] = {
		{ DRM_FORMAT_R8, 1 },
		{ DRM_FORMAT_NV12, 1 },
		{ DRM_FORMAT_NV21, 1 },
		{ DRM_FORMAT_NV16, 1 },
		{ DRM_FORMAT_NV61, 1 },
		{ DRM_FORMAT_YUV420, 1 },
		{ DRM_FORMAT_YVU420, 1 },
		{ DRM_FORMAT_YUV422, 1 },
		{ DRM_FORMAT_YVU422, 1 },
		{ DRM_FORMAT_YUV444, 1 },
		{ DRM_FORMAT_YVU444, 1 },
		{ DRM_FORMAT_R16, 2 },
		{ DRM_FORMAT_GR88, 2 },
		{ DRM_FORMAT_RG88, 2 },
		{ DRM_FORMAT_RGB565, 2 },
		{ DRM_FORMAT_BGR565, 2 },
		{ DRM_FORMAT_P010, 2 },
		{ DRM_FORMAT_P012, 2 },
		{ DRM_FORMAT_P016, 2 },
		{ DRM_FORMAT_YUYV, 2 },
		{ DRM_FORMAT_YVYU, 2 },
		{ DRM_FORMAT_UYVY, 2 },
		{ DRM_FORMAT_VYUY, 2 },
		{ DRM_FORMAT_RGB888, 3 },
		{ DRM_FORMAT_BGR888, 3 },
		{ DRM_FORMAT_GR1616, 4 },
		{ DRM_FORMAT_RG1616, 4 },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].with == fourcc || pairs[i].without == fourcc)
			return pairs[i].bytes;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].fourcc == fourcc)
			return others[i].bytes;
	}
	return 0;
}
