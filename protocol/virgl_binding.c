/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

#include "protocol/bounds.h"
#include "protocol/virgl_format.h"

/*
 * State, and what is bound to numbered slots. The lengths in the table bound
 * how many entries a command has; here the slots and the resources are judged.
 */

#define NO_STAGE "no such shader stage"
#define NO_SLOT "slots beyond the table"
#define NO_RESOURCE "no such resource in this context"

const char *virgl_check_gl_buffer(
	const struct virgl_checker *checker, uint32_t id, uint64_t offset, uint64_t bytes)
{
	const struct virgl_resource *resource = virgl_find(checker, id);
	if (!resource)
		return NO_RESOURCE;
	if (!virgl_resource_is_gl_buffer(resource))
		return "resource is not an OpenGL buffer";
	return range_fits(offset, bytes, resource->width) ? NULL : "range beyond the buffer";
}

/* start slot, then 6 each */
const char *virgl_check_viewports(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	uint32_t count = (command->length - 1) / 6;
	return virgl_slots_fit(command->dwords[1], count, VIRGL_MAX_VIEWPORTS) ? NULL : NO_SLOT;
}

/* start slot, then 2 each */
const char *virgl_check_scissors(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	uint32_t count = (command->length - 1) / 2;
	return virgl_slots_fit(command->dwords[1], count, VIRGL_MAX_VIEWPORTS) ? NULL : NO_SLOT;
}

/* number of colour surfaces, depth surface, colour surfaces */
const char *virgl_check_framebuffer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	if (command->dwords[1] != command->length - 2u)
		return "count and length differ";
	for (uint32_t i = 2; i <= command->length; i++)
		if (!virgl_has_object_or_none(checker, command->dwords[i], VIRGL_OBJECT_SURFACE))
			return VIRGL_NO_OBJECT;
	return NULL;
}

/*
 * Each: stride, offset, resource. An offset beyond the buffer is what OpenGL
 * lets an application do, and its own fault.
 */
const char *virgl_check_vertex_buffers(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	for (uint32_t i = 1; i <= command->length; i += 3) {
		uint32_t id = command->dwords[i + 2];
		const char *reason = id ? virgl_check_gl_buffer(checker, id, 0, 0) : NULL;
		if (reason)
			return reason;
	}
	return NULL;
}

/* resource, and with 3: index size, offset */
const char *virgl_check_index_buffer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	uint32_t id = command->dwords[1];
	if (!id)
		return NULL;
	uint32_t index_bytes = command->length == 3 ? command->dwords[2] : 0;
	if (index_bytes != 1 && index_bytes != 2 && index_bytes != 4)
		return "index size";
	return virgl_check_gl_buffer(checker, id, 0, 0);
}

static const char *check_stage_slots(
	const struct virgl_command *command, uint32_t dwords_each, uint32_t table_size)
{
	uint32_t count = (command->length - 2) / dwords_each;
	if (command->dwords[1] >= VIRGL_SHADER_STAGE_END)
		return NO_STAGE;
	return virgl_slots_fit(command->dwords[2], count, table_size) ? NULL : NO_SLOT;
}

/* stage, start slot, then objects */
static const char *check_stage_objects(const struct virgl_checker *checker,
	const struct virgl_command *command, uint32_t table_size, enum virgl_object type)
{
	const char *reason = check_stage_slots(command, 1, table_size);
	for (uint32_t i = 3; !reason && i <= command->length; i++)
		if (!virgl_has_object_or_none(checker, command->dwords[i], type))
			reason = VIRGL_NO_OBJECT;
	return reason;
}

const char *virgl_check_sampler_views(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	return check_stage_objects(
		checker, command, VIRGL_MAX_SAMPLER_VIEWS, VIRGL_OBJECT_SAMPLER_VIEW);
}

const char *virgl_check_sampler_states(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const char *reason = check_stage_objects(
		checker, command, VIRGL_MAX_SAMPLERS, VIRGL_OBJECT_SAMPLER_STATE);
	for (uint32_t i = 3; !reason && i <= command->length; i++)
		virgl_set_slot(checker, VIRGL_SLOT_SAMPLER_STATE, d[1], d[2] + i - 3, d[i]);
	return reason;
}

/* stage, index (not used), then the constants */
const char *virgl_check_constant_buffer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	return command->dwords[1] < VIRGL_SHADER_STAGE_END ? NULL : NO_STAGE;
}

/* stage, index, offset, length, resource */
const char *virgl_check_uniform_buffer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	if (d[1] >= VIRGL_SHADER_STAGE_END)
		return NO_STAGE;
	if (d[2] >= VIRGL_MAX_UNIFORM_BUFFERS)
		return NO_SLOT;
	const char *reason = d[5] ? virgl_check_gl_buffer(checker, d[5], d[3], d[4]) : NULL;
	if (!reason)
		virgl_set_slot(checker, VIRGL_SLOT_UNIFORM_BUFFER, d[1], d[2], d[5]);
	return reason;
}

/* Each: offset, length, resource. */
static const char *check_ranges(
	const struct virgl_checker *checker, const struct virgl_command *command, uint32_t first)
{
	for (uint32_t i = first; i <= command->length; i += 3) {
		const uint32_t *d = command->dwords + i;
		const char *reason = d[2] ? virgl_check_gl_buffer(checker, d[2], d[0], d[1]) : NULL;
		if (reason)
			return reason;
	}
	return NULL;
}

/* stage, start slot, ranges */
const char *virgl_check_shader_buffers(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const char *reason = check_stage_slots(command, 3, VIRGL_MAX_SHADER_BUFFERS);
	if (!reason)
		reason = check_ranges(checker, command, 3);
	for (uint32_t i = 3; !reason && i <= command->length; i += 3)
		virgl_set_slot(
			checker, VIRGL_SLOT_SHADER_BUFFER, d[1], d[2] + (i - 3) / 3, d[i + 2]);
	return reason;
}

/* start slot, ranges */
const char *virgl_check_atomic_buffers(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	uint32_t count = (command->length - 1) / 3;
	if (!virgl_slots_fit(d[1], count, VIRGL_MAX_ATOMIC_BUFFERS))
		return NO_SLOT;
	const char *reason = check_ranges(checker, command, 2);
	for (uint32_t i = 0; !reason && i < count; i++)
		virgl_set_slot(checker, VIRGL_SLOT_ATOMIC_BUFFER, 0, d[1] + i, d[3 * i + 4]);
	return reason;
}

/* format, access, offset or layers, size or level, resource */
static const char *check_image(const struct virgl_checker *checker, const uint32_t *image)
{
	if (!image[4])
		return NULL;
	const struct virgl_resource *resource = virgl_find(checker, image[4]);
	if (!resource)
		return NO_RESOURCE;
	if (image[0] == VIRGL_FORMAT_NONE || !virgl_format_find(image[0]))
		return "unknown format";
	if (resource->target == VIRGL_TARGET_BUFFER)
		return virgl_check_gl_buffer(checker, image[4], image[2], image[3]);
	/* Mesa does not clear what is above the level. */
	uint32_t level = image[3] & 0xff;
	uint32_t first = image[2] & 0xffff, last = image[2] >> 16;
	if (level > resource->last_level)
		return "no such level";
	if (first > last || last >= virgl_resource_layers(resource, level))
		return "no such layer";
	return NULL;
}

/* stage, start slot, images */
const char *virgl_check_shader_images(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const char *reason = check_stage_slots(command, 5, VIRGL_MAX_SHADER_IMAGES);
	for (uint32_t i = 3; !reason && i <= command->length; i += 5)
		reason = check_image(checker, d + i);
	for (uint32_t i = 3; !reason && i <= command->length; i += 5)
		virgl_set_slot(
			checker, VIRGL_SLOT_SHADER_IMAGE, d[1], d[2] + (i - 3) / 5, d[i + 4]);
	return reason;
}

/* which to append to, then the targets */
const char *virgl_check_streamout_targets(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	for (uint32_t i = 2; i <= command->length; i++)
		if (!virgl_has_object_or_none(
			    checker, command->dwords[i], VIRGL_OBJECT_STREAMOUT_TARGET))
			return VIRGL_NO_OBJECT;
	return NULL;
}

/* which, value */
const char *virgl_check_tweaks(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	return command->dwords[1] < 3 ? NULL : "unknown tweak";
}
