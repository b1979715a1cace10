/* SPDX-License-Identifier: MIT */
/*
 * Renderers that do not come back, those of containers and of VMs: each is ended by its
 * guest's limit, who does it often gets no more of them, and nobody else has any of it.
 */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"
#include "scene.h"
#include "vtest_client.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define CONFIGURATION                                                                              \
	"hang-limit = 1s\nstrikes = 2/3600s\n"                                                     \
	"[guest slow]\ntype = container\nrender-node = none\nhang-limit = 1s\nstrikes = 2/3600s\n" \
	"[guest neighbour]\ntype = container\nrender-node = none\n"                                \
	"[guest patient]\ntype = container\nrender-node = none\nhang-limit = 3600s\n"              \
	"[guest hasty]\ntype = container\nrender-node = none\nhang-limit = 200ms\n"

static struct fixture fixture;
static const uint8_t red[4] = { 0, 0, 255, 255 }, teal[4] = { 128, 128, 0, 255 };

/* A program of a container, with something to draw on. */
struct program {
	char path[128];
	struct client client;
	struct target target;
};

static void program_find(struct program *program, const char *guest)
{
	snprintf(program->path, sizeof(program->path), "%s/%s/vtest.sock", fixture.dir, guest);
	assert_int_equal(process_wait_socket(&fixture.daemon, program->path, VTEST_WAIT_MS), 0);
}

static void program_start(struct program *program, const char *guest)
{
	program_find(program, guest);
	client_start(&program->client, program->path, 2);
	client_create(&program->client, &program->target, 1, 64, 64);
}

static void program_draw(struct program *program)
{
	static uint32_t n;
	const uint8_t *colour = n++ & 1 ? red : teal;

	client_clear(&program->client, &program->target, colour);
	client_expect_colour(&program->client, &program->target, colour);
}

/* The last command is under way then, or about to be. */
static void program_draw_endlessly(struct program *program)
{
	uint32_t vertices[] = { 4, VIRGL_TARGET_BUFFER, VIRGL_FORMAT_R8, VIRGL_BIND_VERTEX_BUFFER,
		VIRGL_ENDLESS_BYTES, 1, 1, 1, 0, 0, 0 };
	struct virgl_stream stream;

	client_send(&program->client, 11, CREATE2, vertices, 11);
	virgl_stream_init(&stream);
	virgl_create_surface(&stream, 1, program->target.id, VIRGL_FORMAT_B8G8R8A8);
	virgl_set_framebuffer(&stream, 1);
	virgl_draw_endlessly(&stream, 200, 4, 64, 64);
	client_send(&program->client, stream.count, SUBMIT, stream.words, stream.count);
	virgl_stream_finish(&stream);
}

static void program_hang(struct program *program)
{
	uint32_t wait[2] = { 0, 1 };

	program_draw_endlessly(program);
	client_send(&program->client, 2, BUSY_WAIT, wait, 2);
}

static void program_finish(struct program *program)
{
	target_finish(&program->target);
	client_disconnect(&program->client);
}

static void ctl(const char *arguments)
{
	assert_int_equal(fixture_ctl(&fixture, arguments), 0);
}

/* One strike, then out, then in again. */
static void test_container_that_hangs(void **state)
{
	size_t line = fixture_log_lines(&fixture);
	struct program neighbour, program;

	program_start(&neighbour, "neighbour");
	for (int strike = 1; strike <= 2; strike++) {
		program_start(&program, "slow");
		program_draw(&program);
		program_hang(&program);
		program_draw(&neighbour);
		client_expect_closed(&program.client);
		program_draw(&neighbour);
		program_finish(&program);
		assert_int_equal(fixture_shown(&fixture, "slow", "hangs", 0), strike);
		if (strike == 1)
			fixture_expect_log(&fixture, line, "for more than 1000 ms");
	}
	fixture_expect_log(&fixture, line, "guest slow: the mullion-render of test-hang (pid");
	fixture_expect_log(&fixture, line, "guest slow: its renderers hung 2 times in 3600 s");
	line = fixture_log_lines(&fixture);
	for (int i = 0; i < 20; i++) {
		client_connect(&program.client, program.path);
		client_expect_closed(&program.client);
		client_disconnect(&program.client);
	}
	fixture_expect_log(&fixture, line, "hung too often: 'mullionctl release slow'");
	assert_true(fixture_log_lines(&fixture) - line < 10);
	program_draw(&neighbour);
	ctl("release slow");
	program_start(&program, "slow");
	program_draw(&program);
	program_finish(&program);
	program_finish(&neighbour);
	assert_int_equal(fixture_shown(&fixture, "neighbour", "hangs", 0), 0);
}

static void vm_draw_endlessly(struct guest *guest)
{
	struct gpu_resource_3d vertices = {
		.target = VIRGL_TARGET_BUFFER,
		.format = VIRGL_FORMAT_R8,
		.bind = VIRGL_BIND_VERTEX_BUFFER,
		.width = VIRGL_ENDLESS_BYTES,
		.height = 1,
		.depth = 1,
		.array_size = 1,
	};
	struct virgl_stream stream;

	assert_int_equal(gpu_create_3d(&guest->gpu, 9, &vertices), OK);
	assert_int_equal(gpu_context_attach(&guest->gpu, SCENE_CONTEXT, 9), OK);
	virgl_stream_init(&stream);
	virgl_draw_endlessly(&stream, 200, 9, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);
	guest->gpu.fenced = true;
	assert_int_not_equal(gpu_submit_3d(&guest->gpu, SCENE_CONTEXT, stream.words,
				     virgl_stream_bytes(&stream)),
		OK);
	guest->gpu.fenced = false;
	virgl_stream_finish(&stream);
	gpu_unref(&guest->gpu, 9);
	gpu_context_destroy(&guest->gpu, SCENE_CONTEXT);
	gpu_unref(&guest->gpu, SCENE_TARGET);
}

/* Whose program draws on meanwhile is another guest. */
static void test_vm_that_hangs(void **state)
{
	const struct guest_options options = { .memory_bytes = 16 << 20 };
	size_t line = fixture_log_lines(&fixture);
	const uint32_t nop = 0;
	struct program neighbour;
	struct picture picture;
	struct guest guest;

	program_start(&neighbour, "neighbour");
	fixture_boot(&fixture, 1, &guest, &options);
	for (int strike = 1; strike <= 2; strike++) {
		scene_start(&guest);
		assert_int_equal(scene_draw(&guest, true), OK);
		scene_expect(&fixture, 1, &guest, true);
		vm_draw_endlessly(&guest);
		assert_int_equal(fixture_number(&fixture, 1, "hangs"), strike);
		program_draw(&neighbour);
	}
	fixture_expect_log(&fixture, line, "guest g1: its mullion-render has been");
	fixture_expect_log(&fixture, line, "guest g1: its renderers hung 2 times in 3600 s");
	ctl("show g1");
	fixture_expect_shown(&fixture, "no more of them until 'mullionctl release g1'");
	/* A VM that is started again is no other guest. */
	fixture_unboot(&fixture, 1, &guest);
	fixture_boot(&fixture, 1, &guest, &options);
	assert_int_equal(gpu_context_create(&guest.gpu, SCENE_CONTEXT, 0, "test"), OK);
	assert_int_not_equal(gpu_submit_3d(&guest.gpu, SCENE_CONTEXT, &nop, sizeof(nop)), OK);
	picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	fixture_show(&guest, 20, 0, &picture);
	fixture_expect(&fixture, 1, &guest, 0, &picture);
	picture_finish(&picture);
	assert_int_equal(fixture_number(&fixture, 1, "render_pid"), 0);
	ctl("restart g1"); /* does not help */
	fixture_expect_shown(&fixture, "no more of them until");
	ctl("release g1");
	fixture_unboot(&fixture, 1, &guest);
	fixture_boot(&fixture, 1, &guest, &options);
	scene_start(&guest);
	assert_int_equal(scene_draw(&guest, false), OK);
	scene_expect(&fixture, 1, &guest, false);
	program_draw(&neighbour);
	fixture_unboot(&fixture, 1, &guest);
	program_finish(&neighbour);
}

/* What is begun for who waits and reads gets a fence although it then does neither. */
static void test_program_that_does_not_read(void **state)
{
	int hangs = fixture_shown(&fixture, "slow", "hangs", 0);
	size_t line = fixture_log_lines(&fixture);
	struct program program;

	program_start(&program, "slow");
	for (int frame = 0; frame < 3; frame++) {
		client_clear(&program.client, &program.target, red);
		client_wait_for_fence(&program.client);
		client_expect_colour(&program.client, &program.target, red);
	}
	program_draw_endlessly(&program);
	client_expect_closed(&program.client);
	program_finish(&program);
	fixture_expect_log(&fixture, line, "at one fence for more than");
	assert_int_equal(fixture_shown(&fixture, "slow", "hangs", 0), hangs + 1);
	ctl("release slow");
}

/* -- the GPU in the hands of one that does not move -- */

/* `holder` is the last that drew, so it has the grant. */
static pid_t stop_renderer(const char *guest)
{
	pid_t pid = fixture_shown(&fixture, guest, "render_pid", 0);

	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	return pid;
}

/* It may be in no call and at no fence: that others want the GPU is enough. */
static void test_grant_that_is_kept(void **state)
{
	size_t line = fixture_log_lines(&fixture);
	struct program waiter, holder;

	program_start(&waiter, "neighbour");
	program_start(&holder, "slow");
	program_draw(&holder);
	stop_renderer("slow");
	program_draw(&waiter);
	fixture_expect_log(
		&fixture, line, "asked to leave the GPU to others for more than 1000 ms");
	client_expect_closed(&holder.client);
	program_finish(&holder);
	program_finish(&waiter);
	ctl("release slow");
}

/* It was stopped at its rest, and nobody else wants the GPU: it does not answer. */
static void test_renderer_that_is_deaf(void **state)
{
	size_t line = fixture_log_lines(&fixture);
	struct program program;

	program_start(&program, "slow");
	program_draw(&program);
	stop_renderer("slow");
	client_clear(&program.client, &program.target, red);
	fixture_expect_log(&fixture, line, "has been deaf to mulliond for more than 1000 ms");
	client_expect_closed(&program.client);
	program_finish(&program);
	ctl("release slow");
}

/* Who waits for the GPU longer than its own limit is not stuck. */
static void test_waiting_is_no_hang(void **state)
{
	struct timespec wait = { 1, 500000000 }; /* several times the limit */
	struct program waiter, holder;

	program_start(&waiter, "hasty");
	program_start(&holder, "patient");
	program_draw(&holder);
	pid_t pid = stop_renderer("patient");
	client_clear(&waiter.client, &waiter.target, red);
	nanosleep(&wait, NULL);
	assert_int_equal(kill(pid, SIGCONT), 0);
	client_expect_colour(&waiter.client, &waiter.target, red);
	program_draw(&holder);
	program_draw(&waiter);
	assert_int_equal(fixture_shown(&fixture, "hasty", "hangs", 0), 0);
	assert_int_equal(fixture_shown(&fixture, "patient", "hangs", 0), 0);
	program_finish(&waiter);
	program_finish(&holder);
}

/* Its renderer dies with the GPU in its hands: whoever waits has it then. */
static void test_holder_whose_renderer_dies(void **state)
{
	struct program waiter, holder;

	program_start(&waiter, "neighbour");
	program_start(&holder, "patient");
	program_draw(&holder);
	pid_t pid = stop_renderer("patient");
	client_clear(&waiter.client, &waiter.target, teal);
	assert_int_equal(kill(pid, SIGKILL), 0);
	client_expect_colour(&waiter.client, &waiter.target, teal);
	client_expect_closed(&holder.client);
	program_finish(&holder);
	program_finish(&waiter);
}

static void draw_until_killed(const char *guest)
{
	struct program program;

	program_start(&program, guest);
	for (;;)
		program_draw(&program);
}

/* Programs that are killed while both draw as fast as they can. */
static void test_holder_that_dies(void **state)
{
	struct program other;

	program_start(&other, "neighbour");
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			draw_until_killed("patient");
			_exit(1);
		}
		while (fixture_shown(&fixture, "patient", "submissions", 0) < 20)
			program_draw(&other);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		for (int frame = 0; frame < 20; frame++)
			program_draw(&other);
		while (fixture_shown(&fixture, "patient", "submissions", 0))
			program_draw(&other);
	}
	program_finish(&other);
	assert_int_equal(fixture_shown(&fixture, "patient", "renderer_deaths", 0), 1);
}

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 1, CONFIGURATION);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container_that_hangs),
		cmocka_unit_test(test_vm_that_hangs),
		cmocka_unit_test(test_program_that_does_not_read),
		cmocka_unit_test(test_grant_that_is_kept),
		cmocka_unit_test(test_renderer_that_is_deaf),
		cmocka_unit_test(test_waiting_is_no_hang),
		cmocka_unit_test(test_holder_whose_renderer_dies),
		cmocka_unit_test(test_holder_that_dies),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
