/* SPDX-License-Identifier: MIT */
/* A guest's resources, contexts and attachments. */
#include "backends/virtio/gpu_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bounds.h"
#include "protocol/reader.h"

static bool pool_init(struct slot_pool *pool, uint32_t *end, uint32_t n)
{
	*pool = (struct slot_pool){ .free = malloc(n * sizeof(*pool->free)), .end = end, .n = n };
	return pool->free;
}

static void pool_finish(struct slot_pool *pool)
{
	free(pool->free);
	*pool = (struct slot_pool){ 0 };
}

static uint32_t pool_take(struct slot_pool *pool)
{
	if (pool->n_free)
		return pool->free[--pool->n_free];
	return *pool->end < pool->n ? (*pool->end)++ : STATE_NONE;
}

static void pool_give(struct slot_pool *pool, uint32_t index)
{
	pool->free[pool->n_free++] = index;
}

int gpu_table_init(struct gpu_table *table, struct state *state, const struct link_quota *quota)
{
	*table = (struct gpu_table){ .state = state, .quota = quota };
	idmap_init(&table->resources);
	idmap_init(&table->contexts);
	if (pool_init(&table->resource_pool, &state->ends.resources, STATE_RESOURCES) &&
		pool_init(&table->context_pool, &state->ends.contexts, STATE_CONTEXTS) &&
		pool_init(&table->attachment_pool, &state->ends.attachments, STATE_ATTACHMENTS) &&
		pool_init(&table->block_pool, &state->ends.blocks, STATE_BLOCKS))
		return 0;
	gpu_table_finish(table);
	return -ENOMEM;
}

void gpu_table_finish(struct gpu_table *table)
{
	idmap_finish(&table->resources);
	idmap_finish(&table->contexts);
	pool_finish(&table->resource_pool);
	pool_finish(&table->context_pool);
	pool_finish(&table->attachment_pool);
	pool_finish(&table->block_pool);
}

void gpu_table_clear(struct gpu_table *table)
{
	memset(table->state->attachments, 0,
		table->attachments_end * sizeof(table->state->attachments[0]));
	table->attachments_end = 0;
	table->attachment_pool.n_free = *table->attachment_pool.end = 0;
	for (uint32_t i = 0; i < *table->resource_pool.end; i++) {
		if (table->state->resources[i].id)
			gpu_resource_remove(table, &table->state->resources[i]);
	}
	for (uint32_t i = 0; i < *table->context_pool.end; i++) {
		if (table->state->contexts[i].id)
			gpu_context_remove(table, &table->state->contexts[i]);
	}
}

/* -- resources -- */

struct state_resource *gpu_resource_find(const struct gpu_table *table, uint32_t id)
{
	return idmap_find(&table->resources, id);
}

struct state_resource *gpu_resource_add(struct gpu_table *table, uint32_t id, uint64_t bytes)
{
	struct state_counters *counters = &table->state->counters;

	if (counters->resources >= table->quota->resources ||
		!range_fits(counters->bytes_used, bytes, table->quota->memory_bytes))
		return NULL;
	uint32_t slot = pool_take(&table->resource_pool);
	if (slot == STATE_NONE)
		return NULL;
	struct state_resource *resource = &table->state->resources[slot];
	if (idmap_insert(&table->resources, id, resource) < 0) {
		pool_give(&table->resource_pool, slot);
		return NULL;
	}
	*resource = (struct state_resource){ .id = id, .bytes = bytes, .backing = STATE_NONE };
	counters->bytes_used += bytes;
	counters->resources++;
	return resource;
}

static void attachment_free(struct gpu_table *table, uint32_t index)
{
	table->state->attachments[index] = (struct state_attachment){ 0 };
	pool_give(&table->attachment_pool, index);
	while (table->attachments_end &&
		!table->state->attachments[table->attachments_end - 1].context)
		table->attachments_end--;
}

void gpu_resource_remove(struct gpu_table *table, struct state_resource *resource)
{
	struct state *state = table->state;

	for (uint32_t i = table->attachments_end; i-- > 0;) {
		if (i < table->attachments_end && state->attachments[i].resource == resource->id)
			attachment_free(table, i);
	}
	gpu_backing_drop(table, resource);
	idmap_remove(&table->resources, resource->id);
	state->counters.bytes_used -= resource->bytes;
	state->counters.resources--;
	*resource = (struct state_resource){ 0 };
	pool_give(&table->resource_pool, resource - state->resources);
}

/* -- backing -- */

bool gpu_backing_set(struct gpu_table *table, struct state_resource *resource,
	const struct virtio_gpu_command *attach)
{
	uint32_t n = attach->attach_backing.n_entries;
	uint32_t n_blocks = n ? (n + STATE_BLOCK_ENTRIES - 1) / STATE_BLOCK_ENTRIES : 1;
	uint32_t *link = &resource->backing;
	uint64_t *used = &table->state->counters.backing_entries;

	if (!range_fits(*used, n, table->quota->backing_entries) ||
		n_blocks > table->block_pool.n_free + (STATE_BLOCKS - *table->block_pool.end))
		return false;
	for (uint32_t first = 0; first < n || link == &resource->backing;
		first += STATE_BLOCK_ENTRIES) {
		uint32_t index = pool_take(&table->block_pool);
		struct state_block *block = &table->state->blocks[index];
		block->next = STATE_NONE;
		block->used = n - first < STATE_BLOCK_ENTRIES ? n - first : STATE_BLOCK_ENTRIES;
		for (uint32_t i = 0; i < block->used; i++) {
			struct virtio_gpu_entry entry = virtio_gpu_entry_at(attach, first + i);
			block->entries[i] = (struct state_backing){ .addr = entry.addr, .len = entry.len };
		}
		*link = index;
		link = &block->next;
	}
	resource->n_entries = n;
	*used += n;
	return true;
}

void gpu_backing_drop(struct gpu_table *table, struct state_resource *resource)
{
	while (resource->backing != STATE_NONE) {
		uint32_t index = resource->backing;
		resource->backing = table->state->blocks[index].next;
		table->state->blocks[index] = (struct state_block){ .next = STATE_NONE };
		pool_give(&table->block_pool, index);
	}
	table->state->counters.backing_entries -= resource->n_entries;
	resource->n_entries = 0;
}

void gpu_backing_write(const struct gpu_table *table, const struct state_resource *resource,
	void *to)
{
	struct writer w = writer_over(to, (size_t)resource->n_entries * 16);

	for (uint32_t b = resource->backing; b != STATE_NONE; b = table->state->blocks[b].next) {
		const struct state_block *block = &table->state->blocks[b];
		for (uint32_t i = 0; i < block->used; i++) {
			write_u64(&w, block->entries[i].addr);
			write_u32(&w, block->entries[i].len);
			write_u32(&w, 0);
		}
	}
}

/* -- contexts -- */

struct state_context *gpu_context_find(const struct gpu_table *table, uint32_t id)
{
	return idmap_find(&table->contexts, id);
}

struct state_context *gpu_context_add(struct gpu_table *table, uint32_t id)
{
	if (table->state->counters.contexts >= table->quota->contexts)
		return NULL;
	uint32_t slot = pool_take(&table->context_pool);
	if (slot == STATE_NONE)
		return NULL;
	struct state_context *context = &table->state->contexts[slot];
	if (idmap_insert(&table->contexts, id, context) < 0) {
		pool_give(&table->context_pool, slot);
		return NULL;
	}
	*context = (struct state_context){ .id = id };
	table->state->counters.contexts++;
	return context;
}

void gpu_context_remove(struct gpu_table *table, struct state_context *context)
{
	struct state *state = table->state;

	for (uint32_t i = table->attachments_end; i-- > 0;) {
		if (i < table->attachments_end && state->attachments[i].context == context->id)
			attachment_free(table, i);
	}
	idmap_remove(&table->contexts, context->id);
	state->counters.contexts--;
	state->counters.contexts_lost -= context->lost != 0;
	*context = (struct state_context){ 0 };
	pool_give(&table->context_pool, context - state->contexts);
}

/* -- attachments -- */

static uint32_t attachment_find(const struct gpu_table *table, uint32_t context, uint32_t resource)
{
	for (uint32_t i = 0; i < table->attachments_end; i++) {
		const struct state_attachment *a = &table->state->attachments[i];
		if (a->context == context && a->resource == resource)
			return i;
	}
	return STATE_NONE;
}

bool gpu_attachment_add(struct gpu_table *table, uint32_t context, uint32_t resource)
{
	if (attachment_find(table, context, resource) != STATE_NONE)
		return true;
	uint32_t index = pool_take(&table->attachment_pool);
	if (index == STATE_NONE)
		return false;
	table->state->attachments[index] =
		(struct state_attachment){ .context = context, .resource = resource };
	if (index >= table->attachments_end)
		table->attachments_end = index + 1;
	return true;
}

void gpu_attachment_remove(struct gpu_table *table, uint32_t context, uint32_t resource)
{
	uint32_t index = attachment_find(table, context, resource);
	if (index != STATE_NONE)
		attachment_free(table, index);
}

bool gpu_resource_is_attached(const struct gpu_table *table, uint32_t resource)
{
	for (uint32_t i = 0; i < table->attachments_end; i++) {
		if (table->state->attachments[i].resource == resource)
			return true;
	}
	return false;
}
