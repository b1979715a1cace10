/* SPDX-License-Identifier: MIT */
/*
 * What makes virglrenderer 0.10.4 read memory that is not its own, by names on the
 * command line; test-virgl-memory.sh lets valgrind watch. A program and no test of
 * its own: without what watches, none of this is seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/virgl.h"
#include "tests/virgl_host.h"

#define CONTEXT 1u
#define TARGET 1u
#define VERTICES 2u
#define BOUND 3u
#define TEXTURE 4u
#define SIZE_PX 16u
#define FIRST_HANDLE 100u
#define SHADER 200u
#define SURFACE 201u
#define OBJECT 202u
#define VIEW 203u

#define SET_UNIFORM_BUFFER 27u
#define SET_SHADER_BUFFERS 34u
#define SET_SHADER_IMAGES 35u
#define SET_ATOMIC_BUFFERS 40u
#define SET_SAMPLER_VIEWS 10u
#define BIND_SAMPLER_STATES 18u
#define SET_CONSTANT_BUFFER 12u
#define OBJECT_SAMPLER_VIEW 6u
#define OBJECT_SAMPLER_STATE 7u
#define BIND_CONSTANT_BUFFER (1u << 6)
#define BIND_SHADER_BUFFER (1u << 14)
#define FORMAT_R8G8B8A8 67u
#define RESPONSE_OK 0x1100u

static void expect_ok(uint32_t response, const char *what)
{
	if (response == RESPONSE_OK)
		return;
	fprintf(stderr, "%s: response %#x\n", what, response);
	exit(2);
}

static void command(struct virgl_stream *stream, uint32_t opcode, uint32_t object,
	const uint32_t *words, size_t count)
{
	virgl_begin(stream, opcode, object);
	for (size_t i = 0; i < count; i++)
		virgl_word(stream, words[i]);
	virgl_end(stream);
}

#define COMMAND(stream, opcode, object, ...)                                                       \
	command(stream, opcode, object, (const uint32_t[]){ __VA_ARGS__ },                         \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void submit(struct virgl_stream *stream, const char *what)
{
	expect_ok(host_submit(CONTEXT, stream->words, stream->count), what);
	virgl_stream_reset(stream);
}

/* All that a draw with this fragment shader needs. */
static void put_state(struct virgl_stream *stream, const char *fragment_shader)
{
	virgl_create_surface(stream, SURFACE, TARGET, FORMAT_R8G8B8A8);
	virgl_set_framebuffer(stream, SURFACE);
	virgl_triangle_state(stream, FIRST_HANDLE, VERTICES, SIZE_PX, SIZE_PX);
	virgl_create_shader(stream, SHADER, VIRGL_SHADER_FRAGMENT, fragment_shader);
	virgl_bind_shader(stream, SHADER, VIRGL_SHADER_FRAGMENT);
}

static void put_draw(struct virgl_stream *stream)
{
	virgl_draw(stream, VIRGL_PRIMITIVE_TRIANGLES, 0, 3);
}

/* Bound, gone, and then drawn from. */
static void draw_without(struct virgl_stream *stream)
{
	submit(stream, "bind");
	expect_ok(host_unref(BOUND), "unref");
	put_draw(stream);
	submit(stream, "draw");
}

static void case_uniform_buffer(struct virgl_stream *stream)
{
	expect_ok(host_create_buffer(CONTEXT, BOUND, BIND_CONSTANT_BUFFER, 256), "buffer");
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\nDCL CONST[1][0..3]\n"
			  "  0: MOV OUT[0], CONST[1][0]\n  1: END\n");
	COMMAND(stream, SET_UNIFORM_BUFFER, 0, 1, 1, 0, 64, BOUND);
	draw_without(stream);
}

static void case_shader_buffer(struct virgl_stream *stream)
{
	expect_ok(host_create_buffer(CONTEXT, BOUND, BIND_SHADER_BUFFER, 256), "buffer");
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\nDCL BUFFER[0]\nIMM[0] UINT32 {0, 0, 0, 0}\n"
			  "  0: LOAD OUT[0], BUFFER[0], IMM[0].xxxx\n  1: END\n");
	COMMAND(stream, SET_SHADER_BUFFERS, 0, 1, 0, 0, 64, BOUND);
	draw_without(stream);
}

static void case_shader_image(struct virgl_stream *stream)
{
	expect_ok(host_create_texture(CONTEXT, BOUND, VIRGL_BIND_SAMPLER_VIEW, SIZE_PX), "image");
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\n"
			  "DCL IMAGE[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM, WR\n"
			  "DCL TEMP[0]\nIMM[0] INT32 {0, 0, 0, 0}\n"
			  "  0: LOAD TEMP[0], IMAGE[0], IMM[0], 2D, PIPE_FORMAT_R8G8B8A8_UNORM\n"
			  "  1: MOV OUT[0], TEMP[0]\n  2: END\n");
	COMMAND(stream, SET_SHADER_IMAGES, 0, 1, 0, FORMAT_R8G8B8A8, 3, 0, 0, BOUND);
	draw_without(stream);
}

static void case_atomic_buffer(struct virgl_stream *stream)
{
	expect_ok(host_create_buffer(CONTEXT, BOUND, BIND_SHADER_BUFFER, 256), "buffer");
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {0x3f800000, 0x00000000, "
			  "0x00000000, 0x00000000}\n  0: MOV OUT[0], IMM[0]\n  1: END\n");
	COMMAND(stream, SET_ATOMIC_BUFFERS, 0, 0, 0, 64, BOUND);
	draw_without(stream);
}

static void case_sampler_state(struct virgl_stream *stream)
{
	expect_ok(
		host_create_texture(CONTEXT, TEXTURE, VIRGL_BIND_SAMPLER_VIEW, SIZE_PX), "texture");
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\nDCL SAMP[0]\nDCL SVIEW[0], 2D, FLOAT\n"
			  "IMM[0] FLT32 {0x00000000, 0x00000000, 0x00000000, 0x00000000}\n"
			  "  0: TEX OUT[0], IMM[0], SAMP[0], 2D\n  1: END\n");
	COMMAND(stream, VIRGL_COMMAND_CREATE_OBJECT, OBJECT_SAMPLER_VIEW, VIEW, TEXTURE,
		FORMAT_R8G8B8A8 | VIRGL_TARGET_2D << 24, 0, 0, 0 | 1 << 3 | 2 << 6 | 3 << 9);
	COMMAND(stream, SET_SAMPLER_VIEWS, 0, 1, 0, VIEW);
	COMMAND(stream, VIRGL_COMMAND_CREATE_OBJECT, OBJECT_SAMPLER_STATE, OBJECT, 0, 0, 0, 0, 0, 0,
		0, 0);
	COMMAND(stream, BIND_SAMPLER_STATES, 0, 1, 0, OBJECT);
	virgl_destroy_object(stream, OBJECT_SAMPLER_STATE, OBJECT);
	put_draw(stream);
	submit(stream, "draw");
}

static void case_depth_state(struct virgl_stream *stream)
{
	put_state(stream, "FRAG\nDCL OUT[0], COLOR\nIMM[0] FLT32 {0x3f800000, 0x00000000, "
			  "0x00000000, 0x00000000}\n  0: MOV OUT[0], IMM[0]\n  1: END\n");
	COMMAND(stream, VIRGL_COMMAND_CREATE_OBJECT, VIRGL_OBJECT_DSA, OBJECT, 0, 0, 0, 0);
	virgl_bind_object(stream, VIRGL_OBJECT_DSA, OBJECT);
	virgl_destroy_object(stream, VIRGL_OBJECT_DSA, OBJECT);
	put_draw(stream);
	submit(stream, "draw");
}

/* One vector where the shader has 4096; in the first sub-context and in another. */
static void case_constants(struct virgl_stream *stream)
{
	for (uint32_t sub_context = 0; sub_context < 2; sub_context++) {
		if (sub_context)
			virgl_create_sub_context(stream, sub_context);
		virgl_set_sub_context(stream, sub_context);
		put_state(stream, "FRAG\nDCL OUT[0], COLOR\nDCL CONST[0..4095]\n"
				  "  0: MOV OUT[0], CONST[4095]\n  1: END\n");
		COMMAND(stream, SET_CONSTANT_BUFFER, 0, 1, 0, 0, 0, 0, 0);
		put_draw(stream);
	}
	submit(stream, "draw");
}

static const struct {
	const char *name;
	void (*run)(struct virgl_stream *stream);
} cases[] = {
	{ "uniform-buffer", case_uniform_buffer },
	{ "shader-buffer", case_shader_buffer },
	{ "shader-image", case_shader_image },
	{ "atomic-buffer", case_atomic_buffer },
	{ "sampler-state", case_sampler_state },
	{ "depth-state", case_depth_state },
	{ "constants", case_constants },
};

static void run(void (*body)(struct virgl_stream *stream))
{
	const struct virgl_vertex vertices[3] = { { { -1, -1, 0, 1 }, { 1, 0, 0, 1 } },
		{ { 3, -1, 0, 1 }, { 1, 0, 0, 1 } }, { { -1, 3, 0, 1 }, { 1, 0, 0, 1 } } };
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	expect_ok(host_create_context(CONTEXT), "context");
	expect_ok(
		host_create_texture(CONTEXT, TARGET, VIRGL_BIND_RENDER_TARGET, SIZE_PX), "target");
	expect_ok(host_create_buffer(CONTEXT, VERTICES, VIRGL_BIND_VERTEX_BUFFER, sizeof(vertices)),
		"vertices");
	virgl_inline_write(&stream, VERTICES, 0, vertices, sizeof(vertices));
	submit(&stream, "vertices");
	body(&stream);
	virgl_stream_finish(&stream);
	expect_ok(host_destroy_context(CONTEXT), "end");
	for (uint32_t id = TARGET; id <= TEXTURE; id++)
		host_unref(id);
}

int main(int argc, char **argv)
{
	host_start();
	for (int i = 1; i < argc; i++)
		for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
			if (strcmp(argv[i], cases[k].name) == 0)
				run(cases[k].run);
	host_finish();
	return 0;
}
