/* SPDX-License-Identifier: MIT */
/* Memory for resources that heads show. */
#include "backends/virgl/storage.h"

#include <errno.h>
#include <gbm.h>

#define VIRGL_RENDERER_UNSTABLE_APIS /* resource_import_blob */
#include <virglrenderer.h>

#include "base/io.h"
#include "base/log.h"
#include "protocol/virgl_protocol.h"
#include "protocol/virtio_gpu.h"

void storage_init(struct storage *storage)
{
	*storage = (struct storage){ .fd = -1 };
}

int storage_open(struct storage *storage)
{
	storage->gbm = gbm_create_device(storage->fd);
	return storage->gbm ? 0 : -ENODEV;
}

/* 0: none that heads show. */
static uint32_t storage_fourcc(uint32_t format)
{
	switch (format) {
	case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
		return GBM_FORMAT_ARGB8888;
	case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
		return GBM_FORMAT_XRGB8888;
	case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
		return GBM_FORMAT_ABGR8888;
	case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
		return GBM_FORMAT_XBGR8888;
	default:
		return 0;
	}
}

static bool storage_suits(const struct virgl_resource *info)
{
	return storage_fourcc(info->format) && (info->bind & VIRGL_RES_BIND_SCANOUT) &&
	       info->target == VIRGL_TARGET_2D && info->depth <= 1 && info->array_size <= 1 &&
	       !info->last_level && info->nr_samples <= 1;
}

static struct gbm_bo *storage_create_bo(
	const struct storage *storage, const struct virgl_resource *info)
{
	static const uint32_t uses[] = {
		GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT,
		GBM_BO_USE_RENDERING, /* a node without a display, a format that it has not */
	};
	struct gbm_bo *bo = NULL;

	for (size_t i = 0; !bo && i < sizeof(uses) / sizeof(uses[0]); i++)
		bo = gbm_bo_create(storage->gbm, info->width, info->height,
			storage_fourcc(info->format), uses[i]);
	if (bo && gbm_bo_get_plane_count(bo) != 1) {
		gbm_bo_destroy(bo);
		return NULL;
	}
	return bo;
}

static bool storage_make_context(struct storage *storage)
{
	static const char name[] = "mullion storage";

	if (storage->has_context)
		return true;
	storage->has_context =
		virgl_renderer_context_create(STORAGE_CONTEXT_ID, sizeof(name), name) == 0;
	virgl_renderer_force_ctx_0(); /* see context_create */
	return storage->has_context;
}

/* An untyped resource of the library: the memory alone. */
static bool storage_import(struct gbm_bo *bo, uint32_t id)
{
	struct virgl_renderer_resource_import_blob_args args = {
		.res_handle = id,
		.blob_mem = VIRGL_RENDERER_BLOB_MEM_HOST3D,
		.fd_type = VIRGL_RENDERER_BLOB_FD_TYPE_DMABUF,
		.fd = gbm_bo_get_fd(bo),
		.size = (uint64_t)gbm_bo_get_stride(bo) * gbm_bo_get_height(bo),
	};

	if (args.fd < 0)
		return false;
	if (virgl_renderer_resource_import_blob(&args) == 0)
		return true;
	fd_close(&args.fd);
	return false;
}

static bool storage_set_type(struct gbm_bo *bo, uint32_t id, const struct virgl_resource *info)
{
	uint64_t modifier = gbm_bo_get_modifier(bo);
	uint32_t dwords[] = {
		VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE | 10u << 16,
		id,
		info->format,
		info->bind,
		info->width,
		info->height,
		0, /* usage: the default */
		modifier & UINT32_MAX,
		modifier >> 32,
		gbm_bo_get_stride(bo),
		gbm_bo_get_offset(bo, 0),
	};

	virgl_renderer_ctx_attach_resource((int)STORAGE_CONTEXT_ID, (int)id);
	int ret = virgl_renderer_submit_cmd(
		dwords, (int)STORAGE_CONTEXT_ID, (int)(sizeof(dwords) / 4));
	virgl_renderer_ctx_detach_resource((int)STORAGE_CONTEXT_ID, (int)id);
	return ret == 0;
}

static void storage_give_up(struct storage *storage)
{
	log_info("the render node does not draw into memory of its own gbm's: what heads show are "
		 "textures");
	gbm_device_destroy(storage->gbm);
	storage->gbm = NULL;
}

bool storage_create_resource(
	struct storage *storage, uint32_t id, const struct virgl_resource *info)
{
	struct gbm_bo *bo = NULL;

	if (storage->gbm && storage_suits(info) && storage_make_context(storage))
		bo = storage_create_bo(storage, info);
	if (!bo)
		return false;
	bool is_imported = storage_import(bo, id);
	bool is_made = is_imported && storage_set_type(bo, id, info);
	gbm_bo_destroy(bo);
	if (is_imported && !is_made) {
		virgl_renderer_resource_unref(id);
		storage_give_up(storage);
	}
	return is_made;
}
