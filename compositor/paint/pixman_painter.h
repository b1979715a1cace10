/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PIXMAN_PAINTER_H
#define COMPOSITOR_PAINT_PIXMAN_PAINTER_H

/* Painting into memory, by pixman: what is always there. */

#include <pixman.h>

struct painter;

/* NULL with errno. */
struct painter *pixman_painter_create(void);
/* In this image of x8r8g8b8, of which it takes a reference, and not in memory of its own. */
struct target *pixman_target_create(struct painter *pixman, pixman_image_t *image);

#endif
