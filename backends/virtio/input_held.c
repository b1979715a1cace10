/* SPDX-License-Identifier: MIT */
/* What is down on an input device. */
#include "backends/virtio/input_held.h"

/* A contact's part of a frame, as far as it changes what is down. */
static bool held_change_contact(
	struct input_held_contact *contact, const struct input_frame_event *event)
{
	if (event->code == ABS_MT_TRACKING_ID) {
		uint32_t id = event->value < 0 ? 0 : (uint32_t)event->value + 1;
		if (!id == !contact->id)
			return false;
		contact->id = id;
		return true;
	}
	if (!contact->id)
		return false;
	if (event->code == ABS_MT_POSITION_X)
		contact->x = event->value;
	if (event->code == ABS_MT_POSITION_Y)
		contact->y = event->value;
	return true;
}

/* Sources may have begun it with contacts that were lifted here. */
static void held_settle_touch(struct input_held *held, struct input_frame *changes)
{
	bool touched = false;

	for (uint32_t i = 0; i < INPUT_SLOTS; i++)
		touched = touched || held->contacts[i].id;
	if (input_keys_have(held->keys, BTN_TOUCH) == touched)
		return;
	input_keys_set(held->keys, BTN_TOUCH, touched);
	input_frame_add(changes, EV_KEY, BTN_TOUCH, touched);
}

void input_held_change(struct input_held *held, enum input_kind kind,
	const struct input_frame *frame, struct input_frame *changes)
{
	uint32_t slot = 0;
	bool slot_told = false;

	changes->n = 0;
	for (uint32_t i = 0; i < frame->n && changes->n + 3 <= INPUT_FRAME_EVENTS; i++) {
		const struct input_frame_event *event = &frame->events[i];
		if (!input_kind_has(kind, event->type, event->code))
			continue;
		if (event->type == EV_ABS && event->code == ABS_MT_SLOT) {
			slot = (uint32_t)event->value % INPUT_SLOTS;
			slot_told = false;
			continue;
		}
		if (event->type == EV_ABS && event->code > ABS_MT_SLOT) {
			if (!held_change_contact(&held->contacts[slot], event))
				continue;
			if (!slot_told)
				input_frame_add(changes, EV_ABS, ABS_MT_SLOT, slot);
			slot_told = true;
		} else if (event->type == EV_KEY) {
			if (input_keys_have(held->keys, event->code) == (event->value != 0))
				continue;
			input_keys_set(held->keys, event->code, event->value != 0);
		}
		input_frame_add(changes, event->type, event->code, event->value);
	}
	if (changes->n && kind == INPUT_TOUCH)
		held_settle_touch(held, changes);
}
