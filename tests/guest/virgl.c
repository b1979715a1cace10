/* SPDX-License-Identifier: MIT */
/* Builds Virgl command streams. */
#include "virgl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLOR_BUFFERS 8
#define CLEAR_COLOR0 (1u << 2)
#define COLOR_MASK_ALL 0xfu

void virgl_stream_init(struct virgl_stream *stream)
{
	memset(stream, 0, sizeof(*stream));
}

void virgl_stream_finish(struct virgl_stream *stream)
{
	free(stream->words);
	virgl_stream_init(stream);
}

void virgl_stream_reset(struct virgl_stream *stream)
{
	stream->count = 0;
}

uint32_t virgl_stream_bytes(const struct virgl_stream *stream)
{
	return (uint32_t)(stream->count * sizeof(uint32_t));
}

void virgl_word(struct virgl_stream *stream, uint32_t word)
{
	if (stream->count == stream->capacity) {
		stream->capacity = stream->capacity ? stream->capacity * 2 : 256;
		stream->words = realloc(stream->words, stream->capacity * sizeof(uint32_t));
		assert(stream->words != NULL);
	}
	stream->words[stream->count++] = word;
}

void virgl_float(struct virgl_stream *stream, float value)
{
	uint32_t word;

	memcpy(&word, &value, sizeof(word));
	virgl_word(stream, word);
}

void virgl_bytes(struct virgl_stream *stream, const void *data, size_t size_bytes)
{
	for (size_t at = 0; at < size_bytes; at += sizeof(uint32_t)) {
		size_t left = size_bytes - at;
		uint32_t word = 0;

		memcpy(&word, (const uint8_t *)data + at,
			left < sizeof(word) ? left : sizeof(word));
		virgl_word(stream, word);
	}
}

void virgl_begin(struct virgl_stream *stream, uint32_t command, uint32_t object)
{
	stream->open = stream->count;
	virgl_word(stream, command | object << 8);
}

void virgl_end(struct virgl_stream *stream)
{
	size_t length = stream->count - stream->open - 1;

	assert(length <= UINT16_MAX);
	stream->words[stream->open] |= (uint32_t)length << 16;
}

static void one_word_command(
	struct virgl_stream *stream, uint32_t command, uint32_t object, uint32_t word)
{
	virgl_begin(stream, command, object);
	virgl_word(stream, word);
	virgl_end(stream);
}

void virgl_create_sub_context(struct virgl_stream *stream, uint32_t id)
{
	one_word_command(stream, VIRGL_COMMAND_CREATE_SUB_CONTEXT, 0, id);
}

void virgl_set_sub_context(struct virgl_stream *stream, uint32_t id)
{
	one_word_command(stream, VIRGL_COMMAND_SET_SUB_CONTEXT, 0, id);
}

void virgl_bind_object(struct virgl_stream *stream, uint32_t object, uint32_t handle)
{
	one_word_command(stream, VIRGL_COMMAND_BIND_OBJECT, object, handle);
}

void virgl_destroy_object(struct virgl_stream *stream, uint32_t object, uint32_t handle)
{
	one_word_command(stream, VIRGL_COMMAND_DESTROY_OBJECT, object, handle);
}

void virgl_create_surface(
	struct virgl_stream *stream, uint32_t handle, uint32_t resource, uint32_t format)
{
	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_SURFACE);
	virgl_word(stream, handle);
	virgl_word(stream, resource);
	virgl_word(stream, format);
	virgl_word(stream, 0); /* level */
	virgl_word(stream, 0); /* first and last layer */
	virgl_end(stream);
}

void virgl_set_framebuffer(struct virgl_stream *stream, uint32_t surface)
{
	virgl_begin(stream, VIRGL_COMMAND_SET_FRAMEBUFFER_STATE, 0);
	virgl_word(stream, 1);
	virgl_word(stream, 0); /* no depth */
	virgl_word(stream, surface);
	virgl_end(stream);
}

void virgl_clear(struct virgl_stream *stream, float r, float g, float b, float a)
{
	virgl_begin(stream, VIRGL_COMMAND_CLEAR, 0);
	virgl_word(stream, CLEAR_COLOR0);
	virgl_float(stream, r);
	virgl_float(stream, g);
	virgl_float(stream, b);
	virgl_float(stream, a);
	virgl_word(stream, 0); /* depth, a double */
	virgl_word(stream, 0);
	virgl_word(stream, 0); /* stencil */
	virgl_end(stream);
}

void virgl_create_shader(
	struct virgl_stream *stream, uint32_t handle, enum virgl_shader type, const char *tgsi)
{
	uint32_t size_bytes = (uint32_t)strlen(tgsi) + 1;

	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_SHADER);
	virgl_word(stream, handle);
	virgl_word(stream, (uint32_t)type);
	virgl_word(stream, size_bytes); /* of the whole text; no continuation follows */
	virgl_word(stream, 60);         /* tokens: room for the parser */
	virgl_word(stream, 0);          /* stream outputs */
	virgl_bytes(stream, tgsi, size_bytes);
	virgl_end(stream);
}

void virgl_bind_shader(struct virgl_stream *stream, uint32_t handle, enum virgl_shader type)
{
	virgl_begin(stream, VIRGL_COMMAND_BIND_SHADER, 0);
	virgl_word(stream, handle);
	virgl_word(stream, (uint32_t)type);
	virgl_end(stream);
}

void virgl_inline_write(struct virgl_stream *stream, uint32_t resource, uint32_t offset,
	const void *data, uint32_t size_bytes)
{
	virgl_begin(stream, VIRGL_COMMAND_RESOURCE_INLINE_WRITE, 0);
	virgl_word(stream, resource);
	virgl_word(stream, 0); /* level */
	virgl_word(stream, 0); /* usage */
	virgl_word(stream, 0); /* stride */
	virgl_word(stream, 0); /* layer stride */
	virgl_word(stream, offset);
	virgl_word(stream, 0);
	virgl_word(stream, 0);
	virgl_word(stream, size_bytes);
	virgl_word(stream, 1);
	virgl_word(stream, 1);
	virgl_bytes(stream, data, size_bytes);
	virgl_end(stream);
}

void virgl_draw(struct virgl_stream *stream, uint32_t primitive, uint32_t start, uint32_t count)
{
	virgl_begin(stream, VIRGL_COMMAND_DRAW_VBO, 0);
	virgl_word(stream, start);
	virgl_word(stream, count);
	virgl_word(stream, primitive);
	virgl_word(stream, 0); /* not indexed */
	virgl_word(stream, 1); /* instances */
	virgl_word(stream, 0); /* index bias */
	virgl_word(stream, 0); /* first instance */
	virgl_word(stream, 0); /* primitive restart, and its index */
	virgl_word(stream, 0);
	virgl_word(stream, 0); /* lowest and highest index */
	virgl_word(stream, start + count - 1);
	virgl_word(stream, 0); /* count from stream output */
	virgl_end(stream);
}

static void create_vertex_elements(struct virgl_stream *stream, uint32_t handle)
{
	const uint32_t offsets[2] = {
		offsetof(struct virgl_vertex, position),
		offsetof(struct virgl_vertex, color),
	};

	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS);
	virgl_word(stream, handle);
	for (size_t i = 0; i < 2; i++) {
		virgl_word(stream, offsets[i]);
		virgl_word(stream, 0); /* instance divisor */
		virgl_word(stream, 0); /* which buffer */
		virgl_word(stream, VIRGL_FORMAT_R32G32B32A32_FLOAT);
	}
	virgl_end(stream);
	virgl_bind_object(stream, VIRGL_OBJECT_VERTEX_ELEMENTS, handle);
}

static void create_blend(struct virgl_stream *stream, uint32_t handle)
{
	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_BLEND);
	virgl_word(stream, handle);
	virgl_word(stream, 0);
	virgl_word(stream, 0);
	for (size_t i = 0; i < MAX_COLOR_BUFFERS; i++)
		virgl_word(stream, i == 0 ? COLOR_MASK_ALL << 27 : 0);
	virgl_end(stream);
	virgl_bind_object(stream, VIRGL_OBJECT_BLEND, handle);
}

static void create_depth_stencil_alpha(struct virgl_stream *stream, uint32_t handle)
{
	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_DSA);
	virgl_word(stream, handle);
	for (size_t i = 0; i < 4; i++)
		virgl_word(stream, 0);
	virgl_end(stream);
	virgl_bind_object(stream, VIRGL_OBJECT_DSA, handle);
}

static void create_rasterizer(struct virgl_stream *stream, uint32_t handle)
{
	const uint32_t depth_clip = 1u << 1, half_pixel_center = 1u << 29, bottom_edge = 1u << 30;

	virgl_begin(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_RASTERIZER);
	virgl_word(stream, handle);
	virgl_word(stream, depth_clip | half_pixel_center | bottom_edge);
	virgl_float(stream, 1.0f); /* point size */
	virgl_word(stream, 0);
	virgl_word(stream, 0);
	virgl_float(stream, 1.0f); /* line width */
	for (size_t i = 0; i < 3; i++)
		virgl_word(stream, 0); /* offsets */
	virgl_end(stream);
	virgl_bind_object(stream, VIRGL_OBJECT_RASTERIZER, handle);
}

static void set_viewport(struct virgl_stream *stream, float width_px, float height_px)
{
	const float scale_translate[6] = {
		width_px / 2,
		height_px / 2,
		0.5f,
		width_px / 2,
		height_px / 2,
		0.5f,
	};

	virgl_begin(stream, VIRGL_COMMAND_SET_VIEWPORT_STATE, 0);
	virgl_word(stream, 0); /* first slot */
	for (size_t i = 0; i < 6; i++)
		virgl_float(stream, scale_translate[i]);
	virgl_end(stream);
}

static void set_vertex_buffer(struct virgl_stream *stream, uint32_t resource, uint32_t stride_bytes)
{
	virgl_begin(stream, VIRGL_COMMAND_SET_VERTEX_BUFFERS, 0);
	virgl_word(stream, stride_bytes);
	virgl_word(stream, 0); /* offset */
	virgl_word(stream, resource);
	virgl_end(stream);
}

void virgl_triangle_state(struct virgl_stream *stream, uint32_t first_handle,
	uint32_t vertex_resource, uint32_t width_px, uint32_t height_px)
{
	static const char vertex_shader[] = "VERT\n"
					    "DCL IN[0]\n"
					    "DCL IN[1]\n"
					    "DCL OUT[0], POSITION\n"
					    "DCL OUT[1], COLOR\n"
					    "  0: MOV OUT[1], IN[1]\n"
					    "  1: MOV OUT[0], IN[0]\n"
					    "  2: END\n";
	static const char fragment_shader[] = "FRAG\n"
					      "DCL IN[0], COLOR, LINEAR\n"
					      "DCL OUT[0], COLOR\n"
					      "  0: MOV OUT[0], IN[0]\n"
					      "  1: END\n";

	create_vertex_elements(stream, first_handle);
	set_vertex_buffer(stream, vertex_resource, sizeof(struct virgl_vertex));
	virgl_create_shader(stream, first_handle + 1, VIRGL_SHADER_VERTEX, vertex_shader);
	virgl_bind_shader(stream, first_handle + 1, VIRGL_SHADER_VERTEX);
	virgl_create_shader(stream, first_handle + 2, VIRGL_SHADER_FRAGMENT, fragment_shader);
	virgl_bind_shader(stream, first_handle + 2, VIRGL_SHADER_FRAGMENT);
	create_blend(stream, first_handle + 3);
	create_depth_stencil_alpha(stream, first_handle + 4);
	create_rasterizer(stream, first_handle + 5);
	set_viewport(stream, (float)width_px, (float)height_px);
}

/* Mesa ends a loop after 65536 turns, so there is one in the other, and many draws. */
void virgl_draw_endlessly(struct virgl_stream *stream, uint32_t first_handle,
	uint32_t vertex_resource, uint32_t width_px, uint32_t height_px)
{
	static const char shader[] = "FRAG\n"
				     "DCL IN[0], COLOR, LINEAR\n"
				     "DCL OUT[0], COLOR\n"
				     "DCL TEMP[0..1]\n"
				     "IMM[0] FLT32 { 0.5, 0.0, 0.0, 1.0 }\n"
				     "  0: MOV TEMP[0], IN[0]\n"
				     "  1: BGNLOOP\n"
				     "  2: BGNLOOP\n"
				     "  3: MAD TEMP[0], TEMP[0], IMM[0], IN[0]\n"
				     "  4: SLT TEMP[1].x, IMM[0].yyyy, -TEMP[0].xxxx\n"
				     "  5: IF TEMP[1].xxxx\n"
				     "  6: BRK\n"
				     "  7: ENDIF\n"
				     "  8: ENDLOOP\n"
				     "  9: SLT TEMP[1].x, IMM[0].yyyy, -TEMP[0].xxxx\n"
				     " 10: IF TEMP[1].xxxx\n"
				     " 11: BRK\n"
				     " 12: ENDIF\n"
				     " 13: ENDLOOP\n"
				     " 14: MOV OUT[0], TEMP[0]\n"
				     " 15: END\n";
	static const struct virgl_vertex corners[3] = {
		{ { -1, -1, 0, 1 }, { 1, 0, 0, 1 } },
		{ { 3, -1, 0, 1 }, { 1, 0, 0, 1 } },
		{ { -1, 3, 0, 1 }, { 1, 0, 0, 1 } },
	};

	virgl_triangle_state(stream, first_handle, vertex_resource, width_px, height_px);
	virgl_create_shader(
		stream, first_handle + VIRGL_TRIANGLE_HANDLES, VIRGL_SHADER_FRAGMENT, shader);
	virgl_bind_shader(stream, first_handle + VIRGL_TRIANGLE_HANDLES, VIRGL_SHADER_FRAGMENT);
	virgl_inline_write(stream, vertex_resource, 0, corners, sizeof(corners));
	for (uint32_t i = 0; i < 100; i++)
		virgl_draw(stream, VIRGL_PRIMITIVE_TRIANGLES, 0, 3);
}
