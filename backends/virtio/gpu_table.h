/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_GPU_TABLE_H
#define BACKENDS_VIRTIO_GPU_TABLE_H

/*
 * A guest's resources, contexts and attachments: kept in the state memfd, found
 * by id. Entries never move; a freed one has id 0.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/idmap.h"
#include "protocol/link.h"
#include "protocol/state.h"
#include "protocol/virtio_gpu.h"

/* Free indices of one table of the state: what was given back, then never used ones. */
struct slot_pool {
	uint32_t *free; /* owned; `n_free` of them */
	uint32_t n_free;
	uint32_t *end; /* all that were ever used are below; borrowed, of state.ends */
	uint32_t n;
};

struct gpu_table {
	struct state *state; /* borrowed */
	const struct link_quota *quota; /* borrowed */
	struct idmap resources; /* of struct state_resource */
	struct idmap contexts;  /* of struct state_context */
	struct slot_pool resource_pool, context_pool, attachment_pool, block_pool;
	uint32_t attachments_end; /* all used ones are below */
};

/* 0 or -ENOMEM. */
int gpu_table_init(struct gpu_table *table, struct state *state, const struct link_quota *quota);
void gpu_table_finish(struct gpu_table *table);
/*
 * After gpu_table_init, of a state that a process left which died: what is sound of it is
 * found again, the rest is freed, and all numbers are counted anew. 0 or -ENOMEM.
 */
int gpu_table_restore(struct gpu_table *table);
/* The guest started afresh. */
void gpu_table_clear(struct gpu_table *table);

struct state_resource *gpu_resource_find(const struct gpu_table *table, uint32_t id);
/* NULL: no slot, or a quota is used up. The id is new and not 0. */
struct state_resource *gpu_resource_add(struct gpu_table *table, uint32_t id, uint64_t bytes);
/* With its backing and attachments. */
void gpu_resource_remove(struct gpu_table *table, struct state_resource *resource);

/* Keep the entries of ATTACH_BACKING. False: too many for the state or the quota. */
bool gpu_backing_set(struct gpu_table *table, struct state_resource *resource,
	const struct virtio_gpu_command *attach);
void gpu_backing_drop(struct gpu_table *table, struct state_resource *resource);
/* All entries as they stand on the wire, 16 bytes each, into `to`; n_entries of them. */
void gpu_backing_write(const struct gpu_table *table, const struct state_resource *resource,
	void *to);

struct state_context *gpu_context_find(const struct gpu_table *table, uint32_t id);
/* NULL: no slot, or the quota is used up. */
struct state_context *gpu_context_add(struct gpu_table *table, uint32_t id);
void gpu_context_remove(struct gpu_table *table, struct state_context *context);

/* False: no slot. Attaching twice is one attachment. */
bool gpu_attachment_add(struct gpu_table *table, uint32_t context, uint32_t resource);
void gpu_attachment_remove(struct gpu_table *table, uint32_t context, uint32_t resource);
/* Is the resource attached to any context? */
bool gpu_resource_is_attached(const struct gpu_table *table, uint32_t resource);

#endif
