/* SPDX-License-Identifier: MIT */
/* A VM's input devices. */
#include "daemon/guest_input.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/sockets.h"

struct input_devices *guest_inputs(struct guest *guest)
{
	return &guest->input.devices;
}

bool guest_input_connected(const struct guest *guest, uint32_t device)
{
	return guest->keep.devices[LINK_DEVICE_INPUT + device].vmm_fd >= 0;
}

/* -- frames -- */

static bool input_tell(struct guest *guest, uint32_t device, const struct input_frame *frame)
{
	struct link_guest_input message = { .type = LINK_GUEST_INPUT, .device = device };

	if (frame)
		message.frame = *frame;
	return channel_send(&guest->worker.link, &message, sizeof(message), NULL, 0) == 0;
}

/* Something waits: only when it went may more go. */
static bool input_waits(const struct guest_input_waiting *waiting)
{
	return waiting->behind || (waiting->queue && input_queue_first(waiting->queue));
}

/* mullion-guest does not have it yet. */
static bool input_is_due(const struct guest *guest, uint32_t device)
{
	return guest->devices_due >> (LINK_DEVICE_INPUT + device) & 1;
}

/* True: nothing waits any more. A frame without events lifts what the guest holds. */
static bool input_catch_up(struct guest *guest, uint32_t device)
{
	struct guest_input_waiting *waiting = &guest->input.waiting[device];
	struct input_frame frame;

	if (input_is_due(guest, device))
		return !input_waits(waiting);
	if (waiting->behind && !input_tell(guest, device, NULL))
		return false;
	waiting->behind = false;
	while (waiting->queue && input_queue_read(waiting->queue, &frame)) {
		if (!input_tell(guest, device, &frame))
			return false;
		input_queue_drop_frame(waiting->queue);
	}
	return true;
}

static void input_wait(struct guest *guest, uint32_t device, const struct input_frame *frame)
{
	struct guest_input_waiting *waiting = &guest->input.waiting[device];

	if (!waiting->queue)
		waiting->queue = calloc(1, sizeof(*waiting->queue));
	if (!waiting->behind && waiting->queue && input_queue_add(waiting->queue, frame))
		return;
	waiting->dropped++;
	if (waiting->behind)
		return;
	waiting->behind = true;
	if (waiting->queue)
		input_queue_clear(waiting->queue);
	log_limited(&guest->events, LOG_LEVEL_WARN,
		"guest %s: it does not take its input: what waited is dropped",
		guest->config->name);
}

static void input_send(void *data, uint32_t device, const struct input_frame *frame)
{
	struct guest *guest = data;

	if (!guest_input_connected(guest, device))
		return;
	if (!input_is_due(guest, device) && !input_waits(&guest->input.waiting[device]) &&
		input_tell(guest, device, frame))
		return;
	input_wait(guest, device, frame);
	if (guest->worker.pid)
		channel_want_write(&guest->worker.link);
}

void guest_input_writable(struct guest *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		if (!input_catch_up(guest, i))
			channel_want_write(&guest->worker.link);
	}
}

void guest_input_restored(struct guest *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++)
		guest->input.waiting[i].behind =
			guest->keep.devices[LINK_DEVICE_INPUT + i].vmm_fd >= 0;
	guest_input_writable(guest);
}

void guest_input_disconnected(struct guest *guest, uint32_t device)
{
	struct guest_input_waiting *waiting = &guest->input.waiting[device];

	waiting->behind = false;
	waiting->dropped = 0;
	if (waiting->queue)
		input_queue_clear(waiting->queue);
	if (input_device_kind(device) == INPUT_KEYBOARD)
		input_devices_set_leds(&guest->input.devices, 0);
}

void guest_input_reset(struct guest *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++)
		guest_input_disconnected(guest, i);
}

/* -- sockets -- */

static void input_socket_path(
	const struct guest *guest, uint32_t device, char path[static CONFIG_PATH_MAX])
{
	char name[INPUT_NAME_BYTES];

	input_device_name(device, name);
	config_guest_socket(guest->daemon->config, guest->config, name, path);
}

static void input_accept(struct loop_source *source, uint32_t events)
{
	struct guest_input_socket *socket =
		container_of(source, struct guest_input_socket, listen);
	struct guest *guest = socket->guest;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		guest_connect(guest, LINK_DEVICE_INPUT + (socket - guest->input.sockets), fd);
}

static void input_listen(struct guest *guest, uint32_t device)
{
	struct guest_input_socket *socket = &guest->input.sockets[device];
	char path[CONFIG_PATH_MAX];

	input_socket_path(guest, device, path);
	int fd = socket->listen_fd; /* an earlier mulliond's */
	if (fd < 0)
		fd = socket_listen(guest->daemon->config, path);
	if (fd < 0 ||
		loop_add(&guest->daemon->loop, &socket->listen, fd, EPOLLIN, input_accept) < 0) {
		fd_close(&fd);
		socket->listen_fd = -1;
		log_error("guest %s: cannot listen at %s", guest->config->name, path);
		return;
	}
	socket->listen_fd = fd;
	store_put(&guest->daemon->store, guest->config->name, "listen",
		LINK_DEVICE_INPUT + device, fd);
}

void guest_input_listen(struct guest *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		if (config_guest_has_input(guest->config, i))
			input_listen(guest, i);
	}
}

static void input_close(struct guest *guest, uint32_t device)
{
	struct guest_input_socket *socket = &guest->input.sockets[device];
	char path[CONFIG_PATH_MAX];

	if (socket->listen_fd < 0)
		return;
	loop_remove(&socket->listen);
	store_remove(&guest->daemon->store, guest->config->name, "listen",
		LINK_DEVICE_INPUT + device);
	input_socket_path(guest, device, path);
	if (!guest->daemon->leaves)
		unlink(path);
	fd_close(&socket->listen_fd);
}

/* -- for people -- */

bool guest_describe_input(const struct guest *guest, uint32_t index, struct guest_input_info *info)
{
	uint32_t device = 0;

	for (; device < INPUT_DEVICES; device++) {
		if (config_guest_has_input(guest->config, device) && !index--)
			break;
	}
	if (device == INPUT_DEVICES)
		return false;
	*info = (struct guest_input_info){
		.connected = guest->keep.devices[LINK_DEVICE_INPUT + device].vmm_fd >= 0,
	};
	input_device_name(device, info->name);
	if (!guest->running)
		return true;
	const struct state_input *state = &guest->keep.state->inputs[device];
	info->frames = state->frames;
	info->coalesced = state->coalesced;
	info->dropped = state->dropped + guest->input.waiting[device].dropped;
	return true;
}

/* -- life -- */

int guest_input_init(struct guest *guest)
{
	char path[CONFIG_PATH_MAX];

	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		struct guest_input_socket *socket = &guest->input.sockets[i];
		*socket = (struct guest_input_socket){ .guest = guest, .listen_fd = -1 };
		input_socket_path(guest, i, path);
		if (config_guest_has_input(guest->config, i))
			socket->listen_fd = guest_take_listener(guest, LINK_DEVICE_INPUT + i, path);
	}
	return input_devices_init(&guest->input.devices, input_send, guest);
}

void guest_input_finish(struct guest *guest)
{
	/* A container has none of this. */
	if (!guest->input.devices.devices)
		return;
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		input_close(guest, i);
		free(guest->input.waiting[i].queue);
	}
	input_devices_finish(&guest->input.devices);
}
