/* SPDX-License-Identifier: MIT */
#ifndef GUEST_VIRGL_H
#define GUEST_VIRGL_H

/*
 * Builds Virgl command streams for SUBMIT_3D: enough to clear a render target
 * and to draw triangles with TGSI shaders. Written from virglrenderer's
 * virgl_protocol.h. A command is a word of opcode, object type and length in
 * words, then that many words.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum virgl_command {
	VIRGL_COMMAND_NOP = 0,
	VIRGL_COMMAND_CREATE_OBJECT = 1,
	VIRGL_COMMAND_BIND_OBJECT = 2,
	VIRGL_COMMAND_DESTROY_OBJECT = 3,
	VIRGL_COMMAND_SET_VIEWPORT_STATE = 4,
	VIRGL_COMMAND_SET_FRAMEBUFFER_STATE = 5,
	VIRGL_COMMAND_SET_VERTEX_BUFFERS = 6,
	VIRGL_COMMAND_CLEAR = 7,
	VIRGL_COMMAND_DRAW_VBO = 8,
	VIRGL_COMMAND_RESOURCE_INLINE_WRITE = 9,
	VIRGL_COMMAND_SET_SUB_CONTEXT = 28,
	VIRGL_COMMAND_CREATE_SUB_CONTEXT = 29,
	VIRGL_COMMAND_DESTROY_SUB_CONTEXT = 30,
	VIRGL_COMMAND_BIND_SHADER = 31,
};

enum virgl_object {
	VIRGL_OBJECT_NONE = 0,
	VIRGL_OBJECT_BLEND = 1,
	VIRGL_OBJECT_RASTERIZER = 2,
	VIRGL_OBJECT_DSA = 3,
	VIRGL_OBJECT_SHADER = 4,
	VIRGL_OBJECT_VERTEX_ELEMENTS = 5,
	VIRGL_OBJECT_SURFACE = 8,
};

enum virgl_shader {
	VIRGL_SHADER_VERTEX = 0,
	VIRGL_SHADER_FRAGMENT = 1,
};

#define VIRGL_TARGET_BUFFER 0u
#define VIRGL_TARGET_2D 2u
#define VIRGL_BIND_RENDER_TARGET (1u << 1)
#define VIRGL_BIND_DISPLAY_TARGET (1u << 7)
#define VIRGL_BIND_SAMPLER_VIEW (1u << 3)
#define VIRGL_BIND_VERTEX_BUFFER (1u << 4)
#define VIRGL_BIND_SCANOUT (1u << 18)
#define VIRGL_FORMAT_B8G8R8A8 1u
#define VIRGL_FORMAT_B8G8R8X8 2u
#define VIRGL_FORMAT_R32G32B32A32_FLOAT 31u
#define VIRGL_FORMAT_R8 64u
#define VIRGL_PRIMITIVE_TRIANGLES 4u

struct virgl_stream {
	uint32_t *words;
	size_t count, capacity;
	size_t open; /* where the command begins that is being written */
};

void virgl_stream_init(struct virgl_stream *stream);
void virgl_stream_finish(struct virgl_stream *stream);
void virgl_stream_reset(struct virgl_stream *stream);
uint32_t virgl_stream_bytes(const struct virgl_stream *stream);

/* begin, any words, end: the length comes out right. For all that has no function below. */
void virgl_begin(struct virgl_stream *stream, uint32_t command, uint32_t object);
void virgl_word(struct virgl_stream *stream, uint32_t word);
void virgl_float(struct virgl_stream *stream, float value);
void virgl_bytes(struct virgl_stream *stream, const void *data, size_t size_bytes);
void virgl_end(struct virgl_stream *stream);

void virgl_create_sub_context(struct virgl_stream *stream, uint32_t id);
void virgl_set_sub_context(struct virgl_stream *stream, uint32_t id);
void virgl_bind_object(struct virgl_stream *stream, uint32_t object, uint32_t handle);
void virgl_destroy_object(struct virgl_stream *stream, uint32_t object, uint32_t handle);

void virgl_create_surface(
	struct virgl_stream *stream, uint32_t handle, uint32_t resource, uint32_t format);
void virgl_set_framebuffer(struct virgl_stream *stream, uint32_t surface);
void virgl_clear(struct virgl_stream *stream, float r, float g, float b, float a);

void virgl_create_shader(
	struct virgl_stream *stream, uint32_t handle, enum virgl_shader type, const char *tgsi);
void virgl_bind_shader(struct virgl_stream *stream, uint32_t handle, enum virgl_shader type);
void virgl_inline_write(struct virgl_stream *stream, uint32_t resource, uint32_t offset,
	const void *data, uint32_t size_bytes);
void virgl_draw(struct virgl_stream *stream, uint32_t primitive, uint32_t start, uint32_t count);

struct virgl_vertex {
	float position[4];
	float color[4];
};

/*
 * All state that a triangle needs, with object handles from first_handle on
 * (VIRGL_TRIANGLE_HANDLES of them), for a framebuffer of that size and vertices
 * in vertex_resource. Then virgl_inline_write() and virgl_draw().
 */
#define VIRGL_TRIANGLE_HANDLES 6
void virgl_triangle_state(struct virgl_stream *stream, uint32_t first_handle,
	uint32_t vertex_resource, uint32_t width_px, uint32_t height_px);

/*
 * The same, and triangles that no renderer is ever done with: their fragments are looked
 * for in a loop. vertex_resource has VIRGL_ENDLESS_BYTES.
 */
#define VIRGL_ENDLESS_HANDLES (VIRGL_TRIANGLE_HANDLES + 1)
#define VIRGL_ENDLESS_BYTES (3 * sizeof(struct virgl_vertex))
void virgl_draw_endlessly(struct virgl_stream *stream, uint32_t first_handle,
	uint32_t vertex_resource, uint32_t width_px, uint32_t height_px);

#endif
