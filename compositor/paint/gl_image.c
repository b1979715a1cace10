/* SPDX-License-Identifier: MIT */
/* dma-bufs as textures. */
#include "compositor/paint/gl_image.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>

#include "compositor/surface/dmabuf.h"

/* Size, format, three for each plane and two for its modifier; a name and a value each. */
#define ATTRIBUTES_MAX (2 * (3 + DMABUF_PLANES_MAX * 5) + 1)

/* The modifiers of a format; `n` of them, to be freed. NULL: there is none, or no memory. */
static EGLuint64KHR *query_modifiers(
	struct gl_context *context, uint32_t fourcc, EGLBoolean **external, EGLint *n)
{
	EGLDisplay display = context->display;

	*external = NULL;
	if (!context->has_modifiers ||
		!eglQueryDmaBufModifiersEXT(display, fourcc, 0, NULL, NULL, n) || *n <= 0)
		return NULL;
	EGLuint64KHR *modifiers = calloc(*n, sizeof(*modifiers) + sizeof(**external));
	if (!modifiers)
		return NULL;
	*external = (EGLBoolean *)(modifiers + *n);
	if (eglQueryDmaBufModifiersEXT(display, fourcc, *n, modifiers, *external, n))
		return modifiers;
	free(modifiers);
	return NULL;
}

static int add_modifiers(struct gl_context *context, struct formats *formats, uint32_t fourcc)
{
	EGLBoolean *external;
	EGLint n;
	EGLuint64KHR *modifiers = query_modifiers(context, fourcc, &external, &n);
	bool all_external = modifiers;
	int ret = 0;

	for (EGLint i = 0; ret == 0 && modifiers && i < n; i++) {
		all_external = all_external && external[i];
		if (!external[i] || context->has_external)
			ret = formats_add(formats, fourcc, modifiers[i]);
	}
	free(modifiers);
	if (ret == 0 && (!all_external || context->has_external))
		ret = formats_add(formats, fourcc, DRM_FORMAT_MOD_INVALID);
	return ret;
}

int gl_image_formats(struct gl_context *context, struct formats *formats)
{
	EGLint fourccs[256] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888 }, n = 2;
	int ret = 0;

	if (!context->has_dmabufs)
		return 0;
	if (context->has_modifiers && !eglQueryDmaBufFormatsEXT(context->display, 256, fourccs, &n))
		return -EIO;
	for (EGLint i = 0; ret == 0 && i < n; i++)
		ret = add_modifiers(context, formats, fourccs[i]);
	return ret == -ENOSPC ? 0 : ret;
}

EGLImageKHR gl_image_import(struct gl_context *context, const struct dmabuf *dmabuf)
{
	static const EGLint names[DMABUF_PLANES_MAX][5] = {
#define NAMES(n)                                                                                   \
	{ EGL_DMA_BUF_PLANE##n##_FD_EXT, EGL_DMA_BUF_PLANE##n##_OFFSET_EXT,                        \
		EGL_DMA_BUF_PLANE##n##_PITCH_EXT, EGL_DMA_BUF_PLANE##n##_MODIFIER_LO_EXT,          \
		EGL_DMA_BUF_PLANE##n##_MODIFIER_HI_EXT }
		NAMES(0), NAMES(1), NAMES(2), NAMES(3)
	};
	const struct format *format = &dmabuf->format;
	bool has_modifier = format->modifier != DRM_FORMAT_MOD_INVALID;
	EGLint attributes[ATTRIBUTES_MAX] = { EGL_WIDTH, dmabuf->width_px, EGL_HEIGHT,
		dmabuf->height_px, EGL_LINUX_DRM_FOURCC_EXT, format->fourcc };
	int n = 6;

	if (has_modifier && !context->has_modifiers)
		return EGL_NO_IMAGE_KHR;
	for (uint32_t i = 0; i < dmabuf->n_planes; i++) {
		const struct dmabuf_plane *plane = &dmabuf->planes[i];
		const EGLint values[5] = { plane->fd, plane->offset_bytes, plane->stride_bytes,
			format->modifier & UINT32_MAX, format->modifier >> 32 };
		for (int j = 0; j < (has_modifier ? 5 : 3); j++) {
			attributes[n++] = names[i][j];
			attributes[n++] = values[j];
		}
	}
	attributes[n] = EGL_NONE;
	return eglCreateImageKHR(
		context->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

static bool format_is_external(struct gl_context *context, const struct format *format)
{
	EGLBoolean *external;
	EGLint n;
	EGLuint64KHR *modifiers = query_modifiers(context, format->fourcc, &external, &n);
	bool is_external = false, all = modifiers;

	for (EGLint i = 0; modifiers && i < n; i++) {
		all = all && external[i];
		if (modifiers[i] == format->modifier)
			is_external = external[i];
	}
	free(modifiers);
	return is_external || (all && format->modifier == DRM_FORMAT_MOD_INVALID);
}

static void image_handle_dmabuf_gone(struct wl_listener *listener, void *data)
{
	gl_image_destroy(container_of(listener, struct gl_image, dmabuf_gone));
}

static bool gl_image_init(struct gl_image *image, const struct dmabuf *dmabuf)
{
	struct gl_context *context = image->context;

	image->is_external = format_is_external(context, &dmabuf->format);
	GLenum target = image->is_external ? GL_TEXTURE_EXTERNAL_OES : GL_TEXTURE_2D;
	if (dmabuf->width_px > (uint32_t)context->side_max_px ||
		dmabuf->height_px > (uint32_t)context->side_max_px ||
		(image->is_external && !context->has_external))
		return false;
	image->image = gl_image_import(context, dmabuf);
	if (image->image == EGL_NO_IMAGE_KHR)
		return false;
	glGenTextures(1, &image->texture);
	glBindTexture(target, image->texture);
	glEGLImageTargetTexture2DOES(target, image->image);
	return gl_context_check(context) == 0;
}

struct gl_image *gl_image_get(
	struct gl_context *context, struct list *images, struct dmabuf *dmabuf)
{
	struct wl_listener *listener = wl_signal_get(&dmabuf->destroyed, image_handle_dmabuf_gone);
	struct gl_image *image;

	if (listener) {
		image = container_of(listener, struct gl_image, dmabuf_gone);
		return image->is_good ? image : NULL;
	}
	image = context->has_dmabufs ? calloc(1, sizeof(*image)) : NULL;
	if (!image)
		return NULL;
	image->context = context;
	image->image = EGL_NO_IMAGE_KHR;
	image->dmabuf_gone.notify = image_handle_dmabuf_gone;
	wl_signal_add(&dmabuf->destroyed, &image->dmabuf_gone);
	list_append(images, &image->link);
	image->is_good = gl_image_init(image, dmabuf);
	return image->is_good ? image : NULL;
}

void gl_image_destroy(struct gl_image *image)
{
	glDeleteTextures(1, &image->texture);
	if (image->image != EGL_NO_IMAGE_KHR)
		eglDestroyImageKHR(image->context->display, image->image);
	wl_list_remove(&image->dmabuf_gone.link);
	list_remove(&image->link);
	free(image);
}
