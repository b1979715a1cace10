/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_INPUT_H
#define BACKENDS_INPUT_H

/*
 * A guest's input devices as their sources see them: a compositor's seat, a device that
 * is given to the guest, a script. Several sources may share a device: a key is down
 * while one of them holds it, and contacts of each have slots of their own. Pure.
 *
 * What a source says of a device gathers until input_frame; then it is one frame. Both
 * axes of a head go from 0 to INPUT_ABS_MAX; what lies beyond counts as the edge.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "protocol/input.h"

struct input_port;

struct input_contact {
	struct input_port *port; /* NULL: the slot is free */
	int32_t id;              /* the source's */
	uint32_t age;            /* the oldest moves the pointer of who knows no contacts */
	int32_t x, y, major, minor, orientation;
	uint32_t changed;        /* what the next frame says of it */
	bool ends;               /* with that */
	bool cancelled;          /* first it is told that it was none */
};

struct input_device {
	struct input_contact contacts[INPUT_SLOTS];
	uint32_t next_age;
	bool touched;            /* as the last frame said */
	struct input_frame frame; /* of keys and axes, that is being made */
};

struct input_devices {
	struct input_device *devices; /* INPUT_DEVICES of them; owned */
	struct list ports;
	uint32_t leds; /* bit per LED_*: as the guest has them */
	uint64_t contacts_refused; /* more at once than there are slots */
	/* A whole frame, not empty. */
	void (*send)(void *data, uint32_t device, const struct input_frame *frame);
	void *data;
};

/* 0 or -ENOMEM. */
int input_devices_init(struct input_devices *devices,
	void (*send)(void *data, uint32_t device, const struct input_frame *frame), void *data);
/* Ports that are open are not any more: what their sources say goes nowhere. */
void input_devices_finish(struct input_devices *devices);
/* The guest's keyboard has these on now. */
void input_devices_set_leds(struct input_devices *devices, uint32_t leds);

/* One source, and what it holds down. */
struct input_port {
	struct list link; /* of input_devices.ports */
	struct input_devices *devices; /* borrowed; NULL: not open */
	void (*set_leds)(struct input_port *port, uint32_t leds); /* or NULL */
	uint64_t keys[INPUT_DEVICES][INPUT_KEY_WORDS];
	int32_t scrolled[2]; /* of a detent: upright, sideways */
};

void input_port_init(struct input_port *port, struct input_devices *devices);
/* Lifts all that it holds. Also of one that is not open. */
void input_port_finish(struct input_port *port);

/* A key or button (KEY_*, BTN_*). One that is down already, or up, changes nothing. */
void input_key(struct input_port *port, uint32_t device, uint32_t code, bool down);
/* EV_REL: a mouse's, an encoder's. */
void input_move(struct input_port *port, uint32_t device, uint32_t code, int32_t by);
/* A wheel, in parts of INPUT_DETENT; positive is up, or to the right. */
void input_scroll(struct input_port *port, uint32_t device, bool sideways, int32_t by);
/* The absolute pointer of a head. */
void input_point(struct input_port *port, uint32_t device, int32_t x, int32_t y);

/* Contacts by the source's ids. One that is down already moves; beyond INPUT_SLOTS none. */
void input_touch_down(struct input_port *port, uint32_t device, int32_t id, int32_t x, int32_t y);
void input_touch_move(struct input_port *port, uint32_t device, int32_t id, int32_t x, int32_t y);
/* Axes of its ellipse, in units of the head's width. */
void input_touch_shape(
	struct input_port *port, uint32_t device, int32_t id, int32_t major, int32_t minor);
/* The major axis: degrees from upright, clockwise. */
void input_touch_turn(struct input_port *port, uint32_t device, int32_t id, int32_t degrees);
void input_touch_up(struct input_port *port, uint32_t device, int32_t id);
/* It is not what it seemed: it ends without effect. One that was not told never was. */
void input_touch_cancel(struct input_port *port, uint32_t device, int32_t id);
bool input_touch_holds(const struct input_port *port, uint32_t device, int32_t id);

/* The end of what happened at once. */
void input_frame(struct input_port *port, uint32_t device);
/* Whatever the port holds on the device it does not any more: a frame. */
void input_lift(struct input_port *port, uint32_t device);
void input_lift_all(struct input_port *port);
/* All its contacts on the device are cancelled, in frames of their own. */
void input_cancel(struct input_port *port, uint32_t device);

#endif
