/* SPDX-License-Identifier: MIT */
/* What a context has made: streams that change it, are undone, cost, and need more said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/failing_alloc.h"
#include "virgl-objects.h"
#include "virgl-resources.h"

#define COMMAND(opcode, object, length)                                                            \
	(VIRGL_OPCODE_##opcode | VIRGL_OBJECT_##object << 8 | (uint32_t)(length) << 16)
#define CREATE_DSA(id) COMMAND(CREATE_OBJECT, DSA, 5), id, 0, 0, 0, 0
#define BIND_DSA(id) COMMAND(BIND_OBJECT, DSA, 1), id
#define DESTROY(type, id) COMMAND(DESTROY_OBJECT, type, 1), id
#define CREATE_SUB(id) COMMAND(CREATE_SUB_CTX, NULL, 1), id
#define SET_SUB(id) COMMAND(SET_SUB_CTX, NULL, 1), id
#define DESTROY_SUB(id) COMMAND(DESTROY_SUB_CTX, NULL, 1), id
#define UNIFORM(stage, index, id) COMMAND(SET_UNIFORM_BUFFER, NULL, 5), stage, index, 0, 16, id
#define SAMPLER(stage, index, id) COMMAND(BIND_SAMPLER_STATES, NULL, 3), stage, index, id
#define UNKNOWN 0xffu

static const struct virgl_resource *find_example(void *data, uint32_t id)
{
	(void)data;
	return id > 0 && id < RESOURCES ? &resources[id] : NULL;
}

static bool run(struct objects *objects, uint64_t bytes_more, const uint32_t *dwords, size_t n)
{
	struct virgl_lookup lookup = context_lookup(objects, find_example);
	struct virgl_decode_error error;

	objects_begin(objects, bytes_more);
	bool right = virgl_stream_check(dwords, n, &virgl_limits_default, &lookup, &error) &&
		     !objects->exhausted;
	if (!right)
		objects_abort(objects);
	return right;
}

#define RUN(objects, ...)                                                                          \
	run(objects, 1u << 30, (const uint32_t[]){ __VA_ARGS__ },                                  \
		N(((const uint32_t[]){ __VA_ARGS__ })))
#define TAKEN(objects, ...)                                                                        \
	do {                                                                                       \
		assert_true(RUN(objects, __VA_ARGS__));                                            \
		objects_commit(objects);                                                           \
	} while (0)

static void test_objects_live(void **state)
{
	struct objects objects;
	context_make(&objects);
	/* Made, used and gone within one stream; ids come again. */
	TAKEN(&objects, CREATE_DSA(5), BIND_DSA(5), BIND_DSA(0), DESTROY(DSA, 5), CREATE_DSA(5));
	assert_false(RUN(&objects, CREATE_DSA(5)));
	assert_false(RUN(&objects, DESTROY(DSA, 5), BIND_DSA(5)));
	TAKEN(&objects, BIND_DSA(5));
	TAKEN(&objects, DESTROY(DSA, 5));
	assert_false(RUN(&objects, BIND_DSA(5)));
	objects_finish(&objects);
}

static void test_sub_contexts_have_their_own(void **state)
{
	struct objects objects;
	context_make(&objects);
	TAKEN(&objects, CREATE_SUB(7), CREATE_DSA(5)); /* it is current at once */
	TAKEN(&objects, BIND_DSA(5));                  /* and stays */
	assert_false(RUN(&objects, SET_SUB(0), BIND_DSA(5)));
	TAKEN(&objects, SET_SUB(0), CREATE_DSA(5), SET_SUB(1), CREATE_DSA(5));
	TAKEN(&objects, SET_SUB(7), DESTROY(DSA, 5), SET_SUB(1), BIND_DSA(5));
	TAKEN(&objects, SET_SUB(7), DESTROY_SUB(7), BIND_DSA(A_DSA)); /* 0 is current */
	assert_false(RUN(&objects, SET_SUB(7)));
	TAKEN(&objects, CREATE_SUB(7));
	assert_false(RUN(&objects, BIND_DSA(5)));
	objects_finish(&objects);
}

/* Each of these changes much and ends with what is refused. */
static void test_refused_changes_nothing(void **state)
{
	struct objects objects;
	context_make(&objects);
	TAKEN(&objects, SET_SUB(1), CREATE_DSA(5), BIND_DSA(5), UNIFORM(0, 3, VERTICES));
	uint64_t bytes = objects.bytes;
	assert_false(RUN(&objects, DESTROY(DSA, 5), CREATE_DSA(6), UNKNOWN));
	assert_false(RUN(&objects, DESTROY_SUB(1), CREATE_SUB(1), CREATE_DSA(8), UNKNOWN));
	assert_false(RUN(&objects, CREATE_SUB(9), CREATE_DSA(9), DESTROY_SUB(9), UNKNOWN));
	assert_false(RUN(&objects, UNIFORM(0, 3, 0), UNIFORM(0, 3, INDICES), SET_SUB(0),
		UNIFORM(0, 3, INDICES), UNKNOWN));
	assert_false(RUN(&objects, SET_SUB(0), COMMAND(CREATE_OBJECT, SHADER, 6), A_PART_OF_SHADER,
		1, 4 | 1u << 31, 5, 0, 'E', UNKNOWN));
	assert_int_equal(objects.bytes, bytes);
	TAKEN(&objects, BIND_DSA(5)); /* of sub-context 1 */
	assert_false(RUN(&objects, BIND_DSA(6)));
	assert_false(RUN(&objects, SET_SUB(9)));
	struct binding binding;
	assert_false(objects_unbind_resource(&objects, INDICES, &binding));
	assert_true(objects_unbind_resource(&objects, VERTICES, &binding));
	assert_int_equal(binding.sub_context, 1);
	assert_int_equal(binding.slot, VIRGL_SLOT_UNIFORM_BUFFER);
	assert_int_equal(binding.index, 3);
	assert_false(objects_unbind_resource(&objects, VERTICES, &binding));
	/* The shader still waits for its second part, and is then whole. */
	assert_false(RUN(&objects, SET_SUB(0), COMMAND(BIND_SHADER, NULL, 2), A_PART_OF_SHADER, 1));
	TAKEN(&objects, SET_SUB(0), COMMAND(CREATE_OBJECT, SHADER, 6), A_PART_OF_SHADER, 1,
		4 | 1u << 31, 5, 0, 'E', COMMAND(BIND_SHADER, NULL, 2), A_PART_OF_SHADER, 1);
	objects_finish(&objects);
}

static void test_costs(void **state)
{
	struct objects objects;
	context_make(&objects);
	uint64_t before = objects.bytes;
	const uint32_t create[] = { CREATE_DSA(5) };
	assert_false(run(&objects, 100, create, N(create)));
	assert_int_equal(objects.bytes, before);
	TAKEN(&objects, CREATE_DSA(5));
	uint64_t each = objects.bytes - before;
	assert_true(each > 0);
	TAKEN(&objects, DESTROY(DSA, 5));
	assert_int_equal(objects.bytes, before);
	/* A shader costs its text from its first command on. */
	TAKEN(&objects, COMMAND(CREATE_OBJECT, SHADER, 6), 5, 1, 1u << 20, 5, 0, 'F');
	assert_int_equal(objects.bytes, before + each + (1u << 20));
	TAKEN(&objects, DESTROY(SHADER, 5));
	/* A sub-context costs, and takes with it what it had. */
	TAKEN(&objects, CREATE_SUB(7), CREATE_DSA(5));
	assert_true(objects.bytes > before + (1u << 20));
	const uint32_t another[] = { CREATE_SUB(8) };
	assert_false(run(&objects, 1u << 20, another, N(another)));
	TAKEN(&objects, DESTROY_SUB(7));
	assert_int_equal(objects.bytes, before);
	objects_finish(&objects);
}

/* What the library would keep a pointer to is unbound before it goes. */
/* A stream may ask for many more than there is room for: they are not made first. */
static void test_sub_contexts_without_end(void **state)
{
	static uint32_t stream[2 * 100000];
	struct objects objects;

	context_make(&objects);
	for (uint32_t i = 0; i < N(stream) / 2; i++)
		memcpy(stream + 2 * i, (uint32_t[]){ CREATE_SUB(100 + i) }, 2 * sizeof(uint32_t));
	assert_false(run(&objects, 64u << 20, stream, N(stream)));
	assert_true(objects.exhausted);
	assert_true(objects.changes_room < 1024);
	TAKEN(&objects, CREATE_SUB(100), SET_SUB(1));
	objects_finish(&objects);
}

static void test_unbound_before_destroyed(void **state)
{
	struct objects objects;
	const struct insertion *insertion;

	context_make(&objects);
	TAKEN(&objects, SAMPLER(4, 31, A_SAMPLER_STATE), SAMPLER(1, 0, A_SAMPLER_STATE));
	assert_null(objects_insertion(&objects, 0));
	assert_true(RUN(&objects, BIND_DSA(A_DSA), DESTROY(SAMPLER_STATE, A_SAMPLER_STATE),
		DESTROY(DSA, A_DSA), CREATE_SUB(9), SET_SUB(0)));
	insertion = objects_insertion(&objects, 0);
	assert_int_equal(insertion->dword, 2);
	assert_int_equal(insertion->kind, INSERTION_UNBIND);
	assert_int_equal(insertion->slot, VIRGL_SLOT_SAMPLER_STATE);
	assert_int_equal(insertion->stage, 1);
	assert_int_equal(insertion->index, 0);
	insertion = objects_insertion(&objects, 1);
	assert_int_equal(insertion->dword, 2);
	assert_int_equal(insertion->stage, 4);
	assert_int_equal(insertion->index, 31);
	insertion = objects_insertion(&objects, 2);
	assert_int_equal(insertion->dword, 4);
	assert_int_equal(insertion->slot, VIRGL_SLOT_DSA);
	/* A new sub-context gets its constants. */
	insertion = objects_insertion(&objects, 3);
	assert_int_equal(insertion->dword, 8);
	assert_int_equal(insertion->kind, INSERTION_CONSTANTS);
	assert_null(objects_insertion(&objects, 4));
	objects_commit(&objects);
	/* Not bound any more: nothing is inserted. */
	TAKEN(&objects, COMMAND(CREATE_OBJECT, SAMPLER_STATE, 9), A_SAMPLER_STATE, 0, 0, 0, 0, 0, 0,
		0, 0, DESTROY(SAMPLER_STATE, A_SAMPLER_STATE));
	assert_null(objects_insertion(&objects, 0));
	objects_finish(&objects);
}

static void test_bound_in_many_places(void **state)
{
	static const struct binding places[] = {
		{ 0, VIRGL_SLOT_UNIFORM_BUFFER, 5, 31 },
		{ 0, VIRGL_SLOT_SHADER_BUFFER, 1, 4 },
		{ 0, VIRGL_SLOT_SHADER_IMAGE, 5, 31 },
		{ 0, VIRGL_SLOT_ATOMIC_BUFFER, 0, 30 },
		{ 1, VIRGL_SLOT_UNIFORM_BUFFER, 0, 0 },
	};
	struct objects objects;
	struct binding binding;

	context_make(&objects);
	TAKEN(&objects, UNIFORM(5, 31, VERTICES), COMMAND(SET_SHADER_BUFFERS, NULL, 8), 1, 3, 0, 16,
		INDICES, 0, 16, VERTICES, COMMAND(SET_SHADER_IMAGES, NULL, 7), 5, 31, 28, 1, 0, 48,
		VERTICES, COMMAND(SET_ATOMIC_BUFFERS, NULL, 7), 30, 0, 16, VERTICES, 0, 0, 0,
		SET_SUB(1), UNIFORM(0, 0, VERTICES));
	for (size_t i = 0; i < N(places); i++) {
		assert_true(objects_unbind_resource(&objects, VERTICES, &binding));
		assert_memory_equal(&binding, &places[i], sizeof(binding));
	}
	assert_false(objects_unbind_resource(&objects, VERTICES, &binding));
	assert_true(objects_unbind_resource(&objects, INDICES, &binding));
	objects_finish(&objects);
}

#define PART(id, offset, letters)                                                                  \
	COMMAND(CREATE_OBJECT, SHADER, 6), id, 1, offset, 5, 0,                                    \
		letters[0] | letters[1] << 8 | letters[2] << 16 | (uint32_t)letters[3] << 24
#define MORE (1u << 31)

/* The text of a shader comes in three streams, others of which are refused. */
static void test_text_in_streams(void **state)
{
	struct objects objects;

	context_make(&objects);
	TAKEN(&objects, PART(5, 12, "FRAG"));
	assert_false(RUN(&objects, PART(5, 4 | MORE, "\nDCL"), UNKNOWN));
	assert_false(RUN(&objects, PART(5, 4 | MORE, "\nDCL"), PART(5, 8 | MORE, " IN["), UNKNOWN));
	assert_false(RUN(&objects, PART(5, 4 | MORE, "\nIN["), PART(5, 8 | MORE, "99]")));
	TAKEN(&objects, PART(5, 4 | MORE, "\nIN["));
	assert_false(RUN(&objects, DESTROY(SHADER, 5), PART(5, 8, "FRAG"), UNKNOWN));
	assert_false(RUN(&objects, PART(5, 8 | MORE, "80]")));
	assert_false(RUN(&objects, COMMAND(BIND_SHADER, NULL, 2), 5, 1));
	TAKEN(&objects, PART(5, 8 | MORE, "7]\n"));
	TAKEN(&objects, COMMAND(BIND_SHADER, NULL, 2), 5, 1);
	/* All of it and its end within one stream; and one that never gets whole. */
	TAKEN(&objects, PART(6, 8, "FRAG"), PART(6, 4 | MORE, "\nEN"), DESTROY(SHADER, 6),
		PART(6, 8, "FRAG"));
	objects_finish(&objects);
}

/* Without memory at any place the stream is refused, and nothing has changed. */
static void test_no_memory(void **state)
{
	static uint32_t stream[2000 * 6 + 8 + 14];
	size_t n = 0;
	bool done = false;

	for (uint32_t i = 0; i < 2000; i++)
		memcpy(stream + 6 * i, (uint32_t[]){ CREATE_DSA(1000 + i) }, 6 * sizeof(uint32_t));
	n = 2000 * 6;
	memcpy(stream + n,
		(uint32_t[]){ BIND_DSA(1999), DESTROY(DSA, 1999), CREATE_SUB(9), DESTROY_SUB(1) },
		8 * sizeof(uint32_t));
	n += 8;
	memcpy(stream + n, (uint32_t[]){ PART(6, 8, "FRAG"), PART(6, 4 | MORE, "\nEN") },
		14 * sizeof(uint32_t));
	n += 14;
	for (int fails = 0; !done; fails += fails < 40 ? 1 : 97) {
		struct objects objects;
		context_make(&objects);
		uint64_t bytes = objects.bytes;
		alloc_countdown = fails;
		done = run(&objects, 1u << 30, stream, n);
		alloc_countdown = -1;
		if (done) {
			objects_commit(&objects);
		} else {
			assert_int_equal(objects.bytes, bytes);
			TAKEN(&objects, BIND_DSA(A_DSA), SET_SUB(1), CREATE_DSA(1000));
		}
		objects_finish(&objects);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_live),
		cmocka_unit_test(test_sub_contexts_have_their_own),
		cmocka_unit_test(test_refused_changes_nothing),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_sub_contexts_without_end),
		cmocka_unit_test(test_unbound_before_destroyed),
		cmocka_unit_test(test_bound_in_many_places),
		cmocka_unit_test(test_text_in_streams),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
