/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: the Wayland presenter, with a compositor that is there.
 */
#include "tests/failing_cases.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/input.h"
#include "backends/presenter.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"
#include "tests/stub.h"

#define SIDE 64u
#define STRIDE (SIDE * 4)
#define BYTES (STRIDE * SIDE)
#define FOURCC_XR24 0x34325258
/* A presenter that lost its connection tries again later than the first. */
#define PATIENCE_NS (100 * NSEC_PER_MSEC)
#define PATIENCE_UNHURT_NS (20 * NSEC_PER_SEC)

static struct stub stub;
static struct loop loop;
static struct loop_timer patience;
static struct input_devices inputs;
static unsigned n_done, n_input;

/* In a process of its own: its calls are not those that fail. */
static pid_t compositor_start(void)
{
	stub_init(&stub);
	stub.plays = true;
	stub_start(&stub);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	struct loop own;
	if (loop_init(&own) == 0) {
		stub_resume(&stub, &own);
		loop_run(&own);
	}
	_exit(0);
}

static void handle_patience(struct loop_timer *timer)
{
	loop_stop(&loop, 0);
}

static void handle_done(void *data, uint32_t head, enum presenter_plane plane)
{
	n_done++;
	loop_stop(&loop, 0);
}

static void handle_picture(void *data, struct picture *picture)
{
}

static void handle_head(void *data, uint32_t head)
{
}

static void handle_resized(void *data, uint32_t head, uint32_t width_px, uint32_t height_px)
{
}

static void handle_committed(void *data, uint32_t head, int64_t flush_ns)
{
}

static void handle_presented(void *data, uint32_t head, int64_t flush_ns, int64_t presented_ns)
{
}

static const struct presenter_listener listener = {
	.frame_done = handle_done,
	.released = handle_picture,
	.failed = handle_picture,
	.closed = handle_head,
	.resized = handle_resized,
	.committed = handle_committed,
	.presented = handle_presented,
	.discarded = handle_head,
};

static void handle_input(void *data, uint32_t device, const struct input_frame *frame)
{
	n_input++;
}

static void run_loop(int64_t patience_ns)
{
	loop.stop = false;
	loop_timer_set(&patience, patience_ns);
	loop_run(&loop);
}

/* Until the frame is taken, or as long as it is worth while after something failed. */
static void run_until_shown(void)
{
	int64_t end_ns = clock_now_ns() + PATIENCE_UNHURT_NS;

	do
		run_loop(PATIENCE_NS);
	while (!n_done && !failing_has_fired() && clock_now_ns() < end_ns);
}

/* A window with a picture, a cursor, words over it, another size. 0: its frame was taken. */
static int show(struct picture *picture, struct picture *cursor)
{
	const struct presenter_interface *interface = &presenter_wayland;
	const struct picture_box all = { 0, 0, SIDE, SIDE };
	struct presenter_head_config mode = { 640, 480, 60000 };
	struct presenter_config config = {
		.guest = "test", .n_heads = 1, .heads = { mode }, .wayland_display = stub.socket,
		.inputs = &inputs,
	};

	n_done = 0;
	struct presenter *presenter = interface->create(&loop, &config, &listener, NULL);
	if (!presenter)
		return -1;
	bool imported = interface->import(presenter, picture) == 0;
	bool pointed = interface->import(presenter, cursor) == 0;
	if (imported)
		interface->show(presenter, 0, picture, &all, 1);
	if (pointed)
		interface->cursor(presenter, 0, cursor, 0, 0);
	run_until_shown();
	interface->notice(presenter, 0, "A title\nand more", true);
	run_loop(PATIENCE_NS);
	mode.width_px = 320;
	interface->set_mode(presenter, 0, &mode);
	interface->notice(presenter, 0, NULL, false);
	run_loop(PATIENCE_NS);
	if (imported)
		interface->forget(presenter, picture);
	if (pointed)
		interface->forget(presenter, cursor);
	interface->destroy(presenter);
	return imported && n_done ? 0 : -1;
}

static struct picture picture_make(void)
{
	return (struct picture){ .kind = PICTURE_KIND_SHM,
		.fd = memfd_create_sealed("picture", BYTES),
		.width_px = SIDE,
		.height_px = SIDE,
		.stride_bytes = STRIDE,
		.fourcc = FOURCC_XR24 };
}

static int run_show(void)
{
	struct picture picture = picture_make(), cursor = picture_make();

	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(input_devices_init(&inputs, handle_input, NULL), 0);
	assert_int_equal(loop_timer_init(&patience, &loop, handle_patience), 0);
	int ret = TRY(show(&picture, &cursor));
	input_devices_finish(&inputs);
	loop_timer_finish(&patience);
	loop_finish(&loop);
	fd_close(&picture.fd);
	fd_close(&cursor.fd);
	return ret;
}

/* Where the connection breaks, or a window lacks what it could have, it goes on without. */
static const struct failing_case cases[] = {
	{ "wayland presenter", run_show, true },
};

static void test_failing(void **state)
{
	pid_t pid = compositor_start();

	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
	assert_true(n_input > 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	stub_finish(&stub);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
