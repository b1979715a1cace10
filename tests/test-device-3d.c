/* SPDX-License-Identifier: MIT */
/* Virgl through the real daemon and renderer: streams, transfers, fences, heads, a renderer's
 * death. */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/virgl.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define SIZE_PX 64u
#define CONTEXT 7u
#define TARGET 3u

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;
static struct virgl_stream stream;
static struct span backing;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 2, 2, NULL);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static struct gpu_resource_3d render_target(uint32_t width, uint32_t height)
{
	return (struct gpu_resource_3d){
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SCANOUT,
		.width = width,
		.height = height,
		.depth = 1,
		.array_size = 1,
	};
}

static void make_target(uint32_t resource, uint32_t width, uint32_t height)
{
	struct gpu_resource_3d target = render_target(width, height);

	backing = memory_alloc(&guest->memory, (size_t)width * height * 4, 4096);
	assert_non_null(backing.data);
	assert_int_equal(gpu_create_3d(gpu, resource, &target), OK);
	assert_int_equal(gpu_attach_backing(gpu, resource, &backing, 1), OK);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, resource), OK);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){
			.vmm.features = 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID });
	virgl_stream_init(&stream);
	assert_int_equal(gpu_context_create(gpu, CONTEXT, 0, "test"), OK);
	return 0;
}

static int test_teardown(void **state)
{
	virgl_stream_finish(&stream);
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

static int submit(void)
{
	int type = gpu_submit_3d(gpu, CONTEXT, stream.words, virgl_stream_bytes(&stream));
	virgl_stream_reset(&stream);
	return type;
}

/* A surface over the target as the framebuffer, cleared. */
static void draw_clear(uint32_t resource, float r, float g, float b)
{
	virgl_create_surface(&stream, 100 + resource, resource, VIRGL_FORMAT_B8G8R8X8);
	virgl_set_framebuffer(&stream, 100 + resource);
	virgl_clear(&stream, r, g, b, 1.0f);
	assert_int_equal(submit(), OK);
}

static uint32_t pixel_at(uint32_t x, uint32_t y, uint32_t width)
{
	uint32_t pixel;
	memcpy(&pixel, (uint8_t *)backing.data + ((size_t)y * width + x) * 4, 4);
	return pixel & 0xffffff;
}

static int read_back(uint32_t resource, uint32_t width, uint32_t height)
{
	struct gpu_transfer_3d all = { .box = { .w = width, .h = height, .d = 1 } };
	memset(backing.data, 0xee, backing.size);
	return gpu_transfer_from_host_3d(gpu, CONTEXT, resource, &all);
}

static void test_clear_reads_back(void **state)
{
	make_target(TARGET, SIZE_PX, SIZE_PX);
	draw_clear(TARGET, 1.0f, 0.0f, 0.5f);
	gpu->fenced = true;
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
	gpu->fenced = false;
	for (uint32_t i = 0; i < SIZE_PX * SIZE_PX; i++) {
		uint32_t pixel = pixel_at(i % SIZE_PX, i / SIZE_PX, SIZE_PX);
		assert_true(pixel == 0xff0080 || pixel == 0xff007f);
	}
}

/* What goes up by a transfer comes down the same, row by row. */
static void test_transfers_both_ways(void **state)
{
	struct gpu_transfer_3d all = { .box = { .w = SIZE_PX, .h = SIZE_PX, .d = 1 } };

	make_target(TARGET, SIZE_PX, SIZE_PX);
	uint32_t *pixels = (uint32_t *)backing.data;
	for (uint32_t i = 0; i < SIZE_PX * SIZE_PX; i++)
		pixels[i] = picture_pattern_at(i % SIZE_PX, i / SIZE_PX, 5);
	assert_int_equal(gpu_transfer_to_host_3d(gpu, CONTEXT, TARGET, &all), OK);
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
	for (uint32_t i = 0; i < SIZE_PX * SIZE_PX; i++)
		assert_int_equal(pixel_at(i % SIZE_PX, i / SIZE_PX, SIZE_PX),
			picture_pattern_at(i % SIZE_PX, i / SIZE_PX, 5) & 0xffffff);
}

static struct picture one_colour(uint32_t width, uint32_t height, uint32_t colour)
{
	struct picture picture = picture_make(width, height);
	for (uint32_t i = 0; i < width * height; i++)
		picture.pixels[i] = colour;
	return picture;
}

static void test_shown_on_head(void **state)
{
	struct picture red = one_colour(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 0xff0000);
	struct virtio_gpu_rect all = gpu_rect(0, 0, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);

	make_target(TARGET, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);
	draw_clear(TARGET, 1.0f, 0.0f, 0.0f);
	assert_int_equal(gpu_set_scanout(gpu, 1, TARGET, all), OK);
	assert_int_equal(gpu_flush(gpu, TARGET, all), OK);
	fixture_expect(&fixture, 1, guest, 1, &red);
	picture_finish(&red);
}

/* The picture's first row in the backing is the head's first row: as a dumb buffer's would be. */
static void test_orientation(void **state)
{
	struct gpu_transfer_3d all = {
		.box = { .w = FIXTURE_WIDTH_PX, .h = FIXTURE_HEIGHT_PX, .d = 1 },
	};
	struct virtio_gpu_rect rect = gpu_rect(0, 0, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);
	struct picture pattern = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 9);

	make_target(TARGET, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);
	memcpy(backing.data, pattern.pixels, backing.size);
	assert_int_equal(gpu_transfer_to_host_3d(gpu, CONTEXT, TARGET, &all), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, TARGET, rect), OK);
	assert_int_equal(gpu_flush(gpu, TARGET, rect), OK);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	picture_finish(&pattern);
}

/* A 2D resource that a context uses: its content goes along, and 2D commands go on working. */
static void test_2d_resource_in_context(void **state)
{
	struct picture pattern = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	struct picture blue = one_colour(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 0x0000ff);
	struct virtio_gpu_rect all = gpu_rect(0, 0, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);

	make_target(TARGET, SIZE_PX, SIZE_PX); /* so that there is a renderer */
	fixture_show(guest, 20, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, 20), OK);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	virgl_create_surface(&stream, 200, 20, VIRGL_FORMAT_B8G8R8X8);
	virgl_set_framebuffer(&stream, 200);
	virgl_clear(&stream, 0.0f, 0.0f, 1.0f, 1.0f);
	assert_int_equal(submit(), OK);
	assert_int_equal(gpu_flush(gpu, 20, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &blue);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 20, all, 0), OK);
	assert_int_equal(gpu_flush(gpu, 20, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	picture_finish(&pattern);
	picture_finish(&blue);
}

/* One resource on two heads: each flush is seen on both, and each head has its own part. */
static void test_two_heads(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, SIZE_PX, SIZE_PX),
			       part = gpu_rect(16, 8, 40, 50);
	static const uint32_t colours[] = { 0xff0000, 0x00ff00, 0x0000ff };

	make_target(TARGET, SIZE_PX, SIZE_PX);
	assert_int_equal(gpu_set_scanout(gpu, 0, TARGET, all), OK);
	assert_int_equal(gpu_set_scanout(gpu, 1, TARGET, part), OK);
	virgl_create_surface(&stream, 100, TARGET, VIRGL_FORMAT_B8G8R8X8);
	for (uint32_t i = 0; i < 3; i++) {
		struct picture whole = one_colour(SIZE_PX, SIZE_PX, colours[i]);
		struct picture small = one_colour(40, 50, colours[i]);
		virgl_set_framebuffer(&stream, 100);
		virgl_clear(&stream, i == 0, i == 1, i == 2, 1.0f);
		assert_int_equal(submit(), OK);
		assert_int_equal(gpu_flush(gpu, TARGET, all), OK);
		fixture_expect(&fixture, 1, guest, 0, &whole);
		fixture_expect(&fixture, 1, guest, 1, &small);
		picture_finish(&whole);
		picture_finish(&small);
	}
}

/* Gone while a head shows it and the renderer has not even begun: the rest goes on. */
static void test_destroyed_in_flight(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, SIZE_PX, SIZE_PX);
	struct gpu_transfer_3d transfer = { .box = { .w = SIZE_PX, .h = SIZE_PX, .d = 1 } };
	struct picture red = one_colour(SIZE_PX, SIZE_PX, 0xff0000);
	uint32_t types[16];

	for (uint32_t round = 0; round < 5; round++) {
		make_target(TARGET, SIZE_PX, SIZE_PX);
		gpu->fenced = round % 2;
		gpu_batch_begin(gpu);
		gpu_set_scanout(gpu, 0, TARGET, all);
		gpu_set_scanout(gpu, 1, TARGET, all);
		gpu_transfer_to_host_3d(gpu, CONTEXT, TARGET, &transfer);
		gpu_flush(gpu, TARGET, all);
		gpu_unref(gpu, TARGET);
		gpu_flush(gpu, TARGET, all);
		gpu_transfer_to_host_3d(gpu, CONTEXT, TARGET, &transfer);
		assert_int_equal(gpu_batch_end(gpu, types, 16), 7);
		gpu->fenced = false;
		for (uint32_t i = 0; i < 7; i++)
			assert_int_equal(
				types[i], i < 5 ? OK : VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
		fixture_expect_dark(&fixture, 1, guest, 0);
		fixture_expect_dark(&fixture, 1, guest, 1);
	}
	make_target(TARGET, SIZE_PX, SIZE_PX);
	draw_clear(TARGET, 1.0f, 0.0f, 0.0f);
	assert_int_equal(gpu_set_scanout(gpu, 0, TARGET, all), OK);
	assert_int_equal(gpu_flush(gpu, TARGET, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &red);
	picture_finish(&red);
}

/* Fenced commands are answered in order, whatever waits for the renderer and what does not. */
static void test_fences_in_order(void **state)
{
	struct gpu_request *requests[30];

	make_target(TARGET, SIZE_PX, SIZE_PX);
	draw_clear(TARGET, 0.0f, 1.0f, 0.0f);
	gpu->fenced = true;
	for (uint32_t i = 0; i < 30; i++) {
		struct virtio_gpu_ctrl_hdr info = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };
		struct virtio_gpu_transfer_host_3d transfer = {
			.hdr = { .type = VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, .ctx_id = CONTEXT },
			.box = { .w = SIZE_PX, .h = SIZE_PX, .d = 1 },
			.resource_id = TARGET,
		};
		int ret = i % 2 ? gpu_queue(gpu, gpu->control, &info, sizeof(info), NULL, 0, 512,
					  &requests[i])
				: gpu_queue(gpu, gpu->control, &transfer, sizeof(transfer), NULL, 0,
					  64, &requests[i]);
		assert_int_equal(ret, 0);
	}
	ring_publish(gpu->control);
	ring_notify(gpu->control);
	/* From the last to the first: when one is answered, all before it are. */
	for (uint32_t i = 30; i-- > 0;) {
		uint64_t fence = requests[i]->fence_id;
		assert_true(i == 29 || requests[i]->done);
		int type = gpu_wait(gpu, requests[i]);
		assert_int_equal(type, i % 2 ? VIRTIO_GPU_RESP_OK_DISPLAY_INFO : OK);
		assert_true(gpu->last.header.flags & VIRTIO_GPU_FLAG_FENCE);
		assert_int_equal(gpu->last.header.fence_id, fence);
	}
	gpu->fenced = false;
}

static void test_bad_ids(void **state)
{
	struct gpu_resource_3d target = render_target(SIZE_PX, SIZE_PX);
	struct gpu_transfer_3d all = { .box = { .w = SIZE_PX, .h = SIZE_PX, .d = 1 } };
	uint32_t nop = 0;

	make_target(TARGET, SIZE_PX, SIZE_PX);
	assert_int_equal(gpu_create_3d(gpu, 0, &target), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(
		gpu_create_3d(gpu, TARGET, &target), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(
		gpu_context_create(gpu, CONTEXT, 0, "x"), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	/* One that mullion-render keeps for itself. */
	assert_int_equal(gpu_context_create(gpu, UINT32_MAX, 0, "x"),
		VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(
		gpu_context_destroy(gpu, UINT32_MAX), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_destroy(gpu, 99), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(
		gpu_context_attach(gpu, 99, TARGET), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(
		gpu_context_attach(gpu, CONTEXT, 99), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(gpu_submit_3d(gpu, 99, &nop, 4), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_transfer_to_host_3d(gpu, CONTEXT, 99, &all),
		VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(gpu_transfer_to_host_3d(gpu, 99, TARGET, &all),
		VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
}

/* What belongs to one context is not there for another. */
static void test_another_context(void **state)
{
	struct gpu_transfer_3d all = { .box = { .w = SIZE_PX, .h = SIZE_PX, .d = 1 } };
	const uint32_t other = CONTEXT + 1;

	make_target(TARGET, SIZE_PX, SIZE_PX);
	draw_clear(TARGET, 1.0f, 0.0f, 0.0f);
	assert_int_equal(gpu_context_create(gpu, other, 0, "other"), OK);
	virgl_create_surface(&stream, 100, TARGET, VIRGL_FORMAT_B8G8R8X8);
	assert_int_equal(gpu_submit_3d(gpu, other, stream.words, virgl_stream_bytes(&stream)),
		VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	virgl_stream_reset(&stream);
	virgl_set_framebuffer(&stream, 100 + TARGET);
	assert_int_equal(gpu_submit_3d(gpu, other, stream.words, virgl_stream_bytes(&stream)),
		VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	virgl_stream_reset(&stream);
	assert_true(
		gpu_transfer_to_host_3d(gpu, other, TARGET, &all) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(
		gpu_transfer_from_host_3d(gpu, other, TARGET, &all) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* Attached it is; detached it is not. */
	assert_int_equal(gpu_context_attach(gpu, other, TARGET), OK);
	assert_int_equal(gpu_transfer_to_host_3d(gpu, other, TARGET, &all), OK);
	assert_int_equal(gpu_context_detach(gpu, other, TARGET), OK);
	assert_int_equal(gpu_context_detach(gpu, other, TARGET), OK);
	assert_int_equal(
		gpu_context_detach(gpu, other, 99), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(
		gpu_context_detach(gpu, 99, TARGET), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	virgl_create_surface(&stream, 100, TARGET, VIRGL_FORMAT_B8G8R8X8);
	assert_int_equal(gpu_submit_3d(gpu, other, stream.words, virgl_stream_bytes(&stream)),
		VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	virgl_stream_reset(&stream);
	assert_int_equal(gpu_context_destroy(gpu, other), OK);
	assert_int_equal(gpu_submit_3d(gpu, other, &(uint32_t){ 0 }, 4),
		VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	/* The first one never noticed. */
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
}

static void test_bad_sizes(void **state)
{
	struct gpu_resource_3d target = render_target(SIZE_PX, SIZE_PX);
	struct gpu_transfer_3d beyond = { .box = { .x = 1, .w = SIZE_PX, .h = SIZE_PX, .d = 1 } };
	struct gpu_transfer_3d wraps = { .box = { .x = 0xffffffff, .w = 2, .h = 1, .d = 1 } };

	make_target(TARGET, SIZE_PX, SIZE_PX);
	target.width = 0;
	assert_int_equal(gpu_create_3d(gpu, 50, &target), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	target.width = target.height = 0xffffffff;
	assert_int_equal(gpu_create_3d(gpu, 50, &target), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	target = render_target(SIZE_PX, SIZE_PX);
	target.format = 0xffff;
	assert_int_equal(gpu_create_3d(gpu, 50, &target), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	assert_true(gpu_transfer_to_host_3d(gpu, CONTEXT, TARGET, &beyond) >=
		    VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(gpu_transfer_from_host_3d(gpu, CONTEXT, TARGET, &wraps) >=
		    VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
}

/* Streams that the decoder refuses: the error, and the context lives. */
static void test_bad_streams(void **state)
{
	static const uint32_t streams[][4] = {
		{ 0x00040000 },          /* longer than the stream */
		{ 0x000000ff },          /* no such opcode */
		{ 0x00010001, 1 },       /* CREATE_OBJECT that is too short */
		{ 0x00030007, 4, 0, 0 }, /* CLEAR that is too short */
	};

	make_target(TARGET, SIZE_PX, SIZE_PX);
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		assert_true(gpu_submit_3d(gpu, CONTEXT, streams[i], sizeof(streams[i])) >=
			    VIRTIO_GPU_RESP_ERR_UNSPEC);
	/* A surface over a resource that this context does not have. */
	virgl_create_surface(&stream, 5, 4242, VIRGL_FORMAT_B8G8R8X8);
	assert_true(submit() >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(
		gpu_submit_3d(gpu, CONTEXT, streams[0], 3), VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
	draw_clear(TARGET, 0.0f, 0.0f, 1.0f);
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
	assert_int_equal(pixel_at(1, 1, SIZE_PX), 0x0000ff);
}

static void test_capsets(void **state)
{
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(gpu_get_capset_info(gpu, i), VIRTIO_GPU_RESP_OK_CAPSET_INFO);
		struct virtio_gpu_resp_capset_info info = gpu->last.capset_info;
		assert_int_equal(info.capset_id, i + 1);
		assert_true(info.capset_max_size > 0);
		assert_int_equal(gpu_get_capset(gpu, info.capset_id, info.capset_max_version),
			VIRTIO_GPU_RESP_OK_CAPSET);
		assert_int_equal(gpu->last_written_bytes, 24 + info.capset_max_size);
	}
	assert_int_equal(guest->vmm.config.num_capsets, 2);
	assert_true(gpu_get_capset_info(gpu, 2) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(gpu_get_capset(gpu, 99, 0) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* The renderer of the guest with that name, by its daemon; 0: none. */
static pid_t renderer_pid(void)
{
	char command[256];
	int pid = 0;

	snprintf(command, sizeof(command),
		"%s/tools/mullionctl --socket %s/control.sock --json show g1 | "
		"tr ',{}' '\\n\\n\\n' | sed -n 's/.*\"render_pid\": *\\([0-9]*\\).*/\\1/p'",
		getenv("MULLION_BUILD_ROOT"), fixture.dir);
	FILE *out = popen(command, "r");
	assert_non_null(out);
	if (fscanf(out, "%d", &pid) != 1)
		pid = 0;
	pclose(out);
	return pid;
}

/* The renderer dies: an answer to all that waits, the guest's ids live on, new contexts draw. */
static void test_renderer_death(void **state)
{
	make_target(TARGET, SIZE_PX, SIZE_PX);
	draw_clear(TARGET, 1.0f, 1.0f, 1.0f);
	pid_t pid = renderer_pid();
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	for (int i = 0; i < 100 && renderer_pid() == pid; i++)
		usleep(20000);

	virgl_clear(&stream, 0.0f, 0.0f, 0.0f, 1.0f);
	assert_int_equal(submit(), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_destroy(gpu, CONTEXT), OK);
	assert_int_equal(gpu_context_create(gpu, CONTEXT, 0, "again"), OK);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, TARGET), OK);
	draw_clear(TARGET, 0.0f, 1.0f, 0.0f);
	assert_int_equal(read_back(TARGET, SIZE_PX, SIZE_PX), OK);
	assert_int_equal(pixel_at(2, 2, SIZE_PX), 0x00ff00);
	assert_true(renderer_pid() > 1 && renderer_pid() != pid);
}

/* Reboot with 3D things alive: ids are free again, drawing works. */
static void test_reboot(void **state)
{
	for (int i = 0; i < 3; i++) {
		make_target(TARGET, SIZE_PX, SIZE_PX);
		draw_clear(TARGET, 0.0f, 1.0f, 0.0f);
		assert_int_equal(guest_reboot(guest), 0);
		assert_int_equal(gpu_context_create(gpu, CONTEXT, 0, "test"), OK);
	}
}

/* The quota is the guest's, of 2D and 3D together. */
static void test_quota(void **state)
{
	struct gpu_resource_3d target = render_target(4096, 4096); /* 64 MiB each, 512 MiB in all */
	uint32_t n = 0;

	while (n < 20 && gpu_create_3d(gpu, 300 + n, &target) == OK)
		n++;
	assert_in_range(n, 6, 8);
	assert_int_equal(gpu_create_3d(gpu, 300 + n, &target), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(gpu_create_2d(gpu, 400, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8192, 8192),
		VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(gpu_unref(gpu, 300), OK);
	assert_int_equal(gpu_create_3d(gpu, 300 + n, &target), OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
		TEST(test_capsets),
		TEST(test_clear_reads_back),
		TEST(test_transfers_both_ways),
		TEST(test_shown_on_head),
		TEST(test_orientation),
		TEST(test_2d_resource_in_context),
		TEST(test_two_heads),
		TEST(test_destroyed_in_flight),
		TEST(test_fences_in_order),
		TEST(test_bad_ids),
		TEST(test_another_context),
		TEST(test_bad_sizes),
		TEST(test_bad_streams),
		TEST(test_reboot),
		TEST(test_quota),
		TEST(test_renderer_death),
#undef TEST
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
