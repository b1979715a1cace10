/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_INPUT_DEVICE_H
#define COMPOSITOR_SEAT_INPUT_DEVICE_H

/*
 * A device of libinput's, and where it lies: over the screen or output that its section
 * names, else udev's WL_OUTPUT; if that is not there, or is none, a touch screen lies over
 * the only panel that is built in (eDP, LVDS, DSI), else over the first screen, and a
 * pointer of absolute places over all outputs.
 */

#include <stdint.h>

#include "base/list.h"
#include "compositor/output.h"
#include "compositor/seat/seat.h"

struct config_input;
struct libinput_device;
struct libinput_event;

struct input_device {
	struct list link; /* of input.devices */
	struct seat *seat;
	struct libinput_device *device; /* a reference */
	bool has[SEAT_CAPABILITIES];    /* which of the seat's it brought */
	char over[OUTPUT_NAME_MAX];     /* empty: nothing is said */
};

/* NULL: nothing that the seat has a use for, or no memory. The configuration may be NULL. */
struct input_device *input_device_create(
	struct seat *seat, struct libinput_device *device, const struct config_input *config);
void input_device_destroy(struct input_device *device);
/* Bits by evdev's LED_*. */
void input_device_set_leds(struct input_device *device, uint32_t leds);

/* From parts of the device to parts of a panel. NULL: there is no screen. */
const struct screen *input_device_place(const struct input_device *device, double *u, double *v);
/* From parts of the device to the common space; false: there is no output. */
bool input_device_point(
	const struct input_device *device, double u, double v, double *x, double *y);

/* Of the device; it was added and not removed. */
void input_device_handle_event(struct input_device *device, struct libinput_event *event);

#endif
