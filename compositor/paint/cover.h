/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_COVER_H
#define COMPOSITOR_PAINT_COVER_H

/* What a scene needs painted: of each item what is damaged and nothing opaque hides. */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

struct scene;

struct cover {
	uint32_t n_items;
	pixman_region32_t *items; /* as the scene's; px of the framebuffer */
	pixman_region32_t bare;   /* where not all is painted over: black at first */
};

/* 0 or -ENOMEM. The scene is borrowed for the call. */
int cover_init(struct cover *cover, const struct scene *scene, const pixman_region32_t *damage);
void cover_finish(struct cover *cover);
/* Something shines through what is to be painted: what is there must be read. */
bool cover_blends(const struct cover *cover, const struct scene *scene);

#endif
