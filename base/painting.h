/* SPDX-License-Identifier: MIT */
#ifndef BASE_PAINTING_H
#define BASE_PAINTING_H

/*
 * A picture of our own: words on a dark field, an arrow, or what a PNG file holds. In sealed
 * memory, rows of ARGB8888 without gaps, alpha multiplied in.
 */

#include <stdint.h>

#define PAINTING_SIDE_MAX 16384 /* px; of a PNG file */

struct painting {
	int fd; /* owned; -1: nothing is painted */
	int32_t width_px, height_px;
};

void painting_init(struct painting *painting);
/*
 * `text`: lines, the first one a title. `scale` is the px of a logical one, in 120ths.
 * In place of what was there. 0 or negative errno.
 */
int painting_write(struct painting *painting, const char *text, uint32_t scale);
/* An arrow whose tip is the first px. */
int painting_draw_arrow(struct painting *painting, uint32_t scale);
/* -EINVAL: it is no PNG, or a broken one. */
int painting_load_png(struct painting *painting, const char *path);
void painting_finish(struct painting *painting);

#endif
