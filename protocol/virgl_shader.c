/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

#include <string.h>

/*
 * Shader objects: TGSI as text, sent in one command or in several, also in
 * several streams. The first carries the length of it all, each further one its
 * offset. With the last one all of it is looked at, and then translated by the
 * renderer.
 */

#define TEXT_CONTINUES (1u << 31)
#define TEXT_MAX_BYTES (16u << 20)

/* Of names of varyings; the renderer writes them into a table of this size. */
#define STREAMOUT_MAX_NAMES 160
#define STREAMOUT_MAX_STRIDE UINT16_MAX
#define OUTPUTS_MAX 64

/* How many names say "skip n components", at most four each. */
static uint32_t skip_names(uint32_t from, uint32_t to)
{
	return to > from ? (to - from + 3) / 4 : 0;
}

/*
 * Each output: register 8 bits, first component 2, components 3, buffer 3,
 * offset 16, all in dwords; then the stream. What lies between the outputs, and
 * behind the last one of a buffer, is skipped by name.
 */
static const char *check_streamout(const uint32_t *strides, const uint32_t *outputs, uint32_t n)
{
	uint32_t names = 0, last = 0, position = 0;
	for (uint32_t i = 0; i < VIRGL_MAX_STREAMOUT_TARGETS; i++)
		if (strides[i] > STREAMOUT_MAX_STRIDE)
			return "streamout stride";
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bits = outputs[2 * i];
		uint32_t start = (bits >> 8) & 3, count = (bits >> 10) & 7;
		uint32_t buffer = (bits >> 13) & 7, offset = bits >> 16;
		if ((bits & 0xff) >= OUTPUTS_MAX)
			return "streamout register";
		if (count == 0 || start + count > 4)
			return "streamout components";
		if (buffer >= VIRGL_MAX_STREAMOUT_TARGETS)
			return "streamout buffer";
		if (buffer != last) {
			names += skip_names(position, strides[last]);
			names += buffer > last ? buffer - last : 0;
			last = buffer;
			position = 0;
		}
		names += skip_names(position, offset) + 1;
		position = offset + count;
	}
	names += skip_names(position, strides[last]);
	return names > STREAMOUT_MAX_NAMES ? "streamout with too many gaps" : NULL;
}

/* Up to its end, of 7 bits each; Mesa leaves in the last dword behind it what was there. */
static const char *check_letters(const uint32_t *d, uint32_t n, bool last)
{
	uint32_t bits = 0;
	for (uint32_t i = 0; i + 1 < n; i++)
		bits |= d[i];
	uint32_t tail = n ? d[n - 1] : 0xffffffff;
	bool ended = false;
	for (int shift = 0; shift < 32 && !ended; shift += 8) {
		bits |= (tail >> shift) & 0xff;
		ended = ((tail >> shift) & 0xff) == 0;
	}
	if (last && !ended)
		return "text has no end";
	return bits & 0x80808080 ? "text is not ASCII" : NULL;
}

static const char *check_text(const char *text, uint32_t n_dwords)
{
	return virgl_tgsi_check(text, strnlen(text, 4 * (size_t)n_dwords));
}

/* Where the text of a command goes in that of its shader. */
static const char *check_part(
	const struct virgl_object_info *info, uint32_t stage, uint32_t position, uint32_t n)
{
	if (!info || info->type != VIRGL_OBJECT_SHADER || info->stage != stage)
		return VIRGL_NO_OBJECT;
	if (position != 4 * info->text_dwords_here)
		return "text offset";
	if (n == 0 || n > info->text_dwords - info->text_dwords_here)
		return "more text than said";
	return NULL;
}

/* The first command's text; those that follow must fit behind it. */
static const char *check_first_part(
	const struct virgl_object_info *info, uint32_t text_bytes, uint32_t n_tokens, uint32_t n)
{
	if (info)
		return "object id in use";
	/* A token is at least one letter long, but for those that Mesa adds. */
	if (n_tokens > text_bytes + 16)
		return "more tokens than text";
	return n > (text_bytes + 3) / 4 ? "more text than said" : NULL;
}

/* handle, stage, length or offset, tokens, streamout outputs or local memory, ..., text */
const char *virgl_check_create_shader(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const struct virgl_lookup *lookup = checker->lookup;
	const uint32_t *d = command->dwords;
	uint32_t id = d[1], stage = d[2], n_tokens = d[4];
	bool first = !(d[3] & TEXT_CONTINUES);
	if (stage >= VIRGL_SHADER_STAGE_END)
		return "no such shader stage";

	uint32_t header = 5;
	if (stage != VIRGL_SHADER_STAGE_COMPUTE && d[5] > 0) {
		if (d[5] > VIRGL_MAX_STREAMOUT_OUTPUTS)
			return "too many streamout outputs";
		header += 4 + 2 * d[5];
		if (header > command->length)
			return "length";
		const char *reason = check_streamout(d + 6, d + 10, d[5]);
		if (reason)
			return reason;
	}

	const uint32_t *text = d + 1 + header;
	uint32_t n = command->length - header;
	uint32_t position = d[3] & ~TEXT_CONTINUES;
	if (position > TEXT_MAX_BYTES)
		return "text too long";
	if (n_tokens > TEXT_MAX_BYTES)
		return "too many tokens";
	const struct virgl_object_info *info = lookup->object_find(lookup->data, id);
	const char *reason = first ? check_first_part(info, position, n_tokens, n)
				   : check_part(info, stage, position, n);
	if (reason)
		return reason;
	struct virgl_object_info now = {
		.type = VIRGL_OBJECT_SHADER,
		.stage = stage,
		.text_dwords = first ? (position + 3) / 4 : info->text_dwords,
		.text_dwords_here = first ? n : info->text_dwords_here + n,
	};
	bool last = now.text_dwords_here == now.text_dwords;
	reason = check_letters(text, n, last);
	if (reason)
		return reason;
	if (!(first && last)) {
		if (!checker->limits->long_shaders)
			return "text in several commands";
		now.part = text;
		now.part_dwords = n;
	}
	lookup->object_set(lookup->data, command, id, &now);
	if (!last)
		return NULL;
	if (first)
		return check_text((const char *)text, n);
	/* None: no memory, which whoever was told knows. */
	info = lookup->object_find(lookup->data, id);
	return info && info->text ? check_text(info->text, info->text_dwords) : NULL;
}

/* 0, or a shader of the stage whose text is whole: the renderer has translated it. */
static bool shader_or_none(const struct virgl_checker *checker, uint32_t id, uint32_t stage)
{
	if (!id)
		return true;
	const struct virgl_object_info *info =
		checker->lookup->object_find(checker->lookup->data, id);
	return info && info->type == VIRGL_OBJECT_SHADER && info->stage == stage &&
	       info->text_dwords_here == info->text_dwords;
}

/* object, stage */
const char *virgl_check_bind_shader(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	if (d[2] >= VIRGL_SHADER_STAGE_END)
		return "no such shader stage";
	return shader_or_none(checker, d[1], d[2]) ? NULL : VIRGL_NO_OBJECT;
}

/* one object a stage */
const char *virgl_check_link_shader(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	for (uint32_t stage = 0; stage < VIRGL_SHADER_STAGE_END; stage++)
		if (!shader_or_none(checker, command->dwords[1 + stage], stage))
			return VIRGL_NO_OBJECT;
	return NULL;
}
