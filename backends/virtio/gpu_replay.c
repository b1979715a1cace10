/* SPDX-License-Identifier: MIT */
/*
 * A renderer gets what the table holds: at its first start (contexts and 2D
 * resources were there before it) as after a death. Step by step, as its ring
 * has room; meanwhile the control queue is not popped.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/virtio/gpu.h"

/* Sent with nobody waiting for the answer. */
static void replay_send(struct gpu *gpu, struct renderer *to,
	const struct virtio_gpu_command *command)
{
	to->interface->execute(to, command,
		(struct renderer_ticket){ .wait = RENDERER_WAIT_EXECUTED });
}

void gpu_tell_remote(struct gpu *gpu, const struct virtio_gpu_command *command)
{
	if (gpu->remote_state >= GPU_REMOTE_REPLAYING)
		replay_send(gpu, gpu->remote, command);
}

struct virtio_gpu_command gpu_resource_created(const struct state_resource *resource)
{
	struct virtio_gpu_command command = { .resource_id = resource->id };

	if (resource->kind == STATE_RESOURCE_3D) {
		command.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D;
		command.create_3d.target = resource->target;
		command.create_3d.format = resource->format;
		command.create_3d.bind = resource->bind;
		command.create_3d.width = resource->width;
		command.create_3d.height = resource->height;
		command.create_3d.depth = resource->depth;
		command.create_3d.array_size = resource->array_size;
		command.create_3d.last_level = resource->last_level;
		command.create_3d.nr_samples = resource->nr_samples;
		command.create_3d.flags = resource->flags;
	} else if (resource->kind == STATE_RESOURCE_BLOB) {
		command.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB;
		command.create_blob.mem = VIRTIO_GPU_BLOB_MEM_GUEST;
		command.create_blob.size = resource->bytes;
	} else {
		command.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D;
		command.create_2d.format = resource->format;
		command.create_2d.width = resource->width;
		command.create_2d.height = resource->height;
	}
	return command;
}

static void replay_create(struct gpu *gpu, const struct state_resource *resource,
	struct renderer *to)
{
	struct virtio_gpu_command command = gpu_resource_created(resource);

	replay_send(gpu, to, &command);
}

static void replay_backing(struct gpu *gpu, const struct state_resource *resource,
	struct renderer *to)
{
	if (resource->backing == STATE_NONE)
		return;
	size_t len = (size_t)resource->n_entries * 16;
	uint8_t *entries = malloc(len ? len : 1);
	if (!entries) {
		log_warn("no memory to attach the backing of resource %u again", resource->id);
		return;
	}
	gpu_backing_write(&gpu->table, resource, entries);
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = resource->id,
		.attach_backing.n_entries = resource->n_entries,
		.tail = entries,
		.tail_len = len,
	};
	replay_send(gpu, to, &command);
	free(entries);
}

/* The whole of a 2D resource from its backing: the best there is of its content. */
static void replay_content(struct gpu *gpu, const struct state_resource *resource,
	struct renderer *to)
{
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = resource->id,
		.transfer_2d.area = { .width = resource->width, .height = resource->height },
	};

	if (resource->n_entries)
		replay_send(gpu, to, &command);
}

void gpu_promote(struct gpu *gpu, struct state_resource *resource)
{
	struct virtio_gpu_command unref = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = resource->id,
	};

	for (uint32_t i = 0; i < gpu->n_heads; i++) {
		if (gpu->state->heads[i].resource == resource->id)
			gpu->local->interface->scanout(gpu->local, i, &(struct renderer_scanout){ 0 });
	}
	replay_send(gpu, gpu->local, &unref);
	replay_create(gpu, resource, gpu->remote);
	replay_backing(gpu, resource, gpu->remote);
	replay_content(gpu, resource, gpu->remote);
	STATE_STEP(); /* a successor tells it all again, or knows that it is told */
	resource->kind = STATE_RESOURCE_2D_REMOTE;
	for (uint32_t i = 0; i < gpu->n_heads && gpu->remote_state == GPU_REMOTE_RUNNING; i++) {
		const struct state_head *head = &gpu->state->heads[i];
		if (head->resource == resource->id || head->cursor_resource == resource->id)
			gpu_head_restore(gpu, i);
	}
}

void gpu_backings_restore(struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->state->ends.resources; i++) {
		const struct state_resource *resource = &gpu->state->resources[i];
		if (resource->id && gpu_home(gpu, resource) == gpu->local)
			replay_backing(gpu, resource, gpu->local);
	}
}

void gpu_replay_local(struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->state->ends.resources; i++) {
		const struct state_resource *resource = &gpu->state->resources[i];
		if (!resource->id || gpu_home(gpu, resource) != gpu->local)
			continue;
		replay_create(gpu, resource, gpu->local);
		replay_backing(gpu, resource, gpu->local);
		if (resource->kind == STATE_RESOURCE_2D)
			replay_content(gpu, resource, gpu->local);
	}
}

static void replay_resource(struct gpu *gpu, struct state_resource *resource)
{
	if (!resource->id)
		return;
	if (resource->kind == STATE_RESOURCE_BLOB)
		return;
	if (resource->kind == STATE_RESOURCE_2D) {
		if (gpu_resource_is_attached(&gpu->table, resource->id))
			gpu_promote(gpu, resource);
		return;
	}
	replay_create(gpu, resource, gpu->remote);
	replay_backing(gpu, resource, gpu->remote);
	if (resource->kind == STATE_RESOURCE_2D_REMOTE)
		replay_content(gpu, resource, gpu->remote);
}

static void replay_context(struct gpu *gpu, const struct state_context *context)
{
	struct virtio_gpu_command command = {
		.header = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = context->id },
		.ctx_create = { .name_len = context->name_len, .context_init = context->context_init },
	};

	if (!context->id || context->lost)
		return;
	memcpy(command.ctx_create.name, context->name, sizeof(context->name));
	replay_send(gpu, gpu->remote, &command);
}

static void replay_attachment(struct gpu *gpu, const struct state_attachment *attachment)
{
	struct virtio_gpu_command command = {
		.header = {
			.type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
			.ctx_id = attachment->context,
		},
		.resource_id = attachment->resource,
	};
	const struct state_context *context = gpu_context_find(&gpu->table, attachment->context);
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, attachment->resource);

	if (context && !context->lost && resource && gpu_home(gpu, resource) == gpu->remote)
		replay_send(gpu, gpu->remote, &command);
}

void gpu_replay_step(struct gpu *gpu)
{
	struct gpu_replay *at = &gpu->replay;
	bool (*has_room)(struct renderer *) = gpu->remote->interface->has_room;

	/* Empty slots cost nothing of the ring, so the loops ask for room only before a full one. */
	for (; at->resource < gpu->state->ends.resources; at->resource++) {
		if (gpu->state->resources[at->resource].id && !has_room(gpu->remote))
			return;
		replay_resource(gpu, &gpu->state->resources[at->resource]);
	}
	for (; at->context < gpu->state->ends.contexts; at->context++) {
		if (gpu->state->contexts[at->context].id && !has_room(gpu->remote))
			return;
		replay_context(gpu, &gpu->state->contexts[at->context]);
	}
	for (; at->attachment < gpu->table.attachments_end; at->attachment++) {
		if (!has_room(gpu->remote))
			return;
		replay_attachment(gpu, &gpu->state->attachments[at->attachment]);
	}
	for (; at->head < gpu->n_heads; at->head++) {
		const struct state_head *head = &gpu->state->heads[at->head];
		const struct state_resource *resource = gpu_resource_find(&gpu->table, head->resource);
		const struct state_resource *cursor =
			gpu_resource_find(&gpu->table, head->cursor_resource);
		if (!has_room(gpu->remote))
			return;
		if ((resource && gpu_home(gpu, resource) == gpu->remote) ||
			(cursor && gpu_home(gpu, cursor) == gpu->remote))
			gpu_head_restore(gpu, at->head);
	}
	gpu_set_remote_state(gpu, GPU_REMOTE_RUNNING);
	gpu->remote_pause_ns = 0;
}
