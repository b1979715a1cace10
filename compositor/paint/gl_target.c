/* SPDX-License-Identifier: MIT */
/* What GL paints into. */
#include "compositor/paint/gl_target.h"

#include <errno.h>
#include <stdlib.h>

#include "compositor/paint/gl_buffer.h"
#include "compositor/paint/gl_image.h"
#include "compositor/surface/dmabuf.h"

static int gl_target_make(struct gl_target *target, struct gl_context *context, uint32_t width_px,
	uint32_t height_px, const struct formats *formats)
{
	struct dmabuf *dmabuf =
		formats ? gl_buffer_create(context, width_px, height_px, formats) : NULL;

	if (formats && !dmabuf)
		return -errno;
	target->target.dmabuf = dmabuf;
	glGenRenderbuffers(1, &target->renderbuffer);
	glBindRenderbuffer(GL_RENDERBUFFER, target->renderbuffer);
	if (dmabuf)
		target->image = gl_image_import(context, dmabuf);
	if (dmabuf && target->image == EGL_NO_IMAGE_KHR)
		return -EINVAL;
	if (dmabuf)
		glEGLImageTargetRenderbufferStorageOES(GL_RENDERBUFFER, target->image);
	else
		glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8_OES, width_px, height_px);
	glGenFramebuffers(1, &target->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glFramebufferRenderbuffer(
		GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target->renderbuffer);
	int ret = gl_context_check(context);
	if (ret == 0 && glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		ret = -EIO;
	return ret;
}

struct gl_target *gl_target_create(struct gl_context *context, uint32_t width_px,
	uint32_t height_px, const struct formats *formats)
{
	uint32_t side_max_px = context->side_max_px;
	struct gl_target *target;

	if (width_px > side_max_px || height_px > side_max_px) {
		errno = E2BIG;
		return NULL;
	}
	target = calloc(1, sizeof(*target));
	if (!target)
		return NULL;
	target->display = context->display;
	target->image = EGL_NO_IMAGE_KHR;
	int ret = gl_target_make(target, context, width_px, height_px, formats);
	if (ret == 0)
		return target;
	gl_target_finish(target);
	free(target);
	errno = -ret;
	return NULL;
}

void gl_target_finish(struct gl_target *target)
{
	glDeleteFramebuffers(1, &target->framebuffer);
	glDeleteRenderbuffers(1, &target->renderbuffer);
	if (target->image != EGL_NO_IMAGE_KHR)
		eglDestroyImageKHR(target->display, target->image);
	dmabuf_unref(target->target.dmabuf);
	target->target.dmabuf = NULL;
}

void gl_target_enter(const struct gl_target *target)
{
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glViewport(0, 0, target->target.width_px, target->target.height_px);
}

int gl_target_read(
	const struct gl_target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	int32_t width_px = pixman_image_get_width(image);
	int32_t height_px = pixman_image_get_height(image);
	pixman_image_t *read =
		pixman_image_create_bits_no_clear(PIXMAN_a8b8g8r8, width_px, height_px, NULL, 0);

	if (!read)
		return -ENOMEM;
	glBindFramebuffer(GL_FRAMEBUFFER, target->framebuffer);
	glReadPixels(x_px, y_px, width_px, height_px, GL_RGBA, GL_UNSIGNED_BYTE,
		pixman_image_get_data(read));
	pixman_image_composite32(
		PIXMAN_OP_SRC, read, NULL, image, 0, 0, 0, 0, 0, 0, width_px, height_px);
	pixman_image_unref(read);
	return 0;
}
