/* SPDX-License-Identifier: MIT */
/* Each quota of the configuration, reached through the real daemon, and what frees it. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define FULL VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY
#define BGRX VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 1,
		"memory = 16M\nmax-contexts = 3\nmax-resources = 5\n"
		"max-backing-entries = 8\nmax-fences = 4\n");
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	gpu->timeout_ms = 30000; /* a renderer may have to start first */
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

static struct span page(void)
{
	struct span span = memory_alloc(&guest->memory, 4096, 4096);
	assert_non_null(span.data);
	return span;
}

static int create_blob(uint32_t id, uint64_t size, const struct span *pieces, uint32_t n)
{
	return gpu_create_blob(gpu, 0, id, VIRTIO_GPU_BLOB_MEM_GUEST, 0, 0, size, pieces, n);
}

/* And who looks after the host can see it. */
static void test_resources(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	for (uint32_t id = 1; id <= 5; id++)
		assert_int_equal(gpu_create_2d(gpu, id, BGRX, 8, 8), OK);
	assert_int_equal(gpu_create_2d(gpu, 6, BGRX, 8, 8), FULL);
	fixture_expect_shown(&fixture, "5 of 5");
	for (int i = 0; i < 200; i++) {
		if (fixture_log_has(&fixture, line, "RESOURCE_CREATE_2D: a limit of the guest is reached"))
			break;
		assert_true(i < 199);
		usleep(10000);
	}
	struct span span = page();
	assert_int_equal(create_blob(6, 4096, &span, 1), FULL);
	assert_int_equal(gpu_create_3d(gpu, 6,
				 &(struct gpu_resource_3d){ .target = 2, .format = 1, .bind = 2,
					 .width = 8, .height = 8, .depth = 1, .array_size = 1 }),
		FULL);
	assert_int_equal(gpu_unref(gpu, 3), OK);
	assert_int_equal(gpu_create_2d(gpu, 6, BGRX, 8, 8), OK);
	assert_int_equal(gpu_create_2d(gpu, 3, BGRX, 8, 8), FULL);
}

static void test_memory(void **state)
{
	struct span pieces[2] = { memory_alloc(&guest->memory, 8u << 20, 4096), page() };

	assert_int_equal(gpu_create_2d(gpu, 1, BGRX, 1024, 2048), OK); /* 8 MiB */
	assert_int_equal(gpu_create_2d(gpu, 2, BGRX, 1024, 2049), FULL);
	/* A blob counts as what it is large. */
	assert_int_equal(create_blob(2, (8u << 20) + 1, pieces, 2), FULL);
	assert_int_equal(create_blob(2, 8u << 20, pieces, 2), OK);
	assert_int_equal(gpu_create_2d(gpu, 3, BGRX, 1, 1), FULL);
	assert_int_equal(gpu_unref(gpu, 2), OK);
	assert_int_equal(gpu_create_2d(gpu, 3, BGRX, 1024, 2048), OK);
}

static void test_backing_entries(void **state)
{
	struct span pieces[9];

	for (uint32_t i = 0; i < 9; i++)
		pieces[i] = page();
	assert_int_equal(gpu_create_2d(gpu, 1, BGRX, 8, 8), OK);
	assert_int_equal(gpu_create_2d(gpu, 2, BGRX, 8, 8), OK);
	assert_int_equal(gpu_attach_backing(gpu, 1, pieces, 9), FULL);
	assert_int_equal(gpu_attach_backing(gpu, 1, pieces, 5), OK);
	assert_int_equal(gpu_attach_backing(gpu, 2, pieces, 4), FULL);
	assert_int_equal(create_blob(3, 4096, pieces, 4), FULL);
	assert_int_equal(create_blob(3, 4096, pieces, 3), OK);
	assert_int_equal(gpu_attach_backing(gpu, 2, pieces, 1), FULL);
	assert_int_equal(gpu_detach_backing(gpu, 1), OK);
	assert_int_equal(gpu_attach_backing(gpu, 2, pieces, 5), OK);
	assert_int_equal(gpu_unref(gpu, 3), OK);
	assert_int_equal(gpu_attach_backing(gpu, 1, pieces, 3), OK);
}

static void test_contexts(void **state)
{
	for (uint32_t id = 1; id <= 3; id++)
		assert_int_equal(gpu_context_create(gpu, id, 0, "one"), OK);
	assert_int_equal(gpu_context_create(gpu, 4, 0, "more"), FULL);
	assert_int_equal(gpu_context_destroy(gpu, 2), OK);
	assert_int_equal(gpu_context_create(gpu, 4, 0, "more"), OK);
	/* With a renderer as without one. */
	assert_int_equal(gpu_submit_3d(gpu, 4, &(uint32_t){ 0 }, 4), OK);
	assert_int_equal(gpu_context_create(gpu, 2, 0, "more"), FULL);
	assert_int_equal(gpu_context_destroy(gpu, 1), OK);
	assert_int_equal(gpu_context_create(gpu, 2, 0, "more"), OK);
}

/* The device takes a whole batch before it hears of the renderer again. */
static void test_fences(void **state)
{
	uint32_t types[20], n_full = 0;

	assert_int_equal(gpu_context_create(gpu, 1, 0, "fences"), OK);
	assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), OK);
	gpu->fenced = true;
	gpu_batch_begin(gpu);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), 0);
	assert_int_equal(gpu_batch_end(gpu, types, 20), 20);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(types[i] == OK || types[i] == FULL);
		n_full += types[i] == FULL;
	}
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(types[i], OK);
	assert_in_range(n_full, 1, 16);
	/* And is as good as before. */
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(gpu_submit_3d(gpu, 1, &(uint32_t){ 0 }, 4), OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
		TEST(test_resources),
		TEST(test_memory),
		TEST(test_backing_entries),
		TEST(test_contexts),
		TEST(test_fences),
#undef TEST
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
