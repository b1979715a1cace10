/* SPDX-License-Identifier: MIT */
/* Memory of the card's. */
#include "compositor/paint/gl_buffer.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <gbm.h>
#include <stdlib.h>
#include <unistd.h>

#include "compositor/formats.h"
#include "compositor/paint/gl_context.h"
#include "compositor/paint/gl_image.h"
#include "compositor/surface/dmabuf.h"

#define FOURCC DRM_FORMAT_XRGB8888
#define MODIFIERS_MAX 64
#define USE (GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING)

static struct gbm_bo *bo_create_with(struct gl_context *context, uint32_t width_px,
	uint32_t height_px, const struct formats *shown)
{
	struct formats painted = { 0 };
	uint64_t modifiers[MODIFIERS_MAX];
	uint32_t n = 0;

	if (gl_image_formats(context, &painted) < 0)
		painted.n = 0;
	for (uint32_t i = 0; i < shown->n && n < MODIFIERS_MAX; i++) {
		const struct format *format = &shown->items[i];
		if (format->fourcc == FOURCC && format->modifier != DRM_FORMAT_MOD_INVALID &&
			formats_have(&painted, FOURCC, format->modifier))
			modifiers[n++] = format->modifier;
	}
	formats_finish(&painted);
	return n > 0 ? gbm_bo_create_with_modifiers2(
			       context->gbm, width_px, height_px, FOURCC, modifiers, n, USE)
		     : NULL;
}

static void planes_close(struct dmabuf_plane planes[static DMABUF_PLANES_MAX])
{
	for (int i = 0; i < DMABUF_PLANES_MAX; i++) {
		if (planes[i].fd >= 0)
			close(planes[i].fd);
	}
}

static struct dmabuf *bo_export(struct gbm_bo *bo, bool has_modifier)
{
	struct format format = { FOURCC, DRM_FORMAT_MOD_INVALID };
	struct dmabuf_plane planes[DMABUF_PLANES_MAX];
	int n = gbm_bo_get_plane_count(bo);
	struct dmabuf *dmabuf = NULL;
	bool is_good = n > 0 && n <= DMABUF_PLANES_MAX;

	for (int i = 0; i < DMABUF_PLANES_MAX; i++)
		planes[i].fd = -1;
	if (has_modifier)
		format.modifier = gbm_bo_get_modifier(bo);
	for (int i = 0; is_good && i < n; i++) {
		planes[i] = (struct dmabuf_plane){
			.fd = n == 1 ? gbm_bo_get_fd(bo) : gbm_bo_get_fd_for_plane(bo, i),
			.offset_bytes = gbm_bo_get_offset(bo, i),
			.stride_bytes = gbm_bo_get_stride_for_plane(bo, i),
		};
		is_good = planes[i].fd >= 0;
	}
	errno = EIO;
	if (is_good)
		dmabuf = dmabuf_create(
			gbm_bo_get_width(bo), gbm_bo_get_height(bo), format, planes, n);
	if (!dmabuf)
		planes_close(planes);
	return dmabuf;
}

struct dmabuf *gl_buffer_create(struct gl_context *context, uint32_t width_px, uint32_t height_px,
	const struct formats *formats)
{
	struct gbm_bo *bo = NULL;
	bool has_modifier = false;

	if (!context->gbm || !context->has_dmabufs) {
		errno = ENOTSUP;
		return NULL;
	}
	errno = 0;
	bo = bo_create_with(context, width_px, height_px, formats);
	has_modifier = bo;
	if (!bo)
		bo = gbm_bo_create(context->gbm, width_px, height_px, FOURCC, USE);
	/* gbm does not always say why. */
	if (!bo && errno == 0)
		errno = ENOMEM;
	if (!bo)
		return NULL;
	struct dmabuf *dmabuf = bo_export(bo, has_modifier);
	/* Its memory lives with the descriptors. */
	gbm_bo_destroy(bo);
	return dmabuf;
}
