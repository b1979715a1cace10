/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SCREENSHOT_H
#define COMPOSITOR_SCREENSHOT_H

/* What an output shows, as people see it. */

#include <stdint.h>

struct output;

/* Rows from the top, four bytes a pixel (XR24), in a memfd sealed in its size. */
struct screenshot {
	int fd;
	uint32_t width_px, height_px;
	uint32_t stride_bytes;
};

/* 0 or negative errno. The descriptor is the caller's. */
int screenshot_take(const struct output *output, struct screenshot *shot);

#endif
