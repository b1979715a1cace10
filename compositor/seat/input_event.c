/* SPDX-License-Identifier: MIT */
/* What input devices do, as the seat is told of it. */
#include <libinput.h>
#include <wayland-server-protocol.h>

#include "compositor/seat/input_device.h"

/* -- touch screens -- */

static void handle_touch(struct input_device *device, struct libinput_event_touch *event,
	void (*handle)(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms,
		const struct touch_place *place))
{
	struct touch_place place = {
		.u = libinput_event_touch_get_x_transformed(event, 1),
		.v = libinput_event_touch_get_y_transformed(event, 1),
	};

	place.screen = input_device_place(device, &place.u, &place.v);
	if (place.screen)
		handle(&device->seat->touch, device, libinput_event_touch_get_slot(event),
			libinput_event_touch_get_time(event), &place);
}

/* -- pointers -- */

static void handle_motion(struct input_device *device, struct libinput_event_pointer *event)
{
	const struct pointer_motion motion = {
		.time_us = libinput_event_pointer_get_time_usec(event),
		.dx = libinput_event_pointer_get_dx(event),
		.dy = libinput_event_pointer_get_dy(event),
		.raw_dx = libinput_event_pointer_get_dx_unaccelerated(event),
		.raw_dy = libinput_event_pointer_get_dy_unaccelerated(event),
	};

	pointer_handle_motion(&device->seat->pointer, &motion);
}

static void handle_place(struct input_device *device, struct libinput_event_pointer *event)
{
	double x, y;

	if (input_device_point(device, libinput_event_pointer_get_absolute_x_transformed(event, 1),
		    libinput_event_pointer_get_absolute_y_transformed(event, 1), &x, &y))
		pointer_handle_place(
			&device->seat->pointer, libinput_event_pointer_get_time(event), x, y);
}

/* Of several mice' same button, the first press and the last release. */
static void handle_button(struct input_device *device, struct libinput_event_pointer *event)
{
	bool is_down =
		libinput_event_pointer_get_button_state(event) == LIBINPUT_BUTTON_STATE_PRESSED;

	if (libinput_event_pointer_get_seat_button_count(event) == (is_down ? 1 : 0))
		pointer_handle_button(&device->seat->pointer,
			libinput_event_pointer_get_time(event),
			libinput_event_pointer_get_button(event), is_down);
}

static void handle_scroll(
	struct input_device *device, struct libinput_event_pointer *event, uint32_t source)
{
	static const enum libinput_pointer_axis axes[2] = {
		[WL_POINTER_AXIS_VERTICAL_SCROLL] = LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL,
		[WL_POINTER_AXIS_HORIZONTAL_SCROLL] = LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL,
	};
	struct pointer_scroll scroll = {
		.time_ms = libinput_event_pointer_get_time(event),
		.source = source,
	};

	for (uint32_t i = 0; i < 2; i++) {
		if (!libinput_event_pointer_has_axis(event, axes[i]))
			continue;
		scroll.axes[i].is_used = true;
		scroll.axes[i].way = libinput_event_pointer_get_scroll_value(event, axes[i]);
		if (source == WL_POINTER_AXIS_SOURCE_WHEEL)
			scroll.axes[i].v120 =
				libinput_event_pointer_get_scroll_value_v120(event, axes[i]);
	}
	pointer_handle_scroll(&device->seat->pointer, &scroll);
}

/* -- keyboards -- */

/* Of several keyboards' same key, the first press and the last release. */
static void handle_key(struct input_device *device, struct libinput_event_keyboard *event)
{
	bool is_down = libinput_event_keyboard_get_key_state(event) == LIBINPUT_KEY_STATE_PRESSED;

	if (device->has[SEAT_KEYBOARD] &&
		libinput_event_keyboard_get_seat_key_count(event) == (is_down ? 1 : 0))
		keyboard_handle_key(&device->seat->keyboard,
			libinput_event_keyboard_get_time(event),
			libinput_event_keyboard_get_key(event), is_down);
}

static void handle_touch_event(struct input_device *device, struct libinput_event *event)
{
	struct libinput_event_touch *of_touch = libinput_event_get_touch_event(event);
	struct touch *touch = &device->seat->touch;
	enum libinput_event_type type = libinput_event_get_type(event);

	if (type == LIBINPUT_EVENT_TOUCH_DOWN)
		handle_touch(device, of_touch, touch_handle_down);
	else if (type == LIBINPUT_EVENT_TOUCH_MOTION)
		handle_touch(device, of_touch, touch_handle_motion);
	else if (type == LIBINPUT_EVENT_TOUCH_UP)
		touch_handle_up(touch, device, libinput_event_touch_get_slot(of_touch),
			libinput_event_touch_get_time(of_touch));
	else if (type == LIBINPUT_EVENT_TOUCH_CANCEL)
		touch_handle_cancel(touch, device, libinput_event_touch_get_slot(of_touch));
	else
		touch_handle_frame(touch);
}

static void handle_pointer_event(struct input_device *device, struct libinput_event *event)
{
	struct libinput_event_pointer *of_pointer = libinput_event_get_pointer_event(event);
	enum libinput_event_type type = libinput_event_get_type(event);

	if (type == LIBINPUT_EVENT_POINTER_MOTION)
		handle_motion(device, of_pointer);
	else if (type == LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE)
		handle_place(device, of_pointer);
	else if (type == LIBINPUT_EVENT_POINTER_BUTTON)
		handle_button(device, of_pointer);
	else if (type == LIBINPUT_EVENT_POINTER_SCROLL_WHEEL)
		handle_scroll(device, of_pointer, WL_POINTER_AXIS_SOURCE_WHEEL);
	else if (type == LIBINPUT_EVENT_POINTER_SCROLL_FINGER)
		handle_scroll(device, of_pointer, WL_POINTER_AXIS_SOURCE_FINGER);
	else if (type == LIBINPUT_EVENT_POINTER_SCROLL_CONTINUOUS)
		handle_scroll(device, of_pointer, WL_POINTER_AXIS_SOURCE_CONTINUOUS);
}

/* By kind: libinput numbers them so, and some that we have no use for as well. */
void input_device_handle_event(struct input_device *device, struct libinput_event *event)
{
	enum libinput_event_type type = libinput_event_get_type(event);

	if (type == LIBINPUT_EVENT_KEYBOARD_KEY)
		handle_key(device, libinput_event_get_keyboard_event(event));
	else if (type >= LIBINPUT_EVENT_POINTER_MOTION &&
		 type <= LIBINPUT_EVENT_POINTER_SCROLL_CONTINUOUS)
		handle_pointer_event(device, event);
	else if (type >= LIBINPUT_EVENT_TOUCH_DOWN && type <= LIBINPUT_EVENT_TOUCH_FRAME)
		handle_touch_event(device, event);
	/* What means something else where it wakes has asked already. */
	idle_wake(&device->seat->idle);
}
