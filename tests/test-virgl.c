/* SPDX-License-Identifier: MIT */
/* The Virgl decoder: examples of what it takes and refuses, captures, and bent streams. */

#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "protocol/virgl.h"
#include "protocol/virgl_format.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum {
	TEXTURE = 1,
	VERTICES,
	QUERY,
	VOLUME,
	CUBE,
	LAYERS,
	ROWS,
	BLOCKS,
	STAGING,
	SAMPLES,
	SMALL_QUERY,
	INDICES,
	OWN_MEMORY,
	CUBES,
	WIDE_BUFFER,
	SPLIT_INFO,
	INFO,
	BARE_STAGING,
	DEPTH,
	RESOURCES,
};

#define DXT1_RGB 105
#define RGBA VIRGL_FORMAT_R8G8B8A8_UNORM
#define BYTES VIRGL_FORMAT_R8_UNORM

static const struct virgl_resource resources[RESOURCES] = {
	[TEXTURE] = { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_RENDER_TARGET, 64,
		32, 1, 1, 2, 0, 0, 16384, 4096 },
	[VERTICES] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_VERTEX_BUFFER, 4096, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[QUERY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 16, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[VOLUME] = { VIRGL_TARGET_3D, RGBA, VIRGL_BIND_SAMPLER_VIEW, 16, 16, 16, 1, 2, 0, 0, 65536,
		4096 },
	[CUBE] = { VIRGL_TARGET_CUBE, RGBA, VIRGL_BIND_SAMPLER_VIEW, 32, 32, 1, 6, 0, 0, 0, 65536,
		4096 },
	[LAYERS] = { VIRGL_TARGET_2D_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 16, 16, 1, 5, 0, 0, 0,
		65536, 4096 },
	[ROWS] = { VIRGL_TARGET_1D_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 64, 1, 1, 4, 0, 0, 0, 4096,
		4096 },
	[BLOCKS] = { VIRGL_TARGET_2D, DXT1_RGB, VIRGL_BIND_SAMPLER_VIEW, 20, 12, 1, 1, 2, 0, 0,
		4096, 4096 },
	[STAGING] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_STAGING, 1 << 20, 1, 1, 1, 0, 0, 0,
		1 << 20, 4096 },
	[SAMPLES] = { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_RENDER_TARGET, 64, 64, 1, 1, 0, 4, 0, 0,
		0 },
	[SMALL_QUERY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 8, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[INDICES] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_INDEX_BUFFER, 64, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[OWN_MEMORY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 32, 1, 1, 1, 0, 0, 0, 0,
		0 },
	[CUBES] = { VIRGL_TARGET_CUBE_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 8, 8, 1, 12, 0, 0, 0,
		65536, 4096 },
	[WIDE_BUFFER] = { VIRGL_TARGET_BUFFER, RGBA, VIRGL_BIND_VERTEX_BUFFER, 64, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[SPLIT_INFO] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 24, 1, 1, 1, 0, 0, 0, 4096,
		16 },
	[INFO] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 24, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[BARE_STAGING] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_STAGING, 4096, 1, 1, 1, 0, 0, 0,
		0, 0 },
	[DEPTH] = { VIRGL_TARGET_2D, 20, VIRGL_BIND_DEPTH_STENCIL, 64, 64, 1, 1, 0, 0, 0, 16384,
		4096 },
};

static const struct virgl_resource *find_example(void *data, uint32_t id)
{
	(void)data;
	return id > 0 && id < RESOURCES ? &resources[id] : NULL;
}

static const struct virgl_lookup lookup = { find_example, NULL };

/* One command: right or not, opcode, object, its dwords. */
struct example {
	bool right;
	uint8_t opcode, object;
	uint16_t length;
	uint32_t dwords[48];
	int line;
};

#define EXAMPLE(right, opcode, object, ...)                                                        \
	{ right, VIRGL_OPCODE_##opcode, VIRGL_OBJECT_##object,                                      \
		sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, { __VA_ARGS__ }, __LINE__ }
#define TAKEN(opcode, ...) EXAMPLE(true, opcode, NULL, __VA_ARGS__)
#define REFUSED(opcode, ...) EXAMPLE(false, opcode, NULL, __VA_ARGS__)
#define CREATED(object, ...) EXAMPLE(true, CREATE_OBJECT, object, 77, __VA_ARGS__)
#define NOT_CREATED(object, ...) EXAMPLE(false, CREATE_OBJECT, object, 77, __VA_ARGS__)

#define ZERO4 0, 0, 0, 0
#define ZERO16 ZERO4, ZERO4, ZERO4, ZERO4
#define ADD_BLEND(src, dst) (1 | (src) << 4 | (dst) << 9 | (src) << 17 | (dst) << 22 | 0xfu << 27)
#define HUGE_NUMBER 0xffffffffu
#define TEXT(a, b, c, d) ((a) | (b) << 8 | (c) << 16 | (uint32_t)(d) << 24)
#define VIEW_2D (RGBA | VIRGL_TARGET_2D << 24)

static const struct example examples[] = {
	{ true, VIRGL_OPCODE_NOP, 0, 0, { 0 }, __LINE__ },
	TAKEN(NOP, 1, 2, 3),

	/* objects */
	CREATED(BLEND, 0, 0, ADD_BLEND(3u, 0x13u), ZERO4, 0, 0, 0),
	CREATED(BLEND, 1, 0, 0, 0, ADD_BLEND(1u, 0x11u), ZERO4, 0),
	CREATED(BLEND, 0, 0, 0xcu << 17, ZERO4, 0, 0, 0), /* an advanced equation */
	CREATED(BLEND, 0, 0, 0, 0x1f, ZERO4, 0, 0),	  /* not used: not independent */
	NOT_CREATED(BLEND, 0, 0, ADD_BLEND(0u, 0x11u), ZERO4, 0, 0, 0),
	NOT_CREATED(BLEND, 0, 0, ADD_BLEND(1u, 0x16u), ZERO4, 0, 0, 0),
	NOT_CREATED(BLEND, 0, 0, ADD_BLEND(1u, 1u) | 5 << 1, ZERO4, 0, 0, 0),
	NOT_CREATED(BLEND, 1, 0, 0, ADD_BLEND(31u, 1u), ZERO4, 0, 0),
	NOT_CREATED(BLEND, 0, 0, 0, ZERO4, 0, 0),
	CREATED(RASTERIZER, 1 << 10 | 2 << 12, 0, 0, 0, ZERO4),
	NOT_CREATED(RASTERIZER, 3 << 10, 0, 0, 0, ZERO4),
	NOT_CREATED(RASTERIZER, 3 << 12, 0, 0, 0, ZERO4),
	CREATED(DSA, ZERO4),
	NOT_CREATED(DSA, ZERO4, 0),
	CREATED(VERTEX_ELEMENTS, 0, 0, 0, 31, 16, 1, 31, 28),
	EXAMPLE(true, CREATE_OBJECT, VERTEX_ELEMENTS, 5),
	NOT_CREATED(VERTEX_ELEMENTS, 0, 0, 32, 31),
	NOT_CREATED(VERTEX_ELEMENTS, 0, 0, 0, 0),
	NOT_CREATED(VERTEX_ELEMENTS, 0, 0, 0, 78),
	NOT_CREATED(VERTEX_ELEMENTS, 0, 0, 0, HUGE_NUMBER),
	CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 0, 2 << 8, 01234),
	CREATED(SAMPLER_VIEW, TEXTURE, RGBA, 0, 1 | 1 << 8, 05555),
	CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 1, 0, 01234), /* a plane */
	CREATED(SAMPLER_VIEW, VERTICES, 28, 0, 1023, 01234),
	CREATED(SAMPLER_VIEW, VOLUME, RGBA | VIRGL_TARGET_3D << 24, 15 << 16, 2 << 8, 01234),
	CREATED(SAMPLER_VIEW, CUBE, RGBA | VIRGL_TARGET_CUBE << 24, 5 << 16, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, 99, VIEW_2D, 0, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, 0, VIEW_2D, 0, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, 9 << 24 | RGBA, 0, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, 0, 0, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, 0xffffff, 0, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 0, 3 << 8, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 0, 2 | 1 << 8, 01234),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 0, 0, 01236),
	NOT_CREATED(SAMPLER_VIEW, TEXTURE, VIEW_2D, 1 << 16, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, LAYERS, RGBA, 3 | 2 << 16, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, LAYERS, RGBA, 5 << 16, 0, 01234),
	NOT_CREATED(SAMPLER_VIEW, QUERY, BYTES, 0, 15, 01234),
	CREATED(SAMPLER_STATE, 2 << 11 | 1 << 9 | 1 << 13, ZERO4, 0, 0, 0),
	NOT_CREATED(SAMPLER_STATE, 3 << 11, ZERO4, 0, 0, 0),
	NOT_CREATED(SAMPLER_STATE, 2 << 9, ZERO4, 0, 0, 0),
	NOT_CREATED(SAMPLER_STATE, 2 << 13, ZERO4, 0, 0, 0),
	CREATED(SURFACE, TEXTURE, RGBA, 2, 0),
	CREATED(SURFACE, CUBE, RGBA, 0, 5 | 5 << 16),
	CREATED(SURFACE, VOLUME, RGBA, 2, 3 << 16),
	NOT_CREATED(SURFACE, TEXTURE, RGBA, 3, 0),
	NOT_CREATED(SURFACE, TEXTURE, RGBA, HUGE_NUMBER, 0),
	NOT_CREATED(SURFACE, TEXTURE, 0, 0, 0),
	NOT_CREATED(SURFACE, TEXTURE, RGBA, 0, 1 << 16),
	NOT_CREATED(SURFACE, CUBE, RGBA, 0, 1),
	NOT_CREATED(SURFACE, CUBE, RGBA, 0, 6 << 16),
	NOT_CREATED(SURFACE, VOLUME, RGBA, 2, 4 << 16),
	NOT_CREATED(SURFACE, VERTICES, BYTES, 0, 0),
	NOT_CREATED(SURFACE, 99, RGBA, 0, 0),
	CREATED(MSAA_SURFACE, TEXTURE, RGBA, 0, 0, 4),
	NOT_CREATED(MSAA_SURFACE, TEXTURE, RGBA, 0, 0, 64),
	CREATED(QUERY, 0, 0, QUERY),
	CREATED(QUERY, 5 | 3 << 16, 0, OWN_MEMORY),
	CREATED(QUERY, 10 | 10 << 16, 0, QUERY),
	NOT_CREATED(QUERY, 13, 0, QUERY),
	NOT_CREATED(QUERY, 5 | 4 << 16, 0, QUERY),
	NOT_CREATED(QUERY, 0, 0, SMALL_QUERY),
	NOT_CREATED(QUERY, 0, 0, VERTICES),
	NOT_CREATED(QUERY, 0, 0, TEXTURE),
	NOT_CREATED(QUERY, 0, 0, 99),
	CREATED(STREAMOUT_TARGET, VERTICES, 1024, 3072),
	NOT_CREATED(STREAMOUT_TARGET, VERTICES, 1024, 3073),
	NOT_CREATED(STREAMOUT_TARGET, VERTICES, HUGE_NUMBER, 2),
	NOT_CREATED(STREAMOUT_TARGET, QUERY, 0, 16),
	NOT_CREATED(STREAMOUT_TARGET, TEXTURE, 0, 16),
	EXAMPLE(false, CREATE_OBJECT, NULL, 1, 2),
	{ false, VIRGL_OPCODE_CREATE_OBJECT, VIRGL_OBJECT_END, 5, { 1, 2, 3, 4, 5 }, __LINE__ },
	EXAMPLE(false, CREATE_OBJECT, DSA, 0, ZERO4), /* id 0 */
	EXAMPLE(true, BIND_OBJECT, BLEND, 1),
	EXAMPLE(true, BIND_OBJECT, VERTEX_ELEMENTS, 0),
	EXAMPLE(false, BIND_OBJECT, SURFACE, 1),
	EXAMPLE(false, BIND_OBJECT, NULL, 1),
	EXAMPLE(true, DESTROY_OBJECT, SHADER, 1),
	EXAMPLE(true, DESTROY_OBJECT, MSAA_SURFACE, 1),
	EXAMPLE(false, DESTROY_OBJECT, NULL, 1),
	{ false, VIRGL_OPCODE_DESTROY_OBJECT, 200, 1, { 1 }, __LINE__ },

	/* shaders: handle, stage, bytes, tokens, outputs, text */
	CREATED(SHADER, 1, 8, 5, 0, TEXT('F', 'R', 'A', 'G'), TEXT('\n', 0, 0, 0)),
	CREATED(SHADER, 0, 7, 5, 0, TEXT('V', 'E', 'R', 'T'), TEXT('\n', 'E', 0, 0xff)),
	CREATED(SHADER, 5, 8, 5, 999999, TEXT('C', 'O', 'M', 'P'), TEXT('\n', 0, 0, 0)),
	CREATED(SHADER, 1, 1000, 5, 0, TEXT('F', 'R', 'A', 'G')),
	CREATED(SHADER, 1, 4 | 1u << 31, 5, 0, TEXT('\n', 'E', 'N', 'D')),
	/* one output of four dwords in buffer 0, one in buffer 3 */
	CREATED(SHADER, 0, 4, 5, 2, 4, 0, 0, 8, 4 << 10, 0, 1 | 4 << 10 | 3 << 13 | 4u << 16, 1,
		TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 6, 8, 5, 0, TEXT('F', 'R', 'A', 'G'), TEXT('\n', 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 8, 5, 0, TEXT('F', 'R', 'A', 'G'), TEXT('\n', 'a', 'b', 'c')),
	NOT_CREATED(SHADER, 1, 8, 5, 0, TEXT('F', 'R', 0x80, 'G'), TEXT('\n', 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 8, 5, 0, TEXT('F', 'R', 'A', 'G'), TEXT(0x80, 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 4, 5, 0, TEXT('F', 'R', 'A', 'G'), TEXT('\n', 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 8, 100000, 0, TEXT('F', 'R', 'A', 'G'), TEXT('\n', 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 8, HUGE_NUMBER, 0, TEXT('F', 'R', 'A', 'G'), TEXT(0, 0, 0, 0)),
	NOT_CREATED(SHADER, 1, 0x7fffffff, 5, 0, TEXT('F', 'R', 'A', 'G')),
	NOT_CREATED(SHADER, 1, 6 | 1u << 31, 5, 0, TEXT('\n', 'E', 'N', 'D')),
	NOT_CREATED(SHADER, 1, 1u << 31, 5, 0, TEXT('\n', 'E', 'N', 'D')),
	NOT_CREATED(SHADER, 1, HUGE_NUMBER, 5, 0, TEXT('\n', 'E', 'N', 'D')),
	NOT_CREATED(SHADER, 1, 4 | 1u << 31, HUGE_NUMBER, 0, TEXT('\n', 'E', 'N', 'D')),
	NOT_CREATED(SHADER, 1, 0, 5, 0),
	NOT_CREATED(SHADER, 0, 4, 5, 1, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 65, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, HUGE_NUMBER, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 5 << 10, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 0, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 1 << 8 | 4 << 10, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 4 << 10 | 4 << 13, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 64 | 4 << 10, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, ZERO4, 4 << 10 | 1000u << 16, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, 1000, 0, 0, 0, 4 << 10, 0, TEXT('V', 0, 0, 0)),
	NOT_CREATED(SHADER, 0, 4, 5, 1, HUGE_NUMBER, 0, 0, 0, 4 << 10, 0, TEXT('V', 0, 0, 0)),
	TAKEN(BIND_SHADER, 1, 5),
	REFUSED(BIND_SHADER, 1, 6),
	TAKEN(LINK_SHADER, 1, 2, ZERO4),
	REFUSED(LINK_SHADER, 1, 2, ZERO4, 0),

	/* slots */
	TAKEN(SET_VIEWPORT_STATE, 0, ZERO4, 0, 0),
	TAKEN(SET_VIEWPORT_STATE, 15, ZERO4, 0, 0),
	REFUSED(SET_VIEWPORT_STATE, 16, ZERO4, 0, 0),
	REFUSED(SET_VIEWPORT_STATE, 15, ZERO4, ZERO4, ZERO4),
	REFUSED(SET_VIEWPORT_STATE, HUGE_NUMBER, ZERO4, 0, 0),
	REFUSED(SET_VIEWPORT_STATE, 0, ZERO4, 0),
	TAKEN(SET_SCISSOR_STATE, 15, 0, 0),
	REFUSED(SET_SCISSOR_STATE, 16, 0, 0),
	REFUSED(SET_SCISSOR_STATE, HUGE_NUMBER, 0, 0),
	TAKEN(SET_FRAMEBUFFER_STATE, 2, 0, 7, 0),
	TAKEN(SET_FRAMEBUFFER_STATE, 0, 5),
	REFUSED(SET_FRAMEBUFFER_STATE, 1, 0),
	REFUSED(SET_FRAMEBUFFER_STATE, 9, 0, ZERO4, ZERO4, 0),
	TAKEN(SET_FRAMEBUFFER_STATE_NO_ATTACH, 0x00400040, 1),
	REFUSED(SET_FRAMEBUFFER_STATE_NO_ATTACH, 0x00400040),
	{ true, VIRGL_OPCODE_SET_VERTEX_BUFFERS, 0, 0, { 0 }, __LINE__ },
	TAKEN(SET_VERTEX_BUFFERS, 16, 0, VERTICES, 0, 0, 0, 4, 100000, INDICES),
	REFUSED(SET_VERTEX_BUFFERS, 16, 0, 99),
	REFUSED(SET_VERTEX_BUFFERS, 16, 0, TEXTURE),
	REFUSED(SET_VERTEX_BUFFERS, 16, 0, QUERY),
	REFUSED(SET_VERTEX_BUFFERS, 16, 0, STAGING),
	REFUSED(SET_VERTEX_BUFFERS, 16, 0),
	TAKEN(SET_INDEX_BUFFER, 0),
	TAKEN(SET_INDEX_BUFFER, INDICES, 2, 8),
	REFUSED(SET_INDEX_BUFFER, INDICES, 3, 8),
	REFUSED(SET_INDEX_BUFFER, INDICES),
	REFUSED(SET_INDEX_BUFFER, STAGING, 2, 8),
	REFUSED(SET_INDEX_BUFFER, 99, 2, 8),
	TAKEN(SET_SAMPLER_VIEWS, 1, 30, 5, 0),
	TAKEN(SET_SAMPLER_VIEWS, 5, 32),
	REFUSED(SET_SAMPLER_VIEWS, 6, 0, 5),
	REFUSED(SET_SAMPLER_VIEWS, 1, 31, 5, 0),
	REFUSED(SET_SAMPLER_VIEWS, 1, HUGE_NUMBER, 5),
	TAKEN(BIND_SAMPLER_STATES, 0, 31, 5),
	REFUSED(BIND_SAMPLER_STATES, 0, 32, 5),
	REFUSED(BIND_SAMPLER_STATES, HUGE_NUMBER, 0, 5),
	TAKEN(SET_CONSTANT_BUFFER, 4, 0, 1, 2, 3, 4),
	TAKEN(SET_CONSTANT_BUFFER, 4, 31),
	REFUSED(SET_CONSTANT_BUFFER, 6, 0, 1, 2, 3, 4),
	TAKEN(SET_UNIFORM_BUFFER, 0, 31, 256, 3840, VERTICES),
	TAKEN(SET_UNIFORM_BUFFER, 0, 1, 0, 0, 0),
	REFUSED(SET_UNIFORM_BUFFER, 6, 1, 0, 16, VERTICES),
	REFUSED(SET_UNIFORM_BUFFER, 0, 32, 0, 16, VERTICES),
	REFUSED(SET_UNIFORM_BUFFER, 0, 1, 256, 3841, VERTICES),
	REFUSED(SET_UNIFORM_BUFFER, 0, 1, HUGE_NUMBER, 16, VERTICES),
	REFUSED(SET_UNIFORM_BUFFER, 0, 1, 0, 16, QUERY),
	REFUSED(SET_UNIFORM_BUFFER, 0, 1, 0, 16, CUBE),
	TAKEN(SET_SHADER_BUFFERS, 5, 31, 0, 4096, VERTICES),
	TAKEN(SET_SHADER_BUFFERS, 5, 0, 0, 0, 0, 16, 16, INDICES),
	TAKEN(SET_SHADER_BUFFERS, 5, 0),
	REFUSED(SET_SHADER_BUFFERS, 5, 32, 0, 4096, VERTICES),
	REFUSED(SET_SHADER_BUFFERS, 7, 0, 0, 4096, VERTICES),
	REFUSED(SET_SHADER_BUFFERS, 5, 0, 1, 4096, VERTICES),
	REFUSED(SET_SHADER_BUFFERS, 5, 0, 0, 16, 99),
	REFUSED(SET_SHADER_BUFFERS, 5, 0, 0, 16),
	TAKEN(SET_ATOMIC_BUFFERS, 31, 0, 16, VERTICES),
	TAKEN(SET_ATOMIC_BUFFERS, 0, 0, 0, 0),
	REFUSED(SET_ATOMIC_BUFFERS, 32, 0, 16, VERTICES),
	REFUSED(SET_ATOMIC_BUFFERS, 0, 4096, 1, VERTICES),
	TAKEN(SET_SHADER_IMAGES, 1, 31, RGBA, 3, 0, 0xabcdef00, TEXTURE),
	TAKEN(SET_SHADER_IMAGES, 1, 0, ZERO4, 0, 28, 1, 16, 48, INDICES),
	TAKEN(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 7 << 16, 1, VOLUME),
	REFUSED(SET_SHADER_IMAGES, 1, 32, RGBA, 3, 0, 0, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 6, 0, RGBA, 3, 0, 0, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 1, 0, 0, 3, 0, 0, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 1, 0, HUGE_NUMBER, 3, 0, 0, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 0, 3, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 1 << 16, 0, TEXTURE),
	REFUSED(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 1, 0, LAYERS),
	REFUSED(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 8 << 16, 1, VOLUME),
	REFUSED(SET_SHADER_IMAGES, 1, 0, 28, 1, 16, 49, INDICES),
	REFUSED(SET_SHADER_IMAGES, 1, 0, BYTES, 1, 0, 16, QUERY),
	REFUSED(SET_SHADER_IMAGES, 1, 0, RGBA, 3, 0, 0, 99),
	TAKEN(SET_STREAMOUT_TARGETS, 0, 1, 2, 3, 4),
	TAKEN(SET_STREAMOUT_TARGETS, 0),
	REFUSED(SET_STREAMOUT_TARGETS, 0, 1, 2, 3, 4, 5),

	/* plain state */
	TAKEN(SET_STENCIL_REF, 1),
	REFUSED(SET_STENCIL_REF, 1, 2),
	TAKEN(SET_BLEND_COLOR, ZERO4),
	REFUSED(SET_BLEND_COLOR, 0, 0, 0),
	TAKEN(SET_POLYGON_STIPPLE, ZERO16, ZERO16),
	REFUSED(SET_POLYGON_STIPPLE, ZERO16),
	TAKEN(SET_CLIP_STATE, ZERO16, ZERO16),
	REFUSED(SET_CLIP_STATE, ZERO16, ZERO16, 0),
	TAKEN(SET_SAMPLE_MASK, 1),
	REFUSED(SET_SAMPLE_MASK, 1, 2),
	TAKEN(SET_MIN_SAMPLES, 1),
	REFUSED(SET_MIN_SAMPLES, 1, 2),
	TAKEN(SET_TESS_STATE, ZERO4, 0, 0),
	REFUSED(SET_TESS_STATE, ZERO4),
	TAKEN(SET_SUB_CTX, 1),
	REFUSED(SET_SUB_CTX, 1, 2),
	TAKEN(CREATE_SUB_CTX, 1),
	REFUSED(CREATE_SUB_CTX, 1, 2),
	TAKEN(DESTROY_SUB_CTX, 1),
	REFUSED(DESTROY_SUB_CTX, 1, 2),
	TAKEN(MEMORY_BARRIER, 1),
	REFUSED(MEMORY_BARRIER, 1, 2),
	TAKEN(TEXTURE_BARRIER, 1),
	REFUSED(TEXTURE_BARRIER, 1, 2),
	TAKEN(SET_DEBUG_FLAGS, TEXT('c', 'm', 'd', ','), TEXT('o', 'b', 'j', 0)),
	REFUSED(SET_DEBUG_FLAGS, TEXT('c', 'm', 'd', 0)),
	TAKEN(SET_TWEAKS, 2, 5),
	REFUSED(SET_TWEAKS, 3, 5),
	TAKEN(SEND_STRING_MARKER, 8, TEXT('a', 'b', 'c', 'd'), TEXT('a', 'b', 'c', 'd')),
	REFUSED(SEND_STRING_MARKER, 9, TEXT('a', 'b', 'c', 'd'), TEXT('a', 'b', 'c', 'd')),
	REFUSED(SEND_STRING_MARKER, HUGE_NUMBER, TEXT('a', 'b', 'c', 'd')),

	/* drawing */
	TAKEN(CLEAR, 0x3ff, ZERO4, 0, 0, 0),
	REFUSED(CLEAR, 0x400, ZERO4, 0, 0, 0),
	TAKEN(DRAW_VBO, 0, 3, 4, 0, 1, 0, 0, 0, 0, 0, HUGE_NUMBER, 0),
	TAKEN(DRAW_VBO, 0, 3, 14, 1, 1, 0, 0, 0, 0, 0, HUGE_NUMBER, 0, 32, 0),
	TAKEN(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 4080, 0, 1, 0, 0),
	TAKEN(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 0, 16, 256, 60, INDICES),
	REFUSED(DRAW_VBO, 0, 3, 15, 0, 1, 0, 0, 0, 0, 0, HUGE_NUMBER, 0),
	REFUSED(DRAW_VBO, 0, 3, 14, 1, 1, 0, 0, 0, 0, 0, HUGE_NUMBER, 0, 33, 0),
	REFUSED(DRAW_VBO, ZERO16), /* of 16 dwords */
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 4081, 0, 1, 0, 0),
	REFUSED(DRAW_VBO, 0, 3, 0, 1, ZERO4, ZERO4, 0, 0, VERTICES, 4080, 0, 1, 0, 0),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 0, 16, 257, 0, 0),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 0, HUGE_NUMBER, HUGE_NUMBER, 0, 0),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 0, 16, 1, 61, INDICES),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, VERTICES, 0, 16, 1, 0, TEXTURE),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, 0, 0, 16, 1, 0, INDICES),
	REFUSED(DRAW_VBO, ZERO4, ZERO4, ZERO4, 0, 0, QUERY, 0, 0, 1, 0, 0),
	TAKEN(LAUNCH_GRID, 1, 1, 1, 9, 9, 9, 0, 0),
	TAKEN(LAUNCH_GRID, 1, 1, 1, 0, 0, 0, INDICES, 52),
	REFUSED(LAUNCH_GRID, 1, 1, 1, 0, 0, 0, INDICES, 53),
	REFUSED(LAUNCH_GRID, 1, 1, 1, 0, 0, 0, OWN_MEMORY, 0),
	TAKEN(BEGIN_QUERY, 1),
	REFUSED(BEGIN_QUERY, 1, 2),
	TAKEN(END_QUERY, 1),
	REFUSED(END_QUERY, 1, 2),
	TAKEN(GET_QUERY_RESULT, 1, 0),
	REFUSED(GET_QUERY_RESULT, 1),
	TAKEN(GET_QUERY_RESULT_QBO, 1, VERTICES, 1, 3, 4088, 0),
	REFUSED(GET_QUERY_RESULT_QBO, 1, VERTICES, 1, 3, 4089, 0),
	REFUSED(GET_QUERY_RESULT_QBO, 1, VERTICES, 1, 4, 0, 0),
	REFUSED(GET_QUERY_RESULT_QBO, 1, QUERY, 1, 3, 0, 0),
	REFUSED(GET_QUERY_RESULT_QBO, 1, STAGING, 1, 3, 0, 0),
	REFUSED(GET_QUERY_RESULT_QBO, 1, 0, 1, 3, 0, 0),
	TAKEN(SET_RENDER_CONDITION, 1, 0, 3),
	REFUSED(SET_RENDER_CONDITION, 1, 0, 4),
	TAKEN(GET_MEMORY_INFO, INFO),
	REFUSED(GET_MEMORY_INFO, SPLIT_INFO),
	REFUSED(GET_MEMORY_INFO, OWN_MEMORY),
	REFUSED(GET_MEMORY_INFO, 99),

	/* transfers: resource, level, usage, stride, layer stride, box */
	TAKEN(RESOURCE_INLINE_WRITE, VERTICES, 0, 0, 0, 0, 4088, 0, 0, 8, 1, 1, 1, 2),
	TAKEN(RESOURCE_INLINE_WRITE, OWN_MEMORY, 0, 0, 0, 0, 28, 0, 0, 3, 1, 1, 1),
	TAKEN(RESOURCE_INLINE_WRITE, TEXTURE, 2, 0, 0, 0, 15, 7, 0, 1, 1, 1, 1),
	TAKEN(RESOURCE_INLINE_WRITE, BLOCKS, 2, 0, 0, 0, 4, 0, 0, 1, 3, 1, 1, 2),
	REFUSED(RESOURCE_INLINE_WRITE, VERTICES, 0, 0, 0, 0, 4089, 0, 0, 8, 1, 1, 1, 2),
	REFUSED(RESOURCE_INLINE_WRITE, VERTICES, 0, 0, 0, 0, 0, 0, 0, 9, 1, 1, 1, 2),
	REFUSED(RESOURCE_INLINE_WRITE, VERTICES, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_INLINE_WRITE, TEXTURE, 2, 0, 0, 0, 15, 7, 0, 2, 1, 1, 1),
	REFUSED(RESOURCE_INLINE_WRITE, TEXTURE, 3, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1),
	REFUSED(RESOURCE_INLINE_WRITE, TEXTURE, 0, 0, 0, 0, 0, 0, HUGE_NUMBER, 1, 1, 1, 1),
	REFUSED(RESOURCE_INLINE_WRITE, BARE_STAGING, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1, 1),
	REFUSED(RESOURCE_INLINE_WRITE, 99, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1, 1),
	TAKEN(TRANSFER3D, TEXTURE, 0, 0, 0, 0, 0, 0, 0, 64, 32, 1, 0, 1),
	TAKEN(TRANSFER3D, TEXTURE, 0, 0, 0, 0, 0, 0, 0, 64, 32, 1, 8192, 2),
	TAKEN(TRANSFER3D, STAGING, 0, 0, 0, 0, 5, 0, 0, 7, 1, 1, 9, 1),
	REFUSED(TRANSFER3D, TEXTURE, 0, 0, 0, 0, 0, 0, 0, 64, 32, 1, 8193, 1),
	REFUSED(TRANSFER3D, TEXTURE, 0, 0, 0, 0, 0, 0, 0, 64, 32, 1, 0, 3),
	REFUSED(TRANSFER3D, TEXTURE, 0, 0, 255, 0, 0, 0, 0, 64, 32, 1, 0, 1),
	REFUSED(TRANSFER3D, SAMPLES, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1),
	REFUSED(TRANSFER3D, 99, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1),
	{ true, VIRGL_OPCODE_END_TRANSFERS, 0, 0, { 0 }, __LINE__ },
	TAKEN(END_TRANSFERS, ZERO16, HUGE_NUMBER),
	TAKEN(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 2048, 0, 0, 0, 32, 16, 1, STAGING, 4, 1),
	TAKEN(COPY_TRANSFER3D, SAMPLES, 0, 0, 4, 0, 0, 0, 0, 1, 1, 1, STAGING, 4, 3),
	REFUSED(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 0, 0, 0, 0, 32, 16, 1, STAGING, 1 << 20, 1),
	REFUSED(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 0, 0, 0, 0, 32, 16, 1, STAGING, 0, 4),
	REFUSED(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 0, 0, 0, 0, 32, 16, 1, OWN_MEMORY, 0, 1),
	REFUSED(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 0, 0, 0, 0, 33, 16, 1, STAGING, 0, 1),
	REFUSED(COPY_TRANSFER3D, TEXTURE, 1, 0, 128, 0, 0, 0, 0, 32, 16, 1, 99, 0, 1),
	REFUSED(COPY_TRANSFER3D, 99, 1, 0, 128, 0, 0, 0, 0, 32, 16, 1, STAGING, 0, 1),
	REFUSED(COPY_TRANSFER3D, BARE_STAGING, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1, STAGING, 0, 3),

	/* between resources */
	TAKEN(CLEAR_TEXTURE, CUBE, 0, 0, 0, 5, 32, 32, 1, ZERO4),
	TAKEN(CLEAR_TEXTURE, ROWS, 0, 3, 0, 2, 61, 1, 2, ZERO4),
	REFUSED(CLEAR_TEXTURE, CUBE, 0, 0, 0, 6, 32, 32, 1, ZERO4),
	REFUSED(CLEAR_TEXTURE, ROWS, 0, 3, 0, 2, 62, 1, 2, ZERO4),
	REFUSED(CLEAR_TEXTURE, TEXTURE, 3, 0, 0, 0, 1, 1, 1, ZERO4),
	REFUSED(CLEAR_TEXTURE, VERTICES, 0, 0, 0, 0, 1, 1, 1, ZERO4),
	REFUSED(CLEAR_TEXTURE, 99, 0, 0, 0, 0, 1, 1, 1, ZERO4),
	/* to: resource, level, x, y, z; from: resource, level, box */
	TAKEN(RESOURCE_COPY_REGION, VERTICES, 0, 4032, 0, 0, INDICES, 0, 0, 0, 0, 64, 1, 1),
	TAKEN(RESOURCE_COPY_REGION, TEXTURE, 0, 32, 0, 0, CUBE, 0, 0, 0, 5, 32, 32, 1),
	TAKEN(RESOURCE_COPY_REGION, VOLUME, 1, 0, 0, 4, LAYERS, 0, 8, 8, 1, 8, 8, 4),
	TAKEN(RESOURCE_COPY_REGION, BLOCKS, 2, 4, 0, 0, BLOCKS, 1, 8, 4, 0, 2, 2, 1),
	TAKEN(RESOURCE_COPY_REGION, BLOCKS, 0, 16, 8, 0, TEXTURE, 0, 0, 0, 0, 1, 1, 1),
	TAKEN(RESOURCE_COPY_REGION, TEXTURE, 0, 59, 29, 0, BLOCKS, 0, 0, 0, 0, 20, 12, 1),
	REFUSED(RESOURCE_COPY_REGION, VERTICES, 0, 4033, 0, 0, INDICES, 0, 0, 0, 0, 64, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, VERTICES, 0, 0, 0, 0, INDICES, 0, 0, 0, 0, 65, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, VERTICES, 0, 0, 0, 0, TEXTURE, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, VERTICES, 0, 0, 0, 0, QUERY, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 33, 0, 0, CUBE, 0, 0, 0, 5, 32, 32, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 0, 0, 0, CUBE, 0, 0, 0, 5, 32, 32, 2),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 0, 0, 1, CUBE, 0, 0, 0, 5, 32, 32, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 3, 0, 0, 0, CUBE, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 0, 0, 0, CUBE, 1, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, BLOCKS, 0, 17, 8, 0, TEXTURE, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 60, 29, 0, BLOCKS, 0, 0, 0, 0, 20, 12, 1),
	REFUSED(RESOURCE_COPY_REGION, TEXTURE, 0, 0, 0, 0, 99, 0, 0, 0, 0, 1, 1, 1),
	REFUSED(RESOURCE_COPY_REGION, 99, 0, 0, 0, 0, TEXTURE, 0, 0, 0, 0, 1, 1, 1),
	/* bits, scissor; to: resource, level, format, box; from */
	TAKEN(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 1, CUBE, 0, RGBA, 0, 0, 5, 32, 32,
		1),
	TAKEN(BLIT, 0x1d3f, 0, 0, TEXTURE, 0, RGBA, -5, -5, 0, 640, 640, 1, TEXTURE, 2, RGBA, 16, 8,
		0, -16, -8, 1),
	TAKEN(BLIT, 0xf, 0, 0, VOLUME, 1, RGBA, 0, 0, 0, 8, 8, 8, VOLUME, 0, RGBA, 0, 0, 0, 16, 16,
		16),
	TAKEN(BLIT, 0x30, 0, 0, DEPTH, 0, 20, 0, 0, 0, 1, 1, 1, DEPTH, 0, 20, 0, 0, 0, 1, 1, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 1, CUBE, 0, RGBA, 0, 0, 6, 32,
		32, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 2, CUBE, 0, RGBA, 0, 0, 0, 32,
		32, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 1, CUBE, 0, RGBA, 0, 0,
		HUGE_NUMBER, 32, 32, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 0, CUBE, 0, RGBA, 0, 0, 0, 32,
		32, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 3, RGBA, 0, 0, 0, 64, 32, 1, CUBE, 0, RGBA, 0, 0, 0, 32,
		32, 1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, 0, 0, 0, 0, 64, 32, 1, CUBE, 0, RGBA, 0, 0, 0, 32, 32,
		1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 64, 32, 1, CUBE, 0, 9999, 0, 0, 0, 32,
		32, 1),
	REFUSED(BLIT, 0x4f, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 1, 1, 1, CUBE, 0, RGBA, 0, 0, 0, 1, 1,
		1),
	REFUSED(BLIT, 0x20f, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 1, 1, 1, CUBE, 0, RGBA, 0, 0, 0, 1, 1,
		1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, INT32_MAX, 0, 0, 1, 1, 1, CUBE, 0, RGBA, 0, 0, 0,
		1, 1, 1),
	REFUSED(BLIT, 0xf, 0, 0, VERTICES, 0, RGBA, 0, 0, 0, 1, 1, 1, CUBE, 0, RGBA, 0, 0, 0, 1, 1,
		1),
	REFUSED(BLIT, 0xf, 0, 0, TEXTURE, 0, RGBA, 0, 0, 0, 1, 1, 1, 99, 0, RGBA, 0, 0, 0, 1, 1, 1),

	/* not here */
	REFUSED(PIPE_RESOURCE_CREATE, 2, RGBA, VIRGL_BIND_SAMPLER_VIEW, 8, 8, 1, 1, 0, 0, 0, 1),
	REFUSED(PIPE_RESOURCE_SET_TYPE, 1, RGBA, VIRGL_BIND_SAMPLER_VIEW, 8, 8, 0, 0, 0, 32, 0),
	REFUSED(CREATE_VIDEO_CODEC, 1, 2, 3, 4, 5, 6, 7),
	REFUSED(DESTROY_VIDEO_CODEC, 1),
	REFUSED(CREATE_VIDEO_BUFFER, 1, 2, 3, 4, 5),
	REFUSED(DESTROY_VIDEO_BUFFER, 1),
	REFUSED(BEGIN_FRAME, 1, 2),
	REFUSED(DECODE_MACROBLOCK, 1),
	REFUSED(DECODE_BITSTREAM, 1, 2, 3, 4, 5),
	REFUSED(ENCODE_BITSTREAM, 1, 2, 3, 4, 5),
	REFUSED(END_FRAME, 1, 2),
	REFUSED(END, 1),
	{ false, 255, 0, 1, { 0 }, __LINE__ },
};

static bool check(const uint32_t *dwords, size_t n, struct virgl_decode_error *error)
{
	return virgl_stream_check(dwords, n, &virgl_limits_default, &lookup, error);
}

/* Writes the command; its length in dwords. */
static size_t put_example(const struct example *example, uint32_t *dwords)
{
	dwords[0] = example->opcode | example->object << 8 | (uint32_t)example->length << 16;
	memcpy(dwords + 1, example->dwords, example->length * 4);
	return 1 + example->length;
}

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(examples); i++) {
		uint32_t dwords[64] = { VIRGL_OPCODE_NOP | 1 << 16, 0 };
		size_t n = 2 + put_example(&examples[i], dwords + 2);
		struct virgl_decode_error error = { .reason = "none" };
		if (check(dwords, n, &error) != examples[i].right)
			fail_msg("example of line %d: %s", examples[i].line, error.reason);
		if (examples[i].right)
			continue;
		assert_int_equal(error.dword, 2);
		assert_int_equal(error.opcode, examples[i].opcode);
		assert_int_equal(error.object, examples[i].object);
	}
}

/* Every opcode has an example that is taken, if it is one that is, and one that is not. */
static void test_examples_complete(void **state)
{
	(void)state;
	bool taken[256] = { false }, refused[256] = { false };
	for (size_t i = 0; i < N(examples); i++)
		(examples[i].right ? taken : refused)[examples[i].opcode] = true;
	for (int opcode = 0; opcode < VIRGL_OPCODE_END; opcode++) {
		bool blobs = opcode == VIRGL_OPCODE_PIPE_RESOURCE_CREATE ||
			     opcode == VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE;
		bool any = opcode == VIRGL_OPCODE_NOP || opcode == VIRGL_OPCODE_END_TRANSFERS;
		bool video = opcode >= VIRGL_OPCODE_CREATE_VIDEO_CODEC;
		if (taken[opcode] == (blobs || video) || refused[opcode] == any)
			fail_msg("examples of %s", virgl_opcode_name(opcode));
	}
}

/* The lengths that each opcode may have, apart from the checker's own table. */
static const struct {
	uint8_t opcode, object;
	uint16_t min, max, step;
} lengths[] = {
	{ VIRGL_OPCODE_SET_VIEWPORT_STATE, 0, 7, 97, 6 },
	{ VIRGL_OPCODE_SET_SCISSOR_STATE, 0, 3, 33, 2 },
	{ VIRGL_OPCODE_SET_VERTEX_BUFFERS, 0, 0, 96, 3 },
	{ VIRGL_OPCODE_SET_SAMPLER_VIEWS, 0, 2, 34, 1 },
	{ VIRGL_OPCODE_BIND_SAMPLER_STATES, 0, 2, 34, 1 },
	{ VIRGL_OPCODE_SET_INDEX_BUFFER, 0, 1, 3, 2 },
	{ VIRGL_OPCODE_SET_SHADER_BUFFERS, 0, 2, 98, 3 },
	{ VIRGL_OPCODE_SET_SHADER_IMAGES, 0, 2, 162, 5 },
	{ VIRGL_OPCODE_SET_ATOMIC_BUFFERS, 0, 1, 97, 3 },
	{ VIRGL_OPCODE_SET_STREAMOUT_TARGETS, 0, 1, 5, 1 },
	{ VIRGL_OPCODE_SET_CONSTANT_BUFFER, 0, 2, 300, 1 },
	{ VIRGL_OPCODE_SET_DEBUG_FLAGS, 0, 2, 300, 1 },
	{ VIRGL_OPCODE_SEND_STRING_MARKER, 0, 2, 300, 1 },
	{ VIRGL_OPCODE_CLEAR, 0, 8, 8, 1 },
	{ VIRGL_OPCODE_SET_STENCIL_REF, 0, 1, 1, 1 },
	{ VIRGL_OPCODE_SET_BLEND_COLOR, 0, 4, 4, 1 },
	{ VIRGL_OPCODE_SET_POLYGON_STIPPLE, 0, 32, 32, 1 },
	{ VIRGL_OPCODE_SET_CLIP_STATE, 0, 32, 32, 1 },
	{ VIRGL_OPCODE_SET_SAMPLE_MASK, 0, 1, 1, 1 },
	{ VIRGL_OPCODE_SET_RENDER_CONDITION, 0, 3, 3, 1 },
	{ VIRGL_OPCODE_SET_UNIFORM_BUFFER, 0, 5, 5, 1 },
	{ VIRGL_OPCODE_SET_SUB_CTX, 0, 1, 1, 1 },
	{ VIRGL_OPCODE_BIND_SHADER, 0, 2, 2, 1 },
	{ VIRGL_OPCODE_SET_TESS_STATE, 0, 6, 6, 1 },
	{ VIRGL_OPCODE_LAUNCH_GRID, 0, 8, 8, 1 },
	{ VIRGL_OPCODE_SET_TWEAKS, 0, 2, 2, 1 },
	{ VIRGL_OPCODE_LINK_SHADER, 0, 6, 6, 1 },
};

static void test_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(lengths); i++) {
		for (uint32_t length = 0; length <= 300; length++) {
			uint32_t dwords[301] = { lengths[i].opcode | length << 16 };
			bool right = length >= lengths[i].min && length <= lengths[i].max &&
				     (length - lengths[i].min) % lengths[i].step == 0;
			struct virgl_decode_error error;
			if (check(dwords, 1 + length, &error) != right)
				fail_msg("%s of %u", virgl_opcode_name(lengths[i].opcode), length);
		}
	}
}

static size_t put_all_taken(uint32_t *dwords)
{
	size_t n = 0;
	for (size_t i = 0; i < N(examples); i++)
		if (examples[i].right)
			n += put_example(&examples[i], dwords + n);
	return n;
}

static void test_next(void **state)
{
	(void)state;
	static uint32_t dwords[N(examples) * 49];
	size_t n = put_all_taken(dwords), offset = 0, i = 0;
	struct virgl_command command;
	while (virgl_stream_next(dwords, n, &offset, &command)) {
		while (!examples[i].right)
			i++;
		assert_int_equal(command.opcode, examples[i].opcode);
		assert_int_equal(command.object, examples[i].object);
		assert_int_equal(command.length, examples[i].length);
		assert_ptr_equal(command.dwords, dwords + command.offset);
		assert_int_equal(command.offset + 1 + command.length, offset);
		i++;
	}
	assert_int_equal(offset, n);
	offset = 0;
	assert_false(virgl_stream_next(dwords, 0, &offset, &command));
	assert_int_equal(offset, 0);
	const uint32_t cut[] = { VIRGL_OPCODE_CLEAR | 8 << 16, 0, 0 };
	assert_false(virgl_stream_next(cut, N(cut), &offset, &command));
	assert_int_equal(offset, 0);
}

/* A stream cut anywhere but between commands is refused, and at the command that was cut. */
static void test_truncated(void **state)
{
	(void)state;
	static uint32_t dwords[N(examples) * 49];
	size_t n = put_all_taken(dwords), boundary = 0, offset = 0;
	struct virgl_command command;
	struct virgl_decode_error error;
	for (size_t cut = 0; cut <= n; cut++) {
		/* In memory of its own: a read beyond is seen by ASan. */
		uint32_t *copy = malloc(cut * 4 + 1);
		memcpy(copy, dwords, cut * 4);
		if (offset == cut)
			boundary = cut;
		bool right = check(copy, cut, &error);
		assert_int_equal(right, boundary == cut);
		if (!right)
			assert_int_equal(error.dword, boundary);
		free(copy);
		if (boundary == cut)
			virgl_stream_next(dwords, n, &offset, &command);
	}
}

static uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t random_dword(uint32_t *seed)
{
	static const uint32_t edges[] = { 0, 1, 2, 31, 32, 33, 64, 0x7fffffff, 0x80000000,
		0xffffffff, 0xffff, 0x10000 };
	uint32_t random = random_next(seed);
	switch (random & 3) {
	case 0:
		return edges[(random >> 2) % N(edges)];
	case 1:
		return (random >> 2) % RESOURCES;
	}
	return random_next(seed);
}

/* Whatever comes, the answer comes soon, and it is about a command of the stream. */
static void test_mutated(void **state)
{
	(void)state;
	static uint32_t right[N(examples) * 49];
	uint32_t seed = 20240607;
	size_t n = put_all_taken(right);
	uint32_t *bent = malloc(n * 4);
	time_t end = time(NULL) + 10;
	for (int round = 0; round < 20000 && time(NULL) < end; round++) {
		memcpy(bent, right, n * 4);
		for (uint32_t i = random_next(&seed) % 8 + 1; i > 0; i--) {
			uint32_t at = random_next(&seed) % n;
			if (random_next(&seed) & 1)
				bent[at] = random_dword(&seed);
			else
				bent[at] ^= 1u << (random_next(&seed) & 31);
		}
		size_t length = random_next(&seed) & 1 ? n : random_next(&seed) % n;
		struct virgl_decode_error error = { 0 };
		if (check(bent, length, &error))
			continue;
		assert_non_null(error.reason);
		assert_true(error.dword < length);
		assert_int_equal(error.opcode, bent[error.dword] & 0xff);
	}
	free(bent);
}

static void test_blobs(void **state)
{
	(void)state;
	struct virgl_limits limits = virgl_limits_default;
	struct virgl_decode_error error;
	limits.blobs = true;
	uint32_t create[] = { VIRGL_OPCODE_PIPE_RESOURCE_CREATE | 11 << 16, VIRGL_TARGET_2D, RGBA,
		VIRGL_BIND_SAMPLER_VIEW, 8, 8, 1, 1, 0, 0, 0, 1 };
	assert_true(virgl_stream_check(create, N(create), &limits, &lookup, &error));
	create[4] = 0;
	assert_false(virgl_stream_check(create, N(create), &limits, &lookup, &error));
	uint32_t set_type[] = { VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE | 10 << 16, 1, RGBA,
		VIRGL_BIND_SAMPLER_VIEW, 8, 8, 0, 0, 0, 32, 0 };
	assert_true(virgl_stream_check(set_type, N(set_type), &limits, &lookup, &error));
	set_type[2] = 0;
	assert_false(virgl_stream_check(set_type, N(set_type), &limits, &lookup, &error));
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(virgl_opcode_name(VIRGL_OPCODE_DRAW_VBO), "DRAW_VBO");
	assert_string_equal(virgl_opcode_name(VIRGL_OPCODE_END_FRAME), "END_FRAME");
	assert_string_equal(virgl_opcode_name(VIRGL_OPCODE_END), "unknown");
	assert_string_equal(virgl_opcode_name(255), "unknown");
	assert_string_equal(virgl_object_name(VIRGL_OBJECT_MSAA_SURFACE), "MSAA_SURFACE");
	assert_string_equal(virgl_object_name(255), "unknown");
	for (int opcode = 0; opcode < VIRGL_OPCODE_END; opcode++)
		assert_non_null(virgl_opcode_name(opcode));
}

#define VIEW VIRGL_BIND_SAMPLER_VIEW

/* target, format, bind, width, height, depth, layers, last level, samples, flags; bytes or refused */
static const struct {
	struct virgl_resource resource;
	uint64_t bytes;
	int line;
} created[] = {
	{ { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_VERTEX_BUFFER, 4096, 1, 1, 1, 0, 0, 0, 0, 0 },
		4096, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, UINT32_MAX, 1, 1, 1, 0, 0, 0, 0, 0 }, UINT32_MAX,
		__LINE__ },
	{ { VIRGL_TARGET_BUFFER, 0, VIRGL_BIND_CUSTOM, 16, 1, 1, 0, 0, 0, 6, 0, 0 }, 16, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 2, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 1, 2, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 1, 1, 2, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 1, 1, 1, 1, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 1, 1, 1, 0, 4, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 0, 16, 1, 1, 1, 0, 0, 1, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_BUFFER, BYTES, 1 << 2, 16, 1, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 1024, 768, 1, 1, 0, 0, 1, 0, 0 }, 1024 * 768 * 4,
		__LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 4, 1, 0, 3, 0, 0, 0, 0 }, (32 + 8 + 2 + 1) * 4,
		__LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_RENDER_TARGET, 8, 8, 1, 1, 0, 4, 0, 0, 0 },
		64 * 4 * 4, __LINE__ },
	{ { VIRGL_TARGET_2D, DXT1_RGB, VIEW, 20, 12, 1, 1, 2, 0, 0, 0, 0 }, (15 + 6 + 2) * 8,
		__LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 32768, 32767, 1, 1, 0, 0, 0, 0, 0 },
		UINT64_C(32768) * 32767 * 4, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 32768, 32768, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 32769, 1, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, UINT32_MAX, UINT32_MAX, 1, 1, 0, 0, 0, 0, 0 }, 0,
		__LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 0, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 0, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 0, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 2, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 1, 2, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 4, 1, 1, 4, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 4, 1, 1, UINT32_MAX, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 1, 1, 1, 4, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 1, 1, 0, 33, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIEW, 8, 8, 1, 1, 0, 0, 8, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_VERTEX_BUFFER, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0,
		__LINE__ },
	{ { VIRGL_TARGET_2D, RGBA, 0, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, 0, VIEW, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, 78, VIEW, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D, UINT32_MAX, VIEW, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_END, RGBA, VIEW, 8, 8, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_RECT, RGBA, VIEW, 7, 5, 1, 1, 0, 0, 0, 0, 0 }, 140, __LINE__ },
	{ { VIRGL_TARGET_RECT, RGBA, VIEW, 7, 5, 1, 1, 1, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_1D, RGBA, VIEW, 7, 1, 1, 1, 2, 0, 0, 0, 0 }, (7 + 3 + 1) * 4, __LINE__ },
	{ { VIRGL_TARGET_1D, RGBA, VIEW, 7, 2, 1, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_1D, RGBA, VIEW, 7, 1, 1, 1, 0, 4, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_1D_ARRAY, RGBA, VIEW, 7, 1, 1, 9, 0, 0, 0, 0, 0 }, 252, __LINE__ },
	{ { VIRGL_TARGET_1D_ARRAY, RGBA, VIEW, 7, 1, 1, 0, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_2D_ARRAY, RGBA, VIEW, 8, 8, 1, 3, 1, 0, 0, 0, 0 }, (64 + 16) * 3 * 4,
		__LINE__ },
	{ { VIRGL_TARGET_2D_ARRAY, RGBA, VIEW, 8, 8, 1, 3, 0, 2, 0, 0, 0 }, 64 * 3 * 4 * 2,
		__LINE__ },
	{ { VIRGL_TARGET_2D_ARRAY, RGBA, VIEW, 8, 8, 1, 16385, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_3D, RGBA, VIEW, 4, 2, 8, 1, 3, 0, 0, 0, 0 }, (64 + 8 + 2 + 1) * 4,
		__LINE__ },
	{ { VIRGL_TARGET_3D, RGBA, VIEW, 4, 2, 8, 1, 4, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_3D, RGBA, VIEW, 4, 2, 8, 2, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_3D, RGBA, VIEW, 16384, 16384, 16384, 1, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_CUBE, RGBA, VIEW, 8, 8, 1, 6, 0, 0, 0, 0, 0 }, 64 * 6 * 4, __LINE__ },
	{ { VIRGL_TARGET_CUBE, RGBA, VIEW, 8, 4, 1, 6, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_CUBE, RGBA, VIEW, 8, 8, 1, 5, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_CUBE_ARRAY, RGBA, VIEW, 8, 8, 1, 12, 0, 0, 0, 0, 0 }, 64 * 12 * 4,
		__LINE__ },
	{ { VIRGL_TARGET_CUBE_ARRAY, RGBA, VIEW, 8, 8, 1, 13, 0, 0, 0, 0, 0 }, 0, __LINE__ },
	{ { VIRGL_TARGET_CUBE_ARRAY, RGBA, VIEW, 8, 8, 1, 0, 0, 0, 0, 0, 0 }, 0, __LINE__ },
};

static void test_resources(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(created); i++) {
		uint64_t bytes = 1;
		bool right =
			virgl_resource_check(&created[i].resource, &virgl_limits_default, &bytes);
		if (right != (created[i].bytes != 0) || bytes != (right ? created[i].bytes : 1))
			fail_msg("resource of line %d", created[i].line);
	}
	uint64_t bytes;
	for (uint32_t i = 1; i < RESOURCES; i++)
		assert_true(virgl_resource_check(&resources[i], &virgl_limits_default, &bytes));
}

/* No resource whatsoever overflows; those taken are within the limits. */
static void test_resources_random(void **state)
{
	(void)state;
	uint32_t seed = 4711;
	for (int i = 0; i < 200000; i++) {
		struct virgl_resource r = {
			.target = random_next(&seed) % 10,
			.format = random_next(&seed) % 330,
			.bind = random_next(&seed) & 1 ? VIEW : 1u << (random_next(&seed) & 31),
			.width = random_dword(&seed),
			.height = random_dword(&seed),
			.depth = random_dword(&seed),
			.array_size = random_dword(&seed),
			.last_level = random_next(&seed) % 20,
			.nr_samples = random_next(&seed) % 40,
		};
		uint64_t bytes;
		if (!virgl_resource_check(&r, &virgl_limits_default, &bytes))
			continue;
		assert_true(bytes > 0 && bytes <= UINT64_C(32) * UINT32_MAX);
		assert_int_equal(bytes, virgl_resource_bytes(&r));
	}
}

/* resource, x, y, z, width, height, depth, level, stride, layer stride, offset; memory needed */
static const struct {
	int resource;
	struct virgl_transfer transfer;
	uint64_t needed; /* 0: refused however much there is */
	int line;
} transfers[] = {
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, 0, 0, 0, false }, 8192, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, 0, 0, 0, true }, 8192, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, 300, 0, 100, false }, 100 + 300 * 31 + 256,
		__LINE__ },
	{ TEXTURE, { { 10, 5, 0, 1, 2, 1 }, 0, 0, 0, 0, false }, 256 + 4, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 16, 8, 1 }, 2, 0, 0, 0, false }, 512, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 17, 8, 1 }, 2, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 1, 0, 16, 8, 1 }, 2, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 1, 1, 1 }, 3, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 1, 1, 0 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 0, 1, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 1, 1, 1, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, UINT32_MAX, 1, 1, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { UINT32_MAX, 0, 0, 2, 1, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, 255, 0, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, 256, 8191, 0, false }, 0, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 64, 32, 1 }, 0, UINT32_MAX, 0, 0, false },
		UINT64_C(31) * UINT32_MAX + 256, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 1, 1, 1 }, 0, 0, 0, UINT64_MAX - 4, false }, UINT64_MAX, __LINE__ },
	{ TEXTURE, { { 0, 0, 0, 1, 1, 1 }, 0, 0, 0, UINT64_MAX - 2, false }, 0, __LINE__ },
	{ VOLUME, { { 0, 0, 0, 16, 16, 16 }, 0, 0, 0, 0, false }, 16384, __LINE__ },
	{ VOLUME, { { 0, 0, 4, 8, 8, 4 }, 1, 0, 0, 0, false }, 1024, __LINE__ },
	{ VOLUME, { { 0, 0, 5, 8, 8, 4 }, 1, 0, 0, 0, false }, 0, __LINE__ },
	{ VOLUME, { { 0, 0, 0, 1, 1, 2 }, 0, 0, UINT32_MAX, 0, false }, UINT64_C(1) * UINT32_MAX + 4,
		__LINE__ },
	/* Read back, layers lie as far apart as the level is high, at least for its rows. */
	{ VOLUME, { { 0, 0, 0, 16, 1, 4 }, 0, 64, 64, 0, true }, 64 * 16 * 3, __LINE__ },
	{ VOLUME, { { 0, 0, 0, 16, 1, 4 }, 0, 64, 64, 0, false }, 64 * 4, __LINE__ },
	{ CUBE, { { 0, 0, 5, 32, 32, 1 }, 0, 0, 0, 0, false }, 4096, __LINE__ },
	{ CUBE, { { 0, 0, 6, 32, 32, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ LAYERS, { { 0, 0, 1, 16, 16, 4 }, 0, 0, 0, 0, false }, 4096, __LINE__ },
	{ ROWS, { { 0, 0, 1, 64, 1, 3 }, 0, 0, 0, 0, false }, 768, __LINE__ },
	{ ROWS, { { 0, 0, 0, 64, 2, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ BLOCKS, { { 0, 0, 0, 20, 12, 1 }, 0, 0, 0, 0, false }, 5 * 8 * 3, __LINE__ },
	{ BLOCKS, { { 4, 4, 0, 1, 1, 1 }, 0, 0, 0, 0, false }, 8, __LINE__ },
	{ BLOCKS, { { 0, 0, 0, 5, 3, 1 }, 2, 0, 0, 0, false }, 16, __LINE__ },
	{ BLOCKS, { { 0, 0, 0, 8, 4, 1 }, 2, 0, 0, 0, false }, 16, __LINE__ },
	{ BLOCKS, { { 0, 0, 0, 9, 4, 1 }, 2, 0, 0, 0, false }, 0, __LINE__ },
	{ VERTICES, { { 4000, 0, 0, 96, 1, 1 }, 0, 0, 0, 50, false }, 146, __LINE__ },
	{ VERTICES, { { 4000, 0, 0, 97, 1, 1 }, 0, 0, 0, 50, false }, 0, __LINE__ },
	{ VERTICES, { { 0, 0, 0, 1, 2, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
	{ VERTICES, { { 0, 0, 0, 1, 1, 1 }, 1, 0, 0, 0, false }, 0, __LINE__ },
	{ WIDE_BUFFER, { { 0, 0, 0, 16, 1, 1 }, 0, 0, 0, 0, true }, 64, __LINE__ },
	{ WIDE_BUFFER, { { 0, 0, 0, 17, 1, 1 }, 0, 0, 0, 0, true }, 0, __LINE__ },
	{ OWN_MEMORY, { { 0, 0, 0, 32, 1, 1 }, 0, 0, 0, 0, false }, 32, __LINE__ },
	{ BARE_STAGING, { { 0, 0, 0, 1, 1, 1 }, 0, 0, 0, 0, false }, 0, __LINE__ },
};

static void test_transfers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(transfers); i++) {
		const struct virgl_resource *resource = &resources[transfers[i].resource];
		const struct virgl_transfer *transfer = &transfers[i].transfer;
		uint64_t needed = transfers[i].needed;
		bool enough = virgl_transfer_check(resource, transfer, needed ? needed : UINT64_MAX);
		bool short_of = needed && virgl_transfer_check(resource, transfer, needed - 1);
		if (enough != (needed != 0) || short_of)
			fail_msg("transfer of line %d", transfers[i].line);
	}
}

static void test_layers(void **state)
{
	(void)state;
	assert_int_equal(virgl_resource_layers(&resources[VOLUME], 0), 16);
	assert_int_equal(virgl_resource_layers(&resources[VOLUME], 2), 4);
	assert_int_equal(virgl_resource_layers(&resources[CUBE], 0), 6);
	assert_int_equal(virgl_resource_layers(&resources[CUBES], 0), 12);
	assert_int_equal(virgl_resource_layers(&resources[TEXTURE], 2), 1);
	assert_true(virgl_resource_is_gl_buffer(&resources[VERTICES]));
	assert_false(virgl_resource_is_gl_buffer(&resources[TEXTURE]));
	assert_false(virgl_resource_is_gl_buffer(&resources[QUERY]));
	assert_false(virgl_resource_is_gl_buffer(&resources[STAGING]));
}

static void test_formats(void **state)
{
	(void)state;
	static const struct {
		uint32_t format;
		uint8_t width, height, bytes;
	} formats[] = { { 0, 1, 1, 1 }, { 1, 1, 1, 4 }, { 7, 1, 1, 2 }, { 31, 1, 1, 16 },
		{ 66, 1, 1, 3 }, { 105, 4, 4, 8 }, { 107, 4, 4, 16 }, { 126, 1, 1, 8 },
		{ 258, 4, 4, 16 }, { 269, 4, 4, 8 }, { 292, 12, 12, 16 }, { 313, 1, 1, 2 } };
	for (size_t i = 0; i < N(formats); i++) {
		const struct virgl_format *format = virgl_format_find(formats[i].format);
		assert_non_null(format);
		assert_int_equal(format->block_width_px, formats[i].width);
		assert_int_equal(format->block_height_px, formats[i].height);
		assert_int_equal(format->block_bytes, formats[i].bytes);
	}
	assert_null(virgl_format_find(73));
	assert_null(virgl_format_find(VIRGL_FORMAT_END));
	assert_null(virgl_format_find(UINT32_MAX));
}

/* dwords of a capset: see struct virgl_caps_v2 of virglrenderer */
#define CAPS_SAMPLER 1
#define CAPS_STREAMOUT 68
#define CAPS_VIEWPORTS 75
#define CAPS_BITS 98
#define CAPS_SHADER_BUFFERS 108
#define CAPS_VERSION 139
#define CAPS_BITS_V2 172
#define CAPS_RENDERER 174
#define CAPS_UNITS 191
#define CAPS_VIDEO 214
#define CAPS_UNIFORM_BLOCK 343
#define CAPS_END 344

static void test_capset(void **state)
{
	(void)state;
	uint32_t caps[CAPS_END + 8];
	memset(caps, 0xff, sizeof(caps));
	assert_true(virgl_capset_filter(VIRGL_CAPSET_VIRGL2, caps, sizeof(caps)));
	assert_int_equal(caps[0], UINT32_MAX);
	assert_int_equal(caps[CAPS_SAMPLER], UINT32_MAX);
	assert_int_equal(caps[CAPS_SAMPLER + 2], ~(1u << 9 | 0xfu << 14 | 1u << 22));
	assert_int_equal(caps[CAPS_SAMPLER + 9], 0x03ffffff & ~(1u << 19 | 3u << 21));
	assert_int_equal(caps[CAPS_SAMPLER + 10], 0);
	assert_int_equal(caps[CAPS_STREAMOUT], 4);
	assert_int_equal(caps[CAPS_VIEWPORTS], 16);
	assert_int_equal(caps[CAPS_BITS], 0x7fffffff);
	assert_int_equal(caps[CAPS_SHADER_BUFFERS], 32);
	assert_int_equal(caps[CAPS_VERSION], 15);
	assert_int_equal(caps[CAPS_BITS_V2], 0x7fd);
	assert_int_equal(caps[CAPS_RENDERER], UINT32_MAX);
	assert_int_equal(caps[CAPS_UNITS], 32);
	for (int i = 0; i <= 32 * 4; i++)
		assert_int_equal(caps[CAPS_VIDEO + i], 0);
	assert_int_equal(caps[CAPS_UNIFORM_BLOCK], UINT32_MAX);
	for (size_t i = CAPS_END; i < N(caps); i++)
		assert_int_equal(caps[i], 0);
}

static void test_capset_v1(void **state)
{
	(void)state;
	uint32_t caps[80];
	memset(caps, 0xff, sizeof(caps));
	assert_true(virgl_capset_filter(VIRGL_CAPSET_VIRGL, caps, 77 * 4));
	assert_int_equal(caps[CAPS_VIEWPORTS], 16);
	assert_int_equal(caps[76], UINT32_MAX);
	assert_int_equal(caps[77], UINT32_MAX);
	assert_false(virgl_capset_filter(VIRGL_CAPSET_VIRGL, caps, 76 * 4));
	assert_false(virgl_capset_filter(VIRGL_CAPSET_VIRGL2, caps, 76 * 4));
	assert_false(virgl_capset_filter(3, caps, sizeof(caps)));
	/* Between the two: only what is there. */
	memset(caps, 0xff, sizeof(caps));
	assert_true(virgl_capset_filter(VIRGL_CAPSET_VIRGL2, caps, 79 * 4));
	assert_int_equal(caps[79], UINT32_MAX);
	/* What is within the limits stays. */
	uint32_t small[CAPS_END] = { [CAPS_STREAMOUT] = 2, [CAPS_VERSION] = 7, [CAPS_UNITS] = 8 };
	uint32_t same[CAPS_END];
	memcpy(same, small, sizeof(same));
	assert_true(virgl_capset_filter(VIRGL_CAPSET_VIRGL2, small, sizeof(small)));
	assert_memory_equal(small, same, sizeof(same));
}

/* What Mesa sent; data/virgl/README.md says how it came there. */
static const char *const captures[] = { CAPTURES };

#define CAPTURED_IDS 4096
enum capture_record {
	CAPTURE_RECORD_RESOURCE = 1,
	CAPTURE_RECORD_RESOURCE_GONE = 2,
	CAPTURE_RECORD_STREAM = 3,
};

struct capture {
	struct virgl_resource resources[CAPTURED_IDS];
	bool used[CAPTURED_IDS];
	size_t streams, commands;
};

static const struct virgl_resource *find_captured(void *data, uint32_t id)
{
	const struct capture *capture = data;
	return id < CAPTURED_IDS && capture->used[id] ? &capture->resources[id] : NULL;
}

static FILE *open_capture(const char *name)
{
	char command[PATH_MAX + 64], file[] = __FILE__;
	const char *root = getenv("MULLION_TEST_DATA");
	if (root)
		snprintf(command, sizeof(command), "gzip -dc '%s/virgl/%s'", root, name);
	else
		snprintf(command, sizeof(command), "gzip -dc '%s/data/virgl/%s'", dirname(file),
			name);
	return popen(command, "r");
}

static void read_resource(struct capture *capture, const uint32_t *d)
{
	uint64_t bytes;
	assert_true(d[0] < CAPTURED_IDS);
	capture->resources[d[0]] = (struct virgl_resource){ d[1], d[2], d[3], d[4], d[5], d[6],
		d[7], d[8], d[9], d[10], d[11], d[11] };
	assert_true(virgl_resource_check(
		&capture->resources[d[0]], &virgl_limits_default, &bytes));
	capture->used[d[0]] = true;
}

static void read_stream(struct capture *capture, const uint32_t *d, size_t n, const char *name)
{
	const struct virgl_lookup captured = { find_captured, capture };
	struct virgl_decode_error error;
	if (!virgl_stream_check(d, n, &virgl_limits_default, &captured, &error))
		fail_msg("%s, stream %zu, dword %zu, %s %s: %s", name, capture->streams, error.dword,
			virgl_opcode_name(error.opcode), virgl_object_name(error.object),
			error.reason);
	struct virgl_command command;
	size_t offset = 0;
	while (virgl_stream_next(d, n, &offset, &command))
		capture->commands++;
	capture->streams++;
}

static void test_captures(void **state)
{
	(void)state;
	static struct capture capture;
	for (size_t i = 0; i < N(captures); i++) {
		FILE *file = open_capture(captures[i]);
		uint32_t header[2];
		assert_non_null(file);
		memset(&capture, 0, sizeof(capture));
		while (fread(header, 4, 2, file) == 2) {
			uint32_t *dwords = malloc(header[1] * 4);
			assert_int_equal(fread(dwords, 4, header[1], file), header[1]);
			if (header[0] == CAPTURE_RECORD_RESOURCE)
				read_resource(&capture, dwords);
			else if (header[0] == CAPTURE_RECORD_RESOURCE_GONE)
				capture.used[dwords[0]] = false;
			else
				read_stream(&capture, dwords, header[1], captures[i]);
			free(dwords);
		}
		assert_int_equal(pclose(file), 0);
		assert_true(capture.streams > 0 && capture.commands > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_examples_complete),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_blobs),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_resources_random),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_capset),
		cmocka_unit_test(test_capset_v1),
		cmocka_unit_test(test_captures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
