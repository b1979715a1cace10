/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_TEXTURE_H
#define COMPOSITOR_PAINT_GL_TEXTURE_H

/*
 * Textures with copies of what is in memory. A surface has one for whatever buffer it
 * shows, into which what is new is copied; a picture of our own has one while it lives.
 */

#include <epoxy/gl.h>
#include <pixman.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct scene_item;

struct gl_texture {
	struct list link;
	struct wl_listener owner_gone;
	GLuint name;
	pixman_format_code_t format;
	int32_t width_px, height_px;
};

/*
 * With what the item's buffer has now; one of the list, which has all. NULL: the buffer is
 * too large, has a format of its own, or is nobody's.
 */
struct gl_texture *gl_texture_get(
	struct list *textures, const struct scene_item *item, int32_t side_max_px);
void gl_texture_destroy(struct gl_texture *texture);
/* What is within the item's clip, drawn by pixman, px for px. 0: it cannot be. */
GLuint gl_texture_compose(const struct scene_item *item);

#endif
