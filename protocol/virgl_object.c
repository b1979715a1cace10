/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

#include "protocol/virgl_format.h"

/* Objects of a context: states, views, surfaces, queries, targets; its sub-contexts. */

static bool known_format(uint32_t format)
{
	return format != VIRGL_FORMAT_NONE && virgl_format_find(format);
}

/* Blend factors with a meaning: 1 to 10, 17 to 21, 23 to 26. */
static bool known_factor(uint32_t factor)
{
	return (0x07be07fe >> (factor & 31)) & 1;
}

/*
 * handle, flags, logic op, then one dword for each of 8 render targets: enable
 * 1 bit, rgb function 3, source 5, destination 5, alpha function 3, source 5,
 * destination 5, mask 4. The renderer asserts on tokens that mean nothing, in
 * those that it uses. With blending off, Mesa passes an advanced equation in
 * a source factor.
 */
static const char *check_blend(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	bool independent = command->dwords[2] & 1;
	for (uint32_t i = 0; i < (independent ? VIRGL_MAX_COLOR_BUFS : 1u); i++) {
		uint32_t target = command->dwords[4 + i];
		if (!(target & 1))
			continue;
		if (((target >> 1) & 7) > 4 || ((target >> 14) & 7) > 4)
			return "blend function";
		if (!known_factor(target >> 4) || !known_factor(target >> 9) ||
			!known_factor(target >> 17) || !known_factor(target >> 22))
			return "blend factor";
	}
	return NULL;
}

/* handle, bits, point size, ... */
static const char *check_rasterizer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	uint32_t bits = command->dwords[2];
	bool filled = ((bits >> 10) & 3) < 3 && ((bits >> 12) & 3) < 3;
	return filled ? NULL : "polygon mode";
}

/* handle, then each: offset, divisor, buffer, format */
static const char *check_vertex_elements(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	for (uint32_t i = 2; i <= command->length; i += 4) {
		if (command->dwords[i + 2] >= VIRGL_MAX_ATTRIBS)
			return "vertex buffer beyond the table";
		if (!known_format(command->dwords[i + 3]))
			return "unknown format";
	}
	return NULL;
}

/* A plane of a planar resource comes as its layer. */
static bool view_layers_fit(const struct virgl_resource *resource, uint32_t level, uint32_t layers)
{
	uint32_t count = virgl_resource_layers(resource, level);
	uint32_t first = layers & 0xffff, last = layers >> 16;
	return (first <= last && last < count) || (count == 1 && layers < VIRGL_MAX_PLANES);
}

/* handle, resource, format and target, first and last element or layers and levels, swizzle */
static const char *check_sampler_view(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[2]);
	if (!resource)
		return "no such resource in this context";
	if (!known_format(d[3] & 0xffffff))
		return "unknown format";
	if (d[3] >> 24 >= VIRGL_TARGET_END)
		return "unknown target";
	for (uint32_t shift = 0; shift < 12; shift += 3)
		if (((d[6] >> shift) & 7) > 5)
			return "swizzle";
	if (resource->target == VIRGL_TARGET_BUFFER)
		return virgl_check_gl_buffer(checker, d[2], 0, 0);
	uint32_t first_level = d[5] & 0xff, last_level = (d[5] >> 8) & 0xff;
	if (first_level > last_level || last_level > resource->last_level)
		return "no such level";
	return view_layers_fit(resource, first_level, d[4]) ? NULL : "no such layer";
}

/* handle, bits: 3 wraps of 3, filter and mipmap filter of 2, magnifying filter of 2, ... */
static const char *check_sampler_state(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	uint32_t bits = command->dwords[2];
	bool known = ((bits >> 9) & 3) < 2 && ((bits >> 11) & 3) < 3 && ((bits >> 13) & 3) < 2;
	return known ? NULL : "filter";
}

/* handle, resource, format, level, first and last layer; with MSAA: samples */
static const char *check_surface(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[2]);
	if (!resource)
		return "no such resource in this context";
	if (resource->target == VIRGL_TARGET_BUFFER)
		return "a surface of a buffer";
	if (!known_format(d[3]))
		return "unknown format";
	if (d[4] > resource->last_level)
		return "no such level";
	uint32_t first = d[5] & 0xffff, last = d[5] >> 16;
	if (first > last || last >= virgl_resource_layers(resource, d[4]))
		return "no such layer";
	if (command->length == 6 && d[6] > VIRGL_MAX_SAMPLES)
		return "too many samples";
	return NULL;
}

#define QUERY_TYPE_PIPELINE_STATISTICS 10
#define QUERY_TYPE_END 13
#define QUERY_STATE_BYTES 16 /* written to the resource whatever its size */

/* handle, type and index, offset (not used), resource */
static const char *check_query(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	uint32_t type = d[2] & 0xffff, index = d[2] >> 16;
	if (type >= QUERY_TYPE_END)
		return "unknown query";
	if (index >= (type == QUERY_TYPE_PIPELINE_STATISTICS ? 11 : 4))
		return "query index";
	const struct virgl_resource *resource = virgl_find(checker, d[4]);
	if (!resource)
		return "no such resource in this context";
	if (resource->target != VIRGL_TARGET_BUFFER || resource->bind != VIRGL_BIND_CUSTOM)
		return "resource is not for queries";
	if (resource->width < QUERY_STATE_BYTES)
		return "resource too small for a query";
	if (resource->backing_bytes && resource->backing_bytes < QUERY_STATE_BYTES)
		return "backing too small for a query";
	return NULL;
}

/* handle, resource, offset, size */
static const char *check_streamout_target(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	return virgl_check_gl_buffer(checker, d[2], d[3], d[4]);
}

static const struct object {
	const char *name;
	struct virgl_length length;
	virgl_check *check;
} objects[VIRGL_OBJECT_END] = {
	[VIRGL_OBJECT_NULL] = { "NULL", { 1, 0, 0 }, NULL },
	[VIRGL_OBJECT_BLEND] = { "BLEND", { 11, 11, 0 }, check_blend },
	[VIRGL_OBJECT_RASTERIZER] = { "RASTERIZER", { 9, 9, 0 }, check_rasterizer },
	[VIRGL_OBJECT_DSA] = { "DSA", { 5, 5, 0 }, NULL },
	[VIRGL_OBJECT_SHADER] = { "SHADER", { 6, UINT16_MAX, 0 }, NULL }, /* see below */
	[VIRGL_OBJECT_VERTEX_ELEMENTS] = { "VERTEX_ELEMENTS", { 1, 1 + 4 * VIRGL_MAX_ATTRIBS, 4 },
		check_vertex_elements },
	[VIRGL_OBJECT_SAMPLER_VIEW] = { "SAMPLER_VIEW", { 6, 6, 0 }, check_sampler_view },
	[VIRGL_OBJECT_SAMPLER_STATE] = { "SAMPLER_STATE", { 9, 9, 0 }, check_sampler_state },
	[VIRGL_OBJECT_SURFACE] = { "SURFACE", { 5, 5, 0 }, check_surface },
	[VIRGL_OBJECT_QUERY] = { "QUERY", { 4, 4, 0 }, check_query },
	[VIRGL_OBJECT_STREAMOUT_TARGET] = { "STREAMOUT_TARGET", { 4, 4, 0 },
		check_streamout_target },
	[VIRGL_OBJECT_MSAA_SURFACE] = { "MSAA_SURFACE", { 6, 6, 0 }, check_surface },
};

/* The renderer makes no difference between the two kinds of surface. */
static uint8_t stored_type(uint8_t object)
{
	return object == VIRGL_OBJECT_MSAA_SURFACE ? VIRGL_OBJECT_SURFACE : object;
}

const char *virgl_object_name(uint8_t object)
{
	return object < VIRGL_OBJECT_END ? objects[object].name : "unknown";
}

/* The renderer would destroy what has the id now; no driver means that. */
const char *virgl_check_create_object(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	if (command->object == VIRGL_OBJECT_NULL || command->object >= VIRGL_OBJECT_END)
		return "unknown object type";
	const struct object *object = &objects[command->object];
	const struct virgl_lookup *lookup = checker->lookup;
	uint32_t id = command->dwords[1];
	if (!virgl_length_fits(&object->length, command->length))
		return "length";
	if (id == 0)
		return "object id 0";
	if (command->object == VIRGL_OBJECT_SHADER)
		return virgl_check_create_shader(checker, command);
	if (lookup->object_find(lookup->data, id))
		return "object id in use";
	const char *reason = object->check ? object->check(checker, command) : NULL;
	if (reason)
		return reason;
	lookup->object_set(lookup->data, command, id,
		&(struct virgl_object_info){ .type = stored_type(command->object) });
	return NULL;
}

const char *virgl_check_bind_object(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	switch (command->object) {
	case VIRGL_OBJECT_BLEND:
	case VIRGL_OBJECT_RASTERIZER:
	case VIRGL_OBJECT_DSA:
	case VIRGL_OBJECT_VERTEX_ELEMENTS:
		break;
	default:
		return "object type cannot be bound";
	}
	uint32_t id = command->dwords[1];
	if (!virgl_has_object_or_none(checker, id, command->object))
		return VIRGL_NO_OBJECT;
	if (command->object == VIRGL_OBJECT_DSA)
		virgl_set_slot(checker, VIRGL_SLOT_DSA, 0, 0, id);
	return NULL;
}

/*
 * What is not there may be destroyed, as the renderer allows it: Mesa releases a
 * surface that two of its contexts share in the one that let go of it last.
 */
const char *virgl_check_destroy_object(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_lookup *lookup = checker->lookup;
	uint32_t id = command->dwords[1];
	if (command->object == VIRGL_OBJECT_NULL || command->object >= VIRGL_OBJECT_END)
		return "unknown object type";
	const struct virgl_object_info *info = lookup->object_find(lookup->data, id);
	if (!info)
		return NULL;
	if (info->type != stored_type(command->object))
		return "object is of another type";
	lookup->object_set(lookup->data, command, id, NULL);
	return NULL;
}

const char *virgl_check_create_sub_context(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_lookup *lookup = checker->lookup;
	return lookup->sub_context_create(lookup->data, command, command->dwords[1])
		       ? NULL
		       : "sub-context id in use";
}

const char *virgl_check_set_sub_context(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_lookup *lookup = checker->lookup;
	return lookup->sub_context_select(lookup->data, command->dwords[1]) ? NULL
									    : "no such sub-context";
}

const char *virgl_check_destroy_sub_context(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_lookup *lookup = checker->lookup;
	if (command->dwords[1] == 0)
		return "sub-context 0";
	return lookup->sub_context_destroy(lookup->data, command->dwords[1])
		       ? NULL
		       : "no such sub-context";
}
