/* SPDX-License-Identifier: MIT */
/* What libinput tells of a given device, to the guests' devices. */
#include "backends/libinput/given_device.h"

#include <errno.h>
#include <string.h>

#include <libinput.h>

/* libinput's wheels: degrees for each detent, where the device does not say. */
#define DETENT_DEGREES 15

/* -- life -- */

static bool device_is_known(struct libinput_device *device)
{
	return libinput_device_has_capability(device, LIBINPUT_DEVICE_CAP_KEYBOARD) ||
	       libinput_device_has_capability(device, LIBINPUT_DEVICE_CAP_POINTER) ||
	       libinput_device_has_capability(device, LIBINPUT_DEVICE_CAP_TOUCH);
}

static void given_calibrate(struct given *given)
{
	if (memcmp(given->config.calibration, uncalibrated, sizeof(uncalibrated)) == 0)
		return;
	if (libinput_device_config_calibration_set_matrix(
		    given->device, given->config.calibration) != LIBINPUT_CONFIG_STATUS_SUCCESS)
		log_warn("input %s: %s takes no calibration", given->config.name,
			given->config.path);
}

int given_open_device(struct given *given)
{
	struct input_host *host = given->host;

	host->open_error = 0;
	struct libinput_device *device =
		libinput_path_add_device(host->libinput, given->config.path);
	if (!device)
		return host->open_error ? host->open_error : -ENOTSUP;
	if (!device_is_known(device)) {
		libinput_path_remove_device(device);
		return -ENOTSUP;
	}
	given->device = libinput_device_ref(device);
	libinput_device_set_user_data(device, given);
	given_calibrate(given);
	given_set_leds(given, given->parts[0].port.devices->leds);
	return 0;
}

/* libinput forgets one that went by itself: to remove it once more is harmless. */
void given_close_device(struct given *given)
{
	if (!given->device)
		return;
	libinput_device_set_user_data(given->device, NULL);
	libinput_path_remove_device(given->device);
	libinput_device_unref(given->device);
	given->device = NULL;
}

void given_set_leds(struct given *given, uint32_t leds)
{
	/* libinput's bits are evdev's. */
	const uint32_t all =
		LIBINPUT_LED_NUM_LOCK | LIBINPUT_LED_CAPS_LOCK | LIBINPUT_LED_SCROLL_LOCK;

	if (given->device)
		libinput_device_led_update(given->device, leds & all);
}

/* -- touch -- */

static uint32_t part_device(const struct given_part *part, enum input_kind kind)
{
	return input_device(kind, part->head);
}

static struct given_part *given_find_part(struct given *given, double x, double y)
{
	for (uint32_t i = 0; i < given->n_parts; i++) {
		if (area_holds(&given->parts[i].area, x, y))
			return &given->parts[i];
	}
	return NULL;
}

/* A device without slots has -1 in their place. */
static uint8_t *given_contact(struct given *given, struct libinput_event_touch *touch, int32_t *id)
{
	int32_t slot = libinput_event_touch_get_slot(touch);

	*id = slot < 0 ? 0 : slot;
	return *id < GIVEN_CONTACTS ? &given->contacts[*id] : NULL;
}

static void given_touch_put(struct given *given, struct libinput_event_touch *touch, bool down)
{
	double x = libinput_event_touch_get_x_transformed(touch, 1);
	double y = libinput_event_touch_get_y_transformed(touch, 1);
	int32_t id, head_x, head_y;
	uint8_t *contact = given_contact(given, touch, &id);

	if (!contact)
		return;
	if (down && !*contact) {
		struct given_part *part = given_find_part(given, x, y);
		*contact = part ? 1 + (part - given->parts) : 0;
	}
	if (!*contact)
		return;
	struct given_part *part = &given->parts[*contact - 1];
	area_place(&part->area, x, y, &head_x, &head_y);
	if (down)
		input_touch_down(&part->port, part_device(part, INPUT_TOUCH), id, head_x, head_y);
	else
		input_touch_move(&part->port, part_device(part, INPUT_TOUCH), id, head_x, head_y);
	part->touched = true;
}

static void given_touch_lift(
	struct given *given, struct libinput_event_touch *touch, bool is_cancelled)
{
	int32_t id;
	uint8_t *contact = given_contact(given, touch, &id);

	if (!contact || !*contact)
		return;
	struct given_part *part = &given->parts[*contact - 1];
	*contact = 0;
	if (is_cancelled)
		input_touch_cancel(&part->port, part_device(part, INPUT_TOUCH), id);
	else
		input_touch_up(&part->port, part_device(part, INPUT_TOUCH), id);
	part->touched = true;
}

static void given_touch_frame(struct given *given)
{
	for (uint32_t i = 0; i < given->n_parts; i++) {
		struct given_part *part = &given->parts[i];
		if (part->touched)
			input_frame(&part->port, part_device(part, INPUT_TOUCH));
		part->touched = false;
	}
}

/* -- pointers -- */

/* Whole units of what came so far. */
static int32_t take_whole(double *sum, double by)
{
	const double most = 1 << 24;

	*sum += by;
	if (!(*sum > -most && *sum < most))
		*sum = 0;
	int32_t whole = (int32_t)*sum;
	*sum -= whole;
	return whole;
}

static void given_move(struct given *given, struct libinput_event_pointer *pointer)
{
	struct input_port *port = &given->parts[0].port;
	uint32_t mouse = input_device(INPUT_MOUSE, 0);

	/* The guest accelerates by itself. */
	input_move(port, mouse, REL_X,
		take_whole(&given->moved[0], libinput_event_pointer_get_dx_unaccelerated(pointer)));
	input_move(port, mouse, REL_Y,
		take_whole(&given->moved[1], libinput_event_pointer_get_dy_unaccelerated(pointer)));
	input_frame(port, mouse);
}

static void given_point(struct given *given, struct libinput_event_pointer *pointer)
{
	double x = libinput_event_pointer_get_absolute_x_transformed(pointer, 1);
	double y = libinput_event_pointer_get_absolute_y_transformed(pointer, 1);
	int32_t head_x, head_y;

	if (!given->buttons || !given->pointing) {
		struct given_part *below = given_find_part(given, x, y);
		if (below)
			given->pointing = below;
	}
	struct given_part *part = given->pointing;
	if (!part)
		return;
	area_place(&part->area, x, y, &head_x, &head_y);
	input_point(&part->port, part_device(part, INPUT_POINTER), head_x, head_y);
	input_frame(&part->port, part_device(part, INPUT_POINTER));
}

/* Whose buttons and wheels it has: the mouse of the first part, or the pointer of a head. */
static struct input_port *given_pointer(struct given *given, uint32_t *device)
{
	if (!given->pointing) {
		*device = input_device(INPUT_MOUSE, 0);
		return &given->parts[0].port;
	}
	*device = part_device(given->pointing, INPUT_POINTER);
	return &given->pointing->port;
}

/* Pressed before the device had a place: only with that it is known to be no mouse. */
static void lift_of_mouse(struct given *given, uint32_t code)
{
	struct input_port *port = &given->parts[0].port;
	uint32_t mouse = input_device(INPUT_MOUSE, 0);

	input_key(port, mouse, code, false);
	input_frame(port, mouse);
}

static void given_press(struct given *given, struct libinput_event_pointer *pointer)
{
	bool down =
		libinput_event_pointer_get_button_state(pointer) == LIBINPUT_BUTTON_STATE_PRESSED;
	uint32_t device;
	uint32_t code = libinput_event_pointer_get_button(pointer);
	struct input_port *port = given_pointer(given, &device);

	if (down)
		given->buttons++;
	else if (given->buttons)
		given->buttons--;
	input_key(port, device, code, down);
	input_frame(port, device);
	if (!down && given->pointing)
		lift_of_mouse(given, code);
}

/* In parts of INPUT_DETENT; down and to the right are positive. */
static double scroll_value(struct libinput_event_pointer *pointer, bool by_wheel, bool sideways)
{
	enum libinput_pointer_axis axis = sideways ? LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL
						   : LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL;

	if (!libinput_event_pointer_has_axis(pointer, axis))
		return 0;
	return by_wheel ? libinput_event_pointer_get_scroll_value_v120(pointer, axis)
			: libinput_event_pointer_get_scroll_value(pointer, axis) * INPUT_DETENT /
				  DETENT_DEGREES;
}

static void given_scroll(struct given *given, struct libinput_event_pointer *pointer, bool by_wheel)
{
	uint32_t device;
	struct input_port *port = given_pointer(given, &device);

	for (int sideways = 0; sideways < 2; sideways++) {
		int32_t by = take_whole(
			&given->scrolled[sideways], scroll_value(pointer, by_wheel, sideways));
		if (by)
			input_scroll(port, device, sideways, sideways ? by : -by);
	}
	input_frame(port, device);
}

static void given_type(struct given *given, struct libinput_event_keyboard *keyboard)
{
	struct input_port *port = &given->parts[0].port;
	uint32_t device = input_device(INPUT_KEYBOARD, 0);

	input_key(port, device, libinput_event_keyboard_get_key(keyboard),
		libinput_event_keyboard_get_key_state(keyboard) == LIBINPUT_KEY_STATE_PRESSED);
	input_frame(port, device);
}

void given_handle_event(struct libinput_event *event)
{
	enum libinput_event_type type = libinput_event_get_type(event);
	struct given *given = libinput_device_get_user_data(libinput_event_get_device(event));

	if (!given)
		return;
	if (type == LIBINPUT_EVENT_DEVICE_REMOVED)
		given_gone(given);
	else if (type == LIBINPUT_EVENT_KEYBOARD_KEY)
		given_type(given, libinput_event_get_keyboard_event(event));
	else if (type == LIBINPUT_EVENT_POINTER_MOTION)
		given_move(given, libinput_event_get_pointer_event(event));
	else if (type == LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE)
		given_point(given, libinput_event_get_pointer_event(event));
	else if (type == LIBINPUT_EVENT_POINTER_BUTTON)
		given_press(given, libinput_event_get_pointer_event(event));
	else if (type == LIBINPUT_EVENT_POINTER_SCROLL_WHEEL)
		given_scroll(given, libinput_event_get_pointer_event(event), true);
	else if (type == LIBINPUT_EVENT_POINTER_SCROLL_FINGER ||
		 type == LIBINPUT_EVENT_POINTER_SCROLL_CONTINUOUS)
		given_scroll(given, libinput_event_get_pointer_event(event), false);
	else if (type == LIBINPUT_EVENT_TOUCH_DOWN)
		given_touch_put(given, libinput_event_get_touch_event(event), true);
	else if (type == LIBINPUT_EVENT_TOUCH_MOTION)
		given_touch_put(given, libinput_event_get_touch_event(event), false);
	else if (type == LIBINPUT_EVENT_TOUCH_UP)
		given_touch_lift(given, libinput_event_get_touch_event(event), false);
	else if (type == LIBINPUT_EVENT_TOUCH_CANCEL)
		given_touch_lift(given, libinput_event_get_touch_event(event), true);
	else if (type == LIBINPUT_EVENT_TOUCH_FRAME)
		given_touch_frame(given);
}
