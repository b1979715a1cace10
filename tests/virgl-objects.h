/* SPDX-License-Identifier: MIT */
#ifndef TESTS_VIRGL_OBJECTS_H
#define TESTS_VIRGL_OBJECTS_H

/* A context with an object of every type, in its sub-context 0, and a sub-context 1. */

#include <stddef.h>

#include "backends/virgl/objects.h"

enum {
	A_BLEND = 201,
	A_RASTERIZER,
	A_DSA,
	A_VERTEX_SHADER,
	A_FRAGMENT_SHADER,
	A_COMPUTE_SHADER,
	A_PART_OF_SHADER, /* fragment; 4 bytes are there, 4 are to come */
	A_VERTEX_ELEMENTS,
	A_SAMPLER_VIEW,
	A_SAMPLER_STATE,
	A_SURFACE,
	A_QUERY,
	A_STREAMOUT_TARGET,
	TO_DESTROY, /* a surface */
};

#define A_SHADER(of_stage, here, with_part, dwords)                                                \
	{                                                                                          \
		.type = VIRGL_OBJECT_SHADER, .stage = of_stage, .text_dwords = 2,                  \
		.text_dwords_here = here, .part = with_part, .part_dwords = dwords                 \
	}

static const uint32_t context_part_of_shader[] = { 0x47415246 }; /* FRAG */

static const struct {
	uint32_t id;
	struct virgl_object_info info;
} context_objects[] = {
	{ A_BLEND, { .type = VIRGL_OBJECT_BLEND } },
	{ A_RASTERIZER, { .type = VIRGL_OBJECT_RASTERIZER } },
	{ A_DSA, { .type = VIRGL_OBJECT_DSA } },
	{ A_VERTEX_SHADER, A_SHADER(VIRGL_SHADER_STAGE_VERTEX, 2, NULL, 0) },
	{ A_FRAGMENT_SHADER, A_SHADER(VIRGL_SHADER_STAGE_FRAGMENT, 2, NULL, 0) },
	{ A_COMPUTE_SHADER, A_SHADER(VIRGL_SHADER_STAGE_COMPUTE, 2, NULL, 0) },
	{ A_PART_OF_SHADER, A_SHADER(VIRGL_SHADER_STAGE_FRAGMENT, 1, context_part_of_shader, 1) },
	{ A_VERTEX_ELEMENTS, { .type = VIRGL_OBJECT_VERTEX_ELEMENTS } },
	{ A_SAMPLER_VIEW, { .type = VIRGL_OBJECT_SAMPLER_VIEW } },
	{ A_SAMPLER_STATE, { .type = VIRGL_OBJECT_SAMPLER_STATE } },
	{ A_SURFACE, { .type = VIRGL_OBJECT_SURFACE } },
	{ A_QUERY, { .type = VIRGL_OBJECT_QUERY } },
	{ A_STREAMOUT_TARGET, { .type = VIRGL_OBJECT_STREAMOUT_TARGET } },
	{ TO_DESTROY, { .type = VIRGL_OBJECT_SURFACE } },
};

static inline void context_make(struct objects *objects)
{
	const struct virgl_command command = { .length = 1 };

	objects_init(objects);
	objects_begin(objects, UINT32_MAX);
	for (size_t i = 0; i < sizeof(context_objects) / sizeof(context_objects[0]); i++)
		objects_set(objects, &command, context_objects[i].id, &context_objects[i].info);
	objects_create_sub_context(objects, &command, 1);
	objects_select_sub_context(objects, 0);
	objects_commit(objects);
}

static struct virgl_lookup context_lookup(struct objects *objects,
	const struct virgl_resource *(*resource_find)(void *data, uint32_t id))
{
	return (struct virgl_lookup){
		.resource_find = resource_find,
		.object_find = objects_find,
		.object_set = objects_set,
		.sub_context_create = objects_create_sub_context,
		.sub_context_select = objects_select_sub_context,
		.sub_context_destroy = objects_destroy_sub_context,
		.slot_set = objects_set_slot,
		.data = objects,
	};
}

#endif
