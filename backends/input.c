/* SPDX-License-Identifier: MIT */
/* A guest's input devices as their sources see them. */
#include "backends/input.h"

#include <errno.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>

/* What a contact's part of a frame says. */
enum {
	CONTACT_BEGAN = 1 << 0,
	CONTACT_MOVED = 1 << 1,
	CONTACT_SHAPED = 1 << 2,
	CONTACT_TURNED = 1 << 3,
	CONTACT_CANCELLED = 1 << 4,
};

#define TRACKING_IDS 65536
/* All that contacts may say in one frame: the rest is for keys and axes. */
#define TOUCH_EVENTS (7 * INPUT_SLOTS + 3)

_Static_assert(TOUCH_EVENTS < INPUT_FRAME_EVENTS, "a frame holds them");

int input_devices_init(struct input_devices *devices,
	void (*send)(void *data, uint32_t device, const struct input_frame *frame), void *data)
{
	*devices = (struct input_devices){
		.devices = calloc(INPUT_DEVICES, sizeof(struct input_device)),
		.send = send,
		.data = data,
	};
	list_init(&devices->ports);
	return devices->devices ? 0 : -ENOMEM;
}

void input_devices_finish(struct input_devices *devices)
{
	struct input_port *port, *next;

	list_for_each_safe (port, next, &devices->ports, link) {
		list_remove(&port->link);
		port->devices = NULL;
	}
	free(devices->devices);
	devices->devices = NULL;
}

void input_devices_set_leds(struct input_devices *devices, uint32_t leds)
{
	struct input_port *port;

	devices->leds = leds;
	list_for_each (port, &devices->ports, link) {
		if (port->set_leds)
			port->set_leds(port, leds);
	}
}

void input_port_init(struct input_port *port, struct input_devices *devices)
{
	*port = (struct input_port){ .devices = devices };
	list_init(&port->link);
	if (devices)
		list_append(&devices->ports, &port->link);
}

void input_port_finish(struct input_port *port)
{
	if (!port->devices)
		return;
	input_lift_all(port);
	list_remove(&port->link);
	port->devices = NULL;
}

/* -- a frame that is being made -- */

/*
 * One that is cancelled becomes a palm, which is how evdev says that, and ends in the next
 * frame, a finger again: its slot has the tool of the last one.
 */
static void contact_tell(struct input_contact *contact, uint32_t slot, struct input_frame *frame)
{
	uint32_t changed = contact->changed;

	if (!changed && !contact->ends)
		return;
	contact->changed = 0;
	input_frame_add(frame, EV_ABS, ABS_MT_SLOT, slot);
	if (contact->cancelled) {
		input_frame_add(frame, EV_ABS, ABS_MT_TOOL_TYPE, MT_TOOL_PALM);
		contact->cancelled = false;
		contact->changed = CONTACT_CANCELLED;
		return;
	}
	if (changed & CONTACT_CANCELLED)
		input_frame_add(frame, EV_ABS, ABS_MT_TOOL_TYPE, MT_TOOL_FINGER);
	if (changed & CONTACT_BEGAN)
		input_frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, contact->age % TRACKING_IDS);
	if (changed & (CONTACT_BEGAN | CONTACT_MOVED)) {
		input_frame_add(frame, EV_ABS, ABS_MT_POSITION_X, contact->x);
		input_frame_add(frame, EV_ABS, ABS_MT_POSITION_Y, contact->y);
	}
	if (changed & CONTACT_SHAPED) {
		input_frame_add(frame, EV_ABS, ABS_MT_TOUCH_MAJOR, contact->major);
		input_frame_add(frame, EV_ABS, ABS_MT_TOUCH_MINOR, contact->minor);
	}
	if (changed & CONTACT_TURNED)
		input_frame_add(frame, EV_ABS, ABS_MT_ORIENTATION, contact->orientation);
	if (contact->ends) {
		input_frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, -1);
		*contact = (struct input_contact){ 0 };
	}
}

/* For who knows of one contact only: the oldest. */
static void tell_single_touch(struct input_device *device, struct input_frame *frame)
{
	const struct input_contact *oldest = NULL;

	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		const struct input_contact *contact = &device->contacts[i];
		if (contact->port && (!oldest || (int32_t)(contact->age - oldest->age) < 0))
			oldest = contact;
	}
	if (device->touched != (oldest != NULL))
		input_frame_add(frame, EV_KEY, BTN_TOUCH, oldest != NULL);
	device->touched = oldest;
	if (!oldest)
		return;
	input_frame_add(frame, EV_ABS, ABS_X, oldest->x);
	input_frame_add(frame, EV_ABS, ABS_Y, oldest->y);
}

static void device_tell(struct input_devices *devices, uint32_t index)
{
	struct input_device *device = &devices->devices[index];
	struct input_frame frame = device->frame;

	device->frame.n = 0;
	if (input_device_kind(index) == INPUT_TOUCH) {
		for (uint32_t i = 0; i < INPUT_SLOTS; i++)
			contact_tell(&device->contacts[i], i, &frame);
		if (frame.n)
			tell_single_touch(device, &frame);
	}
	if (frame.n)
		devices->send(devices->data, index, &frame);
}

static bool has_cancelled(const struct input_device *device)
{
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		if (device->contacts[i].cancelled)
			return true;
	}
	return false;
}

static void device_flush(struct input_devices *devices, uint32_t index)
{
	bool again = has_cancelled(&devices->devices[index]);

	device_tell(devices, index);
	if (again)
		device_tell(devices, index);
}

/* The event of this code in the frame; NULL: there is none. */
static struct input_frame_event *frame_find(
	struct input_frame *frame, uint16_t type, uint16_t code)
{
	for (uint32_t i = 0; i < frame->n; i++) {
		if (frame->events[i].type == type && frame->events[i].code == code)
			return &frame->events[i];
	}
	return NULL;
}

/* A key twice is two frames; an axis is where it came to. */
static void device_say(
	struct input_devices *devices, uint32_t index, uint16_t type, uint16_t code, int32_t value)
{
	struct input_frame *frame = &devices->devices[index].frame;
	struct input_frame_event *before = frame_find(frame, type, code);

	if (before && type == EV_ABS) {
		before->value = value;
		return;
	}
	int32_t sum;
	if (before && type == EV_REL && !__builtin_add_overflow(before->value, value, &sum)) {
		before->value = sum;
		return;
	}
	if (before || frame->n == INPUT_FRAME_EVENTS - TOUCH_EVENTS)
		device_flush(devices, index);
	input_frame_add(frame, type, code, value);
}

/* -- keys and axes -- */

static bool anybody_holds(const struct input_devices *devices, uint32_t device, uint32_t code)
{
	const struct input_port *port;

	list_for_each (port, &devices->ports, link) {
		if (input_keys_have(port->keys[device], code))
			return true;
	}
	return false;
}

void input_key(struct input_port *port, uint32_t device, uint32_t code, bool down)
{
	if (!port->devices || code >= KEY_CNT || input_keys_have(port->keys[device], code) == down)
		return;
	bool before = anybody_holds(port->devices, device, code);
	input_keys_set(port->keys[device], code, down);
	if (anybody_holds(port->devices, device, code) != before)
		device_say(port->devices, device, EV_KEY, code, down);
}

void input_move(struct input_port *port, uint32_t device, uint32_t code, int32_t by)
{
	if (port->devices && code < REL_CNT && by)
		device_say(port->devices, device, EV_REL, code, by);
}

void input_scroll(struct input_port *port, uint32_t device, bool sideways, int32_t by)
{
	int32_t *rest = &port->scrolled[sideways];

	if (!by)
		return;
	input_move(port, device, sideways ? REL_HWHEEL_HI_RES : REL_WHEEL_HI_RES, by);
	/* Turned back, it begins anew: a detent is where the hand feels one. */
	if ((*rest < 0) != (by < 0))
		*rest = 0;
	*rest += by % INPUT_DETENT;
	int32_t detents = by / INPUT_DETENT + *rest / INPUT_DETENT;
	*rest %= INPUT_DETENT;
	input_move(port, device, sideways ? REL_HWHEEL : REL_WHEEL, detents);
}

static int32_t clamp(int32_t value, int32_t least, int32_t most)
{
	return value < least ? least : value > most ? most : value;
}

void input_point(struct input_port *port, uint32_t device, int32_t x, int32_t y)
{
	if (!port->devices)
		return;
	device_say(port->devices, device, EV_ABS, ABS_X, clamp(x, 0, INPUT_ABS_MAX));
	device_say(port->devices, device, EV_ABS, ABS_Y, clamp(y, 0, INPUT_ABS_MAX));
}

/* -- contacts -- */

static struct input_contact *contact_find(
	const struct input_port *port, uint32_t device, int32_t id)
{
	if (!port->devices || input_device_kind(device) != INPUT_TOUCH)
		return NULL;
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		struct input_contact *contact = &port->devices->devices[device].contacts[i];
		if (contact->port == port && contact->id == id && !contact->ends)
			return contact;
	}
	return NULL;
}

bool input_touch_holds(const struct input_port *port, uint32_t device, int32_t id)
{
	return contact_find(port, device, id);
}

static struct input_contact *contact_find_free(struct input_device *device)
{
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		if (!device->contacts[i].port)
			return &device->contacts[i];
	}
	return NULL;
}

void input_touch_down(struct input_port *port, uint32_t index, int32_t id, int32_t x, int32_t y)
{
	if (!port->devices || input_device_kind(index) != INPUT_TOUCH)
		return;
	if (!contact_find(port, index, id)) {
		struct input_device *device = &port->devices->devices[index];
		struct input_contact *contact = contact_find_free(device);
		/* One that ends may leave its slot. */
		if (!contact)
			device_flush(port->devices, index);
		if (!contact)
			contact = contact_find_free(device);
		if (!contact) {
			port->devices->contacts_refused++;
			return;
		}
		*contact = (struct input_contact){
			.port = port, .id = id, .age = device->next_age++, .changed = CONTACT_BEGAN,
		};
	}
	input_touch_move(port, index, id, x, y);
}

void input_touch_move(struct input_port *port, uint32_t device, int32_t id, int32_t x, int32_t y)
{
	struct input_contact *contact = contact_find(port, device, id);

	if (!contact)
		return;
	contact->x = clamp(x, 0, INPUT_ABS_MAX);
	contact->y = clamp(y, 0, INPUT_ABS_MAX);
	contact->changed |= CONTACT_MOVED;
}

void input_touch_shape(
	struct input_port *port, uint32_t device, int32_t id, int32_t major, int32_t minor)
{
	struct input_contact *contact = contact_find(port, device, id);

	if (!contact)
		return;
	contact->major = clamp(major, 0, INPUT_ABS_MAX);
	contact->minor = clamp(minor, 0, INPUT_ABS_MAX);
	contact->changed |= CONTACT_SHAPED;
}

void input_touch_turn(struct input_port *port, uint32_t device, int32_t id, int32_t degrees)
{
	struct input_contact *contact = contact_find(port, device, id);

	if (!contact)
		return;
	/* An ellipse looks the same after half a turn. */
	degrees %= 180;
	if (degrees > INPUT_ORIENTATION_MAX)
		degrees -= 180;
	else if (degrees < -INPUT_ORIENTATION_MAX)
		degrees += 180;
	contact->orientation = degrees;
	contact->changed |= CONTACT_TURNED;
}

void input_touch_up(struct input_port *port, uint32_t device, int32_t id)
{
	struct input_contact *contact = contact_find(port, device, id);

	if (!contact)
		return;
	/* A tap is a frame with it down, and one without it. */
	if (contact->changed & CONTACT_BEGAN)
		device_flush(port->devices, device);
	contact->ends = true;
}

static void contact_cancel(struct input_contact *contact)
{
	if (contact->changed & CONTACT_BEGAN)
		*contact = (struct input_contact){ 0 };
	else
		contact->ends = contact->cancelled = true;
}

void input_touch_cancel(struct input_port *port, uint32_t device, int32_t id)
{
	struct input_contact *contact = contact_find(port, device, id);

	if (contact)
		contact_cancel(contact);
}

void input_frame(struct input_port *port, uint32_t device)
{
	if (port->devices)
		device_flush(port->devices, device);
}

/* -- lifting -- */

void input_lift(struct input_port *port, uint32_t device)
{
	if (!port->devices)
		return;
	for (uint32_t word = 0; word < INPUT_KEY_WORDS; word++) {
		while (port->keys[device][word])
			input_key(port, device,
				64 * word + __builtin_ctzll(port->keys[device][word]), false);
	}
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		struct input_contact *contact = &port->devices->devices[device].contacts[i];
		if (contact->port == port && !contact->ends)
			input_touch_up(port, device, contact->id);
	}
	device_flush(port->devices, device);
}

void input_cancel(struct input_port *port, uint32_t device)
{
	if (!port->devices)
		return;
	for (uint32_t i = 0; i < INPUT_SLOTS; i++) {
		struct input_contact *contact = &port->devices->devices[device].contacts[i];
		if (contact->port == port && !contact->ends)
			contact_cancel(contact);
	}
	device_flush(port->devices, device);
}

void input_lift_all(struct input_port *port)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++)
		input_lift(port, i);
}
