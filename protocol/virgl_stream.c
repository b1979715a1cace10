/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

/* The table of commands, and the walk over a stream. */

#define ANY_LENGTH UINT16_MAX

struct opcode {
	const char *name;
	struct virgl_length length;
	virgl_check *check; /* NULL: the length says all */
};

static const char *refuse(const struct virgl_checker *checker, const struct virgl_command *command)
{
	(void)checker;
	(void)command;
	return "not supported";
}

static const struct opcode opcodes[VIRGL_OPCODE_END] = {
	/* Also what a command is overwritten with. */
	[VIRGL_OPCODE_NOP] = { "NOP", { 0, ANY_LENGTH, 0 }, NULL },
	[VIRGL_OPCODE_CREATE_OBJECT] = { "CREATE_OBJECT", { 1, ANY_LENGTH, 0 },
		virgl_check_create_object },
	[VIRGL_OPCODE_BIND_OBJECT] = { "BIND_OBJECT", { 1, 1, 0 }, virgl_check_bind_object },
	[VIRGL_OPCODE_DESTROY_OBJECT] = { "DESTROY_OBJECT", { 1, 1, 0 },
		virgl_check_destroy_object },
	[VIRGL_OPCODE_SET_VIEWPORT_STATE] = { "SET_VIEWPORT_STATE",
		{ 1 + 6, 1 + 6 * VIRGL_MAX_VIEWPORTS, 6 }, virgl_check_viewports },
	[VIRGL_OPCODE_SET_FRAMEBUFFER_STATE] = { "SET_FRAMEBUFFER_STATE",
		{ 2, 2 + VIRGL_MAX_COLOR_BUFS, 1 }, virgl_check_framebuffer },
	[VIRGL_OPCODE_SET_VERTEX_BUFFERS] = { "SET_VERTEX_BUFFERS", { 0, 3 * VIRGL_MAX_ATTRIBS, 3 },
		virgl_check_vertex_buffers },
	[VIRGL_OPCODE_CLEAR] = { "CLEAR", { 8, 8, 0 }, virgl_check_clear },
	[VIRGL_OPCODE_DRAW_VBO] = { "DRAW_VBO", { 12, 20, 2 }, virgl_check_draw },
	[VIRGL_OPCODE_RESOURCE_INLINE_WRITE] = { "RESOURCE_INLINE_WRITE", { 12, ANY_LENGTH, 0 },
		virgl_check_inline_write },
	[VIRGL_OPCODE_SET_SAMPLER_VIEWS] = { "SET_SAMPLER_VIEWS",
		{ 2, 2 + VIRGL_MAX_SAMPLER_VIEWS, 1 }, virgl_check_sampler_views },
	[VIRGL_OPCODE_SET_INDEX_BUFFER] = { "SET_INDEX_BUFFER", { 1, 3, 2 },
		virgl_check_index_buffer },
	[VIRGL_OPCODE_SET_CONSTANT_BUFFER] = { "SET_CONSTANT_BUFFER", { 2, ANY_LENGTH, 0 },
		virgl_check_constant_buffer },
	[VIRGL_OPCODE_SET_STENCIL_REF] = { "SET_STENCIL_REF", { 1, 1, 0 }, NULL },
	[VIRGL_OPCODE_SET_BLEND_COLOR] = { "SET_BLEND_COLOR", { 4, 4, 0 }, NULL },
	[VIRGL_OPCODE_SET_SCISSOR_STATE] = { "SET_SCISSOR_STATE",
		{ 1 + 2, 1 + 2 * VIRGL_MAX_VIEWPORTS, 2 }, virgl_check_scissors },
	[VIRGL_OPCODE_BLIT] = { "BLIT", { 21, 21, 0 }, virgl_check_blit },
	[VIRGL_OPCODE_RESOURCE_COPY_REGION] = { "RESOURCE_COPY_REGION", { 13, 13, 0 },
		virgl_check_copy_region },
	[VIRGL_OPCODE_BIND_SAMPLER_STATES] = { "BIND_SAMPLER_STATES",
		{ 2, 2 + VIRGL_MAX_SAMPLERS, 1 }, virgl_check_sampler_states },
	[VIRGL_OPCODE_BEGIN_QUERY] = { "BEGIN_QUERY", { 1, 1, 0 }, virgl_check_query },
	[VIRGL_OPCODE_END_QUERY] = { "END_QUERY", { 1, 1, 0 }, virgl_check_query },
	[VIRGL_OPCODE_GET_QUERY_RESULT] = { "GET_QUERY_RESULT", { 2, 2, 0 }, virgl_check_query },
	[VIRGL_OPCODE_SET_POLYGON_STIPPLE] = { "SET_POLYGON_STIPPLE", { 32, 32, 0 }, NULL },
	[VIRGL_OPCODE_SET_CLIP_STATE] = { "SET_CLIP_STATE", { 32, 32, 0 }, NULL },
	[VIRGL_OPCODE_SET_SAMPLE_MASK] = { "SET_SAMPLE_MASK", { 1, 1, 0 }, NULL },
	[VIRGL_OPCODE_SET_STREAMOUT_TARGETS] = { "SET_STREAMOUT_TARGETS",
		{ 1, 1 + VIRGL_MAX_STREAMOUT_TARGETS, 1 }, virgl_check_streamout_targets },
	[VIRGL_OPCODE_SET_RENDER_CONDITION] = { "SET_RENDER_CONDITION", { 3, 3, 0 },
		virgl_check_render_condition },
	[VIRGL_OPCODE_SET_UNIFORM_BUFFER] = { "SET_UNIFORM_BUFFER", { 5, 5, 0 },
		virgl_check_uniform_buffer },
	[VIRGL_OPCODE_SET_SUB_CTX] = { "SET_SUB_CTX", { 1, 1, 0 }, virgl_check_set_sub_context },
	[VIRGL_OPCODE_CREATE_SUB_CTX] = { "CREATE_SUB_CTX", { 1, 1, 0 },
		virgl_check_create_sub_context },
	[VIRGL_OPCODE_DESTROY_SUB_CTX] = { "DESTROY_SUB_CTX", { 1, 1, 0 },
		virgl_check_destroy_sub_context },
	[VIRGL_OPCODE_BIND_SHADER] = { "BIND_SHADER", { 2, 2, 0 }, virgl_check_bind_shader },
	[VIRGL_OPCODE_SET_TESS_STATE] = { "SET_TESS_STATE", { 6, 6, 0 }, NULL },
	[VIRGL_OPCODE_SET_MIN_SAMPLES] = { "SET_MIN_SAMPLES", { 1, 1, 0 }, NULL },
	[VIRGL_OPCODE_SET_SHADER_BUFFERS] = { "SET_SHADER_BUFFERS",
		{ 2, 2 + 3 * VIRGL_MAX_SHADER_BUFFERS, 3 }, virgl_check_shader_buffers },
	[VIRGL_OPCODE_SET_SHADER_IMAGES] = { "SET_SHADER_IMAGES",
		{ 2, 2 + 5 * VIRGL_MAX_SHADER_IMAGES, 5 }, virgl_check_shader_images },
	[VIRGL_OPCODE_MEMORY_BARRIER] = { "MEMORY_BARRIER", { 1, 1, 0 }, NULL },
	[VIRGL_OPCODE_LAUNCH_GRID] = { "LAUNCH_GRID", { 8, 8, 0 }, virgl_check_launch_grid },
	[VIRGL_OPCODE_SET_FRAMEBUFFER_STATE_NO_ATTACH] = { "SET_FRAMEBUFFER_STATE_NO_ATTACH",
		{ 2, 2, 0 }, NULL },
	[VIRGL_OPCODE_TEXTURE_BARRIER] = { "TEXTURE_BARRIER", { 1, 1, 0 }, NULL },
	[VIRGL_OPCODE_SET_ATOMIC_BUFFERS] = { "SET_ATOMIC_BUFFERS",
		{ 1, 1 + 3 * VIRGL_MAX_ATOMIC_BUFFERS, 3 }, virgl_check_atomic_buffers },
	[VIRGL_OPCODE_SET_DEBUG_FLAGS] = { "SET_DEBUG_FLAGS", { 2, ANY_LENGTH, 0 }, NULL },
	[VIRGL_OPCODE_GET_QUERY_RESULT_QBO] = { "GET_QUERY_RESULT_QBO", { 6, 6, 0 },
		virgl_check_query_buffer },
	[VIRGL_OPCODE_TRANSFER3D] = { "TRANSFER3D", { 13, 13, 0 }, virgl_check_transfer },
	/* Pads the part of a stream that Mesa keeps for transfers; the rest is not read. */
	[VIRGL_OPCODE_END_TRANSFERS] = { "END_TRANSFERS", { 0, ANY_LENGTH, 0 }, NULL },
	[VIRGL_OPCODE_COPY_TRANSFER3D] = { "COPY_TRANSFER3D", { 14, 14, 0 },
		virgl_check_copy_transfer },
	[VIRGL_OPCODE_SET_TWEAKS] = { "SET_TWEAKS", { 2, 2, 0 }, virgl_check_tweaks },
	[VIRGL_OPCODE_CLEAR_TEXTURE] = { "CLEAR_TEXTURE", { 12, 12, 0 },
		virgl_check_clear_texture },
	[VIRGL_OPCODE_PIPE_RESOURCE_CREATE] = { "PIPE_RESOURCE_CREATE", { 11, 11, 0 },
		virgl_check_pipe_resource_create },
	[VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE] = { "PIPE_RESOURCE_SET_TYPE",
		{ 8 + 2, 8 + 2 * VIRGL_MAX_PLANES, 2 }, virgl_check_pipe_resource_set_type },
	[VIRGL_OPCODE_GET_MEMORY_INFO] = { "GET_MEMORY_INFO", { 1, 1, 0 },
		virgl_check_memory_info },
	[VIRGL_OPCODE_SEND_STRING_MARKER] = { "SEND_STRING_MARKER", { 2, ANY_LENGTH, 0 },
		virgl_check_string_marker },
	[VIRGL_OPCODE_LINK_SHADER] = { "LINK_SHADER", { 6, 6, 0 }, virgl_check_link_shader },
	[VIRGL_OPCODE_CREATE_VIDEO_CODEC] = { "CREATE_VIDEO_CODEC", { 0, ANY_LENGTH, 0 }, refuse },
	[VIRGL_OPCODE_DESTROY_VIDEO_CODEC] = { "DESTROY_VIDEO_CODEC", { 0, ANY_LENGTH, 0 },
		refuse },
	[VIRGL_OPCODE_CREATE_VIDEO_BUFFER] = { "CREATE_VIDEO_BUFFER", { 0, ANY_LENGTH, 0 },
		refuse },
	[VIRGL_OPCODE_DESTROY_VIDEO_BUFFER] = { "DESTROY_VIDEO_BUFFER", { 0, ANY_LENGTH, 0 },
		refuse },
	[VIRGL_OPCODE_BEGIN_FRAME] = { "BEGIN_FRAME", { 0, ANY_LENGTH, 0 }, refuse },
	[VIRGL_OPCODE_DECODE_MACROBLOCK] = { "DECODE_MACROBLOCK", { 0, ANY_LENGTH, 0 }, refuse },
	[VIRGL_OPCODE_DECODE_BITSTREAM] = { "DECODE_BITSTREAM", { 0, ANY_LENGTH, 0 }, refuse },
	[VIRGL_OPCODE_ENCODE_BITSTREAM] = { "ENCODE_BITSTREAM", { 0, ANY_LENGTH, 0 }, refuse },
	[VIRGL_OPCODE_END_FRAME] = { "END_FRAME", { 0, ANY_LENGTH, 0 }, refuse },
};

const char *virgl_opcode_name(uint8_t opcode)
{
	return opcode < VIRGL_OPCODE_END ? opcodes[opcode].name : "unknown";
}

bool virgl_stream_next(
	const uint32_t *dwords, size_t n_dwords, size_t *offset, struct virgl_command *command)
{
	if (*offset >= n_dwords)
		return false;
	uint32_t header = dwords[*offset];
	uint16_t length = header >> 16;
	if (length > n_dwords - *offset - 1)
		return false;
	*command = (struct virgl_command){
		.dwords = dwords + *offset,
		.offset = *offset,
		.length = length,
		.opcode = header & 0xff,
		.object = (header >> 8) & 0xff,
	};
	*offset += 1 + (size_t)length;
	return true;
}

static const char *check_command(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	if (command->opcode >= VIRGL_OPCODE_END)
		return "unknown opcode";
	const struct opcode *opcode = &opcodes[command->opcode];
	if (!virgl_length_fits(&opcode->length, command->length))
		return "length";
	return opcode->check ? opcode->check(checker, command) : NULL;
}

bool virgl_stream_check(const uint32_t *dwords, size_t n_dwords, const struct virgl_limits *limits,
	const struct virgl_lookup *lookup, struct virgl_decode_error *error)
{
	const struct virgl_checker checker = { .limits = limits, .lookup = lookup };
	struct virgl_command command;
	size_t offset = 0;
	while (virgl_stream_next(dwords, n_dwords, &offset, &command)) {
		const char *reason = check_command(&checker, &command);
		if (!reason)
			continue;
		*error = (struct virgl_decode_error){
			.dword = command.offset,
			.opcode = command.opcode,
			.object = command.object,
			.reason = reason,
		};
		return false;
	}
	if (offset == n_dwords)
		return true;
	*error = (struct virgl_decode_error){
		.dword = offset,
		.opcode = dwords[offset] & 0xff,
		.object = (dwords[offset] >> 8) & 0xff,
		.reason = "reaches beyond the stream",
	};
	return false;
}
