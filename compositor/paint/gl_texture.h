/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_TEXTURE_H
#define COMPOSITOR_PAINT_GL_TEXTURE_H

/*
 * Textures with copies of what is in memory. A surface has one for whatever buffer it
 * shows, into which what is new is copied; a picture of our own has one while it lives.
 */

#include <epoxy/gl.h>
#include <pixman.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct scene_item;

/* All that a painter has; what clients may have of the GPU's memory so is limited. */
struct gl_textures {
	struct list list;    /* of gl_texture.link */
	int32_t side_max_px; /* of each */
	uint64_t px, max_px; /* of all together */
};

struct gl_texture {
	struct list link;
	struct gl_textures *textures; /* borrowed: the ones that it is of */
	struct wl_listener owner_gone;
	GLuint name;
	pixman_format_code_t format;
	int32_t width_px, height_px;
};

void gl_textures_init(struct gl_textures *textures, int32_t side_max_px, uint64_t max_px);
/* There is none any more. */
void gl_textures_clear(struct gl_textures *textures);
/*
 * With what the item's buffer has now. NULL: the buffer is too large, has a format of its
 * own, or is nobody's; or there is no memory.
 */
struct gl_texture *gl_texture_get(struct gl_textures *textures, const struct scene_item *item);
/* What is within the item's clip, drawn by pixman, px for px. 0: it cannot be. */
GLuint gl_texture_compose(const struct scene_item *item);

#endif
