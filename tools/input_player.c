/* SPDX-License-Identifier: MIT */
/* A recording as frames for devices of a guest. */
#include "tools/input_player.h"

#include <errno.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>

/* -- which device -- */

static bool has_key(const struct recording_device *device, uint32_t code)
{
	return device->keys[code / 64] >> code % 64 & 1;
}

static bool has_axes(uint64_t axes, uint32_t x, uint32_t y)
{
	return axes >> x & 1 && axes >> y & 1;
}

static bool has_property(const struct recording_device *device, uint32_t property)
{
	return device->properties >> property & 1;
}

/* A guest's device of the kind can play it; or why none can. */
static const char *device_kind(
	const struct recording_device *device, enum input_kind *kind, bool *single)
{
	bool slots = has_axes(device->absolute, ABS_MT_POSITION_X, ABS_MT_POSITION_Y);
	bool place = has_axes(device->absolute, ABS_X, ABS_Y);

	*single = !slots && has_key(device, BTN_TOUCH) && place;
	if (has_key(device, BTN_TOOL_PEN))
		return "a tablet with a pen, and guests have none";
	if (has_property(device, INPUT_PROP_POINTER) && (slots || has_key(device, BTN_TOUCH)))
		return "a touch pad, and guests have none";
	if (slots || *single) {
		*kind = INPUT_TOUCH;
		return NULL;
	}
	if (place && (has_key(device, BTN_JOYSTICK) || has_key(device, BTN_GAMEPAD)))
		return "a joystick, and guests have none";
	if (place)
		*kind = INPUT_POINTER;
	else if (has_axes(device->relative, REL_X, REL_Y))
		*kind = INPUT_MOUSE;
	else if (device->relative)
		*kind = INPUT_KEYS;
	else
		*kind = INPUT_KEYBOARD;
	return NULL;
}

/* The axis of the recording that is the guest's X or Y. */
static uint32_t place_axis(const struct input_player *player, uint32_t part, bool y)
{
	bool slots = input_device_kind(player->parts[part].device) == INPUT_TOUCH &&
		     !player->parts[part].single;

	return slots ? ABS_MT_POSITION_X + y : ABS_X + y;
}

static int player_refuse(struct input_player *player, uint32_t part, const char *why)
{
	const char *name = player->recording->devices[part].name;

	snprintf(player->reason, sizeof(player->reason), "\"%s\" is %s", name, why);
	return -EINVAL;
}

static int part_init(struct input_player *player, uint32_t part, uint32_t head)
{
	const struct recording_device *device = &player->recording->devices[part];
	enum input_kind kind;
	const char *why = device_kind(device, &kind, &player->parts[part].single);

	if (why)
		return player_refuse(player, part, why);
	player->parts[part].device = input_device(kind, head);
	if (kind != INPUT_TOUCH && kind != INPUT_POINTER)
		return 0;
	if (device->has_range[place_axis(player, part, false)] &&
		device->has_range[place_axis(player, part, true)])
		return 0;
	return player_refuse(player, part, "recorded without the range of its axes");
}

int input_player_init(
	struct input_player *player, const struct input_recording *recording, uint32_t head)
{
	*player = (struct input_player){ .recording = recording };
	/* What did nothing may be anything. */
	for (uint32_t i = 0; i < recording->n_frames; i++) {
		int ret = part_init(player, recording->frames[i].device, head);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* -- what it gets -- */

static int32_t clamp(int64_t value, int32_t least, int32_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* From a range of the recording to the guest's, to the nearest; a length if `from` is 0. */
static int32_t scale(int64_t value, int64_t from, int64_t range)
{
	return clamp(((value - from) * INPUT_ABS_MAX + range / 2) / range, 0, INPUT_ABS_MAX);
}

static int32_t part_scale(const struct input_player *player, uint32_t part, bool y, int32_t value)
{
	const struct recording_device *device = &player->recording->devices[part];
	uint32_t axis = place_axis(player, part, y);
	int64_t min = device->ranges[axis].min;

	return scale(value, min, device->ranges[axis].max - min);
}

/* Lengths are in the units of the place's axes. */
static int32_t part_scale_length(const struct input_player *player, uint32_t part, int32_t value)
{
	const struct recording_device *device = &player->recording->devices[part];
	uint32_t axis = place_axis(player, part, false);

	return scale(value, 0, (int64_t)device->ranges[axis].max - device->ranges[axis].min);
}

/* What its range's end means is a quarter of a turn. */
static int32_t part_turn(const struct input_player *player, uint32_t part, int32_t value)
{
	const struct recording_device *device = &player->recording->devices[part];
	int32_t max = device->ranges[ABS_MT_ORIENTATION].max;

	return clamp(max > 0 ? (int64_t)value * INPUT_ORIENTATION_MAX / max : 0,
		-INPUT_ORIENTATION_MAX, INPUT_ORIENTATION_MAX);
}

/* False: nothing for the guest. */
static bool touch_event(struct input_player *player, uint32_t part, struct input_frame_event *event)
{
	if (event->type != EV_ABS)
		return false;
	switch (event->code) {
	case ABS_MT_SLOT:
		player->parts[part].beyond = event->value < 0 || event->value >= INPUT_SLOTS;
		break;
	case ABS_MT_TRACKING_ID:
		event->value = event->value < 0 ? -1 : event->value & UINT16_MAX;
		break;
	case ABS_MT_POSITION_X:
	case ABS_MT_POSITION_Y:
		event->value =
			part_scale(player, part, event->code == ABS_MT_POSITION_Y, event->value);
		break;
	case ABS_MT_TOUCH_MAJOR:
	case ABS_MT_TOUCH_MINOR:
		event->value = part_scale_length(player, part, event->value);
		break;
	case ABS_MT_TOOL_TYPE:
		event->value = event->value == MT_TOOL_PALM ? MT_TOOL_PALM : MT_TOOL_FINGER;
		break;
	case ABS_MT_ORIENTATION:
		event->value = part_turn(player, part, event->value);
		break;
	default:
		return false;
	}
	return !player->parts[part].beyond;
}

/* Of one contact: as a screen with one slot would say it. */
static bool single_event(
	struct input_player *player, uint32_t part, struct input_frame_event *event)
{
	bool y = event->code == ABS_Y;

	if (event->type == EV_KEY && event->code == BTN_TOUCH) {
		*event = (struct input_frame_event){ EV_ABS, ABS_MT_TRACKING_ID,
			event->value ? 0 : -1 };
		return true;
	}
	if (event->type != EV_ABS || (event->code != ABS_X && !y))
		return false;
	*event = (struct input_frame_event){ EV_ABS, y ? ABS_MT_POSITION_Y : ABS_MT_POSITION_X,
		part_scale(player, part, y, event->value) };
	return true;
}

static bool frame_has(const struct input_frame_event *events, uint32_t n, uint16_t code)
{
	for (uint32_t i = 0; i < n; i++) {
		if (events[i].type == EV_REL && events[i].code == code)
			return true;
	}
	return false;
}

/* A wheel of before Linux 5.0 says only whole detents. */
static bool wheel_event(
	struct input_frame_event *event, const struct input_frame_event *events, uint32_t n)
{
	uint16_t code = event->code == REL_WHEEL ? REL_WHEEL_HI_RES : REL_HWHEEL_HI_RES;
	int64_t parts = (int64_t)event->value * INPUT_DETENT;

	*event = (struct input_frame_event){ EV_REL, code,
		clamp(parts, -INPUT_ABS_MAX, INPUT_ABS_MAX) };
	return !frame_has(events, n, code);
}

static bool other_event(struct input_player *player, uint32_t part, struct input_frame_event *event,
	const struct recording_frame *frame)
{
	enum input_kind kind = input_device_kind(player->parts[part].device);

	if (!input_kind_has(kind, event->type, event->code))
		return false;
	switch (event->type) {
	case EV_KEY: /* 2 repeats */
		return event->value == 0 || event->value == 1;
	case EV_REL:
		if (event->code == REL_WHEEL || event->code == REL_HWHEEL)
			return wheel_event(
				event, player->recording->events + frame->first, frame->n);
		event->value = clamp(event->value, -INPUT_ABS_MAX, INPUT_ABS_MAX);
		return true;
	case EV_ABS:
		event->value = part_scale(player, part, event->code == ABS_Y, event->value);
		return true;
	}
	return false;
}

static bool player_event(struct input_player *player, uint32_t part,
	struct input_frame_event *event, const struct recording_frame *frame)
{
	if (player->parts[part].single)
		return single_event(player, part, event);
	if (input_device_kind(player->parts[part].device) == INPUT_TOUCH)
		return touch_event(player, part, event);
	return other_event(player, part, event, frame);
}

uint32_t input_player_frame(struct input_player *player, uint32_t index, struct input_frame *frame)
{
	const struct recording_frame *from = &player->recording->frames[index];

	frame->n = 0;
	for (uint32_t i = 0; i < from->n; i++) {
		struct input_frame_event event = player->recording->events[from->first + i];
		if (player_event(player, from->device, &event, from))
			frame->events[frame->n++] = event;
	}
	return player->parts[from->device].device;
}
