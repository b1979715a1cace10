/* SPDX-License-Identifier: MIT */
/*
 * A resource's own memory as a dma-buf: EGL_MESA_image_dma_buf_export on the
 * library's texture. The library has a call for it too, which in 0.10.4 does not
 * tell the modifier.
 */
#include "backends/virgl/export.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <drm_fourcc.h>
#include <errno.h>
#include <string.h>
#include <virglrenderer.h>

#include "backends/virgl/readback.h"
#include "backends/virgl/resource.h"
#include "base/io.h"

struct exporter {
	EGLDisplay display;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNEGLEXPORTDMABUFIMAGEQUERYMESAPROC query;
	PFNEGLEXPORTDMABUFIMAGEMESAPROC export;
};

/* Makes the library's own context current, which sees all textures. */
static bool exporter_init(struct exporter *exporter)
{
	virgl_renderer_force_ctx_0();
	EGLDisplay display = eglGetCurrentDisplay();
	if (display == EGL_NO_DISPLAY)
		return false;
	const char *extensions = eglQueryString(display, EGL_EXTENSIONS);
	if (!extensions || !strstr(extensions, "EGL_MESA_image_dma_buf_export"))
		return false;
	*exporter = (struct exporter){
		.display = display,
		.create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR"),
		.destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR"),
		.query = (PFNEGLEXPORTDMABUFIMAGEQUERYMESAPROC)eglGetProcAddress(
			"eglExportDMABUFImageQueryMESA"),
		.export = (PFNEGLEXPORTDMABUFIMAGEMESAPROC)eglGetProcAddress(
			"eglExportDMABUFImageMESA"),
	};
	return exporter->create_image && exporter->destroy_image && exporter->query &&
	       exporter->export;
}

bool export_supported(void)
{
	struct exporter exporter;
	return exporter_init(&exporter);
}

/*
 * Heads have no alpha. The format is the texture's, which need not be the resource's:
 * desktop GL has no BGRA, the library keeps such a resource as RGBA. 0: not shown.
 */
static uint32_t fourcc_shown(int fourcc)
{
	switch ((uint32_t)fourcc) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
		return DRM_FORMAT_XRGB8888;
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
		return DRM_FORMAT_XBGR8888;
	default:
		return 0;
	}
}

/* One plane. The picture's fd is open on success. */
static int exporter_export(const struct exporter *exporter, EGLImageKHR image,
	const struct resource *resource, struct picture *picture)
{
	int fourcc, n_planes, fd = -1;
	EGLuint64KHR modifier;
	EGLint stride, offset;

	if (!exporter->query(exporter->display, image, &fourcc, &n_planes, &modifier))
		return -EIO;
	if (n_planes != 1 || !fourcc_shown(fourcc))
		return -ENOTSUP;
	if (!exporter->export(exporter->display, image, &fd, &stride, &offset) || fd < 0)
		return -EIO;
	*picture = (struct picture){
		.kind = PICTURE_KIND_DMABUF,
		.fd = fd,
		.width_px = resource->info.width,
		.height_px = resource->info.height,
		.stride_bytes = stride,
		.offset_bytes = offset,
		.fourcc = fourcc_shown(fourcc),
		.modifier = modifier,
		.bottom_up = resource_is_bottom_up(resource),
	};
	return 0;
}

/* Narrows the picture to a part of it, if its rows are plain memory. */
static int picture_crop(struct picture *picture, struct picture_box box)
{
	if (!box.x && !box.y && box.width == picture->width_px && box.height == picture->height_px)
		return 0;
	if (picture->modifier != DRM_FORMAT_MOD_LINEAR)
		return -ENOTSUP;
	uint32_t row = picture->bottom_up ? picture->height_px - box.y - box.height : box.y;
	picture->offset_bytes += row * picture->stride_bytes + box.x * 4;
	picture->width_px = box.width;
	picture->height_px = box.height;
	return 0;
}

int resource_export(
	const struct resource *resource, struct picture_box box, struct picture *picture)
{
	struct virgl_renderer_resource_info info;
	struct exporter exporter;

	if (!exporter_init(&exporter) ||
		virgl_renderer_resource_get_info((int)resource->id, &info) != 0 || !info.tex_id)
		return -ENOTSUP;
	EGLImageKHR image = exporter.create_image(exporter.display, eglGetCurrentContext(),
		EGL_GL_TEXTURE_2D_KHR, (EGLClientBuffer)(uintptr_t)info.tex_id, NULL);
	if (image == EGL_NO_IMAGE_KHR)
		return -ENOTSUP;
	struct picture exported = { .fd = -1 };
	int ret = exporter_export(&exporter, image, resource, &exported);
	exporter.destroy_image(exporter.display, image);
	if (ret == 0)
		ret = picture_crop(&exported, box);
	if (ret < 0) {
		fd_close(&exported.fd);
		return ret;
	}
	*picture = exported;
	return 0;
}
