/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RING_DRIVER_H
#define TESTS_RING_DRIVER_H

/*
 * Guest memory and the driver's side of split rings in it, in the test's own
 * process. Tests reach into the ring where they want it broken.
 */

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/guest_memory.h"
#include "protocol/state.h"

#define RING_MEMORY_GUEST 0x100000u      /* guest-physical address of its first byte */
#define RING_MEMORY_USER 0x7f5500000000u /* the VMM's */

/* One region; what is taken from it is given back all at once. */
struct ring_memory {
	struct guest_memory *memory; /* borrowed */
	uint8_t *bytes;              /* the device's own mapping: borrowed */
	size_t size, taken;
};

/* Adds a region of `size` bytes to `memory`. Asserts. */
void ring_memory_init(struct ring_memory *ring_memory, struct guest_memory *memory, size_t size);
/* Zeroed, 16-aligned. Asserts that there is room. */
void *ring_memory_take(struct ring_memory *ring_memory, size_t size);
uint64_t ring_memory_guest(const struct ring_memory *ring_memory, const void *at);
uint64_t ring_memory_user(const struct ring_memory *ring_memory, const void *at);

struct ring_part {
	void *at; /* in the ring memory */
	uint32_t len;
	bool writable;
};

struct ring_driver {
	struct ring_memory *memory;
	uint32_t size;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t free_head, n_free; /* free descriptors are linked by `next` */
	uint16_t used_seen;
};

/* Lays out a ring and writes its size and addresses to `state`. */
void ring_driver_init(struct ring_driver *driver, struct ring_memory *memory, uint32_t size,
	struct state_queue *state);
/* Makes the ring empty as a driver does that starts afresh. */
void ring_driver_reset(struct ring_driver *driver);

/* A chain, made available. Its head, or -1: no descriptors left. */
int ring_driver_add(struct ring_driver *driver, const struct ring_part *parts, uint32_t n);
/* Make `head` available as it is. */
void ring_driver_offer(struct ring_driver *driver, uint16_t head);
/* The next used chain, its descriptors free again. False: none. */
bool ring_driver_take_used(struct ring_driver *driver, uint32_t *head, uint32_t *len);

/* Where event_idx has its two words: what the driver waits for, what the device waits for. */
uint16_t *ring_driver_used_event(struct ring_driver *driver);
uint16_t *ring_driver_avail_event(struct ring_driver *driver);

#endif
