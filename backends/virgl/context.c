/* SPDX-License-Identifier: MIT */
/*
 * A guest's 3D context.
 *
 * virglrenderer 0.10.4 keeps pointers to buffers, images, samplers and depth
 * states that are bound, and reads as many constants as the shader has, however
 * few the guest sent. So it is told more than the guest's streams say: what goes
 * is unbound before, and each sub-context starts with all constants at 0, in a
 * buffer that the library never makes smaller.
 */
#include "backends/virgl/context.h"

#include <errno.h>
#include <stdlib.h>
#include <virglrenderer.h>

#include "backends/virgl/resource.h"
#include "base/list.h"

#define HEADER(opcode, object, length) ((opcode) | (object) << 8 | (uint32_t)(length) << 16)

static int context_send(struct context *context, uint32_t *dwords, size_t n_dwords)
{
	if (context->broken)
		return -EIO;
	if (n_dwords == 0)
		return 0;
	if (virgl_renderer_submit_cmd(dwords, (int)context->id, (int)n_dwords) == 0)
		return 0;
	context->broken = true;
	return -EIO;
}

/* The sub-context that the library has now. */
static int context_send_constants(struct context *context)
{
	static uint32_t dwords[3 + 4 * VIRGL_MAX_CONSTANTS];
	const uint32_t length = sizeof(dwords) / 4 - 1;
	int ret = 0;

	dwords[0] = HEADER(VIRGL_OPCODE_SET_CONSTANT_BUFFER, 0, length);
	for (uint32_t stage = 0; stage < VIRGL_SHADER_STAGE_END && ret == 0; stage++) {
		dwords[1] = stage;
		ret = context_send(context, dwords, length + 1);
	}
	return ret;
}

static int context_send_select(struct context *context, uint32_t sub_context)
{
	uint32_t dwords[] = { HEADER(VIRGL_OPCODE_SET_SUB_CTX, 0, 1), sub_context };
	return context_send(context, dwords, 2);
}

/* A command that binds nothing at one place: stage and index where it has them, then zeros. */
static const struct {
	uint8_t opcode, object;
	uint8_t length;
	bool staged, indexed;
} unbind_rules[VIRGL_SLOT_END] = {
	[VIRGL_SLOT_UNIFORM_BUFFER] = { VIRGL_OPCODE_SET_UNIFORM_BUFFER, 0, 5, true, true },
	[VIRGL_SLOT_SHADER_BUFFER] = { VIRGL_OPCODE_SET_SHADER_BUFFERS, 0, 5, true, true },
	[VIRGL_SLOT_SHADER_IMAGE] = { VIRGL_OPCODE_SET_SHADER_IMAGES, 0, 7, true, true },
	[VIRGL_SLOT_ATOMIC_BUFFER] = { VIRGL_OPCODE_SET_ATOMIC_BUFFERS, 0, 4, false, true },
	[VIRGL_SLOT_SAMPLER_STATE] = { VIRGL_OPCODE_BIND_SAMPLER_STATES, 0, 3, true, true },
	[VIRGL_SLOT_DSA] = { VIRGL_OPCODE_BIND_OBJECT, VIRGL_OBJECT_DSA, 1, false, false },
};

static int context_send_unbind(
	struct context *context, enum virgl_slot slot, uint32_t stage, uint32_t index)
{
	uint32_t dwords[8] = { HEADER(
		unbind_rules[slot].opcode, unbind_rules[slot].object, unbind_rules[slot].length) };
	size_t n = 1;

	if (unbind_rules[slot].staged)
		dwords[n++] = stage;
	if (unbind_rules[slot].indexed)
		dwords[n++] = index;
	return context_send(context, dwords, 1 + unbind_rules[slot].length);
}

struct context *context_create(uint32_t id, uint32_t capset, const char *name, uint32_t name_len)
{
	struct context *context = calloc(1, sizeof(*context));
	if (!context)
		return NULL;
	if (virgl_renderer_context_create_with_flags(id, capset, name_len, name) != 0) {
		free(context);
		return NULL;
	}
	/*
	 * 0.10.4 leaves the new one current in GL and still believes in the one before:
	 * what that one sends next would be drawn here.
	 */
	virgl_renderer_force_ctx_0();
	context->id = id;
	context->capset = capset;
	idmap_init(&context->resources);
	objects_init(&context->objects);
	context_send_constants(context);
	return context;
}

void context_destroy(struct context *context)
{
	if (!context)
		return;
	virgl_renderer_context_destroy(context->id);
	idmap_finish(&context->resources);
	objects_finish(&context->objects);
	free(context);
}

int context_attach(struct context *context, struct resource *resource)
{
	int ret = idmap_insert(&context->resources, resource->id, resource);
	if (ret < 0)
		return ret;
	virgl_renderer_ctx_attach_resource(context->id, resource->id);
	return 0;
}

void context_detach(struct context *context, struct resource *resource)
{
	struct binding binding;

	if (!idmap_remove(&context->resources, resource->id))
		return;
	while (objects_unbind_resource(&context->objects, resource->id, &binding)) {
		context_send_select(context, binding.sub_context);
		context_send_unbind(context, binding.slot, binding.stage, binding.index);
		context_send_select(context, context->objects.current->id);
	}
	virgl_renderer_ctx_detach_resource(context->id, resource->id);
}

static const struct virgl_resource *context_find_resource(void *data, uint32_t id)
{
	struct objects *objects = data;
	struct context *context = container_of(objects, struct context, objects);
	struct resource *resource = idmap_find(&context->resources, id);

	if (!resource)
		return NULL;
	resource->named = true;
	return &resource->info;
}

int context_check(struct context *context, const uint32_t *dwords, size_t n_dwords,
	uint64_t bytes_more, struct virgl_decode_error *error)
{
	const struct virgl_lookup lookup = {
		.resource_find = context_find_resource,
		.object_find = objects_find,
		.object_set = objects_set,
		.sub_context_create = objects_create_sub_context,
		.sub_context_select = objects_select_sub_context,
		.sub_context_destroy = objects_destroy_sub_context,
		.slot_set = objects_set_slot,
		.data = &context->objects,
	};
	int ret = 0;

	if (context->broken)
		return -EIO;
	objects_begin(&context->objects, bytes_more);
	if (!virgl_stream_check(dwords, n_dwords, &virgl_limits_default, &lookup, error))
		ret = -EINVAL;
	else if (context->objects.exhausted)
		ret = -ENOMEM;
	if (ret < 0)
		objects_abort(&context->objects);
	return ret;
}

static int context_send_insertion(struct context *context, const struct insertion *insertion)
{
	if (insertion->kind == INSERTION_CONSTANTS)
		return context_send_constants(context);
	return context_send_unbind(context, insertion->slot, insertion->stage, insertion->index);
}

/*
 * The library may have selected another one since it was last given something: it looks
 * at queries of all sub-contexts. Mesa's streams say which they mean.
 */
static bool context_may_be_elsewhere(
	const struct context *context, const uint32_t *dwords, size_t n_dwords)
{
	bool selects = n_dwords > 0 && (dwords[0] & 0xff) == VIRGL_OPCODE_SET_SUB_CTX;
	return context->objects.others.n_used > 0 && !selects;
}

void submission_begin(
	struct submission *submission, struct context *context, uint32_t *dwords, size_t n_dwords)
{
	*submission = (struct submission){
		.context = context,
		.dwords = dwords,
		.n_dwords = n_dwords,
		.sub_context = context->objects.selected,
	};
}

/* Commands that cost time on the GPU; others set what these use. */
static bool opcode_draws(uint32_t opcode)
{
	switch (opcode) {
	case VIRGL_OPCODE_CLEAR:
	case VIRGL_OPCODE_CLEAR_TEXTURE:
	case VIRGL_OPCODE_DRAW_VBO:
	case VIRGL_OPCODE_BLIT:
	case VIRGL_OPCODE_RESOURCE_COPY_REGION:
	case VIRGL_OPCODE_LAUNCH_GRID:
	case VIRGL_OPCODE_TRANSFER3D:
	case VIRGL_OPCODE_COPY_TRANSFER3D:
		return true;
	default:
		return false;
	}
}

/* Where the chunk ends. The stream was checked: its lengths are right. */
static size_t submission_chunk_end(
	struct submission *submission, uint32_t chunk, uint32_t *n_draws)
{
	size_t at = submission->done;

	*n_draws = 0;
	while (at < submission->n_dwords && (!chunk || *n_draws < chunk)) {
		const uint32_t *command = submission->dwords + at;
		uint32_t opcode = command[0] & 0xff;

		if (opcode == VIRGL_OPCODE_SET_SUB_CTX)
			submission->sub_context = command[1];
		if (opcode == VIRGL_OPCODE_DESTROY_SUB_CTX && submission->sub_context == command[1])
			submission->sub_context = 0;
		*n_draws += opcode_draws(opcode);
		at += 1 + (command[0] >> 16);
	}
	return at;
}

/* What was not sent of the stream before this dword. */
static void submission_send(struct submission *submission, size_t end)
{
	if (submission->error == 0)
		submission->error = context_send(submission->context,
			submission->dwords + submission->done, end - submission->done);
	submission->done = end;
}

bool submission_step(struct submission *submission, uint32_t chunk, uint32_t *n_draws)
{
	struct context *context = submission->context;
	const struct insertion *insertion;
	uint32_t sub_context = submission->sub_context;
	size_t end = submission_chunk_end(submission, chunk, n_draws);

	if (context_may_be_elsewhere(
		    context, submission->dwords + submission->done, end - submission->done))
		submission->error = context_send_select(context, sub_context);

	while ((insertion = objects_insertion(&context->objects, submission->n_inserted)) &&
		insertion->dword <= end) {
		submission_send(submission, insertion->dword);
		if (submission->error == 0)
			submission->error = context_send_insertion(context, insertion);
		submission->n_inserted++;
	}
	submission_send(submission, end);
	if (submission->error == 0 && submission->done < submission->n_dwords)
		return false;
	objects_commit(&context->objects);
	return true;
}
