/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_TARGET_H
#define COMPOSITOR_PAINT_GL_TARGET_H

/* What GL paints into: memory of its own, or a dma-buf that others show. */

#include <epoxy/gl.h>
#include <pixman.h>

#include "compositor/paint/gl_context.h"
#include "compositor/paint/painter.h"

struct gl_target {
	struct target target;
	GLuint framebuffer, renderbuffer;
	EGLImageKHR image;  /* EGL_NO_IMAGE_KHR: no dma-buf */
	EGLDisplay display; /* the image's */
};

/* NULL with errno. */
struct gl_target *gl_target_create(struct gl_context *context, uint32_t width_px,
	uint32_t height_px, const struct formats *formats);
void gl_target_finish(struct gl_target *target);
/* What is painted from now on goes there. */
void gl_target_enter(const struct gl_target *target);
/* As painters read. 0 or negative errno. */
int gl_target_read(
	const struct gl_target *target, pixman_image_t *image, int32_t x_px, int32_t y_px);

#endif
