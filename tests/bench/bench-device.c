/* SPDX-License-Identifier: MIT */
/*
 * The device alone, in one process with its driver: bench-device LOAD COUNT runs so
 * many operations, for a tool that counts what gpu_process() executes.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pixman/renderer.h"
#include "backends/virtio/gpu.h"
#include "base/channel.h"
#include "base/loop.h"
#include "tests/ring_driver.h"

#define RING 64
#define MEMORY_BYTES (1u << 20)
#define RESPONSE_BYTES 512
#define SIDE_PX 64

/* Large, and zero to begin with. */
static struct bench {
	struct gpu gpu;
	struct state state;
	struct loop loop;
	struct channel channel; /* nobody reads its other end, and little is sent */
	struct pixman_renderer renderer;
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver drivers[VIRTIO_GPU_QUEUE_COUNT];
	struct virtqueue queues[VIRTIO_GPU_QUEUE_COUNT];
	void *command, *response, *backing;
} bench;

static void ignore(void *data, uint32_t index)
{
}

static void ignore_renderer(void *data)
{
}

static void ignore_message(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
}

static void ignore_end(struct channel *channel, int error)
{
}

static const struct gpu_listener listener = {
	.notify = ignore,
	.again = ignore,
	.renderer_wanted = ignore_renderer,
	.scanout_changed = ignore,
	.cursor_moved = ignore,
};

static const struct channel_interface interface = {
	.handle = ignore_message,
	.closed = ignore_end,
};

static void run(uint32_t queue, const void *command, uint32_t bytes)
{
	struct ring_part parts[] = {
		{ .at = bench.command, .len = bytes },
		{ .at = bench.response, .len = RESPONSE_BYTES, .writable = true },
	};
	bool answered = queue == VIRTIO_GPU_QUEUE_CONTROL;
	uint32_t head, written;

	memcpy(bench.command, command, bytes);
	ring_driver_add(&bench.drivers[queue], parts, answered ? 2 : 1);
	gpu_process(&bench.gpu, queue);

	bool used = ring_driver_take_used(&bench.drivers[queue], &head, &written);

	assert(used);
	if (answered)
		assert(((struct virtio_gpu_ctrl_hdr *)bench.response)->type <
			VIRTIO_GPU_RESP_ERR_UNSPEC);
}

#define RUN(...) run(VIRTIO_GPU_QUEUE_CONTROL, &(__VA_ARGS__), sizeof(__VA_ARGS__))
#define HEADER(command)                                                                            \
	{                                                                                          \
		.type = VIRTIO_GPU_CMD_##command                                                   \
	}

static void create(uint32_t id)
{
	RUN((struct virtio_gpu_resource_create_2d){
		.hdr = HEADER(RESOURCE_CREATE_2D),
		.resource_id = id,
		.format = VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM,
		.width = SIDE_PX,
		.height = SIDE_PX,
	});
}

static void do_display_info(uint32_t i)
{
	RUN((struct virtio_gpu_ctrl_hdr)HEADER(GET_DISPLAY_INFO));
}

static void do_create_unref(uint32_t i)
{
	create(2);
	RUN((struct virtio_gpu_resource_unref){ .hdr = HEADER(RESOURCE_UNREF), .resource_id = 2 });
}

static void do_move_cursor(uint32_t i)
{
	struct virtio_gpu_update_cursor move = { .hdr = HEADER(MOVE_CURSOR), .pos.x = i % SIDE_PX };

	run(VIRTIO_GPU_QUEUE_CURSOR, &move, sizeof(move));
}

static void do_flush(uint32_t i)
{
	RUN((struct virtio_gpu_resource_flush){
		.hdr = HEADER(RESOURCE_FLUSH), .resource_id = 1, .r = { 0, 0, SIDE_PX, SIDE_PX } });
}

static const struct {
	const char *name;
	void (*operation)(uint32_t i);
} loads[] = {
	{ "display info", do_display_info },
	{ "create+unref", do_create_unref },
	{ "move cursor", do_move_cursor },
	{ "flush 64x64", do_flush },
};

static void show_screen(void)
{
	struct {
		struct virtio_gpu_resource_attach_backing attach;
		struct virtio_gpu_mem_entry entry;
	} attach = {
		.attach = { .hdr = HEADER(RESOURCE_ATTACH_BACKING),
			.resource_id = 1,
			.nr_entries = 1 },
		.entry = { .addr = ring_memory_guest(&bench.ring_memory, bench.backing),
			.length = SIDE_PX * SIDE_PX * 4 },
	};

	create(1);
	RUN(attach);
	RUN((struct virtio_gpu_transfer_to_host_2d){ .hdr = HEADER(TRANSFER_TO_HOST_2D),
		.resource_id = 1,
		.r = { 0, 0, SIDE_PX, SIDE_PX } });
	RUN((struct virtio_gpu_set_scanout){
		.hdr = HEADER(SET_SCANOUT), .resource_id = 1, .r = { 0, 0, SIDE_PX, SIDE_PX } });
}

static void setup(void)
{
	struct gpu_config config = {
		.name = "bench",
		.n_heads = 1,
		.quota = {
			.memory_bytes = MEMORY_BYTES,
			.resources = 1000,
			.backing_entries = 1 << 20,
			.fences = 1024,
		},
	};
	int fds[2];

	config.modes[0] = (struct link_head){ SIDE_PX, SIDE_PX, 60000, 1 };
	guest_memory_init(&bench.memory);
	ring_memory_init(&bench.ring_memory, &bench.memory, MEMORY_BYTES);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		struct state_queue *queue = &bench.state.gpu.queues[q];

		ring_driver_init(&bench.drivers[q], &bench.ring_memory, RING, queue);
		virtqueue_init(&bench.queues[q], "bench", queue);
		if (virtqueue_start(&bench.queues[q], &bench.memory, true) < 0)
			abort();
	}
	bench.command = ring_memory_take(&bench.ring_memory, RESPONSE_BYTES);
	bench.response = ring_memory_take(&bench.ring_memory, RESPONSE_BYTES);
	bench.backing = ring_memory_take(&bench.ring_memory, SIDE_PX * SIDE_PX * 4);
	if (loop_init(&bench.loop) < 0 || channel_pair(fds) < 0 ||
		channel_open(&bench.channel, &bench.loop, fds[0], &interface) < 0 ||
		pixman_renderer_init(&bench.renderer, &bench.loop, &bench.memory, &bench.channel) <
			0 ||
		gpu_init(&bench.gpu, &config, &bench.state, &bench.memory, &bench.renderer.base,
			NULL, &listener, NULL) < 0)
		abort();
	bench.gpu.queues = bench.queues;
	show_screen();
}

int main(int argc, char **argv)
{
	uint32_t count = argc == 3 ? (uint32_t)atoi(argv[2]) : 0;

	for (size_t i = 0; count != 0 && i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strcmp(argv[1], loads[i].name) != 0)
			continue;
		setup();
		for (uint32_t n = 0; n < count; n++)
			loads[i].operation(n);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "usage: bench-device LOAD COUNT\nloads:");
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		fprintf(stderr, " \"%s\"", loads[i].name);
	fprintf(stderr, "\n");
	return EXIT_FAILURE;
}
