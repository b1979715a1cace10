/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_INPUT_H
#define BACKENDS_VIRTIO_INPUT_H

/*
 * The virtio-input device (virtio 1.2, 5.8). Frames go to the driver whole and in order, as
 * it has buffers; while it has none motion is coalesced, and should even that
 * be too much, what was pressed and released meanwhile is left out and what is down in the
 * end is told. Nothing is sent that changes nothing: a key that is down already, what a
 * contact does that is not there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/virtio/input_config.h"
#include "backends/virtio/input_held.h"
#include "backends/input_queue.h"
#include "backends/virtqueue.h"
#include "base/log.h"
#include "protocol/input.h"
#include "protocol/state.h"

struct guest_memory;

enum {
	VIRTIO_INPUT_EVENTS,
	VIRTIO_INPUT_STATUS,
	VIRTIO_INPUT_QUEUES,
};

/* What the device asks of the process it is in. */
struct virtio_input_listener {
	/* At the end of the turn, interrupt the driver for this queue. */
	void (*notify)(void *data, uint32_t queue);
	/* Come back to this queue in the next turn. */
	void (*again)(void *data, uint32_t queue);
	/* The driver has these LEDs on now, bit per LED_*. */
	void (*leds)(void *data, uint32_t leds);
};

struct virtio_input {
	struct input_identity identity;
	const struct virtio_input_listener *listener;
	void *data;
	struct state_input *state;         /* borrowed */
	const struct guest_memory *memory; /* borrowed */
	struct virtqueue *queues;          /* borrowed; NULL: no VMM */
	struct input_queue waiting;
	struct input_held held; /* once all that waits is told */
	bool ready;        /* a driver is there */
	bool behind;       /* `held` is more than that: the difference is to be told */
	uint32_t told_slot;
	struct log_limit refusals;
};

void virtio_input_init(struct virtio_input *input, const struct input_identity *identity,
	struct state_input *state, const struct guest_memory *memory,
	const struct virtio_input_listener *listener, void *data);

void virtio_input_config_read(
	const struct virtio_input *input, uint32_t offset, void *to, uint32_t len);
void virtio_input_config_write(
	struct virtio_input *input, uint32_t offset, const void *from, uint32_t len);
void virtio_input_kicked(struct virtio_input *input, uint32_t queue);
/* The guest started afresh: nothing is down. */
void virtio_input_reset(struct virtio_input *input);
/* Nothing is down any more. */
void virtio_input_lift(struct virtio_input *input);
/* A process that died served it: what its driver believes down is lifted. */
void virtio_input_restore(struct virtio_input *input);

/* To the driver, or nowhere while there is none. */
void virtio_input_send(struct virtio_input *input, const struct input_frame *frame);

#endif
