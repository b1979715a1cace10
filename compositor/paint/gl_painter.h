/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_PAINTER_H
#define COMPOSITOR_PAINT_GL_PAINTER_H

/* Painting by OpenGL ES. */

#include <stdbool.h>

struct painter;

/*
 * On that device; NULL: on none, in memory of its own. NULL with errno, and said
 * why: there is none, or it is software and `takes_software` is not set (-ENOTSUP).
 */
struct painter *gl_painter_create(const char *device, bool takes_software);

#endif
