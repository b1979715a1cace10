/* SPDX-License-Identifier: MIT */
/* What a guest showed is shown again by mullion-replay, from the beginning or from later on. */
#include "tap_world.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/virgl.h"

/* As mullion-replay counts it. */
static uint64_t checksum(const struct picture *picture)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (uint32_t i = 0; i < picture->width_px * picture->height_px; i++)
		sum = (sum ^ (picture->pixels[i] & 0xffffff)) * 0x100000001b3;
	return sum;
}

static void expect_replayed(char *path, const char *renderer, const struct picture *picture)
{
	struct teller teller;
	char line[128];

	replay_start(&teller, renderer, path);
	assert_int_equal(teller_wait(&teller), 0);
	snprintf(line, sizeof(line), "head 1 frame 1: %ux%u %016lx\n", picture->width_px,
		picture->height_px, checksum(picture));
	teller_expect(&teller, line);
	teller_expect(&teller, ", 0 refused (0 when recorded)\n");
}

/* Not sooner than the guest, and with the picture in a file. */
static void expect_realtime(char *path, const struct picture *picture)
{
	char program[PATH_MAX], png[192];
	char *argv[] = { program, "--realtime", "--png", fixture.dir, path, NULL };
	struct picture shown;
	struct teller teller;
	double took, guest_took;
	size_t len;

	fixture_program("tools/replay/mullion-replay", program, sizeof(program));
	snprintf(teller.output, sizeof(teller.output), "%s/replay", fixture.dir);
	unlink(teller.output);
	assert_int_equal(process_spawn(&teller.process, argv, teller.output), 0);
	assert_int_equal(teller_wait(&teller), 0);
	char *text = file_read(teller.output, &len);
	char *at = strstr(text, " frames in ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, " frames in %lf s: %*f frames/s (the guest took %lf", &took,
				 &guest_took),
		2);
	assert_true(guest_took > 0 && took >= guest_took);
	free(text);
	snprintf(png, sizeof(png), "%s/head1-000001.png", fixture.dir);
	assert_int_equal(picture_read_png(&shown, png), 0);
	assert_true(picture_compare(&shown, picture) < 0);
	picture_finish(&shown);
}

/* What was shown is shown again, without the VM, by either renderer: from the beginning... */
static void test_replay(void **state)
{
	struct picture picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 11);
	struct teller teller;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	fixture_show(guest, 9, 1, &picture);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	expect_replayed(path, "pixman", &picture);
	expect_replayed(path, "virgl", &picture);
	expect_realtime(path, &picture);
	picture_finish(&picture);
}

/* ...and where the recording began after it was drawn, and the guest's memory is another by then.
 */
static void test_replay_late(void **state)
{
	struct picture picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 12);
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	boot();
	struct span memory = fixture_show(guest, 9, 1, &picture);
	memset(memory.data, 0xee, memory.size);
	record_start(&teller, path);
	for (struct stat st = { 0 }; st.st_size < 16384; stat(path, &st)) {
		gpu_move_cursor(gpu, 0, 0, 1, 1);
		step();
	}
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	file_last(path, &header, &n_commands);
	assert_int_equal(header.flags, RECORD_FLAG_DATA | RECORD_FLAG_LATE);
	expect_replayed(path, "pixman", &picture);
	expect_replayed(path, "virgl", &picture);
	picture_finish(&picture);
}

/* The same of a 2D resource that a context uses: it lives on the renderer, and of its content the
 * backing tells. The context itself was there before, and cannot be played. */
static void test_replay_late_context(void **state)
{
	struct picture picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 15);
	struct teller teller;
	char path[160];

	boot();
	make_target(64);
	fixture_show(guest, 9, 1, &picture);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, 9), OK);
	assert_int_equal(draw(0.5f), OK);
	record_start(&teller, path);
	for (struct stat st = { 0 }; st.st_size < 16384; stat(path, &st)) {
		gpu_move_cursor(gpu, 0, 0, 1, 1);
		step();
	}
	assert_int_equal(draw(0.75f), OK);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	expect_replayed(path, "pixman", &picture);
	expect_replayed(path, "virgl", &picture);
	replay_start(&teller, "virgl", path);
	assert_int_equal(teller_wait(&teller), 0);
	assert_true(teller_said(&teller, "1 commands were skipped, of contexts"));
	picture_finish(&picture);
}

#define SIDE 32u

/* A blob whose pages lie in another order in memory. */
static void test_replay_blob(void **state)
{
	struct picture picture = picture_pattern(SIDE, SIDE, 13);
	struct virtio_gpu_rect all = gpu_rect(0, 0, SIDE, SIDE);
	const uint32_t stride = 512, offset = 100;
	struct teller teller;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	struct span memory = memory_alloc(&guest->memory, 5 * 4096, 4096), pages[5];
	for (int i = 0; i < 5; i++)
		pages[i] = (struct span){ .gpa = memory.gpa + (4 - i) * 4096, .size = 4096 };
	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		size_t at = offset + i / SIDE * stride + i % SIDE * 4;
		memcpy((char *)memory.data + (4 - at / 4096) * 4096 + at % 4096, &picture.pixels[i],
			4);
	}
	assert_int_equal(
		gpu_create_blob(gpu, 0, 4, VIRTIO_GPU_BLOB_MEM_GUEST, 0, 0, 5 * 4096, pages, 5),
		OK);
	assert_int_equal(gpu_set_scanout_blob(gpu, 1, 4, all, SIDE, SIDE,
				 VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, stride, offset),
		OK);
	assert_int_equal(gpu_flush(gpu, 4, all), OK);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	expect_replayed(path, "pixman", &picture);
	expect_replayed(path, "virgl", &picture);
	picture_finish(&picture);
}

/* What a stream reads of a resource's backing by itself. */
static void test_replay_stream(void **state)
{
	static const uint32_t box[] = { TARGET, 0, 0, 0, 0, 0, 0, 0, SIDE, SIDE, 1, 256, 1 };
	struct picture picture = picture_pattern(SIDE, SIDE, 14);
	struct virgl_stream stream;
	struct teller teller;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	make_target(SIDE);
	struct span memory = memory_alloc(&guest->memory, 8192, 4096);
	memcpy((char *)memory.data + 256, picture.pixels, SIDE * SIDE * 4);
	assert_int_equal(gpu_attach_backing(gpu, TARGET, &memory, 1), OK);
	virgl_stream_init(&stream);
	virgl_begin(&stream, 43, 0); /* TRANSFER3D */
	for (size_t i = 0; i < sizeof(box) / sizeof(box[0]); i++)
		virgl_word(&stream, box[i]);
	virgl_end(&stream);
	assert_int_equal(
		gpu_submit_3d(gpu, CONTEXT, stream.words, virgl_stream_bytes(&stream)), OK);
	virgl_stream_finish(&stream);
	assert_int_equal(gpu_set_scanout(gpu, 1, TARGET, gpu_rect(0, 0, SIDE, SIDE)), OK);
	assert_int_equal(gpu_flush(gpu, TARGET, gpu_rect(0, 0, SIDE, SIDE)), OK);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	expect_replayed(path, "virgl", &picture);
	picture_finish(&picture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_late),
		cmocka_unit_test(test_replay_late_context),
		cmocka_unit_test(test_replay_blob),
		cmocka_unit_test(test_replay_stream),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, tap_setup, tap_teardown);
}
