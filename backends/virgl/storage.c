/* SPDX-License-Identifier: MIT */
/* Memory for resources that heads show. */
#include "backends/virgl/storage.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <drm_fourcc.h>
#include <errno.h>
#include <gbm.h>
#include <string.h>
#include <virglrenderer.h>

#include "base/io.h"
#include "protocol/virtio_gpu.h"

#define STORAGE_FORMAT GBM_FORMAT_ABGR8888 /* GL_RGBA8 */

void storage_init(struct storage *storage)
{
	*storage = (struct storage){ .fd = -1 };
}

static int storage_find_calls(struct storage *storage)
{
	virgl_renderer_force_ctx_0();
	storage->display = eglGetCurrentDisplay();
	if (storage->display == EGL_NO_DISPLAY)
		return -ENOTSUP;
	const char *extensions = eglQueryString(storage->display, EGL_EXTENSIONS);
	if (!extensions || !strstr(extensions, "EGL_EXT_image_dma_buf_import"))
		return -ENOTSUP;
	storage->has_modifiers = strstr(extensions, "EGL_EXT_image_dma_buf_import_modifiers");
	storage->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	storage->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	return storage->create_image && storage->destroy_image ? 0 : -ENOTSUP;
}

int storage_open(struct storage *storage)
{
	int ret = storage_find_calls(storage);
	if (ret < 0)
		return ret;
	storage->gbm = gbm_create_device(storage->fd);
	return storage->gbm ? 0 : -ENODEV;
}

void storage_finish(struct storage *storage)
{
	if (storage->gbm)
		gbm_device_destroy(storage->gbm);
	storage_init(storage);
}

static bool storage_suits(const struct virgl_resource *info)
{
	switch (info->format) {
	case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
	case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
	case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
	case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
		break;
	default:
		return false;
	}
	return (info->bind & VIRGL_RES_BIND_SCANOUT) && info->target == VIRGL_TARGET_2D &&
	       info->depth <= 1 && info->array_size <= 1 && !info->last_level &&
	       info->nr_samples <= 1;
}

static struct gbm_bo *storage_create_bo(
	const struct storage *storage, uint32_t width_px, uint32_t height_px)
{
	static const uint32_t uses[] = {
		GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT,
		GBM_BO_USE_RENDERING, /* a node without a display, a format that it has not */
	};
	struct gbm_bo *bo = NULL;

	for (size_t i = 0; !bo && i < sizeof(uses) / sizeof(uses[0]); i++)
		bo = gbm_bo_create(storage->gbm, width_px, height_px, STORAGE_FORMAT, uses[i]);
	if (bo && gbm_bo_get_plane_count(bo) != 1) {
		gbm_bo_destroy(bo);
		return NULL;
	}
	return bo;
}

static void *storage_import_bo(const struct storage *storage, struct gbm_bo *bo)
{
	uint64_t modifier = gbm_bo_get_modifier(bo);
	int fd = gbm_bo_get_fd(bo);
	/* The last four only where there is a modifier. */
	bool has_modifier = storage->has_modifiers && modifier != DRM_FORMAT_MOD_INVALID;
	const EGLint attributes[] = {
		EGL_WIDTH,
		(EGLint)gbm_bo_get_width(bo),
		EGL_HEIGHT,
		(EGLint)gbm_bo_get_height(bo),
		EGL_LINUX_DRM_FOURCC_EXT,
		STORAGE_FORMAT,
		EGL_DMA_BUF_PLANE0_FD_EXT,
		fd,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		(EGLint)gbm_bo_get_offset(bo, 0),
		EGL_DMA_BUF_PLANE0_PITCH_EXT,
		(EGLint)gbm_bo_get_stride(bo),
		has_modifier ? EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT : EGL_NONE,
		(EGLint)(modifier & UINT32_MAX),
		EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT,
		(EGLint)(modifier >> 32),
		EGL_NONE,
	};

	if (fd < 0)
		return NULL;
	void *image = storage->create_image(
		storage->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
	fd_close(&fd);
	return image == EGL_NO_IMAGE_KHR ? NULL : image;
}

void *storage_create_image(const struct storage *storage, const struct virgl_resource *info)
{
	if (!storage->gbm || !storage_suits(info))
		return NULL;
	struct gbm_bo *bo = storage_create_bo(storage, info->width, info->height);
	if (!bo)
		return NULL;
	void *image = storage_import_bo(storage, bo);
	gbm_bo_destroy(bo);
	return image;
}

void storage_destroy_image(const struct storage *storage, void *image)
{
	storage->destroy_image(storage->display, image);
}
