/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTQUEUE_H
#define BACKENDS_VIRTQUEUE_H

/*
 * The device's side of a split virtqueue (virtio 1.2, 2.7), with indirect
 * descriptors and event_idx. A ring that the driver corrupted is broken until it
 * is set up again; nothing else suffers.
 *
 * What must survive this process (indices, which heads are in flight) is kept in
 * `state` as it changes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/log.h"
#include "protocol/state.h"

struct guest_memory;

/* Descriptors of one chain; more is a corrupt ring. */
#define VIRTQUEUE_CHAIN_MAX 1024

struct virtqueue {
	struct state_queue *state; /* borrowed */
	const char *name;          /* borrowed, for the log */
	const struct vring_desc *desc;
	const struct vring_avail *avail;
	struct vring_used *used;
	bool event_idx;
	bool running;
	bool broken;
	struct log_limit breaks; /* the guest can break it as often as it likes */
	uint16_t signalled_used;   /* used_idx when the driver was last considered */
	bool signalled_valid;
	int kick_fd, call_fd, err_fd; /* owned */
};

struct virtqueue_segment {
	uint64_t addr; /* guest-physical */
	uint32_t len;
};

struct virtqueue_chain {
	uint16_t head;
	uint32_t n_readable, n_writable;
	uint64_t readable_bytes, writable_bytes;
	struct virtqueue_segment segments[VIRTQUEUE_CHAIN_MAX]; /* readable ones first */
};

void virtqueue_init(struct virtqueue *queue, const char *name, struct state_queue *state);
void virtqueue_finish(struct virtqueue *queue);

/*
 * Maps the ring at state->*_addr with state->size entries and runs it from where the
 * state is, be it that of a process that died at any moment. -EFAULT: not in guest
 * memory; -EINVAL: size or alignment.
 */
int virtqueue_start(struct virtqueue *queue, const struct guest_memory *memory, bool event_idx);
void virtqueue_stop(struct virtqueue *queue);

/* 1: a chain; 0: none now, and the driver will kick for the next; -EPROTO: the ring broke. */
int virtqueue_pop(struct virtqueue *queue, const struct guest_memory *memory,
	struct virtqueue_chain *chain);
/*
 * The chain at `head`, which was popped by a process that died. 1, 0: the ring does not
 * run, or -EPROTO.
 */
int virtqueue_read_again(struct virtqueue *queue, const struct guest_memory *memory,
	uint16_t head, struct virtqueue_chain *chain);
/* Return a chain, `written` bytes of it written. */
void virtqueue_push(struct virtqueue *queue, uint16_t head, uint32_t written);
/* At the end of the turn: one interrupt for what was pushed, if the driver wants it. */
void virtqueue_notify(struct virtqueue *queue);
/* The driver has made chains available that were not popped. */
bool virtqueue_has_more(const struct virtqueue *queue);

/* Copies the readable part, at most `size` bytes; the number copied, or -EFAULT. */
ssize_t virtqueue_chain_read(const struct virtqueue_chain *chain,
	const struct guest_memory *memory, void *to, size_t size);
/* Writes into the writable part: how many bytes fitted. */
size_t virtqueue_chain_write(const struct virtqueue_chain *chain,
	const struct guest_memory *memory, const void *from, size_t size);

#endif
