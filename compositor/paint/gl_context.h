/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_CONTEXT_H
#define COMPOSITOR_PAINT_GL_CONTEXT_H

/*
 * EGL and one OpenGL ES context, of high priority where that is offered: on a card (by
 * gbm, on a file of its own, so that its handles are nobody else's), or on none. Mesa is
 * loaded here, and not before.
 */

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct gbm_device;

struct gl_context {
	int fd;                 /* -1: on no card */
	struct gbm_device *gbm; /* NULL: the same */
	EGLDisplay display;
	EGLContext context;
	const char *name;            /* of who renders; Mesa's */
	bool is_software, is_urgent; /* it goes before other work of the GPU's */
	bool has_fences;             /* EGL_ANDROID_native_fence_sync */
	bool has_dmabufs;            /* EGL_EXT_image_dma_buf_import */
	bool has_modifiers;
	bool has_external; /* GL_OES_EGL_image_external */
	bool tells_resets;
	bool is_lost;
	int32_t side_max_px; /* of textures and targets */
};

/* The GPU of a card, or the card where another one renders for it: a path, to be freed, or NULL. */
char *gl_device_find(int card_fd);
/*
 * On that device; NULL: on none, in memory. 0 or negative errno: why not is said.
 * gl_context_finish is safe after it.
 */
int gl_context_init(struct gl_context *context, const char *device);
void gl_context_finish(struct gl_context *context);

/* Of the GPU; 0: of none that is known. */
dev_t gl_context_device(const struct gl_context *context);

/* 0, or -ENODEV: all that it had is lost. */
int gl_context_enter(struct gl_context *context);
/* What was asked for since then: 0, -ENOMEM, -EIO, or -ENODEV as above. */
int gl_context_check(struct gl_context *context);
/*
 * All that was asked for goes to the GPU. The fd of a fence, the caller's; -1: it is done,
 * or, where it went to a dma-buf, is waited for by whoever reads that.
 */
int gl_context_flush(struct gl_context *context, bool is_dmabuf);

#endif
