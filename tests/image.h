/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

/* An image in memory, and PNG files as one. */

#include <stddef.h>
#include <stdint.h>

#define IMAGE_ANY 0xff000000

struct image {
	uint32_t width_px, height_px;
	uint32_t *pixels; /* x8r8g8b8, x is 0; owned */
};

/* All of one colour. No memory is an assertion. */
struct image image_make(uint32_t width_px, uint32_t height_px, uint32_t colour);
void image_finish(struct image *image);
void image_fill(const struct image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t colour);
/* Pixels that differ; all of them if the sizes do. IMAGE_ANY in `expected` equals everything. */
size_t image_difference(const struct image *image, const struct image *expected);
uint32_t *image_at(const struct image *image, uint32_t x, uint32_t y);

/* 0 or negative errno. */
int image_read_png(struct image *image, const char *path);

#endif
