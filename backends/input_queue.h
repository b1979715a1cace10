/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_INPUT_QUEUE_H
#define BACKENDS_INPUT_QUEUE_H

/*
 * Frames that whoever hears of them does not take yet, a driver without buffers or a process
 * that is busy: bounded, in order. Where a device only moved, twice, before the first was
 * begun, that is one motion with the newest position. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/input.h"

/* A power of two. */
#define INPUT_QUEUE_EVENTS 2048

struct input_queue {
	struct input_frame_event events[INPUT_QUEUE_EVENTS]; /* frames, each with its SYN_REPORT */
	uint32_t head, tail;  /* counted up; the events are between */
	uint32_t last;        /* where the newest frame begins */
	bool last_moves_only;
	uint64_t coalesced;   /* motions that became one with another */
};

/* False: there is no room, and nothing was added. */
bool input_queue_add(struct input_queue *queue, const struct input_frame *frame);
/* NULL: none. */
const struct input_frame_event *input_queue_first(const struct input_queue *queue);
void input_queue_drop_first(struct input_queue *queue);
/* The first frame, whole, which stays. False: there is none. */
bool input_queue_read(const struct input_queue *queue, struct input_frame *frame);
void input_queue_drop_frame(struct input_queue *queue);
void input_queue_clear(struct input_queue *queue);

#endif
