/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: what mullion-render has on virglrenderer. */
#include "tests/failing_cases.h"

#include <stdlib.h>
#include <unistd.h>

#include "backends/virgl/capsets.h"
#include "backends/virgl/context.h"
#include "backends/virgl/library.h"
#include "backends/virgl/renderer.h"
#include "backends/virgl/resource.h"
#include "base/io.h"
#include "protocol/virgl_format.h"

#define MEMORY_ADDR 0x1000u
#define MEMORY_BYTES 65536u

static struct library library;

static const struct virgl_resource texture = {
	.target = VIRGL_TARGET_2D,
	.format = VIRGL_FORMAT_R8G8B8A8_UNORM,
	.bind = VIRGL_BIND_RENDER_TARGET,
	.width = 16,
	.height = 16,
	.depth = 1,
	.array_size = 1,
};

static int run_capsets(void)
{
	uint32_t bytes;
	int fd = TRY(capsets_create(&bytes));
	int ret = fd < 0 ? fd : 0;

	fd_close(&fd);
	return ret;
}

static int run_context(void)
{
	struct context *context = NULL;
	int ret = TRY_THERE((context = context_create(1, VIRGL_CAPSET_VIRGL2, "test", 4)));

	context_destroy(context);
	return ret;
}

static int run_resource(void)
{
	struct resource *resource = NULL;
	int ret = TRY_THERE((resource = resource_create(1, &texture, &library.storage)));

	resource_destroy(resource);
	return ret;
}

static int run_memory(void)
{
	struct resource *resource = resource_create(1, &texture, &library.storage);
	int fd = memfd_create_sealed("test", 4096);
	int ret = TRY(resource_attach_memory(resource, fd, 4096));

	resource_destroy(resource);
	close(fd);
	return ret;
}

static int run_attach(void)
{
	struct context *context = context_create(1, VIRGL_CAPSET_VIRGL2, "test", 4);
	struct resource *resource = resource_create(1, &texture, &library.storage);
	int ret = TRY(context_attach(context, resource));

	context_detach(context, resource);
	resource_destroy(resource);
	context_destroy(context);
	return ret;
}

/* A stream that makes an object: what it logs, and what it makes. */
static int run_check(void)
{
	const uint32_t create[] = { VIRGL_OPCODE_CREATE_OBJECT | VIRGL_OBJECT_DSA << 8 | 5 << 16, 7,
		0, 0, 0, 0 };
	struct context *context = context_create(1, VIRGL_CAPSET_VIRGL2, "test", 4);
	struct virgl_decode_error error;
	int ret = TRY(context_check(context, create, N(create), 1 << 20, &error));

	if (ret == 0) {
		struct submission submission;
	uint32_t n_draws;
		submission_begin(&submission, context, (uint32_t *)create, N(create));
		assert_true(submission_step(&submission, 0, &n_draws));
		assert_int_equal(submission.error, 0);
	}
	context_destroy(context);
	return ret;
}

/* Of guest memory; the entries as they stand on the wire. */
static int run_backing(void)
{
	struct guest_region region = { .guest_addr = MEMORY_ADDR, .size_bytes = MEMORY_BYTES };
	const uint32_t entries[] = { MEMORY_ADDR, 0, 512, 0, MEMORY_ADDR + 4096, 0, 512, 0 };
	const struct virtio_gpu_command attach = { .resource_id = 1,
		.attach_backing = { .n_entries = 2 },
		.tail = (const uint8_t *)entries,
		.tail_len = sizeof(entries) };
	struct guest_memory memory;
	struct backing backing;

	guest_memory_init(&memory);
	int slot = guest_memory_add(&memory, &region, memfd_create_sealed("test", MEMORY_BYTES));
	assert_true(slot >= 0);
	int ret = TRY(backing_init(&backing, &attach, &memory));
	backing_finish(&backing);
	guest_memory_finish(&memory);
	return ret;
}

static const struct failing_case cases[] = {
	{ "capsets_create", run_capsets, false },
	{ "context_create", run_context, false },
	{ "resource_create", run_resource, false },
	{ "context_attach", run_attach, false },
	{ "resource_attach_memory", run_memory, false },
	{ "context_check", run_check, false },
	{ "backing_init", run_backing, false },
};

static void test_failing(void **state)
{
	library_init(&library);
	assert_int_equal(library_open(&library, -1, -1), 0);
	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
	library_finish(&library);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
