/* SPDX-License-Identifier: MIT */
/* A source that is given whole frames. */
#include "backends/input_script.h"

#include <linux/input.h>

void input_script_init(struct input_script *script, struct input_devices *devices)
{
	*script = (struct input_script){ 0 };
	input_port_init(&script->port, devices);
}

/* -- what it takes -- */

struct range {
	int32_t least, most;
};

/* False: not from a script, since others of its events say it. */
static bool abs_range(enum input_kind kind, uint16_t code, struct range *range)
{
	*range = (struct range){ 0, INPUT_ABS_MAX };
	switch (code) {
	case ABS_MT_SLOT:
		range->most = INPUT_SLOTS - 1;
		break;
	case ABS_MT_TRACKING_ID:
		*range = (struct range){ -1, UINT16_MAX };
		break;
	case ABS_MT_TOOL_TYPE:
		range->most = MT_TOOL_PALM;
		break;
	case ABS_MT_ORIENTATION:
		*range = (struct range){ -INPUT_ORIENTATION_MAX, INPUT_ORIENTATION_MAX };
		break;
	case ABS_X:
	case ABS_Y:
		return kind != INPUT_TOUCH;
	}
	return true;
}

static bool event_range(
	enum input_kind kind, const struct input_frame_event *event, struct range *range)
{
	switch (event->type) {
	case EV_KEY:
		*range = (struct range){ 0, 1 };
		return kind != INPUT_TOUCH;
	case EV_REL:
		*range = (struct range){ -INPUT_ABS_MAX, INPUT_ABS_MAX };
		return event->code != REL_WHEEL && event->code != REL_HWHEEL;
	case EV_ABS:
		return abs_range(kind, event->code, range);
	}
	return false;
}

bool input_script_takes(uint32_t device, const struct input_frame_event *event)
{
	enum input_kind kind = input_device_kind(device);
	struct range range;

	return input_kind_has(kind, event->type, event->code) && event_range(kind, event, &range) &&
	       range.least <= event->value && event->value <= range.most;
}

/* -- contacts -- */

static void slot_track(struct input_script *script, uint32_t device, uint32_t index,
	struct input_script_slot *slot, bool down)
{
	if (slot->down)
		input_touch_up(&script->port, device, index);
	slot->down = slot->begins = down;
}

static void script_touch(
	struct input_script *script, uint32_t device, const struct input_frame_event *event)
{
	struct input_script_head *head = &script->heads[input_device_head(device)];
	struct input_script_slot *slot = &head->slots[head->slot];

	switch (event->code) {
	case ABS_MT_SLOT:
		head->slot = event->value;
		break;
	case ABS_MT_TRACKING_ID:
		slot_track(script, device, head->slot, slot, event->value >= 0);
		break;
	case ABS_MT_TOOL_TYPE:
		slot->is_palm = event->value == MT_TOOL_PALM;
		break;
	case ABS_MT_POSITION_X:
		slot->x = event->value;
		slot->moved = true;
		break;
	case ABS_MT_POSITION_Y:
		slot->y = event->value;
		slot->moved = true;
		break;
	case ABS_MT_TOUCH_MAJOR:
		slot->major = event->value;
		slot->shaped = slot->has_shape = true;
		break;
	case ABS_MT_TOUCH_MINOR:
		slot->minor = event->value;
		slot->shaped = slot->has_shape = true;
		break;
	case ABS_MT_ORIENTATION:
		slot->orientation = event->value;
		slot->turned = slot->has_turn = true;
		break;
	}
}

/* What the frame said of the slot is known only at its end: a contact has a place from the start.
 */
static void slot_tell(struct input_script *script, uint32_t device, uint32_t index)
{
	struct input_script_slot *slot = &script->heads[input_device_head(device)].slots[index];
	struct input_port *port = &script->port;

	/* It is nothing, and was nothing if it began so. */
	if (slot->down && slot->is_palm) {
		input_touch_cancel(port, device, index);
		slot->down = false;
	}
	if (slot->down && (slot->begins || slot->moved))
		input_touch_down(port, device, index, slot->x, slot->y);
	if (slot->down && (slot->shaped || (slot->begins && slot->has_shape)))
		input_touch_shape(port, device, index, slot->major, slot->minor);
	if (slot->down && (slot->turned || (slot->begins && slot->has_turn)))
		input_touch_turn(port, device, index, slot->orientation);
	slot->begins = slot->moved = slot->shaped = slot->turned = false;
}

/* -- the rest -- */

static void script_point(
	struct input_script *script, uint32_t device, const struct input_frame_event *event)
{
	struct input_script_head *head = &script->heads[input_device_head(device)];

	*(event->code == ABS_X ? &head->x : &head->y) = event->value;
	input_point(&script->port, device, head->x, head->y);
}

static void script_move(
	struct input_script *script, uint32_t device, const struct input_frame_event *event)
{
	switch (event->code) {
	case REL_WHEEL_HI_RES:
	case REL_HWHEEL_HI_RES:
		input_scroll(&script->port, device, event->code == REL_HWHEEL_HI_RES, event->value);
		break;
	default:
		input_move(&script->port, device, event->code, event->value);
	}
}

void input_script_play(
	struct input_script *script, uint32_t device, const struct input_frame *frame)
{
	bool touches = input_device_kind(device) == INPUT_TOUCH;

	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		if (event->type == EV_KEY)
			input_key(&script->port, device, event->code, event->value);
		else if (event->type == EV_REL)
			script_move(script, device, event);
		else if (touches)
			script_touch(script, device, event);
		else
			script_point(script, device, event);
	}
	for (uint32_t i = 0; touches && i < INPUT_SLOTS; i++)
		slot_tell(script, device, i);
	input_frame(&script->port, device);
}
