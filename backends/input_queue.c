/* SPDX-License-Identifier: MIT */
/* Frames that are not taken yet. */
#include "backends/input_queue.h"

#include <stddef.h>

#define SLOT_NONE (-1)

static struct input_frame_event *queue_at(struct input_queue *queue, uint32_t position)
{
	return &queue->events[position % INPUT_QUEUE_EVENTS];
}

static bool frame_moves_only(const struct input_frame *frame)
{
	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		if (event->type == EV_KEY ||
			(event->type == EV_ABS && event->code >= ABS_MT_TOOL_TYPE))
			return false;
	}
	return true;
}

static bool is_slot(const struct input_frame_event *event)
{
	return event->type == EV_ABS && event->code == ABS_MT_SLOT;
}

static bool is_of_slot(const struct input_frame_event *event)
{
	return event->type == EV_ABS && event->code > ABS_MT_SLOT;
}

/* Where the newest frame says this of this slot; NULL: nowhere. */
static struct input_frame_event *queue_find(
	struct input_queue *queue, const struct input_frame_event *event, int32_t slot)
{
	int32_t at_slot = SLOT_NONE;

	for (uint32_t i = queue->last; i != queue->tail; i++) {
		struct input_frame_event *other = queue_at(queue, i);
		if (is_slot(other))
			at_slot = other->value;
		else if (other->type == event->type && other->code == event->code &&
			(!is_of_slot(event) || at_slot == slot))
			return other;
	}
	return NULL;
}

static uint32_t queue_room(const struct input_queue *queue)
{
	return INPUT_QUEUE_EVENTS - (queue->tail - queue->head);
}

static void queue_put(struct input_queue *queue, uint16_t type, uint16_t code, int32_t value)
{
	*queue_at(queue, queue->tail++) = (struct input_frame_event){ type, code, value };
}

/* The newest frame only moves too, the driver has heard nothing of it, and it has room. */
static bool queue_can_merge(struct input_queue *queue, const struct input_frame *frame)
{
	uint32_t added = 0;
	int32_t sum, slot = SLOT_NONE;

	if (queue->last == queue->tail || (int32_t)(queue->last - queue->head) < 0 ||
		!queue->last_moves_only)
		return false;
	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		if (is_slot(event)) {
			slot = event->value;
			continue;
		}
		const struct input_frame_event *other = queue_find(queue, event, slot);
		if (!other)
			added += is_of_slot(event) ? 2 : 1;
		else if (event->type == EV_REL &&
			__builtin_add_overflow(other->value, event->value, &sum))
			return false;
	}
	uint32_t length = queue->tail - queue->last - 1; /* without its SYN_REPORT */
	return added <= queue_room(queue) && length + added <= INPUT_FRAME_EVENTS;
}

static void queue_merge(struct input_queue *queue, const struct input_frame *frame)
{
	int32_t slot = SLOT_NONE;

	queue->tail--; /* its SYN_REPORT */
	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		if (is_slot(event)) {
			slot = event->value;
			continue;
		}
		struct input_frame_event *other = queue_find(queue, event, slot);
		if (other) {
			other->value =
				event->type == EV_REL ? other->value + event->value : event->value;
			continue;
		}
		if (is_of_slot(event))
			queue_put(queue, EV_ABS, ABS_MT_SLOT, slot);
		queue_put(queue, event->type, event->code, event->value);
	}
	queue_put(queue, EV_SYN, SYN_REPORT, 0);
	queue->coalesced++;
}

bool input_queue_add(struct input_queue *queue, const struct input_frame *frame)
{
	bool moves_only = frame_moves_only(frame);

	if (moves_only && queue_can_merge(queue, frame)) {
		queue_merge(queue, frame);
		return true;
	}
	if (queue_room(queue) < frame->n + 1)
		return false;
	queue->last = queue->tail;
	queue->last_moves_only = moves_only;
	for (uint32_t i = 0; i < frame->n; i++)
		queue_put(queue, frame->events[i].type, frame->events[i].code,
			frame->events[i].value);
	queue_put(queue, EV_SYN, SYN_REPORT, 0);
	return true;
}

const struct input_frame_event *input_queue_first(const struct input_queue *queue)
{
	return queue->head == queue->tail ? NULL :
					    &queue->events[queue->head % INPUT_QUEUE_EVENTS];
}

void input_queue_drop_first(struct input_queue *queue)
{
	queue->head++;
}

bool input_queue_read(const struct input_queue *queue, struct input_frame *frame)
{
	frame->n = 0;
	for (uint32_t i = queue->head; i != queue->tail && frame->n < INPUT_FRAME_EVENTS; i++) {
		const struct input_frame_event *event = &queue->events[i % INPUT_QUEUE_EVENTS];
		if (event->type == EV_SYN)
			break;
		frame->events[frame->n++] = *event;
	}
	return frame->n;
}

void input_queue_drop_frame(struct input_queue *queue)
{
	while (queue->head != queue->tail &&
		queue->events[queue->head++ % INPUT_QUEUE_EVENTS].type != EV_SYN)
		;
}

void input_queue_clear(struct input_queue *queue)
{
	queue->head = queue->tail = queue->last = 0;
}
