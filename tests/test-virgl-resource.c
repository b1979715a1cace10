/* SPDX-License-Identifier: MIT */
/* Resources of Virgl, transfers to and from them, formats, and capsets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "virgl-resources.h"

#define VIEW VIRGL_BIND_SAMPLER_VIEW

/* target, format, bind, width, height, depth, layers, last level, samples, flags; bytes or refused
 */
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
	{ VOLUME, { { 0, 0, 0, 1, 1, 2 }, 0, 0, UINT32_MAX, 0, false },
		UINT64_C(1) * UINT32_MAX + 4, __LINE__ },
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
		bool enough =
			virgl_transfer_check(resource, transfer, needed ? needed : UINT64_MAX);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_resources_random),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_capset),
		cmocka_unit_test(test_capset_v1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
