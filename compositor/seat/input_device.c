/* SPDX-License-Identifier: MIT */
/* Input devices, and where they lie. */
#include "compositor/seat/input_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libinput.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/turn.h"

/* -- where it lies -- */

static bool screen_is_built_in(const struct screen *screen)
{
	static const char *const kinds[] = { "eDP-", "LVDS-", "DSI-" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(screen->name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	}
	return false;
}

static const struct screen *screen_for_touch(const struct server *server)
{
	const struct screen *screen, *built_in = NULL;
	uint32_t n_built_in = 0;

	list_for_each (screen, &server->screens, link) {
		if (!screen_is_built_in(screen))
			continue;
		built_in = screen;
		n_built_in++;
	}
	if (n_built_in == 1)
		return built_in;
	return list_empty(&server->screens)
		       ? NULL
		       : container_of(server->screens.next, struct screen, link);
}

/* Parts of an output that is cut out of a panel, as that is scanned out. */
static void output_to_panel(const struct output *output, double *u, double *v)
{
	const struct screen *screen = output->screen;
	struct pixman_f_transform matrix;

	screen_from_upright(screen, &matrix);
	pixman_box32_t box = turn_box(&matrix, &output->box);
	*u = (box.x1 + *u * (box.x2 - box.x1)) / screen->use.mode.width_px;
	*v = (box.y1 + *v * (box.y2 - box.y1)) / screen->use.mode.height_px;
}

/* A calibration may lead beyond the edge. */
static double on_panel(double part)
{
	const double last = 1 - 1 / 65536.0;

	return part < 0 ? 0 : part > last ? last : part;
}

/* What it was said to lie over; NULL: nothing that is there. */
static const struct screen *input_device_over(
	const struct input_device *device, double *u, double *v)
{
	const struct server *server = device->seat->server;
	const struct screen *screen = screen_find(server, device->over);
	const struct output *output = screen ? NULL : output_find(server, device->over);

	*u = on_panel(*u);
	*v = on_panel(*v);
	if (!output)
		return screen;
	output_to_panel(output, u, v);
	return output->screen;
}

const struct screen *input_device_place(const struct input_device *device, double *u, double *v)
{
	const struct screen *screen = input_device_over(device, u, v);

	return screen ? screen : screen_for_touch(device->seat->server);
}

bool input_device_point(const struct input_device *device, double u, double v, double *x, double *y)
{
	const struct server *server = device->seat->server;
	const struct screen *screen = input_device_over(device, &u, &v);
	const struct output *output;
	int32_t x1 = INT32_MAX, y1 = INT32_MAX, x2 = INT32_MIN, y2 = INT32_MIN;

	if (screen)
		return screen_locate(screen, u, v, x, y);
	if (list_empty(&server->outputs))
		return false;
	list_for_each (output, &server->outputs, link) {
		x1 = output->x < x1 ? output->x : x1;
		y1 = output->y < y1 ? output->y : y1;
		x2 = output->x + output->width > x2 ? output->x + output->width : x2;
		y2 = output->y + output->height > y2 ? output->y + output->height : y2;
	}
	*x = x1 + u * (x2 - x1);
	*y = y1 + v * (y2 - y1);
	return true;
}

/* -- life -- */

static void input_device_find_place(struct input_device *device, const struct config_input *config)
{
	const char *name = config && config->output[0] ? config->output : NULL;

	if (!name)
		name = libinput_device_get_output_name(device->device);
	snprintf(device->over, sizeof(device->over), "%s", name ? name : "");
}

static void input_device_calibrate(struct input_device *device, const struct config_input *config)
{
	if (!config || !config->calibration.is_set)
		return;
	if (!libinput_device_config_calibration_has_matrix(device->device))
		log_warn("input %s: nothing to calibrate", config->device);
	else if (libinput_device_config_calibration_set_matrix(device->device,
			 config->calibration.matrix) != LIBINPUT_CONFIG_STATUS_SUCCESS)
		log_warn("input %s: libinput refuses the calibration", config->device);
}

static void input_device_join(struct input_device *device)
{
	static const enum libinput_device_capability capabilities[SEAT_CAPABILITIES] = {
		[SEAT_POINTER] = LIBINPUT_DEVICE_CAP_POINTER,
		[SEAT_KEYBOARD] = LIBINPUT_DEVICE_CAP_KEYBOARD,
		[SEAT_TOUCH] = LIBINPUT_DEVICE_CAP_TOUCH,
	};

	for (int i = 0; i < SEAT_CAPABILITIES; i++) {
		device->has[i] = libinput_device_has_capability(device->device, capabilities[i]);
		if (i == SEAT_KEYBOARD && device->has[i])
			device->has[i] = keyboard_start(&device->seat->keyboard) == 0;
		if (device->has[i])
			seat_add_device(device->seat, i);
	}
}

struct input_device *input_device_create(struct seat *seat, struct libinput_device *libinput_device,
	const struct config_input *config)
{
	struct input_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	list_init(&device->link);
	device->seat = seat;
	device->device = libinput_device_ref(libinput_device);
	libinput_device_set_user_data(libinput_device, device);
	input_device_find_place(device, config);
	input_device_calibrate(device, config);
	input_device_join(device);
	input_device_set_leds(device, seat->keyboard.keymap.leds);
	log_info("input %s%s%s", libinput_device_get_name(libinput_device),
		device->over[0] ? " lies over " : "", device->over);
	return device;
}

void input_device_destroy(struct input_device *device)
{
	for (int i = 0; i < SEAT_CAPABILITIES; i++) {
		if (device->has[i])
			seat_remove_device(device->seat, i);
	}
	list_remove(&device->link);
	libinput_device_set_user_data(device->device, NULL);
	libinput_device_unref(device->device);
	free(device);
}

void input_device_set_leds(struct input_device *device, uint32_t leds)
{
	/* libinput's bits are those of evdev's first three. */
	if (device->has[SEAT_KEYBOARD])
		libinput_device_led_update(device->device, leds);
}
