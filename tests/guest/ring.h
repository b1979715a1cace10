/* SPDX-License-Identifier: MIT */
#ifndef GUEST_RING_H
#define GUEST_RING_H

/*
 * The driver's side of a split virtqueue (virtio 1.2, 2.7), with indirect
 * tables and EVENT_IDX.
 *
 * desc, avail and used are the ring itself, open to tests that write nonsense
 * into it; ring_expose() offers a head index unchecked. A ring that was abused
 * so is only good for ring_finish().
 */

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

#define RING_MAX_SIZE 1024
#define RING_INDIRECT_ENTRIES 64

struct ring_buffer {
	uint64_t gpa;
	uint32_t size_bytes;
	bool device_writes; /* these come after those that the device reads */
};

struct ring_options {
	uint16_t size;
	bool indirect;
	bool event_idx;
	bool call_is_pipe; /* User Mode Linux gives pipes, QEMU eventfds */
	bool kick_is_pipe; /* both give eventfds; the protocol allows others */
};

struct ring {
	struct memory *memory; /* borrowed */
	struct ring_options options;

	struct span desc_span, avail_span, used_span, indirect_span;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;

	int kick_fd;        /* the end that this side writes */
	int kick_remote_fd; /* the end that the device reads; kick_fd again for an eventfd */
	int call_fd;        /* the end that this side reads */
	int call_remote_fd; /* the end that the device writes; call_fd again for an eventfd */

	uint16_t avail_idx;     /* of what was added */
	uint16_t published_idx; /* of what the device was told by a kick */
	uint16_t last_used_idx;
	uint16_t free_head;
	uint16_t free_count;
	uint16_t chain_length[RING_MAX_SIZE]; /* descriptors in the main table, by head */
	void *tokens[RING_MAX_SIZE];          /* borrowed, by head */

	uint64_t kicks; /* notifications that were really sent */
	bool broken;    /* the device used what it was not given */
};

/* Returns 0 or a negative errno. */
int ring_init(struct ring *ring, struct memory *memory, const struct ring_options *options);
void ring_finish(struct ring *ring);

/* As a driver that starts anew: empty, all indices 0. The addresses stay. */
void ring_reset(struct ring *ring);

/* Adds a chain. The device sees it after ring_publish(). Returns the head or -ENOSPC. */
int ring_add(struct ring *ring, const struct ring_buffer *buffers, uint32_t count, void *token);

/* Offers any index as a head, unchecked. */
void ring_expose(struct ring *ring, uint16_t head);

/* Makes what was added visible. */
void ring_publish(struct ring *ring);

/* Publishes, and notifies unless the device asked not to be. Returns whether it did. */
bool ring_kick(struct ring *ring);

/* Notifies whatever the device asked. */
void ring_notify(struct ring *ring);

/* The token of the next used chain or NULL; written gets the length the device gave. */
void *ring_pop(struct ring *ring, uint32_t *written);

/* Asks for an interrupt once count more chains are used. False: they are already. */
bool ring_want_call(struct ring *ring, uint16_t count);

/* Takes the interrupt off the fd. */
void ring_clear_call(struct ring *ring);

#endif
