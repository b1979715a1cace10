/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_BUFFER_H
#define COMPOSITOR_PAINT_GL_BUFFER_H

/* Memory of the card's, by gbm, that GL paints into and planes show. */

#include <stdint.h>

struct dmabuf;
struct formats;
struct gl_context;

/*
 * Of 32 bits a px without alpha, laid out as both GL and one of the formats have it. One
 * reference, or NULL with errno.
 */
struct dmabuf *gl_buffer_create(struct gl_context *context, uint32_t width_px, uint32_t height_px,
	const struct formats *formats);

#endif
