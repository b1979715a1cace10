/* SPDX-License-Identifier: MIT */
/* The commands of the control queue: checked against the tables, then carried out. */
#include <endian.h>
#include <string.h>

#include "backends/virtio/gpu.h"
#include "base/clock.h"
#include "protocol/bounds.h"
#include "protocol/edid.h"
#include "protocol/virgl.h"

/* After a renderer could not be had, 3D commands fail for this long before the next try. */
#define REMOTE_RETRY_NS (1 * NSEC_PER_SEC)

struct renderer *gpu_home(const struct gpu *gpu, const struct state_resource *resource)
{
	bool local = resource->kind == STATE_RESOURCE_2D || resource->kind == STATE_RESOURCE_BLOB;
	return local ? gpu->local : gpu->remote;
}

bool gpu_remote_ready(struct gpu *gpu, uint32_t *answer)
{
	if (gpu->remote_state == GPU_REMOTE_RUNNING)
		return true;
	*answer = VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!gpu->remote)
		return false;
	if (gpu->remote_state == GPU_REMOTE_NONE) {
		if (gpu->remote_failed_ns && clock_now_ns() - gpu->remote_failed_ns < REMOTE_RETRY_NS)
			return false;
		gpu_set_remote_state(gpu, GPU_REMOTE_STARTING);
		gpu->listener->renderer_wanted(gpu->data);
	}
	*answer = GPU_ANSWER_HOLD;
	return false;
}

uint32_t gpu_forward(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_pending *pending = gpu_pending_add(&gpu->pendings, &command->header, reply);
	struct renderer_ticket ticket = {
		.wait = gpu_pending_is_fenced(pending) ? RENDERER_WAIT_FENCED : RENDERER_WAIT_EXECUTED,
		.seq = pending->seq,
	};

	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_3D) {
		pending->created = command->resource_id;
		gpu_resource_find(&gpu->table, command->resource_id)->create_seq = pending->seq;
	}
	if (command->header.type == VIRTIO_GPU_CMD_CTX_CREATE)
		gpu_context_find(&gpu->table, command->header.ctx_id)->create_seq = pending->seq;
	uint32_t answer = gpu->remote->interface->execute(gpu->remote, command, ticket);
	if (answer)
		gpu_pending_take_back(&gpu->pendings, pending);
	return answer;
}

uint32_t gpu_forward_if_running(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	if (gpu->remote_state == GPU_REMOTE_RUNNING)
		return gpu_forward(gpu, command, reply);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* -- displays -- */

static uint32_t get_display_info(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct virtio_gpu_resp_display_info info = { 0 };
	uint32_t x = 0;

	for (uint32_t i = 0; i < gpu->n_heads; i++) {
		const struct link_head *head = &gpu->state->modes[i];
		if (!head->enabled)
			continue;
		info.pmodes[i].r.x = htole32(x);
		info.pmodes[i].r.width = htole32(head->width_px);
		info.pmodes[i].r.height = htole32(head->height_px);
		info.pmodes[i].enabled = htole32(1);
		x += head->width_px;
	}
	gpu->state->counters.heads_serial = gpu->state->modes_serial;
	gpu_answer_data(gpu, command, reply, VIRTIO_GPU_RESP_OK_DISPLAY_INFO, &info, sizeof(info));
	return GPU_ANSWER_DONE;
}

static uint32_t get_edid(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct virtio_gpu_resp_edid response = { 0 };
	uint32_t index = command->edid.scanout;

	if (!gpu_has(gpu, VIRTIO_GPU_F_EDID))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (index >= gpu->n_heads)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	const struct link_head *head = &gpu->state->modes[index];
	struct edid_head edid = {
		.guest = gpu->config.name,
		.head = index,
		.width_px = head->width_px,
		.height_px = head->height_px,
		.refresh_mhz = head->refresh_mhz,
		/* 96 dots an inch; no two heads quite alike, for those who tell screens by size. */
		.width_mm = head->width_px * 254 / 960 + index,
		.height_mm = head->height_px * 254 / 960,
	};
	response.size = htole32(edid_make(&edid, response.edid));
	gpu_answer_data(gpu, command, reply, VIRTIO_GPU_RESP_OK_EDID, &response, sizeof(response));
	return GPU_ANSWER_DONE;
}

/* -- capsets -- */

static const struct link_capset *capset_at(const struct gpu *gpu, uint32_t index)
{
	const struct link_capset *capsets = (const void *)gpu->config.capsets;

	if (!capsets || index >= LIMIT_CAPSETS || !capsets[index].id)
		return NULL;
	return &capsets[index];
}

static const struct link_capset *capset_find(const struct gpu *gpu, uint32_t id)
{
	const struct link_capset *capset;

	for (uint32_t i = 0; (capset = capset_at(gpu, i)); i++) {
		if (capset->id == id)
			return capset;
	}
	return NULL;
}

static uint32_t get_capset_info(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct link_capset *capset = capset_at(gpu, command->capset_info.index);

	if (!capset)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	struct virtio_gpu_resp_capset_info info = {
		.capset_id = htole32(capset->id),
		.capset_max_version = htole32(capset->version),
		.capset_max_size = htole32(capset->size),
	};
	gpu_answer_data(gpu, command, reply, VIRTIO_GPU_RESP_OK_CAPSET_INFO, &info, sizeof(info));
	return GPU_ANSWER_DONE;
}

static uint32_t get_capset(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct link_capset *capset = capset_find(gpu, command->capset.id);
	uint8_t response[sizeof(struct virtio_gpu_ctrl_hdr) + 4096] = { 0 };

	if (!capset || command->capset.version > capset->version ||
		!range_fits(capset->offset, capset->size, gpu->config.capsets_bytes) ||
		capset->size > sizeof(response) - sizeof(struct virtio_gpu_ctrl_hdr))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	memcpy(response + sizeof(struct virtio_gpu_ctrl_hdr), gpu->config.capsets + capset->offset,
		capset->size);
	gpu_answer_data(gpu, command, reply, VIRTIO_GPU_RESP_OK_CAPSET, response,
		sizeof(struct virtio_gpu_ctrl_hdr) + capset->size);
	return GPU_ANSWER_DONE;
}

/* -- 3D -- */

static uint32_t create_3d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct virgl_resource wanted = {
		.target = command->create_3d.target,
		.format = command->create_3d.format,
		.bind = command->create_3d.bind,
		.width = command->create_3d.width,
		.height = command->create_3d.height,
		.depth = command->create_3d.depth,
		.array_size = command->create_3d.array_size,
		.last_level = command->create_3d.last_level,
		.nr_samples = command->create_3d.nr_samples,
		.flags = command->create_3d.flags,
	};
	uint64_t bytes;
	uint32_t answer;

	if (!gpu_resource_id_is_free(gpu, command->resource_id))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!virgl_resource_check(&wanted, &virgl_limits_default, &bytes))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (!gpu_remote_ready(gpu, &answer))
		return answer;
	gpu_begin(gpu, reply);
	struct state_resource *resource =
		gpu_resource_add(&gpu->table, command->resource_id, bytes);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	resource->kind = STATE_RESOURCE_3D;
	resource->target = wanted.target;
	resource->format = wanted.format;
	resource->bind = wanted.bind;
	resource->width = wanted.width;
	resource->height = wanted.height;
	resource->depth = wanted.depth;
	resource->array_size = wanted.array_size;
	resource->last_level = wanted.last_level;
	resource->nr_samples = wanted.nr_samples;
	resource->flags = wanted.flags;
	answer = gpu_forward(gpu, command, reply);
	if (answer)
		gpu_resource_remove(&gpu->table, resource);
	return answer;
}

static uint32_t transfer_3d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);
	const struct state_context *context = gpu_context_find(&gpu->table, command->header.ctx_id);
	uint32_t answer;

	if (!resource || resource->kind == STATE_RESOURCE_2D)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (command->header.ctx_id && (!context || context->lost))
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	if (resource->kind == STATE_RESOURCE_BLOB)
		return VIRTIO_GPU_RESP_OK_NODATA; /* guest and host have the same memory */
	return gpu_remote_ready(gpu, &answer) ? gpu_forward(gpu, command, reply) : answer;
}

/* A capset that is offered, or 0: the newest Virgl. No other bit has a meaning. */
static bool context_init_is_good(const struct gpu *gpu, uint32_t context_init)
{
	return !(context_init & ~VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK) &&
		(!context_init || capset_find(gpu, context_init));
}

static uint32_t ctx_create(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct virtio_gpu_command create = *command;
	uint32_t id = command->header.ctx_id;
	struct state_context *context = gpu_context_find(&gpu->table, id);

	if (!id || (context && !gpu->again))
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	if (!gpu_has(gpu, VIRTIO_GPU_F_CONTEXT_INIT))
		create.ctx_create.context_init = 0; /* padding, then */
	if (!context_init_is_good(gpu, create.ctx_create.context_init))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	gpu_begin(gpu, reply);
	if (context) {
		struct virtio_gpu_command destroy = {
			.header = { .type = VIRTIO_GPU_CMD_CTX_DESTROY, .ctx_id = id },
		};
		gpu_context_remove(&gpu->table, context);
		gpu_tell_remote(gpu, &destroy);
	}
	context = gpu_context_add(&gpu->table, id);
	if (!context)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	memcpy(context->name, command->ctx_create.name, sizeof(context->name));
	context->name_len = command->ctx_create.name_len < sizeof(context->name) ?
		command->ctx_create.name_len : sizeof(context->name);
	context->context_init = create.ctx_create.context_init;
	return gpu_forward_if_running(gpu, &create, reply);
}

static uint32_t ctx_destroy(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	struct state_context *context = gpu_context_find(&gpu->table, command->header.ctx_id);

	if (!context && !gpu->again)
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	gpu_begin(gpu, reply);
	if (!context) {
		gpu_tell_remote(gpu, command);
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	bool lost = context->lost;
	gpu_context_remove(&gpu->table, context);
	return lost ? VIRTIO_GPU_RESP_OK_NODATA : gpu_forward_if_running(gpu, command, reply);
}

static uint32_t ctx_attach(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_context *context = gpu_context_find(&gpu->table, command->header.ctx_id);
	struct state_resource *resource = gpu_resource_find(&gpu->table, command->resource_id);

	if (!context)
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!gpu_attachment_add(&gpu->table, context->id, resource->id))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	if (context->lost || gpu->remote_state != GPU_REMOTE_RUNNING ||
		resource->kind == STATE_RESOURCE_BLOB)
		return VIRTIO_GPU_RESP_OK_NODATA;
	if (resource->kind == STATE_RESOURCE_2D)
		gpu_promote(gpu, resource);
	return gpu_forward(gpu, command, reply);
}

static uint32_t ctx_detach(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_context *context = gpu_context_find(&gpu->table, command->header.ctx_id);
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);

	if (!context)
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	gpu_attachment_remove(&gpu->table, context->id, resource->id);
	if (context->lost || resource->kind == STATE_RESOURCE_BLOB)
		return VIRTIO_GPU_RESP_OK_NODATA;
	return gpu_forward_if_running(gpu, command, reply);
}

static uint32_t submit_3d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_context *context = gpu_context_find(&gpu->table, command->header.ctx_id);
	uint32_t answer;

	if (!context || context->lost)
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	if (command->submit.size % 4)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (!gpu_remote_ready(gpu, &answer))
		return answer;
	return gpu_forward(gpu, command, reply);
}

uint32_t gpu_control(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	if ((command->header.flags & VIRTIO_GPU_FLAG_INFO_RING_IDX) &&
		gpu_has(gpu, VIRTIO_GPU_F_CONTEXT_INIT) &&
		command->header.ring_idx >= VIRTIO_GPU_RINGS)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (virtio_gpu_command_is_3d(command->header.type)) {
		if (!gpu_has(gpu, VIRTIO_GPU_F_VIRGL))
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
		gpu->state->counters.commands_3d++;
	}
	switch (command->header.type) {
	case VIRTIO_GPU_CMD_GET_DISPLAY_INFO:
		return get_display_info(gpu, command, reply);
	case VIRTIO_GPU_CMD_GET_EDID:
		return get_edid(gpu, command, reply);
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		return get_capset_info(gpu, command, reply);
	case VIRTIO_GPU_CMD_GET_CAPSET:
		return get_capset(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		return gpu_resource_create_2d(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		return create_3d(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		return gpu_resource_unref(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		return gpu_resource_attach_backing(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
		return gpu_resource_detach_backing(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID:
		return gpu_resource_assign_uuid(gpu, command, reply);
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		return gpu_resource_create_blob(gpu, command, reply);
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		if (!gpu_has(gpu, VIRTIO_GPU_F_RESOURCE_BLOB))
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
		return gpu_set_scanout_blob(gpu, command);
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		return gpu_set_scanout(gpu, command);
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		return gpu_flush(gpu, command, reply);
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		return gpu_resource_transfer_2d(gpu, command, reply);
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		return transfer_3d(gpu, command, reply);
	case VIRTIO_GPU_CMD_CTX_CREATE:
		return ctx_create(gpu, command, reply);
	case VIRTIO_GPU_CMD_CTX_DESTROY:
		return ctx_destroy(gpu, command, reply);
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
		return ctx_attach(gpu, command, reply);
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
		return ctx_detach(gpu, command, reply);
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return submit_3d(gpu, command, reply);
	default:
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
}
