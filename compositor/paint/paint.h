/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PAINT_H
#define COMPOSITOR_PAINT_PAINT_H

/* A scene into memory, by pixman. */

#include <pixman.h>

struct scene;

/* Within the damage (px), which lies within the picture; black where there is nothing. */
void paint_scene(
	pixman_image_t *picture, const struct scene *scene, const pixman_region32_t *damage);

#endif
