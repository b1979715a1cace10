/* SPDX-License-Identifier: MIT */
/* Streams that Mesa sent: all are taken. */

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

#include <cmocka.h>

#include "backends/virgl/objects.h"
#include "base/list.h"
#include "virgl-objects.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* What Mesa sent; data/virgl/README.md says how it came there. */
static const char *const captures[] = {
	"glmark2-mesa-22.3.6.gz", "glmark2-mesa-25.0.7.gz", "piglit-mesa-22.3.6.gz",
	"piglit-mesa-25.0.7.gz",
	"objects-glmark2-mesa-22.3.6.gz", /* all that was made, from the start to the end */
};

static bool capture_is_whole(const char *name)
{
	return strncmp(name, "objects-", strlen("objects-")) == 0;
}

#define CAPTURED_IDS 65536
enum capture_record {
	CAPTURE_RECORD_RESOURCE = 1,
	CAPTURE_RECORD_RESOURCE_GONE = 2,
	CAPTURE_RECORD_STREAM = 3,
};

struct capture {
	struct objects objects;
	struct virgl_resource resources[CAPTURED_IDS];
	bool used[CAPTURED_IDS];
	size_t streams, commands;
};

static const struct virgl_resource *find_captured(void *data, uint32_t id)
{
	struct objects *objects = data;
	const struct capture *capture = container_of(objects, struct capture, objects);
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
	assert_true(virgl_resource_check(&capture->resources[d[0]], &virgl_limits_default, &bytes));
	capture->used[d[0]] = true;
}

/* An object was made in a stream that the capture has not. */
static void supply(struct capture *capture, const struct virgl_command *command, uint32_t id,
	uint8_t type, uint32_t stage)
{
	if (id && !objects_find(&capture->objects, id))
		objects_set(&capture->objects, command, id,
			&(struct virgl_object_info){ .type = type, .stage = stage });
}

static void supply_all(
	struct capture *capture, const struct virgl_command *command, uint32_t first, uint8_t type)
{
	for (uint32_t i = first; i <= command->length; i++)
		supply(capture, command, command->dwords[i], type, 0);
}

static void supply_command(struct capture *capture, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	switch (command->opcode) {
	case VIRGL_OPCODE_SET_SUB_CTX:
		if (!objects_select_sub_context(&capture->objects, d[1]))
			objects_create_sub_context(&capture->objects, command, d[1]);
		break;
	case VIRGL_OPCODE_BIND_OBJECT:
		supply(capture, command, d[1], command->object, 0);
		break;
	case VIRGL_OPCODE_BIND_SHADER:
		supply(capture, command, d[1], VIRGL_OBJECT_SHADER, d[2]);
		break;
	case VIRGL_OPCODE_LINK_SHADER:
		for (uint32_t stage = 0; stage < VIRGL_SHADER_STAGE_END; stage++)
			supply(capture, command, d[1 + stage], VIRGL_OBJECT_SHADER, stage);
		break;
	case VIRGL_OPCODE_SET_FRAMEBUFFER_STATE:
		supply_all(capture, command, 2, VIRGL_OBJECT_SURFACE);
		break;
	case VIRGL_OPCODE_SET_SAMPLER_VIEWS:
		supply_all(capture, command, 3, VIRGL_OBJECT_SAMPLER_VIEW);
		break;
	case VIRGL_OPCODE_BIND_SAMPLER_STATES:
		supply_all(capture, command, 3, VIRGL_OBJECT_SAMPLER_STATE);
		break;
	case VIRGL_OPCODE_SET_STREAMOUT_TARGETS:
		supply_all(capture, command, 2, VIRGL_OBJECT_STREAMOUT_TARGET);
		break;
	case VIRGL_OPCODE_BEGIN_QUERY:
	case VIRGL_OPCODE_END_QUERY:
	case VIRGL_OPCODE_GET_QUERY_RESULT:
	case VIRGL_OPCODE_GET_QUERY_RESULT_QBO:
	case VIRGL_OPCODE_SET_RENDER_CONDITION:
		supply(capture, command, d[1], VIRGL_OBJECT_QUERY, 0);
		break;
	default:
		break;
	}
}

static void read_stream(struct capture *capture, const uint32_t *d, size_t n, const char *name)
{
	struct virgl_lookup captured = context_lookup(&capture->objects, find_captured);
	struct virgl_decode_error error;
	struct virgl_command command;
	size_t offset = 0;

	objects_begin(&capture->objects, UINT32_MAX);
	while (virgl_stream_next(d, n, &offset, &command)) {
		if (!capture_is_whole(name))
			supply_command(capture, &command);
		if (!virgl_stream_check(command.dwords, 1u + command.length, &virgl_limits_default,
			    &captured, &error))
			fail_msg("%s, stream %zu, dword %zu, %s %s: %s", name, capture->streams,
				command.offset, virgl_opcode_name(error.opcode),
				virgl_object_name(error.object), error.reason);
		capture->commands++;
	}
	objects_commit(&capture->objects);
	assert_int_equal(offset, n);
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
		objects_init(&capture.objects);
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
		objects_finish(&capture.objects);
		assert_true(capture.streams > 0 && capture.commands > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_captures) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
