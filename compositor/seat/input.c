/* SPDX-License-Identifier: MIT */
/* The input devices of a session. */
#include "compositor/seat/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libinput.h>
#include <libudev.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/seat/input_device.h"
#include "compositor/seat/session.h"
#include "compositor/server.h"

/* A descriptor that libinput has of the session. */
struct input_file {
	struct list link; /* of input.files */
	int fd, id;
};

struct input {
	struct seat *seat;
	struct session *session;
	struct session_listener session_listener;
	struct udev *udev;
	struct libinput *libinput;
	struct loop_source source;
	struct list devices; /* of input_device.link */
	struct list files;   /* of input_file.link */
	bool has_seat;       /* libinput was told which */
	struct log_limit noise;
};

/* -- files -- */

static int input_open_restricted(const char *path, int flags, void *data)
{
	struct input *input = data;
	struct input_file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = session_open_device(input->session, path, &file->id);
	if (file->fd < 0) {
		int ret = file->fd;
		free(file);
		return ret;
	}
	list_append(&input->files, &file->link);
	return file->fd;
}

static void input_close_restricted(int fd, void *data)
{
	struct input *input = data;
	struct input_file *file, *tmp;

	list_for_each_safe (file, tmp, &input->files, link) {
		if (file->fd != fd)
			continue;
		list_remove(&file->link);
		session_close_device(input->session, file->id, fd);
		free(file);
	}
}

static const struct libinput_interface input_interface = {
	.open_restricted = input_open_restricted,
	.close_restricted = input_close_restricted,
};

/* -- what happens -- */

/* By its name, or by a path that leads to it. */
static const struct config_input *input_find_config(
	const struct input *input, struct libinput_device *device)
{
	const struct config *config = input->seat->server->config;
	const struct config_input *found =
		config_find_input(config, libinput_device_get_name(device), NULL);
	char path[64];

	snprintf(path, sizeof(path), "/dev/input/%s", libinput_device_get_sysname(device));
	for (uint32_t i = 0; !found && i < config->n_inputs; i++) {
		const char *of = config->inputs[i].device;
		char *leads_to = of[0] == '/' ? realpath(of, NULL) : NULL;
		if (leads_to && strcmp(leads_to, path) == 0)
			found = &config->inputs[i];
		free(leads_to);
	}
	return found;
}

static void input_add(struct input *input, struct libinput_device *libinput_device)
{
	const struct config_input *config = input_find_config(input, libinput_device);

	if (config && config->is_ignored) {
		libinput_device_config_send_events_set_mode(
			libinput_device, LIBINPUT_CONFIG_SEND_EVENTS_DISABLED);
		return;
	}
	struct input_device *device = input_device_create(input->seat, libinput_device, config);
	if (device)
		list_append(&input->devices, &device->link);
}

static void input_handle_event(struct input *input, struct libinput_event *event)
{
	struct libinput_device *libinput_device = libinput_event_get_device(event);
	struct input_device *device = libinput_device_get_user_data(libinput_device);
	enum libinput_event_type type = libinput_event_get_type(event);

	if (type == LIBINPUT_EVENT_DEVICE_ADDED)
		input_add(input, libinput_device);
	else if (type == LIBINPUT_EVENT_DEVICE_REMOVED && device)
		input_device_destroy(device);
	else if (device)
		input_device_handle_event(device, event);
}

static void input_dispatch(struct input *input)
{
	struct libinput_event *event;

	int ret = libinput_dispatch(input->libinput);
	if (ret < 0)
		log_limited(&input->noise, LOG_LEVEL_WARN, "libinput: %s", strerror(-ret));
	while ((event = libinput_get_event(input->libinput))) {
		input_handle_event(input, event);
		libinput_event_destroy(event);
	}
}

static void input_handle_readable(struct loop_source *source, uint32_t events)
{
	input_dispatch(container_of(source, struct input, source));
}

static void input_handle_leds(void *data, uint32_t leds)
{
	struct input *input = data;
	struct input_device *device;

	list_for_each (device, &input->devices, link)
		input_device_set_leds(device, leds);
}

__attribute__((format(printf, 3, 0))) static void input_handle_log(struct libinput *libinput,
	enum libinput_log_priority priority, const char *format, va_list args)
{
	struct input *input = libinput_get_user_data(libinput);
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_limited(&input->noise, LOG_LEVEL_WARN, "libinput: %s", text);
}

/* -- the session -- */

/* All that are plugged in, while the session is the active one. */
static int input_take_devices(struct input *input)
{
	if (input->has_seat)
		return libinput_resume(input->libinput);
	input->has_seat = true;
	return libinput_udev_assign_seat(input->libinput, session_name(input->session));
}

/* What was down is lifted before the devices are another session's; it is dropped nowhere. */
static void input_handle_disabled(struct session_listener *listener)
{
	struct input *input = container_of(listener, struct input, session_listener);

	drag_cancel(&input->seat->drag);
	libinput_suspend(input->libinput);
	input_dispatch(input);
}

static void input_handle_enabled(struct session_listener *listener)
{
	struct input *input = container_of(listener, struct input, session_listener);

	if (input_take_devices(input) < 0)
		log_error("the input devices cannot be had");
	input_dispatch(input);
}

/* As if they had been away. */
static void input_renew(void *data)
{
	struct input *input = data;

	if (!input->session->active)
		return;
	input_handle_disabled(&input->session_listener);
	input_handle_enabled(&input->session_listener);
}

/* -- life -- */

static int input_open(struct input *input)
{
	input->udev = udev_new();
	if (!input->udev)
		return -ENOMEM;
	input->libinput = libinput_udev_create_context(&input_interface, input, input->udev);
	if (!input->libinput)
		return -ENOMEM;
	libinput_log_set_handler(input->libinput, input_handle_log);
	libinput_log_set_priority(input->libinput, LIBINPUT_LOG_PRIORITY_ERROR);
	if (input->session->active && input_take_devices(input) < 0)
		return -EIO;
	return loop_add(&input->seat->server->loop, &input->source,
		libinput_get_fd(input->libinput), EPOLLIN, input_handle_readable);
}

struct input *input_create(struct seat *seat, struct session *session)
{
	struct input *input = calloc(1, sizeof(*input));

	if (!input)
		return NULL;
	input->seat = seat;
	input->session = session;
	list_init(&input->devices);
	list_init(&input->files);
	input->session_listener.enabled = input_handle_enabled;
	input->session_listener.disabled = input_handle_disabled;
	session_listen(session, &input->session_listener);
	seat->keyboard.leds_changed = input_handle_leds;
	seat->keyboard.leds_data = input;
	seat->renew_devices = input_renew;
	seat->devices_data = input;
	seat->session = session;
	int ret = input_open(input);
	if (ret < 0) {
		log_error("no input devices: %s", strerror(-ret));
		input_destroy(input);
		errno = -ret;
		return NULL;
	}
	input_dispatch(input);
	return input;
}

void input_destroy(struct input *input)
{
	if (!input)
		return;
	input->seat->session = NULL;
	input->seat->keyboard.leds_changed = NULL;
	input->seat->renew_devices = NULL;
	list_remove(&input->session_listener.link);
	loop_remove(&input->source);
	while (!list_empty(&input->devices))
		input_device_destroy(container_of(input->devices.next, struct input_device, link));
	libinput_unref(input->libinput);
	udev_unref(input->udev);
	free(input);
}
