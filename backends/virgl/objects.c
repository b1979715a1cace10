/* SPDX-License-Identifier: MIT */
/* A context's sub-contexts, objects and bindings, with a log to undo what a refused stream did. */
#include "backends/virgl/objects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* With what the library and GL have of it, as seen with llvmpipe. */
#define OBJECT_COST_BYTES 2048u
#define SUB_CONTEXT_COST_BYTES (2u << 20)

static void object_destroy(struct object *object)
{
	if (!object)
		return;
	if (!object->text_lent)
		free(object->info.text);
	free(object);
}

static uint64_t object_cost_bytes(const struct object *object)
{
	return object ? OBJECT_COST_BYTES + 4 * (uint64_t)object->info.text_dwords : 0;
}

/* NULL: no memory. `was` is the one in whose place it comes, if any. */
static struct object *object_create(const struct virgl_object_info *info, struct object *was)
{
	struct object *object = calloc(1, sizeof(*object));
	if (!object)
		return NULL;
	object->info = *info;
	object->info.part = NULL;
	if (!info->part)
		return object;
	object->info.text = was ? was->info.text : calloc(info->text_dwords + 1, 4);
	if (!object->info.text) {
		free(object);
		return NULL;
	}
	size_t at = 4 * (size_t)(info->text_dwords_here - info->part_dwords);
	memcpy(object->info.text + at, info->part, 4 * (size_t)info->part_dwords);
	if (was)
		was->text_lent = true;
	return object;
}

static void sub_context_finish(struct sub_context *sub_context)
{
	idmap_for_each(slot, &sub_context->objects) object_destroy(slot->value);
	idmap_finish(&sub_context->objects);
}

static void sub_context_destroy(struct sub_context *sub_context)
{
	sub_context_finish(sub_context);
	free(sub_context);
}

void objects_init(struct objects *objects)
{
	*objects = (struct objects){ 0 };
	idmap_init(&objects->first.objects);
	idmap_init(&objects->others);
	objects->current = &objects->first;
}

void objects_finish(struct objects *objects)
{
	objects_abort(objects);
	sub_context_finish(&objects->first);
	idmap_for_each(slot, &objects->others) sub_context_destroy(slot->value);
	idmap_finish(&objects->others);
	free(objects->changes);
	free(objects->insertions);
}

void objects_begin(struct objects *objects, uint64_t bytes_more)
{
	assert(objects->n_changes == 0);
	objects->bytes_before = objects->bytes;
	objects->bytes_max = objects->bytes + bytes_more;
	objects->selected = objects->current->id;
	objects->n_insertions = 0;
	objects->exhausted = false;
}

/* An array with room for one more; NULL: no memory. */
static void *objects_grow(
	struct objects *objects, void *array, uint32_t n, uint32_t *room, size_t each_bytes)
{
	if (n < *room)
		return array;
	uint32_t more = *room ? *room * 2 : 64;
	void *grown = reallocarray(array, more, each_bytes);
	if (grown)
		*room = more;
	else
		objects->exhausted = true;
	return grown;
}

/* NULL: no memory. */
static struct change *objects_log(struct objects *objects, enum change_kind kind)
{
	struct change *changes = objects_grow(objects, objects->changes, objects->n_changes,
		&objects->changes_room, sizeof(*changes));
	if (!changes)
		return NULL;
	objects->changes = changes;
	struct change *change = &changes[objects->n_changes++];
	change->kind = kind;
	change->sub_context = objects->current;
	return change;
}

static void objects_insert(struct objects *objects, struct insertion insertion)
{
	struct insertion *insertions = objects_grow(objects, objects->insertions,
		objects->n_insertions, &objects->insertions_room, sizeof(*insertions));
	if (!insertions)
		return;
	objects->insertions = insertions;
	insertions[objects->n_insertions++] = insertion;
}

const struct insertion *objects_insertion(const struct objects *objects, uint32_t i)
{
	return i < objects->n_insertions ? &objects->insertions[i] : NULL;
}

/*
 * In place of the one there; what was there is the caller's. False: no memory,
 * which cannot be where there was one, or had been.
 */
static bool objects_put(struct objects *objects, struct sub_context *sub_context, uint32_t id,
	struct object *object, struct object **was)
{
	*was = idmap_remove(&sub_context->objects, id);
	if (object && idmap_insert(&sub_context->objects, id, object) < 0)
		return false;
	uint64_t bytes = object_cost_bytes(object) - object_cost_bytes(*was);
	sub_context->bytes += bytes;
	objects->bytes += bytes;
	return true;
}

static void objects_charge(struct objects *objects)
{
	if (objects->bytes > objects->bytes_max)
		objects->exhausted = true;
}

const struct virgl_object_info *objects_find(void *data, uint32_t id)
{
	struct objects *objects = data;
	const struct object *object = idmap_find(&objects->current->objects, id);
	return object ? &object->info : NULL;
}

/* The renderer keeps a pointer to what is bound there: it is unbound before the command. */
static void objects_unbind_at(struct objects *objects, const struct virgl_command *command,
	enum virgl_slot slot, uint32_t stage, uint32_t index)
{
	objects_set_slot(objects, slot, stage, index, 0);
	objects_insert(objects, (struct insertion){
					.dword = command->offset,
					.kind = INSERTION_UNBIND,
					.slot = slot,
					.stage = stage,
					.index = index,
				});
}

static void objects_unbind_object(struct objects *objects, const struct virgl_command *command,
	uint32_t id, enum virgl_object type)
{
	const struct sub_context *current = objects->current;

	if (type == VIRGL_OBJECT_DSA && current->slots[VIRGL_SLOT_DSA][0][0] == id)
		objects_unbind_at(objects, command, VIRGL_SLOT_DSA, 0, 0);
	if (type != VIRGL_OBJECT_SAMPLER_STATE)
		return;
	for (uint32_t stage = 0; stage < VIRGL_SHADER_STAGE_END; stage++)
		for (uint32_t i = 0; i < OBJECTS_SLOTS; i++)
			if (current->slots[VIRGL_SLOT_SAMPLER_STATE][stage][i] == id)
				objects_unbind_at(
					objects, command, VIRGL_SLOT_SAMPLER_STATE, stage, i);
}

void objects_set(void *data, const struct virgl_command *command, uint32_t id,
	const struct virgl_object_info *info)
{
	struct objects *objects = data;
	struct object *was = idmap_find(&objects->current->objects, id), *object = NULL;

	/* What cannot be had any more is not allocated either. */
	if (objects->exhausted)
		return;
	if (!info && was)
		objects_unbind_object(objects, command, id, was->info.type);
	struct change *change = objects_log(objects, CHANGE_OBJECT);
	if (!change)
		return;
	change->id = id;
	change->was.object = NULL;
	if (info) {
		object = object_create(info, was);
		if (!object)
			goto fail;
	}
	if (!objects_put(objects, objects->current, id, object, &change->was.object))
		goto fail;
	objects_charge(objects);
	return;
fail:
	object_destroy(object);
	objects->n_changes--;
	objects->exhausted = true;
}

static struct sub_context *objects_find_sub_context(struct objects *objects, uint32_t id)
{
	return id ? idmap_find(&objects->others, id) : &objects->first;
}

bool objects_select_sub_context(void *data, uint32_t id)
{
	struct objects *objects = data;

	if (objects->current->id == id) /* as nearly always */
		return true;
	struct sub_context *sub_context = objects_find_sub_context(objects, id);
	if (!sub_context)
		return false;
	struct change *change = objects_log(objects, CHANGE_SUB_CONTEXT_SELECTED);
	if (!change)
		return true;
	change->was.selected = objects->current;
	objects->current = sub_context;
	return true;
}

bool objects_create_sub_context(void *data, const struct virgl_command *command, uint32_t id)
{
	struct objects *objects = data;

	if (objects_find_sub_context(objects, id))
		return false;
	if (objects->exhausted)
		return true;
	struct sub_context *sub_context = calloc(1, sizeof(*sub_context));
	struct change *change = objects_log(objects, CHANGE_SUB_CONTEXT_CREATED);
	if (!sub_context || !change || idmap_insert(&objects->others, id, sub_context) < 0) {
		free(sub_context);
		objects->n_changes -= change ? 1 : 0;
		objects->exhausted = true;
		return true;
	}
	idmap_init(&sub_context->objects);
	sub_context->id = id;
	sub_context->bytes = SUB_CONTEXT_COST_BYTES;
	objects->bytes += SUB_CONTEXT_COST_BYTES;
	change->sub_context = sub_context;
	objects_insert(objects, (struct insertion){
					.dword = command->offset + 1 + command->length,
					.kind = INSERTION_CONSTANTS,
				});
	objects_select_sub_context(objects, id);
	objects_charge(objects);
	return true;
}

bool objects_destroy_sub_context(void *data, uint32_t id)
{
	struct objects *objects = data;
	struct sub_context *sub_context = objects_find_sub_context(objects, id);

	if (!sub_context)
		return false;
	if (sub_context == objects->current)
		objects_select_sub_context(objects, 0);
	struct change *change = objects_log(objects, CHANGE_SUB_CONTEXT_DESTROYED);
	if (!change)
		return true;
	change->sub_context = sub_context;
	idmap_remove(&objects->others, id);
	objects->bytes -= sub_context->bytes;
	return true;
}

void objects_set_slot(void *data, enum virgl_slot slot, uint32_t stage, uint32_t index, uint32_t id)
{
	struct objects *objects = data;
	uint32_t *bound = &objects->current->slots[slot][stage][index];

	if (*bound == id)
		return;
	struct change *change = objects_log(objects, CHANGE_SLOT);
	if (!change)
		return;
	change->was.bound.slot = bound;
	change->was.bound.id = *bound;
	*bound = id;
}

void objects_commit(struct objects *objects)
{
	assert(!objects->exhausted);
	for (uint32_t i = 0; i < objects->n_changes; i++) {
		struct change *change = &objects->changes[i];
		if (change->kind == CHANGE_OBJECT)
			object_destroy(change->was.object);
		if (change->kind == CHANGE_SUB_CONTEXT_DESTROYED)
			sub_context_destroy(change->sub_context);
	}
	objects->n_changes = 0;
}

static void objects_undo_object(
	struct objects *objects, struct sub_context *sub_context, uint32_t id, struct object *was)
{
	struct object *object;
	bool done = objects_put(objects, sub_context, id, was, &object);

	assert(done);
	if (was && was->text_lent) {
		was->text_lent = false;
		object->info.text = NULL;
	}
	object_destroy(object);
}

static void objects_undo(struct objects *objects, const struct change *change)
{
	struct sub_context *sub_context = change->sub_context;
	bool done;

	switch (change->kind) {
	case CHANGE_OBJECT:
		objects_undo_object(objects, sub_context, change->id, change->was.object);
		break;
	case CHANGE_SLOT:
		*change->was.bound.slot = change->was.bound.id;
		break;
	case CHANGE_SUB_CONTEXT_CREATED:
		idmap_remove(&objects->others, sub_context->id);
		objects->bytes -= sub_context->bytes;
		sub_context_destroy(sub_context);
		break;
	case CHANGE_SUB_CONTEXT_DESTROYED:
		done = idmap_insert(&objects->others, sub_context->id, sub_context) == 0;
		assert(done);
		objects->bytes += sub_context->bytes;
		break;
	case CHANGE_SUB_CONTEXT_SELECTED:
		objects->current = change->was.selected;
		break;
	}
}

void objects_abort(struct objects *objects)
{
	while (objects->n_changes > 0)
		objects_undo(objects, &objects->changes[--objects->n_changes]);
}

static bool sub_context_unbind(
	struct sub_context *sub_context, uint32_t resource, struct binding *binding)
{
	for (enum virgl_slot slot = 0; slot < VIRGL_SLOT_SAMPLER_STATE; slot++)
		for (uint32_t stage = 0; stage < VIRGL_SHADER_STAGE_END; stage++)
			for (uint32_t i = 0; i < OBJECTS_SLOTS; i++) {
				if (sub_context->slots[slot][stage][i] != resource)
					continue;
				sub_context->slots[slot][stage][i] = 0;
				*binding = (struct binding){ sub_context->id, slot, stage, i };
				return true;
			}
	return false;
}

bool objects_unbind_resource(struct objects *objects, uint32_t resource, struct binding *binding)
{
	bool found = sub_context_unbind(&objects->first, resource, binding);

	idmap_for_each(slot, &objects->others)
	{
		if (!found)
			found = sub_context_unbind(slot->value, resource, binding);
	}
	return found;
}
