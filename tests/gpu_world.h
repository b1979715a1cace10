/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GPU_WORLD_H
#define TESTS_GPU_WORLD_H

/*
 * The virtio-gpu device with all that it knows: rings and their driver, a local and
 * a remote renderer, a process that fetches the latter. Answers are checked as they
 * come: once for each chain, fenced ones in their order, none while paused.
 */

#include "tests/unit.h"

#include "backends/virtio/gpu.h"
#include "tests/fake_renderer.h"
#include "tests/ring_driver.h"

#define CONTROL VIRTIO_GPU_QUEUE_CONTROL
#define CURSOR VIRTIO_GPU_QUEUE_CURSOR

#define HEADS 3
#define RESOURCES 12 /* ids from 1 */
#define CONTEXTS 4
#define RING 64
#define REQUEST_BYTES 128
#define RESPONSE_BYTES 1100
#define QUOTA (4u << 20)

/* What the driver waits for, by the head of its chain. */
struct waiting {
	bool used;
	uint32_t type, flags;
	uint64_t fence_id;
	uint64_t order;
	uint8_t *request, *response;
	uint32_t response_len;
};

struct gpu_world {
	struct gpu *gpu;
	struct state *state;
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver drivers[VIRTIO_GPU_QUEUE_COUNT];
	struct virtqueue queues[VIRTIO_GPU_QUEUE_COUNT];
	struct fake_renderer local, remote;
	struct waiting waiting[VIRTIO_GPU_QUEUE_COUNT][RING];
	uint8_t *backing;
	uint64_t order;
	uint64_t fences_asked[100000], n_fences_asked, n_fences_told;
	uint32_t again; /* bit per queue */
	bool wanted;    /* a renderer was asked for */
	bool paused;
	uint32_t told, told_errors;
	uint32_t last_response; /* type of the last answer */
};

/* For cmocka: `*state` is the world. The driver took all features, the rings run. */
int world_setup(void **state);
int world_teardown(void **state);

/* -- the driver -- */

/* False: the ring is full. `response_len` is all the room for the answer. */
bool world_offer(struct gpu_world *world, uint32_t queue, const void *bytes, size_t len,
	uint32_t response_len);
void world_process(struct gpu_world *world, uint32_t queue);
/* One command at once; the type of its answer, or 0 if it must wait. */
uint32_t world_command(struct gpu_world *world, const void *bytes, size_t len);
#define COMMAND(world, wire) world_command(world, &(wire), sizeof(wire))
/* It starts afresh, as vhost-user's ring code sees it. */
void world_reset(struct gpu_world *world);

/* -- everybody else -- */

/* The remote renderer tells one of its answers. */
void world_complete(struct gpu_world *world, uint32_t pick);
/* The local one lets a flush go that it held. */
void world_let_go(struct gpu_world *world, uint64_t seq);
void world_renderer_comes(struct gpu_world *world, bool room);
/* Dead, or not to be had. */
void world_renderer_goes(struct gpu_world *world);
void world_set_room(struct gpu_world *world, bool room);
void world_set_paused(struct gpu_world *world, bool paused);

/* Until all has come to rest; fails if a chain stays unanswered. */
void world_settle(struct gpu_world *world);
/* The renderers know what the tables say, no more and no less. */
void world_check(const struct gpu_world *world);

#endif
