/* SPDX-License-Identifier: MIT */
#ifndef VIRTQUEUE_WORLD_H
#define VIRTQUEUE_WORLD_H

/* A split ring, its device and its driver. Asserts that all goes well. */

#include "backends/virtqueue.h"
#include "tests/ring_driver.h"
#include "tests/unit.h"

#define RING 8u
#define MEMORY_BYTES (1u << 20)

struct virtqueue_world {
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver driver;
	struct state_queue state;
	struct virtqueue queue;
	struct virtqueue_chain chain;
	uint8_t *data; /* a page of guest memory */
};

int setup_of(void **state, uint32_t size, bool event_idx);
int setup(void **state);
int teardown(void **state);

/* Whether the eventfd was, since the last time. */
bool signalled(int fd);
int pop(struct virtqueue_world *f);
uint64_t guest(struct virtqueue_world *f, const void *at);
struct vring_desc desc_of(
	struct virtqueue_world *f, const void *at, uint32_t len, uint16_t flags, uint16_t next);
/* A chain of one: its head. */
int add_one(struct virtqueue_world *f);

#endif
