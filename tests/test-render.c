/* SPDX-License-Identifier: MIT */
/* mullion-render, the real program, at its work: 3D, fences, pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/clock.h"
#include "render_driver.h"

#define FOURCC_XR24 0x34325258
#define WHOLE_RECT ((struct virtio_gpu_rect){ .width = WIDTH_PX, .height = HEIGHT_PX })

static void test_announces_itself(void **state)
{
	struct peer peer;

	peer_start(&peer);
	print_message("ready after %.1f ms, %ld MB resident, %s\n", peer.ready_ns / 1e6,
		peer_status_kb(&peer, "VmRSS") / 1024, peer.ready.renderer);
	assert_true(strlen(peer.ready.renderer) > 0);
	const struct link_capset *capsets = peer.capsets;
	assert_int_equal(capsets[0].id, 1);
	assert_int_equal(capsets[1].id, 2);
	assert_true(capsets[1].size > capsets[0].size);
	assert_true(capsets[1].offset + capsets[1].size <= peer.ready.capsets_bytes);
	peer_finish(&peer, 0);
}

static void test_clears_and_reads_back(void **state)
{
	struct virgl_stream stream;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	driver_stream_clear(&stream, 1, 0, 0.2);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	assert_int_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, 1, driver_whole),
		OK);
	assert_int_equal(driver_memory_pixel(&peer, 0, 0), 0xff0033);
	assert_int_equal(driver_memory_pixel(&peer, WIDTH_PX - 1, HEIGHT_PX - 1), 0xff0033);
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

/* Shaders are compiled: threads, executable memory, all of it inside the sandbox. */
static void test_draws_a_triangle(void **state)
{
	static const struct virgl_vertex vertices[3] = {
		{ { -1, -1, 0, 1 }, { 0, 1, 0, 1 } },
		{ { 3, -1, 0, 1 }, { 0, 1, 0, 1 } },
		{ { -1, 3, 0, 1 }, { 0, 1, 0, 1 } },
	};
	struct virtio_gpu_resource_create_3d buffer = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = 2,
		.target = VIRGL_TARGET_BUFFER,
		.format = VIRGL_FORMAT_R8,
		.bind = VIRGL_BIND_VERTEX_BUFFER,
		.width = sizeof(vertices),
		.height = 1,
		.depth = 1,
		.array_size = 1,
	};
	struct virgl_stream stream;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	assert_int_equal(driver_command(&peer, &buffer, sizeof(buffer)), OK);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 1, 2), OK);
	driver_stream_clear(&stream, 1, 0, 0);
	virgl_triangle_state(&stream, 10, 2, WIDTH_PX, HEIGHT_PX);
	virgl_inline_write(&stream, 2, 0, vertices, sizeof(vertices));
	virgl_draw(&stream, VIRGL_PRIMITIVE_TRIANGLES, 0, 3);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	assert_int_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, 1, driver_whole),
		OK);
	assert_int_equal(driver_memory_pixel(&peer, WIDTH_PX / 2, HEIGHT_PX / 2), 0x00ff00);
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

static void check_picture(
	struct peer *peer, const struct link_frame *frame, uint32_t from_x, uint32_t from_y)
{
	const struct link_picture_add *add =
		&peer->pictures[frame->head][frame->plane][frame->slot].add;

	for (uint32_t y = 0; y < add->height_px; y++) {
		for (uint32_t x = 0; x < add->width_px; x++)
			assert_int_equal(peer_pixel(peer, frame, x, y) & 0xffffff,
				driver_painted_pixel(x + from_x, y + from_y));
	}
}

/* What the guest wrote as its first row is on top, however GL keeps it. */
static void check_upload_is_upright(uint32_t flags)
{
	struct link_frame frame;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, flags);
	driver_paint_memory(&peer);
	assert_int_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 1, 1, driver_whole), OK);
	assert_int_equal(driver_scanout(&peer, 2, 1, WHOLE_RECT, 77), OK);
	assert_int_equal(driver_flush(&peer, 2, WHOLE_RECT), OK);
	assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
	assert_int_equal(frame.head, 2);
	assert_int_equal(frame.plane, LINK_PLANE_PRIMARY);
	assert_int_equal(frame.serial, 77);
	assert_int_equal(frame.damage_width, WIDTH_PX);
	assert_int_equal(frame.damage_height, HEIGHT_PX);
	check_picture(&peer, &frame, 0, 0);

	/* A part of it, as two heads in one framebuffer have it. */
	struct virtio_gpu_rect part = { .x = 5, .y = 7, .width = 20, .height = 10 };
	struct virtio_gpu_rect part_whole = { .width = 20, .height = 10 };
	assert_int_equal(driver_scanout(&peer, 3, 1, part, 78), OK);
	assert_int_equal(driver_flush(&peer, 3, part_whole), OK);
	assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
	assert_int_equal(frame.head, 3);
	check_picture(&peer, &frame, 5, 7);
	peer_finish(&peer, 0);
}

static void test_picture_is_upright(void **state)
{
	check_upload_is_upright(0);
}

static void test_picture_is_upright_y_0_top(void **state)
{
	check_upload_is_upright(VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP);
}

static void check_copy(struct peer *peer, uint32_t head, struct virtio_gpu_rect rect)
{
	struct link_copy copy;
	int fd;

	peer_copy(peer, head, &copy, &fd);
	assert_int_equal(copy.status, LINK_COPY_MADE);
	assert_int_equal(copy.width_px, rect.width);
	assert_int_equal(copy.height_px, rect.height);
	assert_int_equal(copy.fourcc, FOURCC_XR24);
	size_t bytes = (size_t)rect.width * rect.height * 4;
	assert_int_equal(memfd_check_sealed(fd, bytes), 0);
	uint32_t *pixels = memfd_map(fd, bytes, PROT_READ);
	assert_non_null(pixels);
	for (uint32_t y = 0; y < rect.height; y++) {
		for (uint32_t x = 0; x < rect.width; x++)
			assert_int_equal(pixels[y * rect.width + x] & 0xffffff,
				driver_painted_pixel(x + rect.x, y + rect.y));
	}
	munmap(pixels, bytes);
	fd_close(&fd);
}

static void check_no_copy(struct peer *peer, uint32_t head)
{
	struct link_copy copy;
	int fd;

	peer_copy(peer, head, &copy, &fd);
	assert_int_equal(copy.status, LINK_COPY_DARK);
	assert_int_equal(copy.width_px | copy.height_px | copy.fourcc, 0);
}

/* As the daemon asks for screenshots of dma-bufs: whole or a part, upright, or a refusal. */
static void check_copies(uint32_t flags)
{
	struct virtio_gpu_rect part = { .x = 5, .y = 7, .width = 21, .height = 10 };
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, flags);
	driver_paint_memory(&peer);
	assert_int_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 1, 1, driver_whole), OK);
	check_no_copy(&peer, 2);
	assert_int_equal(driver_scanout(&peer, 2, 1, WHOLE_RECT, 1), OK);
	assert_int_equal(driver_scanout(&peer, 3, 1, part, 2), OK);
	check_copy(&peer, 2, WHOLE_RECT);
	check_copy(&peer, 3, part);
	check_copy(&peer, 3, part);
	check_no_copy(&peer, 1);
	check_no_copy(&peer, LIMIT_HEADS);
	check_no_copy(&peer, UINT32_MAX);
	assert_int_equal(driver_scanout(&peer, 2, 0, WHOLE_RECT, 3), OK);
	check_no_copy(&peer, 2);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_RESOURCE_UNREF, 0, 1), OK);
	check_no_copy(&peer, 3);
	peer_finish(&peer, 0);
}

static void test_copies(void **state)
{
	check_copies(0);
	check_copies(VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP);
}

static void clear_and_flush(struct peer *peer, float r, float g, float b)
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	virgl_clear(&stream, r, g, b, 1);
	assert_int_equal(driver_submit_and_wait(peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
	assert_int_equal(driver_flush(peer, 0, WHOLE_RECT), OK);
}

static void test_newest_frame_wins(void **state)
{
	struct virgl_stream stream;
	struct link_frame frame, second;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	driver_stream_clear(&stream, 0, 0, 0);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	assert_int_equal(driver_scanout(&peer, 0, 1, WHOLE_RECT, 1), OK);
	clear_and_flush(&peer, 1, 0, 0);
	assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
	assert_int_equal(peer_pixel(&peer, &frame, 3, 3) & 0xffffff, 0xff0000);

	/* The daemon is not ready: nothing comes, and then only the last. */
	clear_and_flush(&peer, 0, 1, 0);
	clear_and_flush(&peer, 0, 0, 1);
	assert_false(peer_frame(&peer, &second, 50));
	peer_frame_done(&peer, 0, LINK_PLANE_PRIMARY);
	assert_true(peer_frame(&peer, &second, PEER_WAIT_MS));
	assert_int_equal(peer_pixel(&peer, &second, 3, 3) & 0xffffff, 0x0000ff);
	assert_int_not_equal(second.slot, frame.slot);
	peer_frame_done(&peer, 0, LINK_PLANE_PRIMARY);
	assert_false(peer_frame(&peer, &second, 50));
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

static void test_cursor(void **state)
{
	struct virtio_gpu_mem_entry entry = { .addr = PEER_MEMORY_ADDR, .length = 64 * 64 * 4 };
	struct virtio_gpu_box box = { .w = 64, .h = 64, .d = 1 };
	struct link_frame frame;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	for (uint32_t i = 0; i < 64 * 64; i++)
		memcpy(peer.memory + i * 4, &(uint32_t){ 0x80000000 | i }, 4);
	assert_int_equal(driver_create_texture(&peer, 9, 64, 64, 0), OK);
	assert_int_equal(driver_attach_backing(&peer, 9, &entry, 1), OK);
	/* Context 0, as for a 2D resource. */
	assert_int_equal(driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 0, 9, box), OK);
	assert_int_equal(driver_cursor(&peer, 1, 9, 3, 4, 5), OK);
	assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
	assert_int_equal(frame.head, 1);
	assert_int_equal(frame.plane, LINK_PLANE_CURSOR);
	assert_int_equal(frame.serial, 5);
	assert_int_equal(frame.hot_x, 3);
	assert_int_equal(frame.hot_y, 4);
	assert_int_equal(peer_pixel(&peer, &frame, 1, 2), 0x80000000 | (2 * 64 + 1));
	assert_int_equal(driver_cursor(&peer, 1, 0, 0, 0, 6), OK);
	peer_finish(&peer, 0);
}

static void test_fences_complete_in_order(void **state)
{
	enum {
		ROUNDS = 200
	};
	struct virgl_stream good, bad;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	driver_stream_clear(&good, 0, 1, 0);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &good), OK);
	virgl_stream_reset(&good);
	virgl_clear(&good, 0, 0, 1, 1);
	virgl_stream_init(&bad);
	virgl_begin(&bad, 0xee, 0);
	virgl_end(&bad);

	uint64_t first = peer.seq + 1;
	for (int i = 0; i < ROUNDS; i++)
		driver_submit(&peer, 1, i % 3 == 2 ? &bad : &good, RENDER_WANT_FENCED);
	for (int i = 0; i < ROUNDS; i++) {
		struct render_completion completion;
		assert_true(peer_completion(&peer, &completion, PEER_WAIT_MS));
		assert_int_equal(completion.seq, first + i);
		if (i % 3 == 2)
			assert_int_equal(
				completion.response, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
		else
			assert_int_equal(completion.response, OK);
	}
	virgl_stream_finish(&good);
	virgl_stream_finish(&bad);
	peer_finish(&peer, 0);
}

/* 0.10.4 forgets the fence it waits for when a context goes: ours come all the same. */
static void test_fences_outlive_contexts(void **state)
{
	struct virtio_gpu_ctx_destroy destroy = { .hdr.type = VIRTIO_GPU_CMD_CTX_DESTROY };
	struct render_completion completion;
	struct virgl_stream stream;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	driver_stream_clear(&stream, 0, 1, 0);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	virgl_stream_reset(&stream);
	virgl_clear(&stream, 0, 0, 1, 1);
	for (uint32_t id = 2; id < 60; id++) {
		assert_int_equal(driver_create_context(&peer, id), OK);
		destroy.hdr.ctx_id = id;
		uint64_t seq = driver_submit(&peer, 1, &stream, RENDER_WANT_FENCED);
		peer_put(&peer, RENDER_COMMAND, 0, &destroy, sizeof(destroy), NULL, 0);
		assert_true(peer_completion(&peer, &completion, PEER_WAIT_MS));
		assert_int_equal(completion.seq, seq);
		assert_int_equal(completion.response, OK);
	}
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

static void test_reset_forgets_all(void **state)
{
	struct virgl_stream stream;
	struct link_frame frame;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	for (int i = 0; i < 3; i++) {
		driver_target(&peer, 0);
		driver_stream_clear(&stream, 0, 1, 0);
		assert_int_equal(driver_scanout(&peer, 0, 1, WHOLE_RECT, 1 + i), OK);
		assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
		assert_int_equal(driver_flush(&peer, 0, WHOLE_RECT), OK);
		assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
		peer_frame_done(&peer, 0, LINK_PLANE_PRIMARY);
		driver_submit(&peer, 1, &stream, 0);
		assert_int_equal(peer_execute(&peer, RENDER_RESET, NULL, 0, NULL, 0), OK);
		assert_int_equal(driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 1, 1,
					 driver_whole),
			VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
		virgl_stream_finish(&stream);
	}
	peer_finish(&peer, 0);
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* Not judged here, but said: how long from the record to its fence. */
static void test_fence_latency(void **state)
{
	enum {
		ROUNDS = 400
	};
	int64_t took_ns[ROUNDS];
	struct virgl_stream stream;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	driver_stream_clear(&stream, 0, 1, 0);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	virgl_stream_reset(&stream);
	virgl_clear(&stream, 0, 0, 1, 1);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start_ns = clock_now_ns();
		assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
		took_ns[i] = clock_now_ns() - start_ns;
	}
	qsort(took_ns, ROUNDS, sizeof(took_ns[0]), compare_ns);
	print_message("fence of a small clear: median %.0f us, p99 %.0f us, %ld MB resident\n",
		took_ns[ROUNDS / 2] / 1e3, took_ns[ROUNDS * 99 / 100] / 1e3,
		peer_status_kb(&peer, "VmRSS") / 1024);
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

/* Not judged here, but said: from the flush of a cleared picture to its frame, a copy. */
static void test_frame_latency(void **state)
{
	enum {
		ROUNDS = 100
	};
	struct virtio_gpu_rect whole = { .width = 1024, .height = 768 };
	int64_t took_ns[ROUNDS];
	struct virgl_stream stream;
	struct link_frame frame;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	assert_int_equal(driver_create_context(&peer, 1), OK);
	assert_int_equal(driver_create_texture(&peer, 1, whole.width, whole.height, 0), OK);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 1, 1), OK);
	driver_stream_clear(&stream, 0, 1, 0);
	assert_int_equal(driver_scanout(&peer, 0, 1, whole, 1), OK);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start_ns = clock_now_ns();
		assert_int_equal(driver_flush(&peer, 0, whole), OK);
		assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
		took_ns[i] = clock_now_ns() - start_ns;
		peer_release(&peer, &frame);
		peer_frame_done(&peer, 0, LINK_PLANE_PRIMARY);
	}
	qsort(took_ns, ROUNDS, sizeof(took_ns[0]), compare_ns);
	print_message("flush to frame, 1024x768: median %.0f us, p99 %.0f us\n",
		took_ns[ROUNDS / 2] / 1e3, took_ns[ROUNDS * 99 / 100] / 1e3);
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_announces_itself),
		cmocka_unit_test(test_clears_and_reads_back),
		cmocka_unit_test(test_draws_a_triangle),
		cmocka_unit_test(test_picture_is_upright),
		cmocka_unit_test(test_picture_is_upright_y_0_top),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_newest_frame_wins),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_fences_complete_in_order),
		cmocka_unit_test(test_fences_outlive_contexts),
		cmocka_unit_test(test_reset_forgets_all),
		cmocka_unit_test(test_fence_latency),
		cmocka_unit_test(test_frame_latency),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
