/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PAINT_H
#define COMPOSITOR_PAINT_PAINT_H

/* An output's picture out of its window's surfaces, by pixman. */

#include <pixman.h>

struct output;

/*
 * The picture is right within `damage` (px) afterwards. Who waited for a frame of a
 * surface that is seen is told; who waits for it to be on the screen, waits on.
 */
void paint_output(struct output *output, pixman_region32_t *damage);

#endif
