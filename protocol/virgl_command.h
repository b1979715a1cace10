/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRGL_COMMAND_H
#define PROTOCOL_VIRGL_COMMAND_H

/* Within virgl_*.c: the handlers that look at one command each, by subject. */

#include "protocol/virgl.h"

struct virgl_checker {
	const struct virgl_limits *limits;
	const struct virgl_lookup *lookup;
};

/*
 * A handler's answer: NULL if the command is right, else why it is not. The
 * table has compared the length already: `command->dwords[1]` up to
 * `[command->length]` may be read, and no list is longer than its table.
 */
typedef const char *virgl_check(
	const struct virgl_checker *checker, const struct virgl_command *command);

/* A length is right if it is `min`, `min + step`, ... up to `max`; with step 0, any between. */
struct virgl_length {
	uint16_t min, max, step;
};

static inline bool virgl_length_fits(const struct virgl_length *rule, uint32_t length)
{
	return length >= rule->min && length <= rule->max &&
	       (rule->step == 0 || (length - rule->min) % rule->step == 0);
}

/* virgl_binding.c: state, and what is bound to numbered slots */
virgl_check virgl_check_viewports, virgl_check_scissors, virgl_check_framebuffer,
	virgl_check_vertex_buffers, virgl_check_index_buffer, virgl_check_sampler_views,
	virgl_check_sampler_states, virgl_check_constant_buffer, virgl_check_uniform_buffer,
	virgl_check_shader_buffers, virgl_check_shader_images, virgl_check_atomic_buffers,
	virgl_check_streamout_targets, virgl_check_tweaks;

/* virgl_object.c */
virgl_check virgl_check_create_object, virgl_check_bind_object, virgl_check_destroy_object,
	virgl_check_create_sub_context, virgl_check_set_sub_context,
	virgl_check_destroy_sub_context;

/* virgl_shader.c */
virgl_check virgl_check_create_shader, virgl_check_bind_shader, virgl_check_link_shader;

/* virgl_tgsi.c: NULL, or what is wrong in the text of a shader */
const char *virgl_tgsi_check(const char *text, size_t len);

/* virgl_draw.c: drawing, computing, queries */
virgl_check virgl_check_draw, virgl_check_launch_grid, virgl_check_clear, virgl_check_query,
	virgl_check_query_buffer, virgl_check_render_condition, virgl_check_memory_info,
	virgl_check_string_marker;

/* virgl_copy.c: moving pixels */
virgl_check virgl_check_inline_write, virgl_check_transfer, virgl_check_copy_transfer,
	virgl_check_clear_texture, virgl_check_copy_region, virgl_check_blit,
	virgl_check_pipe_resource_create, virgl_check_pipe_resource_set_type;

static inline const struct virgl_resource *virgl_find(
	const struct virgl_checker *checker, uint32_t id)
{
	return id ? checker->lookup->resource_find(checker->lookup->data, id) : NULL;
}

static inline bool virgl_has_object(
	const struct virgl_checker *checker, uint32_t id, enum virgl_object type)
{
	const struct virgl_object_info *info =
		checker->lookup->object_find(checker->lookup->data, id);
	return info && info->type == type;
}

/* What may be bound where nothing may: an object of this type, or 0. */
static inline bool virgl_has_object_or_none(
	const struct virgl_checker *checker, uint32_t id, enum virgl_object type)
{
	return !id || virgl_has_object(checker, id, type);
}

static inline void virgl_set_slot(const struct virgl_checker *checker, enum virgl_slot slot,
	uint32_t stage, uint32_t index, uint32_t id)
{
	checker->lookup->slot_set(checker->lookup->data, slot, stage, index, id);
}

#define VIRGL_NO_OBJECT "no such object in this sub-context"

/*
 * Is `id` an OpenGL buffer with room for these bytes? Other kinds have no name
 * in OpenGL, or one that means something else there: with buffer 0 bound, some
 * calls take an offset for an address of the renderer.
 */
const char *virgl_check_gl_buffer(
	const struct virgl_checker *checker, uint32_t id, uint64_t offset, uint64_t bytes);

/* `first` to `first + count` lies within a table of `size`. */
static inline bool virgl_slots_fit(uint32_t first, uint32_t count, uint32_t size)
{
	return first <= size && count <= size - first;
}

#endif
