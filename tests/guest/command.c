/* SPDX-License-Identifier: MIT */
/* A virtio-gpu driver: each command (virtio 1.2, 5.7.6). */
#include "gpu.h"

#include <errno.h>
#include <string.h>

#define NODATA_BYTES ((uint32_t)sizeof(struct virtio_gpu_ctrl_hdr))

struct virtio_gpu_rect gpu_rect(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	return (struct virtio_gpu_rect){ x, y, width, height };
}

static int call_nodata(struct gpu *gpu, const void *command, uint32_t size_bytes)
{
	return gpu_call(gpu, gpu->control, command, size_bytes, NULL, 0, NODATA_BYTES);
}

int gpu_command(struct gpu *gpu, uint32_t type, uint32_t context_id)
{
	struct virtio_gpu_ctrl_hdr command = { .type = type, .ctx_id = context_id };

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_get_display_info(struct gpu *gpu)
{
	struct virtio_gpu_ctrl_hdr command = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };

	return gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0,
		sizeof(struct virtio_gpu_resp_display_info));
}

int gpu_get_edid(struct gpu *gpu, uint32_t scanout)
{
	struct virtio_gpu_cmd_get_edid command = {
		.hdr.type = VIRTIO_GPU_CMD_GET_EDID,
		.scanout = scanout,
	};

	return gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0,
		sizeof(struct virtio_gpu_resp_edid));
}

int gpu_create_2d(
	struct gpu *gpu, uint32_t resource, uint32_t format, uint32_t width, uint32_t height)
{
	struct virtio_gpu_resource_create_2d command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = resource,
		.format = format,
		.width = width,
		.height = height,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_unref(struct gpu *gpu, uint32_t resource)
{
	struct virtio_gpu_resource_unref command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

/* A command with data behind it, in guest memory of its own until the answer. */
static int call_with_data(struct gpu *gpu, const void *command, uint32_t command_bytes,
	const void *data, size_t data_bytes)
{
	struct gpu_request *request;

	if (data_bytes == 0)
		return call_nodata(gpu, command, command_bytes);

	struct span span = memory_alloc(gpu->memory, data_bytes, 8);

	if (span.data == NULL)
		return -ENOMEM;
	memcpy(span.data, data, data_bytes);

	int err = gpu_queue(
		gpu, gpu->control, command, command_bytes, &span, 1, NODATA_BYTES, &request);

	if (err < 0) {
		memory_free(gpu->memory, span);
		return err;
	}
	request->owned = span;
	return gpu_complete(gpu, request);
}

int gpu_attach_backing_raw(struct gpu *gpu, uint32_t resource, uint32_t claimed_count,
	const struct virtio_gpu_mem_entry *entries, uint32_t count)
{
	struct virtio_gpu_resource_attach_backing command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = resource,
		.nr_entries = claimed_count,
	};

	return call_with_data(gpu, &command, sizeof(command), entries, count * sizeof(*entries));
}

#define MAX_PIECES 8192u

static void entries_fill(
	struct virtio_gpu_mem_entry *entries, const struct span *pieces, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		entries[i] = (struct virtio_gpu_mem_entry){
			.addr = pieces[i].gpa,
			.length = (uint32_t)pieces[i].size,
		};
}

int gpu_attach_backing(
	struct gpu *gpu, uint32_t resource, const struct span *pieces, uint32_t count)
{
	static struct virtio_gpu_mem_entry entries[MAX_PIECES];

	if (count > MAX_PIECES)
		return -E2BIG;
	entries_fill(entries, pieces, count);
	return gpu_attach_backing_raw(gpu, resource, count, entries, count);
}

int gpu_detach_backing(struct gpu *gpu, uint32_t resource)
{
	struct virtio_gpu_resource_detach_backing command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_set_scanout(
	struct gpu *gpu, uint32_t scanout, uint32_t resource, struct virtio_gpu_rect rect)
{
	struct virtio_gpu_set_scanout command = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.r = rect,
		.scanout_id = scanout,
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_transfer_to_host_2d(
	struct gpu *gpu, uint32_t resource, struct virtio_gpu_rect rect, uint64_t offset)
{
	struct virtio_gpu_transfer_to_host_2d command = {
		.hdr.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.r = rect,
		.offset = offset,
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_flush(struct gpu *gpu, uint32_t resource, struct virtio_gpu_rect rect)
{
	struct virtio_gpu_resource_flush command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.r = rect,
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_update_cursor(struct gpu *gpu, uint32_t scanout, uint32_t resource, uint32_t x, uint32_t y,
	uint32_t hot_x, uint32_t hot_y)
{
	struct virtio_gpu_update_cursor command = {
		.hdr.type = VIRTIO_GPU_CMD_UPDATE_CURSOR,
		.pos = { .scanout_id = scanout, .x = x, .y = y },
		.resource_id = resource,
		.hot_x = hot_x,
		.hot_y = hot_y,
	};

	return gpu_call(
		gpu, gpu->cursor, &command, sizeof(command), NULL, 0, gpu->cursor_response_bytes);
}

int gpu_move_cursor(struct gpu *gpu, uint32_t scanout, uint32_t resource, uint32_t x, uint32_t y)
{
	struct virtio_gpu_update_cursor command = {
		.hdr.type = VIRTIO_GPU_CMD_MOVE_CURSOR,
		.pos = { .scanout_id = scanout, .x = x, .y = y },
		.resource_id = resource,
	};

	return gpu_call(
		gpu, gpu->cursor, &command, sizeof(command), NULL, 0, gpu->cursor_response_bytes);
}

int gpu_get_capset_info(struct gpu *gpu, uint32_t index)
{
	struct virtio_gpu_get_capset_info command = {
		.hdr.type = VIRTIO_GPU_CMD_GET_CAPSET_INFO,
		.capset_index = index,
	};

	return gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0,
		sizeof(struct virtio_gpu_resp_capset_info));
}

int gpu_get_capset(struct gpu *gpu, uint32_t id, uint32_t version)
{
	struct virtio_gpu_get_capset command = {
		.hdr.type = VIRTIO_GPU_CMD_GET_CAPSET,
		.capset_id = id,
		.capset_version = version,
	};

	return gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0, GPU_RESPONSE_BYTES);
}

int gpu_context_create(struct gpu *gpu, uint32_t context, uint32_t context_init, const char *name)
{
	struct virtio_gpu_ctx_create command = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = context },
		.nlen = (uint32_t)strlen(name),
		.context_init = context_init,
	};

	strncpy(command.debug_name, name, sizeof(command.debug_name) - 1);
	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_context_destroy(struct gpu *gpu, uint32_t context)
{
	return gpu_command(gpu, VIRTIO_GPU_CMD_CTX_DESTROY, context);
}

static int context_resource(struct gpu *gpu, uint32_t type, uint32_t context, uint32_t resource)
{
	struct virtio_gpu_ctx_resource command = {
		.hdr = { .type = type, .ctx_id = context },
		.resource_id = resource,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_context_attach(struct gpu *gpu, uint32_t context, uint32_t resource)
{
	return context_resource(gpu, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, context, resource);
}

int gpu_context_detach(struct gpu *gpu, uint32_t context, uint32_t resource)
{
	return context_resource(gpu, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, context, resource);
}

int gpu_create_3d(struct gpu *gpu, uint32_t resource, const struct gpu_resource_3d *what)
{
	struct virtio_gpu_resource_create_3d command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = resource,
		.target = what->target,
		.format = what->format,
		.bind = what->bind,
		.width = what->width,
		.height = what->height,
		.depth = what->depth,
		.array_size = what->array_size,
		.last_level = what->last_level,
		.nr_samples = what->nr_samples,
		.flags = what->flags,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

static int transfer_3d(struct gpu *gpu, uint32_t type, uint32_t context, uint32_t resource,
	const struct gpu_transfer_3d *transfer)
{
	struct virtio_gpu_transfer_host_3d command = {
		.hdr = { .type = type, .ctx_id = context },
		.box = transfer->box,
		.offset = transfer->offset,
		.resource_id = resource,
		.level = transfer->level,
		.stride = transfer->stride,
		.layer_stride = transfer->layer_stride,
	};

	return call_nodata(gpu, &command, sizeof(command));
}

int gpu_transfer_to_host_3d(struct gpu *gpu, uint32_t context, uint32_t resource,
	const struct gpu_transfer_3d *transfer)
{
	return transfer_3d(gpu, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, context, resource, transfer);
}

int gpu_transfer_from_host_3d(struct gpu *gpu, uint32_t context, uint32_t resource,
	const struct gpu_transfer_3d *transfer)
{
	return transfer_3d(gpu, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, context, resource, transfer);
}

int gpu_submit_3d(struct gpu *gpu, uint32_t context, const void *stream, uint32_t size_bytes)
{
	struct virtio_gpu_cmd_submit command = {
		.hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = context },
		.size = size_bytes,
	};

	return call_with_data(gpu, &command, sizeof(command), stream, size_bytes);
}

int gpu_assign_uuid(struct gpu *gpu, uint32_t resource)
{
	struct virtio_gpu_resource_assign_uuid command = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
		.resource_id = resource,
	};

	return gpu_call(gpu, gpu->control, &command, sizeof(command), NULL, 0,
		sizeof(struct virtio_gpu_resp_resource_uuid));
}

int gpu_create_blob(struct gpu *gpu, uint32_t context, uint32_t resource, uint32_t blob_mem,
	uint32_t blob_flags, uint64_t blob_id, uint64_t size_bytes, const struct span *pieces,
	uint32_t count)
{
	static struct virtio_gpu_mem_entry entries[MAX_PIECES];
	struct virtio_gpu_resource_create_blob command = {
		.hdr = { .type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, .ctx_id = context },
		.resource_id = resource,
		.blob_mem = blob_mem,
		.blob_flags = blob_flags,
		.nr_entries = count,
		.blob_id = blob_id,
		.size = size_bytes,
	};

	if (count > MAX_PIECES)
		return -E2BIG;
	entries_fill(entries, pieces, count);
	return call_with_data(gpu, &command, sizeof(command), entries, count * sizeof(entries[0]));
}

int gpu_set_scanout_blob(struct gpu *gpu, uint32_t scanout, uint32_t resource,
	struct virtio_gpu_rect rect, uint32_t width, uint32_t height, uint32_t format,
	uint32_t stride, uint32_t offset)
{
	struct virtio_gpu_set_scanout_blob command = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		.r = rect,
		.scanout_id = scanout,
		.resource_id = resource,
		.width = width,
		.height = height,
		.format = format,
		.strides = { stride },
		.offsets = { offset },
	};

	return call_nodata(gpu, &command, sizeof(command));
}
