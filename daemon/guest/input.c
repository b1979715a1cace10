/* SPDX-License-Identifier: MIT */
/* The guest's input devices: between their VMM's connections, the devices and the link. */
#include "daemon/guest/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/guest/guest.h"
#include "protocol/edid.h"

/* -- the connection asks the device -- */

static uint64_t input_features(void *data)
{
	return 0;
}

static void input_set_features(void *data, uint64_t features)
{
}

static void input_config_read(void *data, uint32_t offset, void *to, uint32_t len)
{
	struct guest_input *input = data;
	virtio_input_config_read(&input->input, offset, to, len);
}

static void input_config_write(void *data, uint32_t offset, const void *from, uint32_t len)
{
	struct guest_input *input = data;
	virtio_input_config_write(&input->input, offset, from, len);
}

static void input_kicked(void *data, uint32_t queue)
{
	struct guest_input *input = data;
	virtio_input_kicked(&input->input, queue);
}

static void input_stopped(void *data, uint32_t queue)
{
}

static void input_memory_changed(void *data)
{
}

static void input_reset(void *data)
{
	struct guest_input *input = data;
	virtio_input_reset(&input->input);
}

static bool input_keep(void *data, enum vhost_user_keep kind, uint32_t index, int fd)
{
	struct guest_input *input = data;
	return link_keep(input->guest, LINK_DEVICE_INPUT + input->device, kind, index, fd);
}

static void input_config_told(void *data, enum backend_channel_result result)
{
}

static void input_trouble(void *data, const char *what)
{
	struct guest_input *input = data;

	if (*what)
		log_limited(&input->events, LOG_LEVEL_WARN, "%s", what);
}

static void input_closed(void *data, const char *why)
{
	struct guest_input *input = data;
	char name[INPUT_NAME_BYTES];

	input_device_name(input->device, name);
	if (why)
		log_limited(&input->events, LOG_LEVEL_WARN, "%s: the VMM sends %s: dropped", name,
			why);
	else
		log_limited(&input->events, LOG_LEVEL_INFO, "%s: the VMM left it", name);
	input->input.queues = NULL;
	/* The next one may be told to a successor as if it were this: it begins with nothing. */
	*input->input.state = (struct state_input){ .serial = input->serial };
	input->closed_due = true;
	inputs_tell(input->guest);
}

static const char *const queue_names[] = { "event", "status" };

static const struct vhost_user_device input_device_calls = {
	.queue_names = queue_names,
	.n_queues = VIRTIO_INPUT_QUEUES,
	.features = input_features,
	.set_features = input_set_features,
	.config_bytes = sizeof(struct virtio_input_config),
	.config_read = input_config_read,
	.config_write = input_config_write,
	.kicked = input_kicked,
	.stopped = input_stopped,
	.memory_changed = input_memory_changed,
	.reset = input_reset,
	.keep = input_keep,
	.config_told = input_config_told,
	.trouble = input_trouble,
	.closed = input_closed,
};

/* -- the device asks the rest -- */

static void input_notify(void *data, uint32_t queue)
{
	struct guest_input *input = data;
	vhost_user_notify_later(&input->connection, queue);
}

static void input_again(void *data, uint32_t queue)
{
	struct guest_input *input = data;
	struct guest_inputs *inputs = &input->guest->inputs;

	inputs->again_devices |= UINT64_C(1) << input->device;
	loop_timer_set(&inputs->again, 1);
}

static void inputs_handle_again(struct loop_timer *timer)
{
	struct guest_inputs *inputs = container_of(timer, struct guest_inputs, again);
	uint64_t devices = inputs->again_devices;

	inputs->again_devices = 0;
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		for (uint32_t queue = 0; devices >> i & 1 && queue < VIRTIO_INPUT_QUEUES; queue++)
			virtio_input_kicked(&inputs->devices[i]->input, queue);
	}
}

static void input_leds(void *data, uint32_t leds)
{
	struct guest_input *input = data;

	input->guest->inputs.leds_due = true;
	link_tell_later(input->guest);
}

static const struct virtio_input_listener input_listener = {
	.notify = input_notify,
	.again = input_again,
	.leds = input_leds,
};

/* -- what mulliond sends -- */

/* NULL: no such device, or no memory. */
static struct guest_input *inputs_at(struct guest_process *guest, uint32_t link_device)
{
	if (link_device < LINK_DEVICE_INPUT || link_device >= LINK_DEVICES)
		return NULL;
	struct guest_input **device = &guest->inputs.devices[link_device - LINK_DEVICE_INPUT];
	if (*device)
		return *device;
	*device = calloc(1, sizeof(**device));
	if (!*device)
		return NULL;
	(*device)->guest = guest;
	(*device)->device = link_device - LINK_DEVICE_INPUT;
	vhost_user_connection_init(&(*device)->connection);
	journal_init(&(*device)->journal);
	kept_init(&(*device)->kept);
	return *device;
}

void inputs_journal(struct guest_process *guest, uint32_t device, int fds[static JOURNAL_FDS])
{
	struct guest_input *input = inputs_at(guest, device);

	if (!input)
		return;
	journal_finish(&input->journal);
	for (uint32_t i = 0; i < JOURNAL_FDS; i++) {
		input->journal.fds[i] = fds[i];
		fds[i] = -1;
	}
}

void inputs_keep(struct guest_process *guest, const struct link_keep *kept, int *fd)
{
	struct guest_input *input = inputs_at(guest, kept->device);

	if (input)
		kept_put(&input->kept, kept->kind, kept->index, fd);
}

static int input_open(struct guest_input *input, const struct link_guest_socket *socket, int take_fd)
{
	struct guest_process *guest = input->guest;
	struct state_input *state = &guest->state->inputs[input->device];
	bool adopt = state->serial == socket->serial;
	struct input_identity identity = { .device = input->device };
	const struct link_head *head = &guest->gpu.config.modes[input_device_head(input->device)];

	if (!adopt)
		*state = (struct state_input){ .serial = socket->serial };
	input->serial = socket->serial;
	input->closed_due = false;
	edid_size_mm(head->width_px, head->height_px, &identity.width_mm, &identity.height_mm);
	struct log_limit refusals = input->input.refusals;
	virtio_input_init(&input->input, &identity, state, &input->connection.memory,
		&input_listener, input);
	input->input.refusals = refusals;
	input_leds(input, state->leds);
	int ret = adopt ?
		vhost_user_connection_adopt(&input->connection, &guest->loop, take_fd,
			&input->journal, &state->device, state->regions, &input->kept,
			&input_device_calls, input) :
		vhost_user_connection_open(&input->connection, &guest->loop, take_fd,
			&input->journal, &state->device, state->regions, &input_device_calls,
			input);
	if (ret < 0)
		return ret;
	input->input.queues = input->connection.queues;
	if (adopt)
		virtio_input_restore(&input->input);
	if (adopt)
		vhost_user_connection_run(&input->connection);
	return 0;
}

void inputs_connect(struct guest_process *guest, const struct link_guest_socket *socket, int *fd)
{
	struct guest_input *input = inputs_at(guest, socket->device);
	char name[INPUT_NAME_BYTES];

	if (!input)
		return;
	/* mulliond saw the end of the one before first. */
	vhost_user_connection_finish(&input->connection);
	int take_fd = *fd;
	*fd = -1;
	int ret = input_open(input, socket, take_fd);
	kept_finish(&input->kept);
	input_device_name(input->device, name);
	if (ret == 0) {
		log_limited(&input->events, LOG_LEVEL_INFO, "%s: a VMM is connected", name);
		return;
	}
	log_limited(&input->events, LOG_LEVEL_WARN, "%s: cannot be served: %s", name,
		strerror(-ret));
	vhost_user_connection_finish(&input->connection);
	input_closed(input, NULL);
}

void inputs_send(struct guest_process *guest, const struct link_guest_input *message)
{
	struct guest_input *input = message->device < INPUT_DEVICES ?
		guest->inputs.devices[message->device] : NULL;

	if (!input || message->frame.n > INPUT_FRAME_EVENTS)
		return;
	if (message->frame.n)
		virtio_input_send(&input->input, &message->frame);
	else
		virtio_input_lift(&input->input);
}

/* -- what mulliond is told -- */

static bool tell_closed(struct guest_input *input)
{
	struct link_guest_socket message = {
		.type = LINK_SOCKET_CLOSED,
		.device = LINK_DEVICE_INPUT + input->device,
		.serial = input->serial,
	};

	return channel_send(&input->guest->link, &message, sizeof(message), NULL, 0) == 0;
}

static bool tell_leds(struct guest_process *guest)
{
	struct link_input_leds message = {
		.type = LINK_INPUT_LEDS,
		.leds = guest->state->inputs[input_device(INPUT_KEYBOARD, 0)].leds,
	};

	return channel_send(&guest->link, &message, sizeof(message), NULL, 0) == 0;
}

void inputs_tell(struct guest_process *guest)
{
	struct guest_inputs *inputs = &guest->inputs;
	bool told = true;

	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		struct guest_input *input = inputs->devices[i];
		if (!input)
			continue;
		if (input->connection.keeps_due)
			vhost_user_keep_due(&input->connection);
		input->closed_due = input->closed_due && !tell_closed(input);
		told = told && !input->closed_due;
	}
	inputs->leds_due = inputs->leds_due && !tell_leds(guest);
	if (!told || inputs->leds_due)
		channel_want_write(&guest->link);
}

void inputs_keep_all(struct guest_process *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		if (guest->inputs.devices[i])
			vhost_user_keep_all(&guest->inputs.devices[i]->connection);
	}
	guest->inputs.leds_due = true;
	inputs_tell(guest);
}

/* -- life -- */

uint64_t inputs_connected(const struct guest_process *guest)
{
	uint64_t devices = 0;

	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		if (guest->inputs.devices[i] && guest->inputs.devices[i]->input.queues)
			devices |= UINT64_C(1) << (LINK_DEVICE_INPUT + i);
	}
	return devices;
}

int inputs_init(struct guest_process *guest)
{
	return loop_timer_init(&guest->inputs.again, &guest->loop, inputs_handle_again);
}

void inputs_finish(struct guest_process *guest)
{
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		struct guest_input *input = guest->inputs.devices[i];
		if (!input)
			continue;
		vhost_user_connection_finish(&input->connection);
		journal_finish(&input->journal);
		kept_finish(&input->kept);
		free(input);
		guest->inputs.devices[i] = NULL;
	}
	loop_timer_finish(&guest->inputs.again);
}
