/* SPDX-License-Identifier: MIT */
/*
 * Hard keys and rotary encoders, which libinput has no events for: what they do goes on
 * as it is.
 */
#include "backends/libinput/given_device.h"

#include <errno.h>
#include <fcntl.h>

#include <libevdev/libevdev.h>

#include "base/io.h"

static void keys_tell(struct given *given, const struct input_event *event)
{
	struct input_port *port = &given->parts[0].port;
	uint32_t device = input_device(INPUT_KEYS, 0);

	if (event->type == EV_KEY && event->value <= 1) /* 2: it repeats, as the guest's own does */
		input_key(port, device, event->code, event->value);
	else if (event->type == EV_REL)
		input_move(port, device, event->code, event->value);
	else if (event->type == EV_SYN && event->code == SYN_REPORT)
		input_frame(port, device);
}

static void keys_handle(struct loop_source *source, uint32_t events)
{
	struct given *given = container_of(source, struct given, source);
	unsigned mode = LIBEVDEV_READ_FLAG_NORMAL;
	struct input_event event;
	int ret = 0;

	/* All of them: of what libevdev has read the loop does not hear again. */
	for (;;) {
		ret = libevdev_next_event(given->evdev, mode, &event);
		if (ret < 0 && mode == LIBEVDEV_READ_FLAG_NORMAL)
			break;
		/* Where events were lost, those that lead to how things are now come first. */
		mode = ret == LIBEVDEV_READ_STATUS_SYNC ? LIBEVDEV_READ_FLAG_SYNC
							: LIBEVDEV_READ_FLAG_NORMAL;
		if (ret >= 0)
			keys_tell(given, &event);
	}
	if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
		given_gone(given);
}

int given_open_keys(struct given *given)
{
	int ret = input_host_grab(given->config.path, O_RDONLY);

	if (ret < 0)
		return ret;
	given->fd = ret;
	ret = libevdev_new_from_fd(given->fd, &given->evdev);
	if (ret == 0)
		ret = loop_add(given->host->loop, &given->source, given->fd, EPOLLIN, keys_handle);
	if (ret < 0)
		given_close_keys(given);
	return ret;
}

void given_close_keys(struct given *given)
{
	loop_remove(&given->source);
	libevdev_free(given->evdev);
	given->evdev = NULL;
	fd_close(&given->fd);
}
