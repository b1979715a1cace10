/* SPDX-License-Identifier: MIT */
#ifndef PICTURE_H
#define PICTURE_H

/* Pictures to compare, pixel by pixel. */

#include <stdint.h>

struct picture {
	uint32_t width_px, height_px;
	uint32_t *pixels; /* x8r8g8b8; the upper byte is to be ignored; owned */
};

/* Black. */
struct picture picture_make(uint32_t width_px, uint32_t height_px);
/* No two neighbours alike, and no two seeds. */
struct picture picture_pattern(uint32_t width_px, uint32_t height_px, uint32_t seed);
uint32_t picture_pattern_at(uint32_t x, uint32_t y, uint32_t seed);
void picture_finish(struct picture *picture);

/* Returns 0 or a negative errno. */
int picture_read_png(struct picture *picture, const char *path);

/* -1 when they are the same, else the first pixel that differs; 0 for another size. */
int64_t picture_compare(const struct picture *a, const struct picture *b);

#endif
