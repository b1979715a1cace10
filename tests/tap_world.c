/* SPDX-License-Identifier: MIT */
/* A daemon, a guest, and programs that tell what it sends. */
#include "tap_world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"

#define WAIT_MS 60000

struct fixture fixture;
struct guest *const guest = &fixture.guest;
struct gpu *const gpu = &fixture.guest.gpu;

void step(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

int tap_setup(void **state)
{
	return fixture_start(&fixture, 1, 2, "trace-limit = 64K\nrecord-limit = 1M\n");
}

int tap_teardown(void **state)
{
	return fixture_stop(&fixture);
}

void teller_start(struct teller *teller, const char *name, const char *command, char *file)
{
	char program[PATH_MAX], socket[128];
	char *argv[] = { program, "--socket", socket, (char *)command, "g1", file, NULL };

	fixture_program("tools/mullionctl", program, sizeof(program));
	snprintf(socket, sizeof(socket), "%s/control.sock", fixture.dir);
	snprintf(teller->output, sizeof(teller->output), "%s/%s", fixture.dir, name);
	unlink(teller->output);
	assert_int_equal(process_spawn(&teller->process, argv, teller->output), 0);
}

void replay_start(struct teller *teller, const char *renderer, char *path)
{
	char program[PATH_MAX];
	char *argv[] = { program, "--renderer", (char *)renderer, "--every", "1", path, NULL };

	fixture_program("tools/replay/mullion-replay", program, sizeof(program));
	snprintf(teller->output, sizeof(teller->output), "%s/replay", fixture.dir);
	unlink(teller->output);
	assert_int_equal(process_spawn(&teller->process, argv, teller->output), 0);
}

/* The caller frees. */
char *file_read(const char *path, size_t *len)
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

bool teller_said(const struct teller *teller, const char *what)
{
	size_t len;
	char *text = file_read(teller->output, &len);
	bool said = strstr(text, what);

	free(text);
	return said;
}

void teller_expect(const struct teller *teller, const char *what)
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
int teller_wait(struct teller *teller)
{
	for (int waited_ms = 0; process_alive(&teller->process); waited_ms += 2) {
		if (waited_ms > WAIT_MS)
			process_stop(&teller->process, 0);
		step();
	}
	return WIFEXITED(teller->process.status) ? WEXITSTATUS(teller->process.status) : -1;
}

/* The last record of a file that is right from its start to its end. */
struct record file_last(const char *path, struct record_header *header, uint32_t *n_commands)
{
	struct record record = { 0 };
	const char *reason;
	size_t len;
	char *bytes = file_read(path, &len);
	int n = decode_record_header(bytes, len, header, &reason);

	assert_true(n > 0);
	*n_commands = 0;
	for (size_t at = n; at < len; at += n) {
		struct record before = record;
		n = decode_record(bytes + at, len - at, &record, &reason);
		if (n <= 0)
			fail_msg("at %zu of %zu: %s", at, len, n < 0 ? reason : "cut");
		/* Nothing comes twice. */
		assert_true(record.time_ns >= before.time_ns);
		assert_false(record.kind == RECORD_COMMAND && before.kind == RECORD_COMMAND &&
			     record.time_ns == before.time_ns && record.len == before.len &&
			     memcmp(record.bytes, before.bytes, record.len) == 0);
		*n_commands += record.kind == RECORD_COMMAND;
	}
	free(bytes);
	return record;
}

void record_start(struct teller *teller, char path[static 160])
{
	snprintf(path, 160, "%s/file", fixture.dir);
	unlink(path);
	teller_start(teller, "record", "record", path);
}

void boot(void)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){
			.vmm.features = 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID });
}

void unboot(void)
{
	fixture_unboot(&fixture, 1, guest);
}

void make_target(uint32_t size_px)
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

int draw(float red)
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
