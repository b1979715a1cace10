/* SPDX-License-Identifier: MIT */
/*
 * A guest's window as people see it, on sway: the real programs, photographed by grim.
 * What is said while there is no picture; one that freezes; one that is closed.
 */
#include "fixture.h"

#include <errno.h>
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compositor.h"
#include "guest/virgl.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define WIDTH FIXTURE_WIDTH_PX
#define HEIGHT FIXTURE_HEIGHT_PX
#define LIMIT_MS 20000
#define COLOUR_NOTHING 0x181818
#define COLOUR_COVER 0x204060
#define COLOUR_DESKTOP 0x3f3f3f /* sway's, without a background */

static struct compositor sway;
static struct fixture fixture;
static struct guest *const guest = &fixture.guest;

/* -- what the screen shows -- */

static bool shows_words(const struct image *shot)
{
	size_t dark = 0, bright = 0, count = (size_t)shot->width_px * shot->height_px;

	for (size_t i = 0; i < count; i++) {
		dark += shot->pixels[i] == COLOUR_NOTHING;
		bright += (shot->pixels[i] & 0xff) > 0xa0;
	}
	return dark > count / 4 && bright > 50 && dark + bright < count;
}

static bool shows_colour(const struct image *shot, uint32_t colour)
{
	for (size_t i = 0; i < (size_t)shot->width_px * shot->height_px; i++) {
		if (shot->pixels[i] != colour)
			return false;
	}
	return true;
}

static bool shows_cover(const struct image *shot)
{
	return shows_colour(shot, COLOUR_COVER);
}

static bool shows_desktop(const struct image *shot)
{
	return shows_colour(shot, COLOUR_DESKTOP);
}

static const struct picture *expected;

static bool shows_picture(const struct image *shot)
{
	struct picture seen = { shot->width_px, shot->height_px, shot->pixels };

	return picture_compare(&seen, expected) < 0;
}

static void wait_step(void)
{
	struct timespec step = { 0, 20000000 };

	nanosleep(&step, NULL);
}

static void expect(bool (*shows)(const struct image *shot), const char *what)
{
	uint64_t deadline_ns = vmm_now_ns() + LIMIT_MS * UINT64_C(1000000);
	bool met = false;

	while (!met && vmm_now_ns() < deadline_ns) {
		struct image shot;
		assert_int_equal(compositor_screenshot(&sway, 0, &shot), 0);
		met = shows(&shot);
		image_finish(&shot);
		if (!met)
			wait_step();
	}
	if (!met)
		fail_msg("the screen does not come to show %s", what);
}

/* mullionctl with these words; what it prints goes to the log. */
static void ctl(const char *command, const char *head)
{
	char socket[96];
	char *argv[] = { "mullionctl", "--socket", socket, (char *)command, "g1", (char *)head,
		NULL };

	snprintf(socket, sizeof(socket), "%s/control.sock", fixture.dir);
	assert_int_equal(fixture_run(&fixture, argv), 0);
}

/* -- the guest -- */

static struct picture picture;

static void draw(void)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, WIDTH, HEIGHT);

	assert_int_equal(gpu_transfer_to_host_2d(&guest->gpu, 1, all, 0), OK);
	assert_int_equal(gpu_flush(&guest->gpu, 1, all), OK);
}

/* While it draws it is not stale, and so its picture can be looked at. */
static void expect_picture(void)
{
	uint64_t deadline_ns = vmm_now_ns() + LIMIT_MS * UINT64_C(1000000);
	bool met = false;

	expected = &picture;
	while (!met && vmm_now_ns() < deadline_ns) {
		struct image shot;
		draw();
		assert_int_equal(compositor_screenshot(&sway, 0, &shot), 0);
		met = shows_picture(&shot);
		image_finish(&shot);
	}
	if (!met)
		fail_msg("the screen does not come to show the picture");
}

static int setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	picture = picture_pattern(WIDTH, HEIGHT, 7);
	fixture_show(guest, 1, 0, &picture);
	return 0;
}

static int teardown(void **state)
{
	picture_finish(&picture);
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

/* -- tests -- */

static void test_waits(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	expect(shows_words, "what it waits for");
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
	expect(shows_words, "that the guest has not started");
	ctl("show", NULL);
	fixture_expect_log(&fixture, line, "running");
	fixture_unboot(&fixture, 1, guest);
}

/* A head that freezes shows the fallback, and its picture with the next frame. */
static void test_stale(void **state)
{
	char socket[96];
	char *argv[] = { "mullionctl", "--socket", socket, "events", NULL };
	struct process events;

	snprintf(socket, sizeof(socket), "%s/control.sock", fixture.dir);
	assert_int_equal(fixture_spawn(&fixture, &events, argv), 0);
	for (int i = 0; i < 2; i++) {
		size_t line = fixture_log_lines(&fixture);
		expect_picture();
		expect(shows_cover, "the fallback");
		fixture_expect_log(&fixture, line, "nothing was drawn for 500 ms");
		ctl("show", NULL);
		fixture_expect_log(&fixture, line, "  stale");
		if (i == 0)
			continue;
		/* It was there in time for the second one. */
		fixture_expect_log(&fixture, line, "g1 head 0: stale");
		expect_picture();
		fixture_expect_log(&fixture, line, "g1 head 0: draws");
	}
	process_stop(&events, LIMIT_MS);
	/* The guest turns the display off: that is no failure. */
	size_t line = fixture_log_lines(&fixture);
	assert_int_equal(gpu_set_scanout(&guest->gpu, 0, 0, gpu_rect(0, 0, 0, 0)), OK);
	expect(shows_words, "that the display is off");
	assert_false(fixture_log_has(&fixture, line, "nothing was drawn"));
}

/* So does one whose VM is gone. */
static void test_stale_without_vm(void **state)
{
	expect_picture();
	guest_power_off(guest);
	expect(shows_cover, "the fallback");
}

static void test_closed(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	expect_picture();
	assert_int_equal(compositor_command(&sway, "[app_id=\"mullion.g1.0\"] kill"), 0);
	expect(shows_desktop, "no window");
	fixture_expect_log(&fixture, line, "the window of head 0 was closed");
	for (int i = 0; i < 500; i++)
		draw();
	ctl("show", NULL);
	fixture_expect_log(&fixture, line, "closed");
	ctl("view", "0");
	expect_picture();
}

/* The compositor is killed while the guest draws: it draws on, and is seen by the next one. */
static void test_compositor_restart(void **state)
{
	for (int round = 0; round < 2; round++) {
		size_t line = fixture_log_lines(&fixture);
		expect_picture();
		compositor_kill(&sway);
		for (int i = 0; i < 300; i++)
			draw();
		fixture_expect_log(&fixture, line, "the compositor at");
		assert_int_equal(compositor_start(&sway, NULL), 0);
		expect_picture();
	}
}

#define BLOB 9u

/* Of a blob, until `show` says so: a screen that is late just then counts as hidden. */
static void flush_until_paced(struct gpu *gpu, const char *by)
{
	uint64_t deadline_ns = vmm_now_ns() + LIMIT_MS * UINT64_C(1000000);
	struct virtio_gpu_rect all = gpu_rect(0, 0, WIDTH, HEIGHT);
	size_t line = fixture_log_lines(&fixture);

	while (!fixture_log_has(&fixture, line, by) && vmm_now_ns() < deadline_ns) {
		for (int i = 0; i < 60; i++)
			assert_int_equal(gpu_flush(gpu, BLOB, all), OK);
		ctl("show", NULL);
	}
	fixture_expect_log(&fixture, line, by);
}

/* A driver that waits for its fenced flushes, as Linux does for blobs: the screen paces it. */
static void test_blob_is_paced(void **state)
{
	struct virtio_gpu_rect all = gpu_rect(0, 0, WIDTH, HEIGHT);
	struct gpu *gpu = &guest->gpu;
	struct span memory = memory_alloc(&guest->memory, WIDTH * HEIGHT * 4, 4096);

	assert_non_null(memory.data);
	memcpy(memory.data, picture.pixels, memory.size);
	assert_int_equal(gpu_create_blob(gpu, 0, BLOB, VIRTIO_GPU_BLOB_MEM_GUEST,
				 VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE, 0, memory.size, &memory, 1),
		OK);
	assert_int_equal(gpu_set_scanout_blob(gpu, 0, BLOB, all, WIDTH, HEIGHT,
				 VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, WIDTH * 4, 0),
		OK);
	gpu->fenced = true;
	flush_until_paced(gpu, "  flushes");
	expected = &picture;
	uint64_t deadline_ns = vmm_now_ns() + LIMIT_MS * UINT64_C(1000000);
	bool met = false;
	while (!met && vmm_now_ns() < deadline_ns) {
		struct image shot;
		assert_int_equal(gpu_flush(gpu, BLOB, all), OK);
		assert_int_equal(compositor_screenshot(&sway, 0, &shot), 0);
		met = shows_picture(&shot);
		image_finish(&shot);
	}
	assert_true(met);
	/* Nobody sees it: it is not held up for long, and then not at all. */
	assert_int_equal(compositor_command(&sway, "workspace elsewhere"), 0);
	flush_until_paced(gpu, "  nothing");
	assert_int_equal(compositor_command(&sway, "workspace back_and_forth"), 0);
	gpu->fenced = false;
}

#define CONTEXT 7u

static bool shows_bright(const struct image *shot)
{
	size_t bright = 0;

	for (size_t i = 0; i < (size_t)shot->width_px * shot->height_px; i++)
		bright += (shot->pixels[i] & 0xff) > 0xa0;
	return bright > 50;
}

static bool shows_nothing_bright(const struct image *shot)
{
	return !shows_bright(shot);
}

static bool shows_green(const struct image *shot)
{
	return shows_colour(shot, 0x00ff00);
}

/* Those of this test's daemon, the spare one too. */
static void kill_renderers(void)
{
	pid_t pids[32];
	char path[64], name[32];
	unsigned killed = 0;
	size_t n = process_tree(fixture.daemon.pid, pids, 32);

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pids[i]);
		FILE *file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && strcmp(name, "mullion-render\n") == 0)
			killed += kill(pids[i], SIGKILL) == 0;
		fclose(file);
	}
	assert_true(killed > 0);
}

/* Flushes what is there until the screen shows it. */
static void expect_flushed(bool (*shows)(const struct image *shot), const char *what)
{
	uint64_t deadline_ns = vmm_now_ns() + LIMIT_MS * UINT64_C(1000000);
	bool met = false;

	while (!met && vmm_now_ns() < deadline_ns) {
		struct image shot;
		/* What is in flight when its renderer dies is answered with an error. */
		assert_true(gpu_flush(&guest->gpu, 1, gpu_rect(0, 0, WIDTH, HEIGHT)) > 0);
		assert_int_equal(compositor_screenshot(&sway, 0, &shot), 0);
		met = shows(&shot);
		image_finish(&shot);
	}
	if (!met)
		fail_msg("the screen does not come to show %s", what);
}

/* A guest whose head shows what it cleared in 3D. */
static void boot_green(void)
{
	struct gpu *gpu = &guest->gpu;
	struct virgl_stream stream;
	struct gpu_resource_3d target = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SCANOUT,
		.width = WIDTH,
		.height = HEIGHT,
		.depth = 1,
		.array_size = 1,
	};

	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL });
	assert_int_equal(gpu_context_create(gpu, CONTEXT, 0, "test"), OK);
	assert_int_equal(gpu_create_3d(gpu, 1, &target), OK);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, 1), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, 1, gpu_rect(0, 0, WIDTH, HEIGHT)), OK);
	virgl_stream_init(&stream);
	virgl_create_surface(&stream, 100, 1, VIRGL_FORMAT_B8G8R8X8);
	virgl_set_framebuffer(&stream, 100);
	virgl_clear(&stream, 0.0f, 1.0f, 0.0f, 1.0f);
	assert_int_equal(
		gpu_submit_3d(gpu, CONTEXT, stream.words, virgl_stream_bytes(&stream)), OK);
	virgl_stream_finish(&stream);
	expect_flushed(shows_green, "green");
}

/* A compositor in the guest that drew by a dead renderer: it is said until it is restarted. */
static void test_renderer_dies(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	boot_green();
	kill_renderers();
	expect_flushed(shows_bright, "words over the picture");
	ctl("show", NULL);
	fixture_expect_log(&fixture, line, "its renderer died: restart the guest's compositor");
	assert_int_equal(gpu_context_destroy(&guest->gpu, CONTEXT), OK);
	expect_flushed(shows_nothing_bright, "the picture alone");
	fixture_unboot(&fixture, 1, guest);
}

/* Another daemon, to which no head is stale: that would be said first. */
static void restart_without_stale(void)
{
	char path[96];

	assert_int_equal(process_stop(&fixture.daemon, LIMIT_MS), 0);
	snprintf(path, sizeof(path), "%s/config", fixture.dir);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file,
		"[mulliond]\nsocket-dir = %s\n"
		"[guest g1]\nhead0 = %ux%u\nstrikes = 1/3600s\nhang-limit = 500ms\n",
		fixture.dir, WIDTH, HEIGHT);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(fixture_restart(&fixture, NULL, 0), 0);
	snprintf(path, sizeof(path), "%s/g1/gpu.sock", fixture.dir);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, LIMIT_MS), 0);
}

/* One that gets no renderer any more: that is said until it is released. */
static void test_quarantine(void **state)
{
	struct gpu *gpu = &guest->gpu;
	struct virgl_stream stream;
	struct gpu_resource_3d vertices = {
		.target = VIRGL_TARGET_BUFFER,
		.format = VIRGL_FORMAT_R8,
		.bind = VIRGL_BIND_VERTEX_BUFFER,
		.width = VIRGL_ENDLESS_BYTES,
		.height = 1,
		.depth = 1,
		.array_size = 1,
	};

	restart_without_stale();
	boot_green();
	assert_int_equal(gpu_create_3d(gpu, 9, &vertices), OK);
	assert_int_equal(gpu_context_attach(gpu, CONTEXT, 9), OK);
	virgl_stream_init(&stream);
	virgl_draw_endlessly(&stream, 200, 9, WIDTH, HEIGHT);
	gpu->fenced = true;
	assert_int_not_equal(
		gpu_submit_3d(gpu, CONTEXT, stream.words, virgl_stream_bytes(&stream)), OK);
	gpu->fenced = false;
	virgl_stream_finish(&stream);
	expect_flushed(shows_bright, "words over the picture");
	assert_int_equal(gpu_context_destroy(gpu, CONTEXT), OK);
	for (int i = 0; i < 10; i++) {
		wait_step();
		expect_flushed(shows_bright, "words that stay");
	}
	ctl("release", NULL);
	expect_flushed(shows_nothing_bright, "the picture alone");
	fixture_unboot(&fixture, 1, guest);
}

static int write_cover(const char *path)
{
	static uint8_t pixels[16 * 10 * 3];
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = 16,
		.height = 10,
		.format = PNG_FORMAT_RGB,
	};

	for (size_t i = 0; i < sizeof(pixels); i += 3) {
		pixels[i] = COLOUR_COVER >> 16;
		pixels[i + 1] = COLOUR_COVER >> 8 & 0xff;
		pixels[i + 2] = COLOUR_COVER & 0xff;
	}
	return png_image_write_to_file(&image, path, 0, pixels, 0, NULL) ? 0 : -EIO;
}

static int group_setup(void **state)
{
	char extra[300], cover[96];

	int ret = compositor_init(&sway, COMPOSITOR_SWAY, 1, WIDTH, HEIGHT);
	if (ret == 0)
		ret = compositor_start(&sway, NULL);
	snprintf(cover, sizeof(cover), "%s/cover.png", sway.dir);
	if (ret == 0)
		ret = write_cover(cover);
	if (ret < 0)
		return ret;
	setenv("WAYLAND_DISPLAY", sway.socket, 1);
	snprintf(extra, sizeof(extra),
		"presenter = wayland\nstale-after = 500ms\n"
		"stale-picture = %s\n",
		cover);
	return fixture_start(&fixture, 1, 1, extra);
}

static int group_teardown(void **state)
{
	compositor_finish(&sway);
	return fixture_stop(&fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		TEST(test_stale),
		TEST(test_stale_without_vm),
		TEST(test_closed),
		TEST(test_compositor_restart),
		TEST(test_blob_is_paced),
		cmocka_unit_test(test_renderer_dies),
		cmocka_unit_test(test_quarantine),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
