/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PIXMAN_PAINTER_H
#define COMPOSITOR_PAINT_PIXMAN_PAINTER_H

/* Painting into memory, by pixman: what is always there. */

struct painter;

/* NULL with errno. */
struct painter *pixman_painter_create(void);

#endif
