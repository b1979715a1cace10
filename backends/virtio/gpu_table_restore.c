/* SPDX-License-Identifier: MIT */
/* A guest's tables as a process left them that died: believed only after a look. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/virtio/gpu_table.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"
#include "protocol/virgl.h"
#include "protocol/virtio_gpu.h"

/* What the resource is charged; false: no command could have made it. */
static bool resource_is_sound(const struct state_resource *resource, uint64_t *bytes)
{
	struct virgl_resource info = {
		.target = resource->target,
		.format = resource->format,
		.bind = resource->bind,
		.width = resource->width,
		.height = resource->height,
		.depth = resource->depth,
		.array_size = resource->array_size,
		.last_level = resource->last_level,
		.nr_samples = resource->nr_samples,
		.flags = resource->flags,
	};

	switch (resource->kind) {
	case STATE_RESOURCE_2D:
	case STATE_RESOURCE_2D_REMOTE:
		*bytes = (uint64_t)resource->width * 4 * resource->height;
		return virtio_gpu_format_bytes(resource->format) && *bytes &&
			resource->width <= LIMIT_PICTURE_PX && resource->height <= LIMIT_PICTURE_PX;
	case STATE_RESOURCE_3D:
		return virgl_resource_check(&info, &virgl_limits_default, bytes);
	case STATE_RESOURCE_BLOB:
		*bytes = resource->bytes;
		return *bytes;
	}
	return false;
}

static void backing_unclaim(
	const struct state *state, const struct state_resource *resource, uint32_t n, uint8_t *claimed)
{
	for (uint32_t b = resource->backing; n--; b = state->blocks[b].next)
		claimed[b] = 0;
}

/*
 * The blocks of its backing are its own from now on: how many there are. 0: it has none, or
 * not as it says: nobody else's, as many entries as it says, as many bytes as a blob needs.
 */
static uint32_t backing_claim(
	const struct gpu_table *table, const struct state_resource *resource, uint8_t *claimed)
{
	const struct state *state = table->state;
	uint64_t n_entries = 0, bytes = 0;
	uint32_t b = resource->backing, n = 0;
	bool fits = true;

	for (; fits && b < state->ends.blocks && !claimed[b]; b = state->blocks[b].next) {
		const struct state_block *block = &state->blocks[b];
		claimed[b] = 1;
		n++;
		fits = block->used <= STATE_BLOCK_ENTRIES;
		n_entries += block->used;
		for (uint32_t i = 0; fits && i < block->used; i++)
			bytes += block->entries[i].len;
	}
	if (fits && b == STATE_NONE && n_entries == resource->n_entries &&
		n_entries <= VIRTIO_GPU_BACKING_ENTRIES_MAX &&
		range_fits(state->counters.backing_entries, n_entries,
			table->quota->backing_entries) &&
		(resource->kind != STATE_RESOURCE_BLOB || bytes >= resource->bytes))
		return n;
	backing_unclaim(state, resource, n, claimed);
	return 0;
}

static void resource_restore(
	struct gpu_table *table, struct state_resource *resource, uint8_t *claimed)
{
	struct state_counters *counters = &table->state->counters;
	uint32_t n_blocks = backing_claim(table, resource, claimed);
	uint64_t bytes;

	if (!resource_is_sound(resource, &bytes) ||
		idmap_find(&table->resources, resource->id) ||
		counters->resources >= table->quota->resources ||
		!range_fits(counters->bytes_used, bytes, table->quota->memory_bytes) ||
		idmap_insert(&table->resources, resource->id, resource) < 0) {
		backing_unclaim(table->state, resource, n_blocks, claimed);
		resource->id = 0;
		return;
	}
	if (!n_blocks) {
		resource->backing = STATE_NONE;
		resource->n_entries = 0;
	}
	resource->bytes = bytes;
	counters->bytes_used += bytes;
	counters->resources++;
	counters->backing_entries += resource->n_entries;
}

static void context_restore(struct gpu_table *table, struct state_context *context)
{
	if (context->name_len > sizeof(context->name) ||
		table->state->counters.contexts >= table->quota->contexts ||
		idmap_find(&table->contexts, context->id) ||
		idmap_insert(&table->contexts, context->id, context) < 0) {
		context->id = 0;
		return;
	}
	table->state->counters.contexts++;
	table->state->counters.contexts_lost += context->lost != 0;
}

static bool attachment_is_sound(
	const struct gpu_table *table, const struct state_attachment *attachment)
{
	return attachment->context && gpu_context_find(table, attachment->context) &&
		gpu_resource_find(table, attachment->resource);
}

static uint32_t clamp(uint32_t end, uint32_t n)
{
	return end < n ? end : n;
}

static void pool_free_if(struct slot_pool *pool, uint32_t index, bool is_free)
{
	if (is_free)
		pool->free[pool->n_free++] = index;
}

int gpu_table_restore(struct gpu_table *table)
{
	struct state *state = table->state;
	struct state_ends *ends = &state->ends;
	uint8_t *claimed = calloc(STATE_BLOCKS, 1);

	if (!claimed)
		return -ENOMEM;
	ends->resources = clamp(ends->resources, STATE_RESOURCES);
	ends->contexts = clamp(ends->contexts, STATE_CONTEXTS);
	ends->attachments = clamp(ends->attachments, STATE_ATTACHMENTS);
	ends->blocks = clamp(ends->blocks, STATE_BLOCKS);
	state->counters.resources = state->counters.contexts = state->counters.contexts_lost = 0;
	state->counters.bytes_used = state->counters.backing_entries = 0;

	for (uint32_t i = 0; i < ends->resources; i++) {
		if (state->resources[i].id)
			resource_restore(table, &state->resources[i], claimed);
		pool_free_if(&table->resource_pool, i, !state->resources[i].id);
	}
	for (uint32_t i = 0; i < ends->contexts; i++) {
		if (state->contexts[i].id)
			context_restore(table, &state->contexts[i]);
		pool_free_if(&table->context_pool, i, !state->contexts[i].id);
	}
	for (uint32_t i = 0; i < ends->attachments; i++) {
		struct state_attachment *attachment = &state->attachments[i];
		bool sound = attachment_is_sound(table, attachment);
		if (sound)
			table->attachments_end = i + 1;
		else
			*attachment = (struct state_attachment){ 0 };
		pool_free_if(&table->attachment_pool, i, !sound);
	}
	for (uint32_t i = 0; i < ends->blocks; i++)
		pool_free_if(&table->block_pool, i, !claimed[i]);
	free(claimed);
	return 0;
}
