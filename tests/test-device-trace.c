/* SPDX-License-Identifier: MIT */
/* mullionctl trace and record of a guest of the test's own, and readers that are slow. */
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"
#include "protocol/record.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define CONTEXT 7u
#define TARGET 3u
#define WAIT_MS 20000

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;

/* A mullionctl of the test's, and what it says. */
struct teller {
	struct process process;
	char output[160];
};

static void step(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 2, "trace-limit = 64K\nrecord-limit = 1M\n");
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static void teller_start(struct teller *teller, const char *name, const char *command, char *file)
{
	char program[PATH_MAX], socket[128];
	char *argv[] = { program, "--socket", socket, (char *)command, "g1", file, NULL };

	fixture_program("tools/mullionctl", program, sizeof(program));
	snprintf(socket, sizeof(socket), "%s/control.sock", fixture.dir);
	snprintf(teller->output, sizeof(teller->output), "%s/%s", fixture.dir, name);
	unlink(teller->output);
	assert_int_equal(process_spawn(&teller->process, argv, teller->output), 0);
}

static void replay_start(struct teller *teller, const char *renderer, char *path)
{
	char program[PATH_MAX];
	char *argv[] = { program, "--renderer", (char *)renderer, "--every", "1", path, NULL };

	fixture_program("tools/replay/mullion-replay", program, sizeof(program));
	snprintf(teller->output, sizeof(teller->output), "%s/replay", fixture.dir);
	unlink(teller->output);
	assert_int_equal(process_spawn(&teller->process, argv, teller->output), 0);
}

/* The caller frees. */
static char *file_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	struct stat st;

	if (!file || fstat(fileno(file), &st) < 0) {
		*len = 0;
		return calloc(1, 1);
	}
	char *text = calloc(1, st.st_size + 1);
	*len = fread(text, 1, st.st_size, file);
	fclose(file);
	return text;
}

static bool teller_said(const struct teller *teller, const char *what)
{
	size_t len;
	char *text = file_read(teller->output, &len);
	bool said = strstr(text, what);

	free(text);
	return said;
}

static void teller_expect(const struct teller *teller, const char *what)
{
	for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms += 2) {
		if (teller_said(teller, what))
			return;
		step();
	}
	size_t len;
	fail_msg("not said: \"%s\" in:\n%s", what, file_read(teller->output, &len));
}

/* Its exit status, once it ended by itself. */
static int teller_wait(struct teller *teller)
{
	for (int waited_ms = 0; process_alive(&teller->process); waited_ms += 2) {
		if (waited_ms > WAIT_MS)
			process_stop(&teller->process, 0);
		step();
	}
	return WIFEXITED(teller->process.status) ? WEXITSTATUS(teller->process.status) : -1;
}

static void boot(void)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL |
						 1ull << VIRTIO_GPU_F_EDID });
}

static void unboot(void)
{
	fixture_unboot(&fixture, 1, guest);
}

static void make_target(uint32_t size_px)
{
	struct gpu_resource_3d target = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SCANOUT,
		.width = size_px,
		.height = size_px,
		.depth = 1,
		.array_size = 1,
	};

	assert_int_equal(gpu_context_create(gpu, CONTEXT, 0, "a \"context\"\n"), OK);
	assert_int_equal(gpu_create_3d(gpu, TARGET, &target), OK);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, TARGET), OK);
}

static int draw(float red)
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	virgl_create_surface(&stream, 5, TARGET, VIRGL_FORMAT_B8G8R8X8);
	virgl_set_framebuffer(&stream, 5);
	virgl_clear(&stream, red, 0.25f, 0.0f, 1.0f);
	virgl_destroy_object(&stream, VIRGL_OBJECT_SURFACE, 5);
	int type = gpu_submit_3d(gpu, CONTEXT, stream.words, virgl_stream_bytes(&stream));
	virgl_stream_finish(&stream);
	return type;
}

/* From before the VM to its end, nothing is missed; a line for each command, in order. */
static void test_trace(void **state)
{
	static const char *const lines[] = {
		"  CTX_CREATE ctx=7 init=0x0 name=\"a ?context??\"",
		"  RESOURCE_CREATE_3D resource=3 target=2 format=2 bind=0x40002 64x64x1 ",
		"  CTX_ATTACH_RESOURCE ctx=7 resource=3\n",
		"  SUBMIT_3D ctx=7 bytes=",
		"\n\t\tCREATE_OBJECT SURFACE handle=5 resource=3 format=2 level=0 layers=0,0\n",
		"\n\t\tSET_FRAMEBUFFER_STATE colors=1 depth=0 color=5\n",
		"\n\t\tCLEAR buffers=0x4 red=0.5 green=0.25 blue=0 alpha=1 ",
		"\n\t\tDESTROY_OBJECT SURFACE handle=5\n",
		"  RESOURCE_CREATE_2D resource=9 format=2 320x200\n",
		"  RESOURCE_ATTACH_BACKING resource=9 entries=1 bytes=256000\n",
		"  TRANSFER_TO_HOST_2D resource=9 320x200+0+0 offset=0\n",
		"  SET_SCANOUT resource=9 scanout=1 320x200+0+0\n",
		"  RESOURCE_FLUSH resource=9 320x200+0+0\n",
		"  RESOURCE_UNREF resource=77\n",
		"  (RESOURCE_UNREF is answered with ERR_INVALID_RESOURCE_ID, 0x1203)\n",
		"  MOVE_CURSOR resource=0 scanout=1 at=5,6\n",
		"  (end)\n",
	};
	struct teller teller;
	struct picture picture;
	size_t len;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting for the VM of \"g1\"");
	boot();
	make_target(64);
	assert_int_equal(draw(0.5f), OK);
	picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	fixture_show(guest, 9, 1, &picture);
	picture_finish(&picture);
	assert_int_equal(gpu_unref(gpu, 77), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	gpu_move_cursor(gpu, 1, 0, 5, 6);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);

	char *text = file_read(teller.output, &len), *at = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *found = strstr(at, lines[i]);
		if (!found)
			fail_msg("no \"%s\" in:\n%s", lines[i], at);
		at = found + 1;
	}
	free(text);
}

/* One that begins late, and is stopped. */
static void test_trace_stopped(void **state)
{
	struct teller teller;

	boot();
	teller_start(&teller, "trace", "trace", NULL);
	gpu_move_cursor(gpu, 0, 0, 1, 1);
	while (!teller_said(&teller, "MOVE_CURSOR") && process_alive(&teller.process)) {
		gpu_move_cursor(gpu, 0, 0, 1, 1);
		step();
	}
	kill(teller.process.pid, SIGINT);
	assert_int_equal(teller_wait(&teller), 0);
	assert_int_equal(gpu_move_cursor(gpu, 0, 0, 2, 2), 0);
	unboot();
}

static uint64_t sum_after(const char *text, const char *what, int (*number)(const char *, uint64_t *))
{
	uint64_t sum = 0, n;

	for (const char *at = text; (at = strstr(at, what)); at++)
		sum += number(at, &n) ? n : 0;
	return sum;
}

static int one(const char *at, uint64_t *n)
{
	*n = 1;
	return 1;
}

static int in_brackets(const char *at, uint64_t *n)
{
	while (*at != '(')
		at--;
	return sscanf(at, "(%lu", n) == 1;
}

#define FLOOD 20000u

/* The reader sleeps, the guest does not; what was left out is told to the last record. */
static void test_trace_flood(void **state)
{
	struct teller teller;
	size_t len;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting");
	boot();
	assert_int_equal(gpu_move_cursor(gpu, 0, 0, 1, 1), 0);
	teller_expect(&teller, "MOVE_CURSOR");
	kill(teller.process.pid, SIGSTOP);
	for (uint32_t i = 1; i < FLOOD; i++)
		assert_int_equal(gpu_move_cursor(gpu, 0, 0, i, i), 0);
	fixture_expect_shown(&fixture, "KiB of 64 KiB");
	kill(teller.process.pid, SIGCONT);
	teller_expect(&teller, "records left out");
	unboot();
	assert_int_equal(teller_wait(&teller), 0);

	char *text = file_read(teller.output, &len);
	uint64_t told = sum_after(text, "  MOVE_CURSOR", one);
	uint64_t lost = sum_after(text, " records left out", in_brackets);
	assert_true(lost > 0);
	assert_int_equal(told + lost, FLOOD);
	free(text);
}

static void test_too_many(void **state)
{
	struct teller tellers[5];
	char name[16];

	boot();
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "trace%d", i);
		teller_start(&tellers[i], name, "trace", NULL);
		while (!teller_said(&tellers[i], "MOVE_CURSOR")) {
			gpu_move_cursor(gpu, 0, 0, 1, 1);
			step();
		}
	}
	teller_start(&tellers[4], "trace4", "trace", NULL);
	assert_int_equal(teller_wait(&tellers[4]), 1);
	assert_true(teller_said(&tellers[4], "traced by as many as can be"));
	unboot();
	for (int i = 0; i < 4; i++)
		assert_int_equal(teller_wait(&tellers[i]), 0);
}

/* They wait for a VM, so many and no more; one that went away leaves its place. */
static void test_too_many_wait(void **state)
{
	struct teller tellers[5];
	char name[16];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "trace%d", i);
		teller_start(&tellers[i], name, "trace", NULL);
		teller_expect(&tellers[i], i < 4 ? "waiting" : "cannot be traced now");
	}
	assert_int_equal(teller_wait(&tellers[4]), 1);
	for (int i = 0; i < 4; i++) {
		kill(tellers[i].process.pid, SIGTERM);
		assert_int_equal(teller_wait(&tellers[i]), 0);
	}
	teller_start(&tellers[4], "trace4", "trace", NULL);
	teller_expect(&tellers[4], "waiting");
	kill(tellers[4].process.pid, SIGTERM);
	assert_int_equal(teller_wait(&tellers[4]), 0);
}

static pid_t find_guest_process(void)
{
	pid_t pids[PROCESS_MAX_TREE];
	size_t n = process_tree(fixture.daemon.pid, pids, PROCESS_MAX_TREE);

	for (size_t i = 0; i < n; i++) {
		char path[64], name[32] = "";
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)pids[i]);
		FILE *file = fopen(path, "re");
		if (file && fgets(name, sizeof(name), file) && !strcmp(name, "mullion-guest\n")) {
			fclose(file);
			return pids[i];
		}
		if (file)
			fclose(file);
	}
	return 0;
}

/* -- recordings -- */

/* The last record of a file that is right from its start to its end. */
static struct record file_last(const char *path, struct record_header *header, uint32_t *n_commands)
{
	struct record record = { 0 };
	const char *reason;
	size_t len;
	char *bytes = file_read(path, &len);
	int n = decode_record_header(bytes, len, header, &reason);

	assert_true(n > 0);
	*n_commands = 0;
	for (size_t at = n; at < len; at += n) {
		n = decode_record(bytes + at, len - at, &record, &reason);
		if (n <= 0)
			fail_msg("at %zu of %zu: %s", at, len, n < 0 ? reason : "cut");
		*n_commands += record.kind == RECORD_COMMAND;
	}
	free(bytes);
	return record;
}

static void record_start(struct teller *teller, char path[static 160])
{
	snprintf(path, 160, "%s/file", fixture.dir);
	unlink(path);
	teller_start(teller, "record", "record", path);
}

static void test_record(void **state)
{
	static const uint32_t nops[2048];
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	make_target(64);
	assert_int_equal(draw(0.5f), OK);
	assert_int_equal(gpu_submit_3d(gpu, CONTEXT, nops, sizeof(nops)), OK);
	fixture_expect_shown(&fixture, "KiB of 1 MiB"); /* and not 0 B */
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	struct record last = file_last(path, &header, &n_commands);
	assert_int_equal(last.kind, RECORD_END);
	assert_int_equal(last.end.why, RECORD_END_GUEST);
	assert_true(n_commands >= 4);
	assert_int_equal(header.flags, RECORD_FLAG_DATA);
	assert_int_equal(header.n_heads, 2);
	assert_int_equal(header.heads[1].width_px, FIXTURE_WIDTH_PX);
	assert_true(header.n_capsets >= 2);
	assert_string_equal(header.name, "g1");
}

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
	assert_int_equal(
		sscanf(at, " frames in %lf s: %*f frames/s (the guest took %lf", &took, &guest_took), 2);
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

/* ...and where the recording began after it was drawn, and the guest's memory is another by then. */
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
		memcpy((char *)memory.data + (4 - at / 4096) * 4096 + at % 4096,
			&picture.pixels[i], 4);
	}
	assert_int_equal(gpu_create_blob(gpu, 0, 4, VIRTIO_GPU_BLOB_MEM_GUEST, 0, 0, 5 * 4096,
				 pages, 5),
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

/* Stopped by hand: its end says so, and it is whole. */
static void test_record_stopped(void **state)
{
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	for (struct stat st = { 0 }; st.st_size < 16384; stat(path, &st)) {
		for (int i = 0; i < 100; i++)
			gpu_move_cursor(gpu, 0, 0, i, i);
	}
	kill(teller.process.pid, SIGTERM);
	assert_int_equal(teller_wait(&teller), 0);
	struct record last = file_last(path, &header, &n_commands);
	assert_int_equal(last.kind, RECORD_END);
	assert_int_equal(last.end.why, RECORD_END_STOPPED);
	assert_true(n_commands >= 100);
	unboot();
}

/* What there is by then can be played; that it is not all is said by everybody. */
static void test_death(void **state)
{
	struct teller trace, record, replay;
	char path[160];

	teller_start(&trace, "trace", "trace", NULL);
	record_start(&record, path);
	teller_expect(&trace, "waiting");
	teller_expect(&record, "waiting");
	boot();
	gpu_move_cursor(gpu, 0, 0, 1, 1);
	teller_expect(&trace, "MOVE_CURSOR");
	pid_t pid = find_guest_process();
	assert_true(pid > 0);
	kill(pid, SIGKILL);
	assert_int_equal(teller_wait(&trace), 1);
	assert_int_equal(teller_wait(&record), 1);
	assert_true(teller_said(&trace, "ended before its last word"));
	assert_true(teller_said(&record, "ended before its last word"));
	replay_start(&replay, "pixman", path);
	assert_int_equal(teller_wait(&replay), 1);
	assert_true(teller_said(&replay, "its end is missing"));
	assert_false(teller_said(&replay, "within"));
	unboot();
}

/* `rounds` transfers of a picture of 256000 bytes. */
static void transfer(int rounds)
{
	struct picture picture;

	picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	fixture_show(guest, 9, 0, &picture);
	for (int i = 1; i < rounds; i++)
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 9,
					 gpu_rect(0, 0, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX), 0),
			OK);
	picture_finish(&picture);
}

static void test_record_full(void **state)
{
	struct record_header header;
	struct teller teller;
	struct stat st;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	/* One at a time, so that the buffer is never what is full. */
	for (int i = 0; i < 8 && process_alive(&teller.process); i++) {
		transfer(1);
		assert_int_equal(gpu_unref(gpu, 9), OK);
		for (int ms = 0; ms < 100; ms++)
			step();
	}
	assert_int_equal(teller_wait(&teller), 1);
	assert_true(teller_said(&teller, "record-limit"));
	assert_int_equal(file_last(path, &header, &n_commands).end.why, RECORD_END_FULL);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 700000, 1 << 20);
	unboot();
}

static void test_record_lost(void **state)
{
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	kill(teller.process.pid, SIGSTOP);
	boot();
	transfer(4);
	kill(teller.process.pid, SIGCONT);
	assert_int_equal(teller_wait(&teller), 1);
	assert_true(teller_said(&teller, "something was lost"));
	assert_int_equal(file_last(path, &header, &n_commands).end.why, RECORD_END_LOST);
	unboot();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_stopped),
		cmocka_unit_test(test_trace_flood),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_many_wait),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_late),
		cmocka_unit_test(test_replay_late_context),
		cmocka_unit_test(test_replay_blob),
		cmocka_unit_test(test_replay_stream),
		cmocka_unit_test(test_record_stopped),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_record_full),
		cmocka_unit_test(test_record_lost),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
