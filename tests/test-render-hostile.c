/* SPDX-License-Identifier: MIT */
/* mullion-render, the real program, against a guest and a mullion-guest that lie. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "render_driver.h"

#define WHOLE_RECT ((struct virtio_gpu_rect){ .width = WIDTH_PX, .height = HEIGHT_PX })
#define MIB (1u << 20)

/* It serves as before. */
static void check_alive(struct peer *peer)
{
	struct virgl_stream stream;

	driver_stream_clear(&stream, 0, 1, 0);
	assert_int_equal(driver_submit_and_wait(peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
}

static void expect_refused_stream(struct peer *peer, const uint32_t *words, size_t count)
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	for (size_t i = 0; i < count; i++)
		virgl_word(&stream, words[i]);
	assert_int_not_equal(driver_submit_and_wait(peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
}

#define EXPECT_REFUSED_STREAM(peer, ...)                                                           \
	expect_refused_stream(peer, (const uint32_t[]){ __VA_ARGS__ },                             \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void test_bad_streams_are_refused(void **state)
{
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	EXPECT_REFUSED_STREAM(&peer, 0x000000ee);           /* unknown */
	EXPECT_REFUSED_STREAM(&peer, 0xffff0007);           /* longer than the stream */
	EXPECT_REFUSED_STREAM(&peer, 7 | 3 << 16, 0, 0, 0); /* CLEAR too short */
	EXPECT_REFUSED_STREAM(
		&peer, 9 | 12 << 16, 99, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0); /* resource */
	/* Context and header. */
	struct virtio_gpu_cmd_submit submit = {
		.hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 77 },
		.size = 4,
	};
	uint32_t nop = 0;
	assert_int_equal(peer_execute(&peer, RENDER_COMMAND, &submit, sizeof(submit), &nop, 4),
		VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	/* The last one is the renderer's own. */
	assert_int_equal(driver_create_context(&peer, 0), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(
		driver_create_context(&peer, UINT32_MAX), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	submit.hdr.ctx_id = 1;
	submit.size = 8; /* more than there is */
	assert_int_not_equal(
		peer_execute(&peer, RENDER_COMMAND, &submit, sizeof(submit), &nop, 4), OK);
	submit.size = 3;
	assert_int_not_equal(
		peer_execute(&peer, RENDER_COMMAND, &submit, sizeof(submit), &nop, 4), OK);
	check_alive(&peer);
	peer_finish(&peer, 0);
}

/* Objects of nobody, of another type, of another sub-context; and of a stream that was refused. */
static void test_foreign_objects_are_refused(void **state)
{
	const uint32_t create = 1 | 3 << 8 | 5 << 16, bind = 2 | 3 << 8 | 1 << 16, dsa = 400;
	const uint32_t bind_blend = 2 | 1 << 8 | 1 << 16, create_sub = 29 | 1 << 16;
	const uint32_t set_sub = 28 | 1 << 16, destroy_sub = 30 | 1 << 16;
	struct virgl_stream stream;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	EXPECT_REFUSED_STREAM(&peer, bind, dsa);
	EXPECT_REFUSED_STREAM(&peer, create, dsa, 0, 0, 0, 0, bind_blend, dsa);
	EXPECT_REFUSED_STREAM(&peer, create, dsa, 0, 0, 0, 0, create_sub, 3, bind, dsa);
	EXPECT_REFUSED_STREAM(&peer, create, dsa, 0, 0, 0, 0, create, dsa, 0, 0, 0, 0);
	EXPECT_REFUSED_STREAM(&peer, bind, dsa); /* none of them made it */
	EXPECT_REFUSED_STREAM(&peer, set_sub, 3);
	EXPECT_REFUSED_STREAM(&peer, destroy_sub, 0);
	EXPECT_REFUSED_STREAM(&peer, 19 | 1 << 16, dsa);    /* BEGIN_QUERY */
	EXPECT_REFUSED_STREAM(&peer, 31 | 2 << 16, dsa, 0); /* BIND_SHADER */
	/* What is right is taken, in the same stream and in the next. */
	virgl_stream_init(&stream);
	const uint32_t right[] = { create, dsa, 0, 0, 0, 0, bind, dsa, create_sub, 3, create, dsa,
		0, 0, 0, 0, bind, dsa, set_sub, 0 };
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		virgl_word(&stream, right[i]);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	virgl_stream_reset(&stream);
	virgl_bind_object(&stream, VIRGL_OBJECT_DSA, dsa);
	assert_int_equal(driver_submit_and_wait(&peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
	check_alive(&peer);
	peer_finish(&peer, 0);
}

/* Until there is no room for more; what goes with its context makes room again. */
static void test_sub_contexts_are_counted(void **state)
{
	struct virgl_stream stream;
	struct peer peer;
	uint32_t response, n = 0;

	peer_start(&peer);
	peer_serve(&peer, 16 * MIB);
	driver_target(&peer, 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(driver_create_context(&peer, 2), OK);
		uint32_t before = n;
		for (n = 0; n < 64; n++) {
			virgl_stream_init(&stream);
			virgl_create_sub_context(&stream, 1 + n);
			response = driver_submit_and_wait(&peer, 2, &stream);
			virgl_stream_finish(&stream);
			if (response != OK)
				break;
		}
		assert_int_equal(response, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
		assert_true(n > 0 && n < 16 && (round == 0 || n == before));
		assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_DESTROY, 2, 0), OK);
	}
	check_alive(&peer);
	peer_finish(&peer, 0);
}

static void test_bad_ids_and_boxes_are_refused(void **state)
{
	struct virtio_gpu_box outside = { .x = 1, .w = WIDTH_PX, .h = HEIGHT_PX, .d = 1 };
	struct virtio_gpu_box wraps = { .x = 0xffffffff, .w = 2, .h = 1, .d = 1 };
	struct virtio_gpu_rect right = { .x = 1, .width = WIDTH_PX, .height = HEIGHT_PX };
	struct virtio_gpu_rect far = { .x = 0xfffffff0, .width = 0x20, .height = 1 };
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	assert_int_not_equal(driver_create_context(&peer, 0), OK);
	assert_int_not_equal(driver_create_context(&peer, 1), OK);
	assert_int_not_equal(driver_create_texture(&peer, 0, 8, 8, 0), OK);
	assert_int_not_equal(driver_create_texture(&peer, 1, 8, 8, 0), OK);
	assert_int_not_equal(driver_create_texture(&peer, 5, 0xffffffff, 0xffffffff, 0), OK);
	assert_int_not_equal(driver_create_texture(&peer, 5, 8, 8, 0xff), OK);
	assert_int_not_equal(driver_simple(&peer, VIRTIO_GPU_CMD_RESOURCE_UNREF, 0, 5), OK);
	assert_int_not_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 9, 1), OK);
	assert_int_not_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 1, 9), OK);
	for (uint32_t context = 0; context < 2; context++) {
		uint32_t to = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D;
		assert_int_not_equal(driver_transfer(&peer, to, context, 1, outside), OK);
		assert_int_not_equal(driver_transfer(&peer, to, context, 1, wraps), OK);
		uint32_t from = VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D;
		assert_int_not_equal(driver_transfer(&peer, from, context, 1, outside), OK);
		assert_int_not_equal(driver_transfer(&peer, from, context, 1, wraps), OK);
	}
	assert_int_not_equal(driver_scanout(&peer, 16, 1, WHOLE_RECT, 1), OK);
	assert_int_not_equal(driver_scanout(&peer, 0, 9, WHOLE_RECT, 1), OK);
	assert_int_not_equal(driver_scanout(&peer, 0, 1, right, 1), OK);
	assert_int_not_equal(driver_scanout(&peer, 0, 1, far, 1), OK);
	assert_int_equal(driver_scanout(&peer, 0, 1, WHOLE_RECT, 1), OK);
	assert_int_not_equal(driver_flush(&peer, 0, right), OK);
	assert_int_not_equal(driver_flush(&peer, 0, far), OK);
	assert_int_not_equal(driver_cursor(&peer, 0, 1, 0, 0, 1), OK); /* not 64x64 */
	assert_int_not_equal(driver_cursor(&peer, 99, 1, 0, 0, 1), OK);
	check_alive(&peer);
	peer_finish(&peer, 0);
}

/* Shown while it goes: the head keeps the last frame, and no more come. */
static void test_shown_resource_goes(void **state)
{
	struct link_frame frame;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	assert_int_equal(driver_scanout(&peer, 0, 1, WHOLE_RECT, 1), OK);
	assert_int_equal(driver_flush(&peer, 0, WHOLE_RECT), OK);
	assert_true(peer_frame(&peer, &frame, PEER_WAIT_MS));
	assert_int_equal(driver_flush(&peer, 0, WHOLE_RECT), OK);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_RESOURCE_UNREF, 0, 1), OK);
	peer_frame_done(&peer, 0, LINK_PLANE_PRIMARY);
	assert_false(peer_frame(&peer, &frame, 50));
	assert_int_equal(driver_flush(&peer, 0, WHOLE_RECT), OK);
	assert_int_equal(driver_create_texture(&peer, 1, WIDTH_PX, HEIGHT_PX, 0), OK);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, 1, 1), OK);
	check_alive(&peer);
	peer_finish(&peer, 0);
}

static void test_quota_holds(void **state)
{
	struct peer peer;
	uint32_t id = 1;

	peer_start(&peer);
	peer_serve(&peer, 8 * MIB);
	assert_int_equal(driver_create_context(&peer, 1), OK);
	while (driver_create_texture(&peer, id, 512, 512, 0) == OK) /* one MiB each */
		id++;
	assert_in_range(id, 4, 8);
	assert_int_equal(
		driver_create_texture(&peer, id, 512, 512, 0), VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_RESOURCE_UNREF, 0, 1), OK);
	assert_int_equal(driver_create_texture(&peer, id, 512, 512, 0), OK);
	assert_int_equal(peer_execute(&peer, RENDER_RESET, NULL, 0, NULL, 0), OK);
	for (id = 1; id < 4; id++)
		assert_int_equal(driver_create_texture(&peer, id, 512, 512, 0), OK);
	peer_finish(&peer, 0);
}

/* What many heads show of one large resource is bounded too. */
static void test_pictures_are_bounded(void **state)
{
	struct virtio_gpu_rect large = { .width = 4096, .height = 2048 }; /* 32 MiB a picture */
	uint32_t refused = 0;
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	assert_int_equal(driver_create_texture(&peer, 1, 4096, 2048, 0), OK);
	for (uint32_t head = 0; head < LIMIT_HEADS; head++) {
		if (driver_scanout(&peer, head, 1, large, 1) == VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY)
			refused++;
	}
	assert_in_range(refused, LIMIT_HEADS - 4, LIMIT_HEADS - 1);
	assert_int_equal(driver_scanout(&peer, 0, 1, large, 2), OK);
	peer_finish(&peer, 0);
}

static void test_backing_outside_memory(void **state)
{
	const struct virtio_gpu_mem_entry bad[] = {
		{ .addr = PEER_MEMORY_ADDR - 4096, .length = 8192 },
		{ .addr = PEER_MEMORY_ADDR + PEER_MEMORY_BYTES - 4096, .length = 8192 },
		{ .addr = UINT64_MAX - 100, .length = 4096 },
		{ .addr = 0, .length = 1 },
	};
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	assert_int_equal(driver_create_texture(&peer, 1, WIDTH_PX, HEIGHT_PX, 0), OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(driver_attach_backing(&peer, 1, &bad[i], 1), OK);
	struct virtio_gpu_mem_entry small = { .addr = PEER_MEMORY_ADDR, .length = 16 };
	assert_int_equal(driver_attach_backing(&peer, 1, &small, 1), OK);
	assert_int_not_equal(driver_attach_backing(&peer, 1, &small, 1), OK);
	/* Less memory than the transfer needs. */
	assert_int_not_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 0, 1, driver_whole), OK);
	assert_int_not_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, 0, 1, driver_whole),
		OK);
	assert_int_equal(driver_simple(&peer, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 0, 1), OK);
	assert_int_not_equal(
		driver_transfer(&peer, VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, 0, 1, driver_whole), OK);
	peer_finish(&peer, 0);
}

/* The picture lies across two regions, then elsewhere, then nowhere. */
static void test_memory_moves(void **state)
{
	const uint32_t to = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D;
	const uint32_t from = VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D;
	struct virtio_gpu_mem_entry across = {
		.addr = PEER_MEMORY_ADDR + MIB - PICTURE_BYTES / 2,
		.length = PICTURE_BYTES,
	};
	struct peer peer;

	peer_start(&peer);
	peer_serve_bare(&peer, PEER_QUOTA_BYTES);
	/* Neighbours for the guest, far apart in the file. */
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR, MIB, 0);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR + MIB, MIB, 8 * MIB);
	peer_send_regions_done(&peer);
	assert_int_equal(driver_create_texture(&peer, 1, WIDTH_PX, HEIGHT_PX, 0), OK);
	assert_int_equal(driver_attach_backing(&peer, 1, &across, 1), OK);
	driver_paint_memory(&peer);
	memcpy(peer.memory + MIB - PICTURE_BYTES / 2, peer.memory, PICTURE_BYTES / 2);
	memcpy(peer.memory + 8 * MIB, peer.memory + PICTURE_BYTES / 2, PICTURE_BYTES / 2);
	assert_int_equal(driver_transfer(&peer, to, 0, 1, driver_whole), OK);

	/* The second region comes first in the file now. */
	memset(peer.memory, 0, PEER_MEMORY_BYTES);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR, MIB, 16 * MIB);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR + MIB, MIB, 17 * MIB);
	peer_send_regions_done(&peer);
	assert_int_equal(driver_transfer(&peer, from, 0, 1, driver_whole), OK);
	memcpy(peer.memory, peer.memory + 17 * MIB - PICTURE_BYTES / 2, PICTURE_BYTES);
	assert_int_equal(driver_memory_pixel(&peer, 0, 0), driver_painted_pixel(0, 0));
	assert_int_equal(driver_memory_pixel(&peer, 9, HEIGHT_PX - 1),
		driver_painted_pixel(9, HEIGHT_PX - 1));

	peer_send_regions_done(&peer); /* no memory at all */
	assert_int_not_equal(driver_transfer(&peer, from, 0, 1, driver_whole), OK);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR, 2 * MIB, 0);
	peer_send_regions_done(&peer);
	assert_int_equal(driver_transfer(&peer, from, 0, 1, driver_whole), OK);
	peer_finish(&peer, 0);
}

/* A file shorter than its region: the region is left out, nothing is ever touched there. */
static void test_region_shorter_than_said(void **state)
{
	struct virtio_gpu_mem_entry entry = { .addr = PEER_MEMORY_ADDR, .length = PICTURE_BYTES };
	struct peer peer;

	peer_start(&peer);
	peer_serve_bare(&peer, PEER_QUOTA_BYTES);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR, PEER_MEMORY_BYTES + 4096, 0);
	peer_send_region(&peer, peer.memory_fd, 0, 4096, PEER_MEMORY_BYTES);
	peer_send_region(&peer, peer.memory_fd, 0, UINT64_MAX, 0);
	peer_send_regions_done(&peer);
	assert_int_equal(driver_create_texture(&peer, 1, WIDTH_PX, HEIGHT_PX, 0), OK);
	assert_int_not_equal(driver_attach_backing(&peer, 1, &entry, 1), OK);
	peer_send_region(&peer, peer.memory_fd, PEER_MEMORY_ADDR, PEER_MEMORY_BYTES, 0);
	peer_send_regions_done(&peer);
	assert_int_equal(driver_attach_backing(&peer, 1, &entry, 1), OK);
	peer_finish(&peer, 0);
}

/* More than the ring holds, of all sizes: padding, wrapping, back-pressure. */
static void test_ring_wraps(void **state)
{
	static uint32_t words[200000];
	struct virtio_gpu_cmd_submit submit = {
		.hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 1 },
	};
	struct peer peer;

	peer_start(&peer);
	peer_serve(&peer, PEER_QUOTA_BYTES);
	driver_target(&peer, 0);
	for (uint32_t i = 0; i < 300; i++) {
		uint32_t n = i * 7919 % 60000;
		submit.size = n * 4; /* all NOPs */
		assert_int_equal(
			peer_execute(&peer, RENDER_COMMAND, &submit, sizeof(submit), words, n * 4),
			OK);
	}
	check_alive(&peer);
	peer_finish(&peer, 0);
}

static void start_and_serve(struct peer *peer)
{
	peer_start(peer);
	peer_serve(peer, PEER_QUOTA_BYTES);
	driver_target(peer, 0);
}

static void test_ring_index_too_far(void **state)
{
	struct peer peer;

	start_and_serve(&peer);
	atomic_fetch_add(&peer.page->submit_head.value, RENDER_RECORDS_BYTES + 8);
	peer_wake(&peer);
	peer_expect_exit(&peer, EXIT_FAILURE);
}

static void test_ring_index_unaligned(void **state)
{
	struct peer peer;

	start_and_serve(&peer);
	atomic_fetch_add(&peer.page->submit_head.value, 17);
	peer_wake(&peer);
	peer_expect_exit(&peer, EXIT_FAILURE);
}

static void check_bad_record(uint32_t bytes, uint16_t kind, uint32_t published)
{
	struct render_record record = { .bytes = bytes, .kind = kind };
	struct peer peer;

	start_and_serve(&peer);
	uint32_t head = atomic_load(&peer.page->submit_head.value);
	memcpy(peer.ring + RENDER_RECORDS_OFFSET + head % RENDER_RECORDS_BYTES, &record,
		sizeof(record));
	atomic_store(&peer.page->submit_head.value, head + published);
	peer_wake(&peer);
	peer_expect_exit(&peer, EXIT_FAILURE);
}

static void test_bad_records(void **state)
{
	check_bad_record(0, RENDER_COMMAND, 64);
	check_bad_record(15, RENDER_PAD, 64);
	check_bad_record(65, RENDER_COMMAND, 64); /* more than was published */
	check_bad_record(UINT32_MAX, RENDER_COMMAND, 64);
	check_bad_record(RENDER_RECORD_MAX + 8, RENDER_COMMAND, 2 * RENDER_RECORD_MAX);
	check_bad_record(64, RENDER_KIND_COUNT, 64);
	check_bad_record(24, RENDER_SCANOUT, 24); /* too short for its kind */
	check_bad_record(24, RENDER_COMMAND, 24);
	check_bad_record(64, RENDER_RESET, 64);
}

static void test_completions_not_taken(void **state)
{
	struct peer peer;

	start_and_serve(&peer);
	for (uint32_t i = 0; i < RENDER_COMPLETIONS + 8; i++)
		peer_put(&peer, RENDER_RESET, RENDER_WANT_EXECUTED, NULL, 0, NULL, 0);
	peer_expect_exit(&peer, EXIT_FAILURE);
}

static void test_ends_with_its_guest(void **state)
{
	struct peer peer;

	start_and_serve(&peer);
	fd_close(&peer.socket_fd);
	peer_expect_exit(&peer, EXIT_SUCCESS);
}

/* What the daemon and mullion-guest see of a renderer that dies. */
static void test_killed(void **state)
{
	uint8_t message[64];
	int fds[IO_FDS_MAX];
	size_t n_fds;
	struct peer peer;
	int status;

	start_and_serve(&peer);
	kill(peer.pid, SIGKILL);
	assert_int_equal(waitpid(peer.pid, &status, 0), peer.pid);
	assert_int_equal(io_recv(peer.link_fd, message, sizeof(message), fds, &n_fds), 0);
	assert_int_equal(io_recv(peer.socket_fd, message, sizeof(message), fds, &n_fds), 0);
	peer_forget(&peer);
}

static void test_spare_ends_with_the_link(void **state)
{
	struct peer peer;

	peer_start(&peer);
	assert_true(peer_is_alive(&peer));
	peer_finish(&peer, EXIT_SUCCESS);
}

static void test_ring_not_sealed(void **state)
{
	struct link_render_start start = {
		.type = LINK_RENDER_START,
		.ring_bytes = RENDER_RING_BYTES,
	};
	struct peer peer;

	peer_start(&peer);
	int fds[] = { peer.link_fd, peer.link_fd, peer.link_fd, peer.link_fd, peer.link_fd };
	assert_int_equal(io_send(peer.link_fd, &start, sizeof(start), fds, 5), sizeof(start));
	peer_expect_exit(&peer, EXIT_FAILURE);
}

static size_t count_descriptors(const struct peer *peer)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)peer->pid);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void test_sandbox(void **state)
{
	struct peer peer;

	peer_start(&peer);
	assert_int_equal(peer_status_kb(&peer, "NoNewPrivs"), 1);
	if (peer_status_kb(&peer, "Seccomp") != 2)
		print_message("no filter of system calls: built with AddressSanitizer\n");
#ifndef __SANITIZE_ADDRESS__
	assert_int_equal(peer_status_kb(&peer, "Seccomp"), 2);
#endif
	if (getuid() == 0)
		assert_int_equal(peer_status_kb(&peer, "Uid"), 65534);
	print_message("%zu descriptors\n", count_descriptors(&peer));
	peer_finish(&peer, EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_streams_are_refused),
		cmocka_unit_test(test_foreign_objects_are_refused),
		cmocka_unit_test(test_sub_contexts_are_counted),
		cmocka_unit_test(test_bad_ids_and_boxes_are_refused),
		cmocka_unit_test(test_shown_resource_goes),
		cmocka_unit_test(test_quota_holds),
		cmocka_unit_test(test_pictures_are_bounded),
		cmocka_unit_test(test_backing_outside_memory),
		cmocka_unit_test(test_memory_moves),
		cmocka_unit_test(test_region_shorter_than_said),
		cmocka_unit_test(test_ring_wraps),
		cmocka_unit_test(test_ring_index_too_far),
		cmocka_unit_test(test_ring_index_unaligned),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_completions_not_taken),
		cmocka_unit_test(test_ends_with_its_guest),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_spare_ends_with_the_link),
		cmocka_unit_test(test_ring_not_sealed),
		cmocka_unit_test(test_sandbox),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
