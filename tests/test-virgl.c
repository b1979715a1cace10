/* SPDX-License-Identifier: MIT */
/* Streams of Virgl: examples of what is taken and refused, and bent streams. */

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

#include "virgl-examples.h"

static const struct virgl_resource *find_example(void *data, uint32_t id)
{
	(void)data;
	return id > 0 && id < RESOURCES ? &resources[id] : NULL;
}

static struct objects context;

/* The context is as before in the end. */
static bool check_within(const struct virgl_limits *limits, const uint32_t *dwords, size_t n,
	struct virgl_decode_error *error)
{
	struct virgl_lookup lookup = context_lookup(&context, find_example);

	objects_begin(&context, UINT32_MAX);
	bool right = virgl_stream_check(dwords, n, limits, &lookup, error);
	objects_abort(&context);
	return right;
}

static bool check(const uint32_t *dwords, size_t n, struct virgl_decode_error *error)
{
	return check_within(&virgl_limits_default, dwords, n, error);
}

/* Writes the command, with an id of its own where it makes an object; its length in dwords. */
static size_t put_example(const struct example *example, uint32_t *dwords)
{
	dwords[0] = example->opcode | example->object << 8 | (uint32_t)example->length << 16;
	memcpy(dwords + 1, example->dwords, example->length * 4);
	if (example->opcode == VIRGL_OPCODE_CREATE_OBJECT && dwords[1] == NEW_OBJECT)
		dwords[1] = 1000 + (uint32_t)(example - examples);
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
	assert_true(check_within(&limits, create, N(create), &error));
	create[4] = 0;
	assert_false(check_within(&limits, create, N(create), &error));
	uint32_t set_type[] = { VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE | 10 << 16, 1, RGBA,
		VIRGL_BIND_SAMPLER_VIEW, 8, 8, 0, 0, 0, 32, 0 };
	assert_true(check_within(&limits, set_type, N(set_type), &error));
	set_type[2] = 0;
	assert_false(check_within(&limits, set_type, N(set_type), &error));
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

/* Text in one command. */
static bool check_text(const char *text, struct virgl_decode_error *error)
{
	uint32_t dwords[512] = { 0 };
	size_t bytes = strlen(text) + 1, length = 5 + (bytes + 3) / 4;
	dwords[0] = VIRGL_OPCODE_CREATE_OBJECT | VIRGL_OBJECT_SHADER << 8 | (uint32_t)length << 16;
	dwords[1] = 1;
	dwords[2] = VIRGL_SHADER_STAGE_FRAGMENT;
	dwords[3] = bytes;
	dwords[4] = 20;
	assert_true(length < N(dwords));
	memcpy(dwords + 6, text, bytes);
	return check(dwords, 1 + length, error);
}

static void test_shaders_taken(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"FRAG\nPROPERTY FS_COLOR0_WRITES_ALL_CBUFS 1\nDCL IN[0], GENERIC[3], PERSPECTIVE\n"
		"DCL OUT[0], COLOR\nDCL SAMP[0]\nDCL SVIEW[0], 2D, FLOAT\nDCL TEMP[0..564]\n"
		"DCL CONST[1][0..4095]\nIMM[0] FLT32 {0x3f800000, 0x00000000, 0x00000000, "
		"0x00000000}\n"
		"IMM[1] UINT32 {4294967295, 0, 1, 2}\n  0: TEX TEMP[0], IN[0], SAMP[0], 2D, "
		"IMM[1].xyz\n"
		"  1: MOV OUT[0], TEMP[0].xyzw\n  2: END\n",
		"VERT\nDCL IN[0]\nDCL OUT[0], POSITION\nDCL CONST[0..4095]\nDCL ADDR[0]\n"
		"DCL TEMP[0..7], ARRAY(900), LOCAL\n"
		"  0: UARL ADDR[0].x, IN[0].xxxx\n  1: MOV TEMP[1], CONST[1][ADDR[0].x+3]\n"
		"  2: MOV TEMP[ADDR[0].x-1](900), TEMP[0]\n  3: END\n",
		"GEOM\nPROPERTY GS_INPUT_PRIMITIVE TRIANGLES\nDCL IN[][0], POSITION\n"
		"DCL OUT[0..3], ARRAY(1), GENERIC[0]\n  0: MOV OUT[ADDR[0].x](1), IN[2][0]\n"
		"  1: EMIT IMM[0].xxxx\n  2: ENDPRIM IMM[0].xxxx\n  3: END\n",
		"COMP\nDCL HWATOMIC[31][0..7]\nDCL BUFFER[31], ATOMIC\nDCL MEMORY[0], SHARED\n"
		"DCL IMAGE[31], 2D, PIPE_FORMAT_R32_FLOAT, WR\nDCL SV[0], THREAD_ID\n"
		"  0: MEMBAR IMM[1].zzzz\n  1: END\n",
		("FRAG\nIMM[0] FLT64 {0x00000000, 0x3ff00000, 0x00000000, 0x3ff00000}\n"
		 "  0: DMOV TEMP[0], IMM[0]\n  1: END\n"),
	};
	for (size_t i = 0; i < N(texts); i++) {
		struct virgl_decode_error error;
		if (!check_text(texts[i], &error))
			fail_msg("%s in %s", error.reason, texts[i]);
	}
}

static void test_shaders_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"FRAG\nDCL IN[80], GENERIC[0]\n",
		"FRAG\nDCL IN[0..80], GENERIC[0]\n",
		"FRAG\nDCL in [ 80 ], GENERIC[0]\n",
		"FRAG\nDCL IN[4294967296], GENERIC[0]\n",
		"FRAG\nDCL IN[99999999999999999999], GENERIC[0]\n",
		"FRAG\nDCL IN[5..4], GENERIC[0]\n",
		"FRAG\nDCL IN[5 .. 4], GENERIC[0]\n",
		"FRAG\nDCL OUT[80], COLOR\n",
		"FRAG\nDCL OUT[0], COLOR[64]\n",
		"FRAG\nDCL SV[80], FACE\n",
		"FRAG\nDCL SAMP[32]\n",
		"FRAG\nDCL SVIEW[0..32], 2D, FLOAT\n",
		"FRAG\nDCL IMAGE[32], 2D\n",
		"FRAG\nDCL BUFFER[32]\n",
		"FRAG\nDCL HWATOMIC[32][0]\n",
		"FRAG\nDCL CONST[32][0..3]\n",
		"FRAG\nDCL CONST[32] [0..3]\n",
		"FRAG\nDCL CONST[32768]\n",
		"FRAG\nDCL CONST[4096]\n",
		"FRAG\nDCL CONST[0..4095]\nDCL CONST[0]\n",
		"FRAG\nDCL CONST[0..4095]\nDCL CONST[0] DCL CONST[1] [0..4]\nDCL CONST[0]\n",
		"FRAG\nDCL CONST[0..4095]\nDCL CONST[0]\nMOV TEMP[0], CONST[1][0]\n",
		"FRAG\nDCL IN[0..3], ARRAY(80), GENERIC[0]\n",
		"FRAG\nDCL TEMP[0..3], ARRAY(1024)\n",
		"FRAG\nMOV TEMP[0], IMM[1024]\n",
		"FRAG\nMOV TEMP[0], IMM[-1]\n",
		"FRAG\nMOV TEMP[0], IMM[ADDR[0].x-1]\n",
		"FRAG\nMOV TEMP[0], IN[-1]\n",
		"FRAG\nMOV TEMP[-1], IN[0]\n",
		"FRAG\nMOV TEMP[0], IN[ADDR[0].x+80]\n",
		"FRAG\nMOV TEMP[0], IN[ADDR[0].x](80)\n",
		"FRAG\nMOV TEMP[0], IN[ADDR[32].x]\n",
		"FRAG\nMOV TEMP[0], IN[0][80]\n",
		"FRAG\nMOV TEMP[0], SAMP[0](1)[50]\n",
		"FRAG\nMOV TEMP[0], IN[IN[IN[IN[0]]]]\n",
		"FRAG\nMOV TEMP[0], IN[0\n",
		"FRAG\nMOV TEMP[0], IN]0\n",
		"GEOM\nEMIT TEMP[0]\n",
		"GEOM\nendprim_sat TEMP[0]\n",
		"COMP\nMEMBAR CONST[0]\n",
		"FRAG\nIMM[0] FLT32 {0x",
		"FRAG\nIMM[0] FLT32 {0x0000000",
		"FRAG\nIMM[0] FLT32 {0x0, 0x0, 0x0, 0x0}\n",
		"FRAG\nIMM[0] FLT64 {0x00000000, 0x3ff00000, 0x00000000, 0x3ff00000}",
	};
	for (size_t i = 0; i < N(texts); i++) {
		struct virgl_decode_error error = { 0 };
		if (check_text(texts[i], &error))
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(error.object, VIRGL_OBJECT_SHADER);
	}
}

static void test_shader_declarations(void **state)
{
	(void)state;
	char text[2000] = "FRAG\n";
	struct virgl_decode_error error;
	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), "DCL IN[%d], GENERIC[%d]\n", i, i % 64);
	assert_true(check_text(text, &error));
	strcat(text, "DCL IN[64], FOG\n");
	assert_false(check_text(text, &error));
}

/* A text in two commands, cut anywhere. */
static void test_long_shader(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second;
		bool right;
	} texts[] = {
		{ "FRAG\nDCL IN[1", "6], FOG\nEND\n", true },
		{ "FRAG\nDCL IN[1", "06], FOG\nEND\n", false },
		{ "FRAG\nDCL CONST[0..4094]\nDCL CON", "ST[0]\nEND\n", true },
		{ "FRAG\nDCL CONST[0..4095]\nDCL CON", "ST[0]\nEND\n", false },
		{ "FRAG\nDCL SAMP[32]\nDCL IN[1", "6], FOG\n", false },
		{ "FRAG\nDCL IN[1", "6], FOG\nDCL SAMP[32]\n", false },
	};
	struct virgl_limits limits = virgl_limits_default;
	for (size_t i = 0; i < N(texts); i++) {
		uint32_t dwords[64] = { 0 };
		size_t first = (strlen(texts[i].first) + 3) / 4;
		size_t second = (strlen(texts[i].second) + 4) / 4, at = 6 + first;
		/* A blank in the first line makes it a multiple of four. */
		memset(dwords + 6, ' ', 4 * first);
		memcpy((char *)(dwords + 6) + 4 * first - strlen(texts[i].first), texts[i].first,
			strlen(texts[i].first));
		memcpy(dwords + at + 6, texts[i].second, strlen(texts[i].second));
		uint32_t head[] = { 1, VIRGL_SHADER_STAGE_FRAGMENT, 4 * (first + second), 9, 0 };
		dwords[0] =
			VIRGL_OPCODE_CREATE_OBJECT | VIRGL_OBJECT_SHADER << 8 | (5 + first) << 16;
		memcpy(dwords + 1, head, sizeof(head));
		head[2] = 4 * first | 1u << 31;
		dwords[at] =
			VIRGL_OPCODE_CREATE_OBJECT | VIRGL_OBJECT_SHADER << 8 | (5 + second) << 16;
		memcpy(dwords + at + 1, head, sizeof(head));
		struct virgl_decode_error error;
		limits.long_shaders = true;
		assert_int_equal(
			check_within(&limits, dwords, at + 6 + second, &error), texts[i].right);
		limits.long_shaders = false;
		assert_false(check_within(&limits, dwords, at + 6 + second, &error));
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
		cmocka_unit_test(test_shaders_taken),
		cmocka_unit_test(test_shaders_refused),
		cmocka_unit_test(test_shader_declarations),
		cmocka_unit_test(test_long_shader),
	};
	context_make(&context);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	objects_finish(&context);
	return failed;
}
