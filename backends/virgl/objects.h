/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_OBJECTS_H
#define BACKENDS_VIRGL_OBJECTS_H

/*
 * What a context has made: its sub-contexts, the objects of each, and what each
 * has bound by number. The stream checker looks it up and changes it while it
 * walks (protocol/virgl.h), between begin and commit; abort undoes that.
 *
 *   objects_begin, virgl_stream_check, then objects_abort
 *                                      or   execute, then objects_commit
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "protocol/virgl.h"

/* As many as any table of the renderer has. */
#define OBJECTS_SLOTS 32
_Static_assert(VIRGL_MAX_UNIFORM_BUFFERS <= OBJECTS_SLOTS, "uniform buffers");
_Static_assert(VIRGL_MAX_SHADER_BUFFERS <= OBJECTS_SLOTS, "shader buffers");
_Static_assert(VIRGL_MAX_SHADER_IMAGES <= OBJECTS_SLOTS, "shader images");
_Static_assert(VIRGL_MAX_ATOMIC_BUFFERS <= OBJECTS_SLOTS, "atomic buffers");
_Static_assert(VIRGL_MAX_SAMPLERS <= OBJECTS_SLOTS, "samplers");

struct object {
	struct virgl_object_info info; /* its text is owned */
	bool text_lent;                /* to who came in its place: not freed with this one */
};

struct sub_context {
	uint32_t id;
	uint64_t bytes;       /* charged for it and for what is in it */
	struct idmap objects; /* of struct object, owned */
	/* Ids by number, 0 where nothing is bound. */
	uint32_t slots[VIRGL_SLOT_END][VIRGL_SHADER_STAGE_END][OBJECTS_SLOTS];
};

/* A change of the stream being checked, and what was before. */
struct change {
	enum change_kind {
		CHANGE_OBJECT,
		CHANGE_SLOT,
		CHANGE_SUB_CONTEXT_CREATED,
		CHANGE_SUB_CONTEXT_DESTROYED,
		CHANGE_SUB_CONTEXT_SELECTED,
	} kind;
	uint32_t id; /* of the object */
	struct sub_context *sub_context;
	union {
		struct object *object; /* owned; NULL: there was none */
		struct sub_context *selected;
		struct {
			uint32_t *slot, id;
		} bound;
	} was;
};

/* What the renderer has to be told at this place of the stream besides. */
struct insertion {
	size_t dword; /* before this one */
	enum insertion_kind {
		INSERTION_CONSTANTS, /* of the sub-context just created */
		INSERTION_UNBIND,
	} kind;
	enum virgl_slot slot;
	uint32_t stage, index;
};

struct objects {
	struct sub_context first; /* sub-context 0 */
	struct idmap others;      /* of struct sub_context, owned */
	struct sub_context *current;
	uint64_t bytes; /* charged for all, but for the first sub-context itself */
	/* The stream being checked. */
	uint64_t bytes_before, bytes_max;
	uint32_t selected; /* the sub-context with which it starts */
	struct change *changes;
	uint32_t n_changes, changes_room;
	struct insertion *insertions;
	uint32_t n_insertions, insertions_room;
	bool exhausted; /* no memory, or more than bytes_max: no commit */
};

void objects_init(struct objects *objects);
void objects_finish(struct objects *objects);

/* `bytes` may become more by so much. */
void objects_begin(struct objects *objects, uint64_t bytes_more);
void objects_commit(struct objects *objects);
void objects_abort(struct objects *objects);
/* In their order; to be executed with the stream. */
const struct insertion *objects_insertion(const struct objects *objects, uint32_t i);

/* For struct virgl_lookup; `data` is the objects. */
const struct virgl_object_info *objects_find(void *data, uint32_t id);
void objects_set(void *data, const struct virgl_command *command, uint32_t id,
	const struct virgl_object_info *info);
bool objects_create_sub_context(void *data, const struct virgl_command *command, uint32_t id);
bool objects_select_sub_context(void *data, uint32_t id);
bool objects_destroy_sub_context(void *data, uint32_t id);
void objects_set_slot(
	void *data, enum virgl_slot slot, uint32_t stage, uint32_t index, uint32_t id);

struct binding {
	uint32_t sub_context;
	enum virgl_slot slot;
	uint32_t stage, index;
};

/* Unbinds the resource at one place and says where. False: it is not bound. */
bool objects_unbind_resource(struct objects *objects, uint32_t resource, struct binding *binding);

#endif
