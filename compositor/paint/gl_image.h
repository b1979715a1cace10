/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_IMAGE_H
#define COMPOSITOR_PAINT_GL_IMAGE_H

/* dma-bufs as EGLImages and textures of those, each as long as the dma-buf lives. */

#include <wayland-server-core.h>

#include "base/list.h"
#include "compositor/formats.h"
#include "compositor/paint/gl_context.h"

struct dmabuf;

struct gl_image {
	struct list link;
	struct wl_listener dmabuf_gone;
	struct gl_context *context; /* borrowed */
	EGLImageKHR image;
	GLuint texture;
	bool is_external; /* for samplers of that kind only */
	bool is_good;     /* else it was tried, in vain */
};

/* What may be taken. 0 or negative errno. */
int gl_image_formats(struct gl_context *context, struct formats *formats);
/* EGL's, to be destroyed by the caller; EGL_NO_IMAGE_KHR: it does not take it. */
EGLImageKHR gl_image_import(struct gl_context *context, const struct dmabuf *dmabuf);
/* That of the dma-buf, one of the list, which has all. NULL: it cannot be taken. */
struct gl_image *gl_image_get(
	struct gl_context *context, struct list *images, struct dmabuf *dmabuf);
void gl_image_destroy(struct gl_image *image);

#endif
