/* SPDX-License-Identifier: MIT */
/* A guest's 2D resources and blobs, and the guest memory behind every resource. */
#include <string.h>
#include <sys/random.h>

#include "backends/virtio/gpu.h"
#include "protocol/bounds.h"

/* Out of the table and out of the renderer that has it, if that knows it. */
static uint32_t resource_drop(struct gpu *gpu, struct state_resource *resource)
{
	struct virtio_gpu_command unref = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = resource->id,
	};
	struct renderer *home = gpu_home(gpu, resource);

	gpu_heads_drop_resource(gpu, resource->id);
	gpu_resource_remove(&gpu->table, resource);
	if (home == gpu->local)
		return home->interface->execute(home, &unref,
			(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
	gpu_tell_remote(gpu, &unref);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

bool gpu_resource_id_is_free(struct gpu *gpu, uint32_t id)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, id);

	if (resource && gpu->again) {
		resource_drop(gpu, resource);
		resource = NULL;
	}
	return id && !resource;
}

uint32_t gpu_resource_create_2d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	uint64_t bytes;

	if (!gpu_resource_id_is_free(gpu, command->resource_id))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!virtio_gpu_format_bytes(command->create_2d.format) || !command->create_2d.width ||
		!command->create_2d.height || command->create_2d.width > LIMIT_PICTURE_PX ||
		command->create_2d.height > LIMIT_PICTURE_PX ||
		!mul_fits((uint64_t)command->create_2d.width * 4, command->create_2d.height, &bytes))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	gpu_begin(gpu, reply);
	struct state_resource *resource =
		gpu_resource_add(&gpu->table, command->resource_id, bytes);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	resource->kind = STATE_RESOURCE_2D;
	resource->format = command->create_2d.format;
	resource->width = command->create_2d.width;
	resource->height = command->create_2d.height;
	uint32_t answer = gpu->local->interface->execute(gpu->local, command,
		(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
	if (answer != VIRTIO_GPU_RESP_OK_NODATA)
		gpu_resource_remove(&gpu->table, resource);
	return answer;
}

uint32_t gpu_resource_unref(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, command->resource_id);

	if (!resource && !gpu->again)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	gpu_begin(gpu, reply);
	if (!resource) {
		gpu_tell_remote(gpu, command);
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	if (gpu_home(gpu, resource) == gpu->local)
		return resource_drop(gpu, resource);
	gpu_heads_drop_resource(gpu, resource->id);
	gpu_resource_remove(&gpu->table, resource);
	return gpu_forward_if_running(gpu, command, reply);
}

static bool entries_in_memory(const struct gpu *gpu, const struct virtio_gpu_command *command)
{
	for (uint32_t i = 0; i < command->attach_backing.n_entries; i++) {
		struct virtio_gpu_entry entry = virtio_gpu_entry_at(command, i);
		if (!guest_memory_at(gpu->memory, entry.addr, entry.len))
			return false;
	}
	return true;
}

static uint64_t entries_bytes(const struct virtio_gpu_command *attach)
{
	uint64_t bytes = 0; /* at most 2^16 times 2^32 */

	for (uint32_t i = 0; i < attach->attach_backing.n_entries; i++)
		bytes += virtio_gpu_entry_at(attach, i).len;
	return bytes;
}

static uint32_t backing_drop(struct gpu *gpu, struct state_resource *resource)
{
	struct virtio_gpu_command detach = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
		.resource_id = resource->id,
	};
	struct renderer *home = gpu_home(gpu, resource);

	gpu_backing_drop(&gpu->table, resource);
	if (home == gpu->local)
		return home->interface->execute(home, &detach,
			(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
	gpu_tell_remote(gpu, &detach);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t gpu_resource_attach_backing(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, command->resource_id);

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (gpu->again && resource->backing != STATE_NONE)
		backing_drop(gpu, resource);
	if (resource->backing != STATE_NONE || !entries_in_memory(gpu, command))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (resource->kind == STATE_RESOURCE_BLOB && resource->bytes > entries_bytes(command))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	gpu_begin(gpu, reply);
	if (!gpu_backing_set(&gpu->table, resource, command))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	struct renderer *home = gpu_home(gpu, resource);
	if (home == gpu->remote)
		return gpu_forward_if_running(gpu, command, reply);
	uint32_t answer = home->interface->execute(home, command,
		(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
	if (answer != VIRTIO_GPU_RESP_OK_NODATA)
		gpu_backing_drop(&gpu->table, resource);
	return answer;
}

uint32_t gpu_resource_detach_backing(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, command->resource_id);

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	bool attached = resource->backing != STATE_NONE;
	if (!attached && !gpu->again)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	gpu_begin(gpu, reply);
	if (gpu_home(gpu, resource) == gpu->local)
		return attached ? backing_drop(gpu, resource) : VIRTIO_GPU_RESP_OK_NODATA;
	gpu_backing_drop(&gpu->table, resource);
	if (attached)
		return gpu_forward_if_running(gpu, command, reply);
	gpu_tell_remote(gpu, command);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t gpu_resource_transfer_2d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);
	const struct virtio_gpu_area *area = &command->transfer_2d.area;
	uint32_t answer;

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	/* What the guest writes there is there: Linux asks for it all the same. */
	if (resource->kind == STATE_RESOURCE_BLOB)
		return VIRTIO_GPU_RESP_OK_NODATA;
	if (!range_fits(area->x, area->width, resource->width) ||
		!range_fits(area->y, area->height, resource->height))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	struct renderer *home = gpu_home(gpu, resource);
	if (home == gpu->remote)
		return gpu_remote_ready(gpu, &answer) ? gpu_forward(gpu, command, reply) : answer;
	return home->interface->execute(home, command,
		(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
}

/* -- blobs -- */

#define BLOB_FLAGS                                                                          \
	(VIRTIO_GPU_BLOB_FLAG_USE_MAPPABLE | VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE |           \
		VIRTIO_GPU_BLOB_FLAG_USE_CROSS_DEVICE)

/*
 * Guest memory alone: without a host-visible region the host's cannot be shown to the guest.
 * It may come later (virtio 1.2, 5.7.6.8: drivers that swap).
 */
uint32_t gpu_resource_create_blob(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct renderer_ticket at_once = { .wait = RENDERER_WAIT_EXECUTED };
	struct virtio_gpu_command attach = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = command->resource_id,
		.attach_backing.n_entries = command->create_blob.n_entries,
		.tail = command->tail,
		.tail_len = command->tail_len,
	};

	if (!gpu_has(gpu, VIRTIO_GPU_F_RESOURCE_BLOB))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!gpu_resource_id_is_free(gpu, command->resource_id))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (command->create_blob.mem != VIRTIO_GPU_BLOB_MEM_GUEST ||
		(command->create_blob.flags & ~BLOB_FLAGS) || !command->create_blob.size ||
		(command->create_blob.n_entries &&
			command->create_blob.size > entries_bytes(&attach)))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (!entries_in_memory(gpu, &attach))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	gpu_begin(gpu, reply);
	struct state_resource *resource =
		gpu_resource_add(&gpu->table, command->resource_id, command->create_blob.size);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	resource->kind = STATE_RESOURCE_BLOB;
	uint32_t answer = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	if (command->create_blob.n_entries && !gpu_backing_set(&gpu->table, resource, &attach))
		goto fail;
	answer = gpu->local->interface->execute(gpu->local, command, at_once);
	if (answer != VIRTIO_GPU_RESP_OK_NODATA)
		goto fail;
	if (!command->create_blob.n_entries)
		return answer;
	answer = gpu->local->interface->execute(gpu->local, &attach, at_once);
	if (answer == VIRTIO_GPU_RESP_OK_NODATA)
		return answer;
	attach.header.type = VIRTIO_GPU_CMD_RESOURCE_UNREF;
	gpu->local->interface->execute(gpu->local, &attach, at_once);
fail:
	gpu_resource_remove(&gpu->table, resource);
	return answer;
}

/* Version 4, variant 1 (RFC 4122, 4.4). */
static bool uuid_make(uint8_t uuid[static 16])
{
	if (getrandom(uuid, 16, GRND_NONBLOCK) != 16)
		return false;
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return true;
}

uint32_t gpu_resource_assign_uuid(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, command->resource_id);
	struct virtio_gpu_resp_resource_uuid response = { 0 };

	if (!gpu_has(gpu, VIRTIO_GPU_F_RESOURCE_UUID))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!resource->has_uuid && !uuid_make(resource->uuid))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	resource->has_uuid = 1;
	memcpy(response.uuid, resource->uuid, sizeof(response.uuid));
	gpu_answer_data(gpu, command, reply, VIRTIO_GPU_RESP_OK_RESOURCE_UUID, &response,
		sizeof(response));
	return GPU_ANSWER_DONE;
}
