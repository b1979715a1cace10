/* SPDX-License-Identifier: MIT */
/* A mulliond of the test's own. */
#include "fixture.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TIMEOUT_MS 10000
#define STOP_TIMEOUT_MS 5000
#define SHOWN_TIMEOUT_MS 30000
#define EXPECT_TIMEOUT_MS 2000

static char build_root[PATH_MAX];

void fixture_find_programs(int argc, char **argv)
{
	const char *root = getenv("MULLION_BUILD_ROOT");

	if (root == NULL)
		root = argc > 1 ? argv[1] : "build";
	snprintf(build_root, sizeof(build_root), "%s", root);
}

void fixture_program(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", build_root, name);
}

int fixture_fail(struct fixture *fixture, const char *what, int err)
{
	char line[512];
	FILE *file = fopen(fixture->log_path, "re");

	fprintf(stderr, "fixture: %s: %s\n", what, strerror(-err));
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		fprintf(stderr, "  %s", line);
	if (file != NULL)
		fclose(file);
	return err;
}

static int write_config(const struct fixture *fixture, const char *path, const char *extra)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		return -errno;
	fprintf(file, "[mulliond]\npresenter = headless\nsocket-dir = %s\n", fixture->dir);
	for (uint32_t n = 1; n <= fixture->guest_count; n++) {
		fprintf(file, "\n[guest g%u]\nheads = %u\n", n, fixture->head_count);
		for (uint32_t head = 0; head < fixture->head_count; head++)
			fprintf(file, "head%u = %ux%u\n", head, FIXTURE_WIDTH_PX,
				FIXTURE_HEIGHT_PX);
	}
	if (extra != NULL)
		fputs(extra, file);
	return fclose(file) == 0 ? 0 : -errno;
}

int fixture_restart(struct fixture *fixture, const int *fds, size_t fd_count)
{
	char config[96], program[PATH_MAX + 32];
	char *argv[] = { program, "--config", config, NULL };

	fixture_program("daemon/mulliond", program, sizeof(program));
	snprintf(config, sizeof(config), "%s/config", fixture->dir);
	return process_spawn_fds(&fixture->daemon, argv, fixture->log_path, fds, fd_count);
}

static int start_daemon(struct fixture *fixture, const char *extra)
{
	char config[96], socket[128];

	snprintf(config, sizeof(config), "%s/config", fixture->dir);

	int err = write_config(fixture, config, extra);

	if (err == 0)
		err = fixture_restart(fixture, NULL, 0);
	for (uint32_t n = 1; err == 0 && n <= fixture->guest_count; n++) {
		snprintf(socket, sizeof(socket), "%s/g%u/gpu.sock", fixture->dir, n);
		err = process_wait_socket(&fixture->daemon, socket, START_TIMEOUT_MS);
	}
	return err;
}

int fixture_start(
	struct fixture *fixture, uint32_t guest_count, uint32_t head_count, const char *extra)
{
	memset(fixture, 0, sizeof(*fixture));
	assert_true(guest_count <= FIXTURE_MAX_GUESTS);
	strcpy(fixture->dir, "/tmp/mullion-test.XXXXXX");
	if (mkdtemp(fixture->dir) == NULL)
		return -errno;
	/* The daemon's workers, of other users, must get through to their sockets. */
	chmod(fixture->dir, 0755);
	snprintf(fixture->log_path, sizeof(fixture->log_path), "%s/log", fixture->dir);
	fixture->foreign = getenv("MULLION_TEST_BACKEND");
	fixture->guest_count = guest_count;
	fixture->head_count = head_count;
	if (fixture->foreign != NULL)
		return 0;

	int err = start_daemon(fixture, extra);

	if (err < 0) {
		fixture_fail(fixture, "mulliond does not start", err);
		fixture_stop(fixture);
	}
	return err;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	return remove(path);
}

int fixture_stop(struct fixture *fixture)
{
	pid_t strays[16];
	int err = process_stop(&fixture->daemon, STOP_TIMEOUT_MS);

	for (uint32_t n = 1; n <= fixture->guest_count; n++)
		process_stop(&fixture->foreign_processes[n], STOP_TIMEOUT_MS);
	if (process_strays(strays, 16) != 0) {
		struct timespec grace = { 0, 200000000 };

		/* What ends because the daemon ended may need a moment. */
		nanosleep(&grace, NULL);
		if (process_strays(strays, 16) != 0)
			err = -ECHILD;
	}
	/* A worker that a sanitizer ended is not this test's child: only its words tell. */
	if (err == 0 && (fixture_log_has(fixture, 0, "ERROR: AddressSanitizer") ||
				fixture_log_has(fixture, 0, "ERROR: LeakSanitizer") ||
				fixture_log_has(fixture, 0, "runtime error:")))
		err = -EFAULT;
	if (err < 0)
		fixture_fail(fixture, "mulliond does not stop cleanly", err);
	nftw(fixture->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return err;
}

static int start_foreign(struct fixture *fixture, uint32_t n, const char *path)
{
	char shell[PATH_MAX];
	char *argv[] = { "/bin/sh", "-c", shell, NULL };
	const char *at = strstr(fixture->foreign, "{socket}");
	struct process *process = &fixture->foreign_processes[n];

	if (at == NULL)
		return -EINVAL;
	process_stop(process, STOP_TIMEOUT_MS);
	unlink(path);
	snprintf(shell, sizeof(shell), "exec %.*s%s%s", (int)(at - fixture->foreign),
		fixture->foreign, path, at + strlen("{socket}"));

	int err = process_spawn(process, argv, fixture->log_path);

	return err < 0 ? err : process_wait_socket(process, path, START_TIMEOUT_MS);
}

int fixture_socket(struct fixture *fixture, uint32_t n, char *path, size_t size_bytes)
{
	if (fixture->foreign == NULL) {
		snprintf(path, size_bytes, "%s/g%u/gpu.sock", fixture->dir, n);
		return 0;
	}
	snprintf(path, size_bytes, "%s/%u.sock", fixture->dir, n);
	return start_foreign(fixture, n, path);
}

void fixture_boot(struct fixture *fixture, uint32_t n, struct guest *guest,
	const struct guest_options *options)
{
	struct guest_options filled = *options;
	char path[128];
	int err;

	if (filled.vmm.head_count == 0)
		filled.vmm.head_count = fixture->head_count;
	if (filled.head_width_px == 0) {
		filled.head_width_px = FIXTURE_WIDTH_PX;
		filled.head_height_px = FIXTURE_HEIGHT_PX;
	}
	guest_init(guest, &filled);
	err = fixture_socket(fixture, n, path, sizeof(path));
	if (err == 0)
		err = guest_boot(guest, path);
	if (err < 0)
		fixture_fail(fixture, "the guest does not boot", err);
	assert_int_equal(err, 0);
}

void fixture_unboot(struct fixture *fixture, uint32_t n, struct guest *guest)
{
	guest_finish(guest);
	process_stop(&fixture->foreign_processes[n], STOP_TIMEOUT_MS);
}

struct span fixture_show(
	struct guest *guest, uint32_t resource, uint32_t head, const struct picture *picture)
{
	uint32_t width_px = picture->width_px, height_px = picture->height_px;
	struct virtio_gpu_rect all = gpu_rect(0, 0, width_px, height_px);
	struct gpu *gpu = &guest->gpu;
	struct span backing = memory_alloc(&guest->memory, (size_t)width_px * height_px * 4, 4096);
	const int ok = VIRTIO_GPU_RESP_OK_NODATA;

	assert_non_null(backing.data);
	memcpy(backing.data, picture->pixels, backing.size);
	assert_int_equal(
		gpu_create_2d(gpu, resource, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, width_px, height_px),
		ok);
	assert_int_equal(gpu_attach_backing(gpu, resource, &backing, 1), ok);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, resource, all, 0), ok);
	assert_int_equal(gpu_set_scanout(gpu, head, resource, all), ok);
	assert_int_equal(gpu_flush(gpu, resource, all), ok);
	return backing;
}

void fixture_skip_foreign(const struct fixture *fixture, const char *why)
{
	if (fixture->foreign == NULL)
		return;
	print_message("skipped with this back end: %s\n", why);
	skip();
}

/* A program of the build's tools, argv[0]; its exit status, or a negative errno. */
static int spawn_tool(struct process *process, char *const argv[], const char *output_path)
{
	char program[PATH_MAX + 32];
	char *line[16] = { program };

	snprintf(program, sizeof(program), "%s/tools/%s", build_root, argv[0]);
	for (size_t i = 1; argv[i] != NULL && i < 15; i++)
		line[i] = argv[i];
	return process_spawn(process, line, output_path);
}

static int run_tool(char *const argv[], const char *output_path)
{
	struct process process;
	int err = spawn_tool(&process, argv, output_path);

	if (err < 0)
		return err;
	for (uint32_t waited_ms = 0; process_alive(&process); waited_ms++) {
		struct timespec step = { 0, 1000000 };

		nanosleep(&step, NULL);
		if (waited_ms > STOP_TIMEOUT_MS) {
			process_stop(&process, 0);
			return -ETIMEDOUT;
		}
	}
	return WIFEXITED(process.status) ? WEXITSTATUS(process.status) : -ECHILD;
}

int fixture_spawn(struct fixture *fixture, struct process *process, char *const argv[])
{
	return spawn_tool(process, argv, fixture->log_path);
}

int fixture_run(struct fixture *fixture, char *const argv[])
{
	int err = run_tool(argv, fixture->log_path);

	return err > 0 ? -EREMOTEIO : err;
}

int fixture_ctl(struct fixture *fixture, const char *arguments)
{
	char socket[96], output[96], words[256], *save = NULL;
	char *argv[16] = { "mullionctl", "--socket", socket };
	size_t n = 3;

	snprintf(socket, sizeof(socket), "%s/control.sock", fixture->dir);
	snprintf(output, sizeof(output), "%s/ctl", fixture->dir);
	snprintf(words, sizeof(words), "%s", arguments);
	for (char *word = strtok_r(words, " ", &save); word && n < 15; word = strtok_r(NULL, " ", &save))
		argv[n++] = word;
	unlink(output);
	return run_tool(argv, output);
}

static bool ctl_printed(struct fixture *fixture, const char *text)
{
	char path[96], bytes[8192];

	snprintf(path, sizeof(path), "%s/ctl", fixture->dir);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
	fclose(file);
	return strstr(bytes, text) != NULL;
}

int fixture_shown(struct fixture *fixture, const char *guest, const char *name, uint32_t nth)
{
	char words[96], path[96], key[64], bytes[65536], *at = bytes;

	snprintf(words, sizeof(words), "--json show %s", guest);
	snprintf(path, sizeof(path), "%s/ctl", fixture->dir);
	snprintf(key, sizeof(key), "\"%s\":", name);
	if (fixture_ctl(fixture, words) != 0)
		return 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
	fclose(file);
	for (uint32_t i = 0; at && i <= nth; i++) {
		at = strstr(at, key);
		at = at ? at + strlen(key) : NULL;
	}
	return at ? atoi(at) : 0;
}

int fixture_number(struct fixture *fixture, uint32_t n, const char *name)
{
	char guest[16];

	snprintf(guest, sizeof(guest), "g%u", n);
	return fixture_shown(fixture, guest, name, 0);
}

void fixture_expect_shown(struct fixture *fixture, const char *text)
{
	uint64_t deadline_ns = vmm_now_ns() + SHOWN_TIMEOUT_MS * UINT64_C(1000000);

	while (fixture_ctl(fixture, "show g1") == 0 && !ctl_printed(fixture, text)) {
		if (vmm_now_ns() > deadline_ns)
			fail_msg("mullionctl show g1 does not say: %s", text);
	}
	assert_true(ctl_printed(fixture, text));
}

static int screenshot_daemon(
	struct fixture *fixture, uint32_t n, uint32_t head, struct picture *picture)
{
	char socket[96], name[16], number[16], path[96];
	char *argv[] = { "mullionctl", "--socket", socket, "screenshot", name, number, path, NULL };

	snprintf(socket, sizeof(socket), "%s/control.sock", fixture->dir);
	snprintf(name, sizeof(name), "g%u", n);
	snprintf(number, sizeof(number), "%u", head);
	snprintf(path, sizeof(path), "%s/screenshot.png", fixture->dir);

	int err = fixture_run(fixture, argv);

	return err < 0 ? err : picture_read_png(picture, path);
}

static int screenshot_display(struct guest *guest, uint32_t head, struct picture *picture)
{
	vmm_dispatch(&guest->vmm);

	const struct display_scanout *scanout = &guest->display.scanouts[head];
	size_t size_bytes = (size_t)scanout->width_px * scanout->height_px * 4;

	if (scanout->pixels == NULL)
		return -ENOENT;
	*picture = (struct picture){ scanout->width_px, scanout->height_px, malloc(size_bytes) };
	assert_non_null(picture->pixels);
	memcpy(picture->pixels, scanout->pixels, size_bytes);
	return 0;
}

int fixture_screenshot(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head,
	struct picture *picture)
{
	*picture = (struct picture){ 0 };
	return fixture->foreign != NULL ? screenshot_display(guest, head, picture)
					: screenshot_daemon(fixture, n, head, picture);
}

void fixture_expect(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head,
	const struct picture *expected)
{
	uint64_t deadline_ns = vmm_now_ns() + EXPECT_TIMEOUT_MS * UINT64_C(1000000);
	struct picture shown;
	int64_t at;
	int err;

	/* A flush is answered before the daemon has the picture. */
	for (;;) {
		struct timespec step = { 0, 10000000 };

		err = fixture_screenshot(fixture, n, guest, head, &shown);
		at = err == 0 ? picture_compare(&shown, expected) : 0;
		if ((err == 0 && at < 0) || vmm_now_ns() > deadline_ns)
			break;
		picture_finish(&shown);
		nanosleep(&step, NULL);
	}
	if (err < 0)
		fail_msg("g%u has no picture of head %u: %s", n, head, strerror(-err));
	if (shown.width_px != expected->width_px || shown.height_px != expected->height_px)
		fail_msg("g%u head %u is %ux%u, not %ux%u", n, head, shown.width_px,
			shown.height_px, expected->width_px, expected->height_px);
	if (at >= 0)
		fail_msg("g%u head %u at %u,%u: %06x, not %06x", n, head,
			(uint32_t)at % shown.width_px, (uint32_t)at / shown.width_px,
			shown.pixels[at] & 0xffffff, expected->pixels[at] & 0xffffff);
	picture_finish(&shown);
}

void fixture_expect_dark(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head)
{
	uint64_t deadline_ns = vmm_now_ns() + EXPECT_TIMEOUT_MS * UINT64_C(1000000);
	struct picture shown;

	while (fixture_screenshot(fixture, n, guest, head, &shown) == 0) {
		picture_finish(&shown);
		if (vmm_now_ns() > deadline_ns)
			fail_msg("g%u head %u still shows something", n, head);
	}
}

size_t fixture_log_lines(const struct fixture *fixture)
{
	FILE *file = fopen(fixture->log_path, "re");
	size_t lines = 0;
	int c;

	while (file != NULL && (c = getc(file)) != EOF)
		lines += c == '\n';
	if (file != NULL)
		fclose(file);
	return lines;
}

bool fixture_log_has(const struct fixture *fixture, size_t from_line, const char *text)
{
	char line[1024];
	size_t at = 0;
	bool found = false;
	FILE *file = fopen(fixture->log_path, "re");

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = at++ >= from_line && strcasestr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

void fixture_expect_log(struct fixture *fixture, size_t from_line, const char *text)
{
	uint64_t deadline_ns = vmm_now_ns() + SHOWN_TIMEOUT_MS * UINT64_C(1000000);

	while (!fixture_log_has(fixture, from_line, text)) {
		struct timespec step = { 0, 10000000 };

		nanosleep(&step, NULL);
		if (vmm_now_ns() < deadline_ns)
			continue;
		fixture_fail(fixture, text, -ETIMEDOUT);
		fail();
	}
}
