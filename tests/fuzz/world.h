/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

/*
 * A whole mullion-guest, without its process: it takes over from a state and a memory
 * that the fuzzer made.
 */

#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/guest/guest.h"
#include "protocol/render.h"

#define MEMORY_BYTES 65536u
#define MEMORY_ADDR 0x10000u
#define QUEUE_SIZE 16u
/* Descriptors, available and used ring of each queue. */
#define RING_OFFSET(queue, part) ((queue)*0x1000u + (part)*0x400u)
#define QUOTA_BYTES (64u << 20)

struct world {
	struct guest_process *guest;
	struct state *state;
	uint8_t *memory;
	int memory_fd;
	uint8_t *ring;
	int ring_fd;
	int daemon, vmm, render; /* the other ends */
	struct loop_source turns;
	int turns_left;
	int ready_fd; /* always */
};

#define WORLD_MODE                                                                                 \
	{                                                                                          \
		.width_px = 640, .height_px = 480, .refresh_mhz = 60000                            \
	}

static const struct gpu_config world_config = {
	.n_heads = 4,
	.modes = { WORLD_MODE, WORLD_MODE, WORLD_MODE, WORLD_MODE },
	.quota = { QUOTA_BYTES, 64, 64, 256, 16 },
};

/* Memory, and a state with nothing in it. */
static void world_open(struct world *world)
{
	static struct guest_process guest;

	log_init("fuzz", LOG_LEVEL_ERROR);
	memset(&guest, 0, sizeof(guest));
	*world = (struct world){ .guest = &guest, .daemon = -1, .vmm = -1, .render = -1 };
	world->memory_fd = memfd_create_sealed("memory", MEMORY_BYTES);
	world->memory = memfd_map(world->memory_fd, MEMORY_BYTES, PROT_READ | PROT_WRITE);
	world->ring_fd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	world->ring = memfd_map(world->ring_fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	world->state = mmap(NULL, sizeof(*world->state), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	world->ready_fd = eventfd(1, EFD_CLOEXEC);
	assert(world->memory && world->ring && world->state != MAP_FAILED);
}

/* The rings of QUEUE_SIZE lie in the memory and run. */
static void world_put_rings(struct world *world)
{
	struct state *state = world->state;

	state->magic = STATE_MAGIC;
	state->version = STATE_VERSION;
	state->bytes = sizeof(*state);
	state->gpu.protocol_features = UINT64_MAX;
	state->regions[0] = (struct state_region){ .guest_addr = MEMORY_ADDR,
		.size_bytes = MEMORY_BYTES,
		.user_addr = MEMORY_ADDR,
		.used = 1 };
	for (uint32_t i = 0; i < STATE_QUEUES; i++) {
		struct state_queue *queue = &state->gpu.queues[i];
		queue->size = QUEUE_SIZE;
		queue->enabled = queue->started = queue->kick_known = 1;
		queue->desc_addr = MEMORY_ADDR + RING_OFFSET(i, 0);
		queue->avail_addr = MEMORY_ADDR + RING_OFFSET(i, 1);
		queue->used_addr = MEMORY_ADDR + RING_OFFSET(i, 2);
	}
}

static void world_handle_turn(struct loop_source *source, uint32_t events)
{
	struct world *world = container_of(source, struct world, turns);
	if (--world->turns_left == 0)
		loop_stop(&world->guest->loop, 0);
}

static void world_turn(struct world *world, int n)
{
	struct loop *loop = &world->guest->loop;

	world->turns_left = n;
	loop->stop = false;
	loop_add(loop, &world->turns, world->ready_fd, EPOLLIN, world_handle_turn);
	loop_run(loop);
	loop_remove(&world->turns);
}

static int world_socket(int *other)
{
	int fds[2] = { -1, -1 };
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
	*other = fds[1];
	return fds[0];
}

static void world_keep(struct world *world, bool renderer)
{
	struct takeover *takeover = &world->guest->takeover;

	takeover->on = true;
	takeover->kept.regions[0] = fd_dup(world->memory_fd);
	for (int i = 0; i < (int)STATE_QUEUES; i++) {
		takeover->kept.kicks[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		takeover->kept.calls[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	if (!renderer)
		return;
	int fds[2] = { -1, -1 };
	channel_pair(fds);
	world->render = fds[1];
	takeover->renderer[0] = fd_dup(world->ring_fd);
	takeover->renderer[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[2] = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[3] = fds[0];
}

/* Takes over. What takeover_begin says. */
static int world_start(struct world *world, bool virgl, bool renderer)
{
	struct guest_process *guest = world->guest;
	struct gpu_config config = world_config;
	int fds[2] = { -1, -1 };

	config.virgl = virgl;
	channel_pair(fds);
	world->daemon = fds[1];
	assert(loop_init(&guest->loop) == 0 && link_open(guest, fds[0]) == 0);
	guest->state = world->state;
	assert(front_init(guest, &config) == 0);
	world_keep(world, renderer);
	return takeover_begin(guest, world_socket(&world->vmm));
}

static void world_close(struct world *world)
{
	struct guest_process *guest = world->guest;

	takeover_finish(&guest->takeover);
	front_finish(guest);
	channel_finish(&guest->link);
	loop_timer_finish(&guest->cursor_pause);
	loop_finish(&guest->loop);
	fd_close(&world->daemon);
	fd_close(&world->vmm);
	fd_close(&world->render);
	munmap(world->state, sizeof(*world->state));
	munmap(world->memory, MEMORY_BYTES);
	munmap(world->ring, RENDER_RING_BYTES);
	close(world->memory_fd);
	close(world->ring_fd);
	close(world->ready_fd);
}

/* A quota holds whatever was said. */
static void world_check(const struct world *world)
{
	const struct state_counters *counters = &world->state->counters;

	assert(counters->bytes_used <= QUOTA_BYTES);
	assert(counters->resources <= world_config.quota.resources);
	assert(counters->contexts <= world_config.quota.contexts);
	assert(counters->backing_entries <= world_config.quota.backing_entries);
}

#endif
