/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_PAINTER_H
#define COMPOSITOR_PAINT_GL_PAINTER_H

/* Painting by OpenGL ES. */

#include <stdbool.h>

struct painter;

/*
 * On the GPU of that card; -1: on none, in memory of its own. NULL with errno, and said
 * why: there is none, or it is software and `takes_software` is not set (-ENOTSUP).
 */
struct painter *gl_painter_create(int card_fd, bool takes_software);

#endif
