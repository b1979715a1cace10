/* SPDX-License-Identifier: MIT */
/*
 * One guest's 3D on the library.
 *
 * A command has two functions: `decode` resolves ids and checks all ranges into a
 * request, and gives the guest's answer if it refuses; `act` then does it. What
 * `act` returns is not about the guest's command but about the host: no memory,
 * or the library would not.
 */
#include "backends/virgl/renderer.h"

#include <errno.h>
#include <stdlib.h>
#include <virglrenderer.h>

#include "backends/virgl/capsets.h"
#include "backends/virgl/context.h"
#include "backends/virgl/resource.h"
#include "base/log.h"
#include "protocol/bounds.h"
#include "protocol/state.h"
#include "protocol/virgl.h"

/* What the smallest resource costs the host: our own struct, the library's, GL's. */
#define RENDERER_RESOURCE_COST_BYTES 4096u
/* As seen with llvmpipe. */
#define RENDERER_CONTEXT_COST_BYTES (2u << 20)

static struct log_limit refusal_limit;

struct request {
	const struct virtio_gpu_command *command;
	struct context *context;
	struct resource *resource;
	uint64_t bytes; /* to be charged */
	uint32_t capset;
	struct virgl_resource info; /* of the resource to be made */
	struct virgl_transfer transfer;
	struct iovec *data; /* of the transfer; NULL: the resource's backing */
};

/* What is not the guest's fault. */
static uint32_t renderer_response(int error)
{
	return error == -ENOMEM ? VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY : VIRTIO_GPU_RESP_ERR_UNSPEC;
}

static uint32_t decode_context(struct renderer *renderer, struct request *request)
{
	request->context = idmap_find(&renderer->contexts, request->command->header.ctx_id);
	return request->context ? 0 : VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
}

static uint32_t decode_resource(struct renderer *renderer, struct request *request)
{
	request->resource = renderer_find_resource(renderer, request->command->resource_id);
	return request->resource ? 0 : VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
}

static uint32_t decode_both(struct renderer *renderer, struct request *request)
{
	uint32_t response = decode_context(renderer, request);
	return response ? response : decode_resource(renderer, request);
}

static uint32_t decode_ctx_create(struct renderer *renderer, struct request *request)
{
	const struct virtio_gpu_command *command = request->command;
	uint32_t init = command->ctx_create.context_init, id = command->header.ctx_id;

	if (!id || id == STORAGE_CONTEXT_ID || !decode_context(renderer, request))
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	/* Without F_CONTEXT_INIT it is zero, and the protocol is the newest Virgl. */
	request->capset =
		init ? init & VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK : VIRGL_CAPSET_VIRGL2;
	if ((init & ~VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK) || !capset_offered(request->capset))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (renderer->contexts.n_used >= STATE_CONTEXTS ||
		!quota_has_room(&renderer->quota, RENDERER_CONTEXT_COST_BYTES))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	return 0;
}

static int act_ctx_create(struct renderer *renderer, struct request *request)
{
	const struct virtio_gpu_command *command = request->command;
	uint32_t name_len = command->ctx_create.name_len;

	if (name_len > sizeof(command->ctx_create.name))
		name_len = sizeof(command->ctx_create.name);
	struct context *context = context_create(
		command->header.ctx_id, request->capset, command->ctx_create.name, name_len);
	if (!context)
		return -ENOMEM;
	int ret = idmap_insert(&renderer->contexts, context->id, context);
	if (ret < 0) {
		context_destroy(context);
		return ret;
	}
	quota_add(&renderer->quota, RENDERER_CONTEXT_COST_BYTES);
	return 0;
}

static int act_ctx_destroy(struct renderer *renderer, struct request *request)
{
	quota_sub(&renderer->quota, RENDERER_CONTEXT_COST_BYTES + request->context->objects.bytes);
	idmap_remove(&renderer->contexts, request->context->id);
	renderer->n_attachments -= request->context->resources.n_used;
	context_destroy(request->context);
	library_fence_repair(renderer->library);
	return 0;
}

static int act_ctx_attach(struct renderer *renderer, struct request *request)
{
	if (idmap_find(&request->context->resources, request->resource->id))
		return 0;
	if (renderer->n_attachments >= STATE_ATTACHMENTS)
		return -ENOMEM;
	int ret = context_attach(request->context, request->resource);
	if (ret == 0)
		renderer->n_attachments++;
	return ret;
}

static void renderer_detach(
	struct renderer *renderer, struct context *context, struct resource *resource)
{
	uint32_t before = context->resources.n_used;
	context_detach(context, resource);
	renderer->n_attachments -= before - context->resources.n_used;
}

static int act_ctx_detach(struct renderer *renderer, struct request *request)
{
	renderer_detach(renderer, request->context, request->resource);
	return 0;
}

static uint32_t decode_create_3d(struct renderer *renderer, struct request *request)
{
	const struct virtio_gpu_command *command = request->command;
	uint64_t bytes;

	if (!command->resource_id || !decode_resource(renderer, request))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	request->info = (struct virgl_resource){
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
	if (!virgl_resource_check(&request->info, &virgl_limits_default, &bytes))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (bytes > renderer->quota.limit_bytes ||
		!quota_has_room(&renderer->quota, bytes + RENDERER_RESOURCE_COST_BYTES))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	request->bytes = bytes + RENDERER_RESOURCE_COST_BYTES;
	return 0;
}

static int act_create_3d(struct renderer *renderer, struct request *request)
{
	struct resource *resource = resource_create(
		request->command->resource_id, &request->info, &renderer->library->storage);
	if (!resource)
		return -ENOMEM;
	int ret = idmap_insert(&renderer->resources, resource->id, resource);
	if (ret < 0) {
		resource_destroy(resource);
		return ret;
	}
	resource->charged_bytes = request->bytes;
	quota_add(&renderer->quota, request->bytes);
	return 0;
}

static int act_unref(struct renderer *renderer, struct request *request)
{
	struct resource *resource = request->resource;

	if (renderer->handle_resource_gone)
		renderer->handle_resource_gone(renderer, resource);
	idmap_for_each(slot, &renderer->contexts) renderer_detach(renderer, slot->value, resource);
	idmap_remove(&renderer->resources, resource->id);
	quota_sub(&renderer->quota, resource->charged_bytes);
	resource_destroy(resource);
	return 0;
}

static uint64_t backing_cost_bytes(uint32_t n_entries)
{
	return (uint64_t)n_entries * (sizeof(struct virtio_gpu_entry) + sizeof(struct iovec));
}

static uint32_t decode_attach_backing(struct renderer *renderer, struct request *request)
{
	uint32_t response = decode_resource(renderer, request);
	if (response)
		return response;
	if (request->resource->backing.entries)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	request->bytes = backing_cost_bytes(request->command->attach_backing.n_entries);
	if (!quota_has_room(&renderer->quota, request->bytes))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	return 0;
}

static int act_attach_backing(struct renderer *renderer, struct request *request)
{
	struct backing backing;
	int ret = backing_init(&backing, request->command, &renderer->memory);
	if (ret < 0)
		return ret;
	resource_attach_backing(request->resource, &backing);
	request->resource->charged_bytes += request->bytes;
	quota_add(&renderer->quota, request->bytes);
	return 0;
}

static int act_detach_backing(struct renderer *renderer, struct request *request)
{
	struct resource *resource = request->resource;
	uint64_t bytes = backing_cost_bytes(resource->backing.n_entries);

	resource_detach_backing(resource);
	resource->charged_bytes -= bytes;
	quota_sub(&renderer->quota, bytes);
	return 0;
}

static uint32_t decode_transfer(struct renderer *renderer, struct request *request)
{
	const struct virtio_gpu_command *command = request->command;

	uint32_t response = decode_resource(renderer, request);
	if (response)
		return response;
	/* Context 0 is the device's own: all resources are in it. */
	if (command->header.ctx_id) {
		response = decode_context(renderer, request);
		if (response)
			return response;
		if (!idmap_find(&request->context->resources, request->resource->id))
			return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	}
	request->transfer = (struct virgl_transfer){
		.box = {
			.x = command->transfer_3d.box.x,
			.y = command->transfer_3d.box.y,
			.z = command->transfer_3d.box.z,
			.width = command->transfer_3d.box.w,
			.height = command->transfer_3d.box.h,
			.depth = command->transfer_3d.box.d,
		},
		.from_host = command->header.type == VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D,
		.level = command->transfer_3d.level,
		.stride = command->transfer_3d.stride,
		.layer_stride = command->transfer_3d.layer_stride,
		.offset = command->transfer_3d.offset,
	};
	if (!virgl_transfer_check(&request->resource->info, &request->transfer,
		    request->data ? request->data->iov_len : request->resource->info.backing_bytes))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	return 0;
}

static int act_transfer_to(struct renderer *renderer, struct request *request)
{
	struct virgl_transfer *transfer = &request->transfer;
	int ret = virgl_renderer_transfer_write_iov(request->resource->id,
		request->command->header.ctx_id, transfer->level, transfer->stride,
		transfer->layer_stride, &transfer->box, transfer->offset, request->data,
		request->data != NULL);
	return ret == 0 ? 0 : -EIO;
}

static int act_transfer_from(struct renderer *renderer, struct request *request)
{
	struct virgl_transfer *transfer = &request->transfer;
	int ret = virgl_renderer_transfer_read_iov(request->resource->id,
		request->command->header.ctx_id, transfer->level, transfer->stride,
		transfer->layer_stride, &transfer->box, transfer->offset, request->data,
		request->data != NULL);
	return ret == 0 ? 0 : -EIO;
}

uint32_t renderer_submit(struct renderer *renderer, uint32_t context_id, uint32_t *dwords,
	size_t n_dwords, struct submission *submission)
{
	struct context *context = idmap_find(&renderer->contexts, context_id);
	struct virgl_decode_error error;

	if (!context)
		return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
	int ret = context_check(context, dwords, n_dwords, quota_room(&renderer->quota), &error);
	if (ret == -EINVAL) {
		log_limited(&refusal_limit, LOG_LEVEL_DEBUG,
			"context %u: stream refused at dword %zu, %s %s: %s", context->id,
			error.dword, virgl_opcode_name(error.opcode),
			virgl_object_name(error.object), error.reason);
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	}
	if (ret < 0)
		return renderer_response(ret);
	quota_add(&renderer->quota, context->objects.bytes - context->objects.bytes_before);
	submission_begin(submission, context, dwords, n_dwords);
	return 0;
}

/* All of it. The stream is a private copy, 4-aligned: the ring's consumer made it. */
static uint32_t renderer_submit_all(
	struct renderer *renderer, const struct virtio_gpu_command *command)
{
	struct submission submission;
	uint32_t n_draws;

	if (command->submit.size % 4)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	uint32_t response = renderer_submit(renderer, command->header.ctx_id,
		(uint32_t *)command->tail, command->submit.size / 4, &submission);
	if (response)
		return response;
	while (!submission_step(&submission, renderer->chunk, &n_draws))
		;
	return submission.error ? renderer_response(submission.error) : VIRTIO_GPU_RESP_OK_NODATA;
}

static const struct renderer_rule {
	uint32_t type;
	uint32_t (*decode)(struct renderer *renderer, struct request *request);
	int (*act)(struct renderer *renderer, struct request *request);
} renderer_rules[] = {
	{ VIRTIO_GPU_CMD_CTX_CREATE, decode_ctx_create, act_ctx_create },
	{ VIRTIO_GPU_CMD_CTX_DESTROY, decode_context, act_ctx_destroy },
	{ VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, decode_both, act_ctx_attach },
	{ VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, decode_both, act_ctx_detach },
	{ VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, decode_create_3d, act_create_3d },
	{ VIRTIO_GPU_CMD_RESOURCE_UNREF, decode_resource, act_unref },
	{ VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, decode_attach_backing, act_attach_backing },
	{ VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, decode_resource, act_detach_backing },
	{ VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, decode_transfer, act_transfer_to },
	{ VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, decode_transfer, act_transfer_from },
};

static const struct renderer_rule *renderer_rule_find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(renderer_rules) / sizeof(renderer_rules[0]); i++) {
		if (renderer_rules[i].type == type)
			return &renderer_rules[i];
	}
	return NULL;
}

static uint32_t renderer_carry_out(struct renderer *renderer, struct request *request)
{
	const struct virtio_gpu_command *command = request->command;

	const struct renderer_rule *rule = renderer_rule_find(command->header.type);
	if (!rule)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	uint32_t response = rule->decode(renderer, request);
	if (response)
		return response;
	int ret = rule->act(renderer, request);
	if (ret == 0)
		return VIRTIO_GPU_RESP_OK_NODATA;
	quota_settle(&renderer->quota);
	log_limited(&refusal_limit, LOG_LEVEL_DEBUG, "%s: error %d",
		virtio_gpu_command_name(command->header.type), ret);
	return renderer_response(ret);
}

uint32_t renderer_execute(struct renderer *renderer, const struct virtio_gpu_command *command)
{
	struct request request = { .command = command };

	if (command->header.type == VIRTIO_GPU_CMD_SUBMIT_3D)
		return renderer_submit_all(renderer, command);
	return renderer_carry_out(renderer, &request);
}

uint32_t renderer_transfer(struct renderer *renderer, const struct virtio_gpu_command *command,
	void *bytes, size_t len)
{
	struct iovec data = { .iov_base = bytes, .iov_len = len };
	struct request request = { .command = command, .data = &data };
	return renderer_carry_out(renderer, &request);
}

int renderer_attach_memory(
	struct renderer *renderer, struct resource *resource, int fd, uint32_t bytes)
{
	if (!quota_has_room(&renderer->quota, bytes))
		return -ENOMEM;
	int ret = resource_attach_memory(resource, fd, bytes);
	if (ret < 0) {
		quota_settle(&renderer->quota);
		return ret;
	}
	resource->charged_bytes += bytes;
	quota_add(&renderer->quota, bytes);
	return 0;
}

struct resource *renderer_find_resource(const struct renderer *renderer, uint32_t id)
{
	return idmap_find(&renderer->resources, id);
}

void renderer_init(struct renderer *renderer, struct library *library)
{
	*renderer = (struct renderer){ .library = library };
	guest_memory_init(&renderer->memory);
	idmap_init(&renderer->resources);
	idmap_init(&renderer->contexts);
}

/* Not virgl_renderer_reset: in 0.10.4 that ends the thread that waits for fences, for good. */
void renderer_reset(struct renderer *renderer)
{
	idmap_for_each(slot, &renderer->contexts) context_destroy(slot->value);
	idmap_finish(&renderer->contexts);
	renderer->n_attachments = 0;
	idmap_for_each(slot, &renderer->resources)
	{
		if (renderer->handle_resource_gone)
			renderer->handle_resource_gone(renderer, slot->value);
		resource_destroy(slot->value);
	}
	idmap_finish(&renderer->resources);
	quota_sub(&renderer->quota, renderer->quota.used_bytes);
	library_fence_repair(renderer->library);
}

void renderer_finish(struct renderer *renderer)
{
	renderer_reset(renderer);
	guest_memory_finish(&renderer->memory);
}

void renderer_replace_memory(struct renderer *renderer, struct guest_memory *take_memory)
{
	/* The library looks at a backing once more when it gives it back: old memory goes last. */
	idmap_for_each(slot, &renderer->resources) resource_move_backing(slot->value, take_memory);
	guest_memory_finish(&renderer->memory);
	renderer->memory = *take_memory;
	guest_memory_init(take_memory);
}
