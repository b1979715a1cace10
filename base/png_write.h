/* SPDX-License-Identifier: MIT */
#ifndef BASE_PNG_WRITE_H
#define BASE_PNG_WRITE_H

/* Pixels of a screen to a PNG file: eight bits of red, green and blue, no alpha. */

#include <stdint.h>
#include <stdio.h>

struct image {
	const uint8_t *pixels; /* rows from the top, four bytes a pixel */
	uint32_t width_px, height_px;
	uint32_t stride_bytes;
	const char *format; /* DRM fourcc: "XR24", "AR24", "XB24", "AB24" */
};

/* 0, -ENOTSUP for another format, -EIO with errno where writing failed, -ENOMEM. */
int image_write_png(FILE *out, const struct image *picture);

#endif
