/* SPDX-License-Identifier: MIT */
/*
 * A guest's two heads as windows of the compositor at $WAYLAND_DISPLAY, and each frame of
 * what is done there as a line (frames.h). Ends with its stdin.
 *
 * windows WIDTH HEIGHT
 */
#include <stdlib.h>
#include <unistd.h>

#include "backends/input.h"
#include "backends/presenter.h"
#include "base/log.h"
#include "base/loop.h"
#include "frames.h"

static struct input_devices devices;
static struct loop loop;

static void handle_end(struct loop_source *source, uint32_t events)
{
	loop_stop(&loop, 0);
}

/* Nothing is ever shown. */
static void handle_frame_done(void *data, uint32_t head, enum presenter_plane plane)
{
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
	.frame_done = handle_frame_done,
	.released = handle_picture,
	.failed = handle_picture,
	.closed = handle_head,
	.resized = handle_resized,
	.committed = handle_committed,
	.presented = handle_presented,
	.discarded = handle_head,
};

int main(int argc, char **argv)
{
	struct loop_source end = { 0 };

	if (argc < 3)
		return 2;
	struct presenter_head_config head = { atoi(argv[1]), atoi(argv[2]), 60000 };
	struct presenter_config config = {
		.guest = "lab",
		.n_heads = 2,
		.heads = { head, head },
		.inputs = &devices,
	};
	log_init("windows", LOG_LEVEL_INFO);
	if (loop_init(&loop) < 0 || input_devices_init(&devices, say_frame, NULL) < 0 ||
		loop_add(&loop, &end, STDIN_FILENO, EPOLLIN, handle_end) < 0)
		return 1;
	struct presenter *presenter = presenter_wayland.create(&loop, &config, &listener, NULL);
	if (!presenter)
		return 1;
	loop_run(&loop);
	presenter_wayland.destroy(presenter);
	input_devices_finish(&devices);
	loop_remove(&end);
	loop_finish(&loop);
	return 0;
}
