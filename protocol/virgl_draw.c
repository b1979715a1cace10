/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

/* Drawing, computing, clearing; queries, markers. */

#define DRAW_LENGTH 12
#define DRAW_LENGTH_TESS 14
#define DRAW_LENGTH_INDIRECT 20
#define DRAW_MODE_END 15
#define MAX_PATCH_VERTICES 32

/* From dword 15: resource, offset, stride, count, offset of the count, resource of the count. */
static const char *check_indirect(const struct virgl_checker *checker, const uint32_t *d)
{
	if (!d[15])
		return d[20] ? "a count without a buffer to draw from" : NULL;
	uint32_t bytes = d[4] ? 20 : 16; /* indexed or not */
	uint64_t more = d[18] > 1 ? d[18] - 1 : 0;
	const char *reason = virgl_check_gl_buffer(checker, d[15], d[16], bytes + more * d[17]);
	if (reason || !d[20])
		return reason;
	return virgl_check_gl_buffer(checker, d[20], d[19], 4);
}

/*
 * start, count, mode, indexed, instances, index bias, first instance, restart,
 * restart index, least and greatest index, count from streamout; vertices in a
 * patch, draw id; indirect. What of the index buffer is drawn is the application's.
 */
const char *virgl_check_draw(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	if (command->length != DRAW_LENGTH && command->length != DRAW_LENGTH_TESS &&
		command->length != DRAW_LENGTH_INDIRECT)
		return "length";
	if (d[3] >= DRAW_MODE_END)
		return "unknown primitive";
	if (command->length >= DRAW_LENGTH_TESS && d[13] > MAX_PATCH_VERTICES)
		return "too many vertices in a patch";
	return command->length == DRAW_LENGTH_INDIRECT ? check_indirect(checker, d) : NULL;
}

/* block of 3, grid of 3, resource, offset */
const char *virgl_check_launch_grid(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	return d[7] ? virgl_check_gl_buffer(checker, d[7], d[8], 12) : NULL;
}

/* buffers: depth, stencil, 8 colours; colour of 4, depth of 2, stencil */
const char *virgl_check_clear(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	return command->dwords[1] >> (2 + VIRGL_MAX_COLOR_BUFS) ? "unknown buffers" : NULL;
}

/* BEGIN_QUERY, END_QUERY, GET_QUERY_RESULT: query, ... */
const char *virgl_check_query(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	bool known = virgl_has_object(checker, command->dwords[1], VIRGL_OBJECT_QUERY);
	return known ? NULL : VIRGL_NO_OBJECT;
}

/* query, resource, wait, type of the result, offset, index */
const char *virgl_check_query_buffer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	if (!virgl_has_object(checker, d[1], VIRGL_OBJECT_QUERY))
		return VIRGL_NO_OBJECT;
	if (d[4] > 3)
		return "unknown type of result";
	return virgl_check_gl_buffer(checker, d[2], d[5], d[4] < 2 ? 4 : 8);
}

/* query, inverted, mode */
const char *virgl_check_render_condition(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	if (!virgl_has_object_or_none(checker, command->dwords[1], VIRGL_OBJECT_QUERY))
		return VIRGL_NO_OBJECT;
	return command->dwords[3] < 4 ? NULL : "unknown mode";
}

#define MEMORY_INFO_BYTES 24

/* Written to the start of the resource's backing, however short that is. */
const char *virgl_check_memory_info(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_resource *resource = virgl_find(checker, command->dwords[1]);
	if (!resource)
		return "no such resource in this context";
	return resource->backing_first_bytes >= MEMORY_INFO_BYTES ? NULL : "backing too small";
}

/* bytes, then the text */
const char *virgl_check_string_marker(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	return command->dwords[1] <= 4u * (command->length - 1) ? NULL : "longer than its command";
}
