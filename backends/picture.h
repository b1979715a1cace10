/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PICTURE_H
#define BACKENDS_PICTURE_H

/*
 * A picture that a worker handed over: pixels in shared memory or a dma-buf.
 * Already checked when a presenter sees it: for shm, stride and offset fit the
 * descriptor, which cannot shrink.
 */

#include <stdbool.h>
#include <stdint.h>

enum picture_kind {
	PICTURE_KIND_SHM,
	PICTURE_KIND_DMABUF,
};

struct picture {
	enum picture_kind kind;
	int fd; /* owned by the picture's owner, never closed by a presenter */
	uint32_t width_px, height_px;
	uint32_t stride_bytes, offset_bytes;
	uint32_t fourcc; /* DRM_FORMAT_XRGB8888, ARGB8888, XBGR8888 or ABGR8888 */
	uint64_t modifier;
	bool bottom_up;
	void *presenter_data; /* the presenter's, NULL before import and after forget */
};

struct picture_box {
	uint32_t x, y, width, height; /* px, within the picture */
};

#endif
