/* SPDX-License-Identifier: MIT */
/* Devices of the host that the configuration gives to guests. */
#include "daemon/given.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/libinput/given.h"
#include "base/log.h"
#include "daemon/config_keys.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

struct given_device {
	struct list link;           /* of given_devices.devices */
	struct config_input config; /* its first section's */
	struct given given;
};

/* -- which sections -- */

/* The one after `input` for the same device; NULL: there is none. */
static const struct config_input *input_next_part(
	const struct config *config, const struct config_input *input)
{
	const struct list *at = input->link.next;

	for (; at != &config->inputs; at = at->next) {
		const struct config_input *next = container_of(at, struct config_input, link);
		if (strcmp(next->device, input->device) == 0)
			return next;
	}
	return NULL;
}

static const struct config_input *input_find_first(const struct config *config, const char *device)
{
	const struct config_input *input;

	list_for_each (input, &config->inputs, link) {
		if (strcmp(input->device, device) == 0)
			return input;
	}
	return NULL;
}

static bool inputs_equal(const struct config_input *one, const struct config_input *other)
{
	if (strcmp(one->name, other->name) != 0)
		return false;
	for (size_t i = 0; config_input_keys[i].name; i++) {
		if (settings_key_differs(&config_input_keys[i], one, other))
			return false;
	}
	return true;
}

static bool device_is_wanted(
	const char *path, const struct config *config, const struct config *wanted)
{
	const struct config_input *one = input_find_first(config, path);
	const struct config_input *other = input_find_first(wanted, path);

	for (; one && other && inputs_equal(one, other);
		one = input_next_part(config, one), other = input_next_part(wanted, other))
		;
	return !one && !other;
}

/* -- life -- */

static void device_add_part(
	struct given_device *device, struct daemon *daemon, const struct config_input *input)
{
	struct guest *guest = guest_find(daemon, input->guest);

	/* The file may be ahead of the guest that runs. */
	if (!guest || !guest->input.devices.devices || input->head >= guest->config->max_heads) {
		log_warn("input %s: [guest %s] is not yet as in the file: that needs a restart of "
			 "mulliond",
			input->name, input->guest);
		return;
	}
	given_add_part(&device->given, &guest->input.devices, input->head, &input->area);
}

static void device_open(struct given_devices *devices, const struct config_input *input)
{
	const struct config *config = devices->daemon->config;
	struct given_device *device = calloc(1, sizeof(*device));

	if (!device) {
		log_error("input %s: %s", input->name, strerror(ENOMEM));
		return;
	}
	device->config = *input;
	list_init(&device->config.link);
	given_init(&device->given, &devices->host,
		&(struct given_config){
			.name = device->config.name,
			.path = device->config.device,
			.kind = input->kind == CONFIG_INPUT_KEYS ? GIVEN_KEYS : GIVEN_BY_LIBINPUT,
			.calibration = device->config.calibration,
		});
	list_append(&devices->devices, &device->link);
	for (; input; input = input_next_part(config, input))
		device_add_part(device, devices->daemon, input);
	if (device->given.n_parts)
		given_open(&device->given);
}

static void device_close(struct given_device *device)
{
	given_finish(&device->given);
	list_remove(&device->link);
	free(device);
}

static struct given_device *device_find(const struct given_devices *devices, const char *path)
{
	struct given_device *device;

	list_for_each (device, &devices->devices, link) {
		if (strcmp(device->config.device, path) == 0)
			return device;
	}
	return NULL;
}

void given_devices_init(struct given_devices *devices, struct daemon *daemon)
{
	devices->daemon = daemon;
	input_host_init(&devices->host);
	list_init(&devices->devices);
}

void given_devices_open(struct given_devices *devices)
{
	struct daemon *daemon = devices->daemon;
	const struct config_input *input;

	if (list_empty(&daemon->config->inputs))
		return;
	int ret = devices->host.loop ? 0 : input_host_open(&devices->host, &daemon->loop);
	if (ret < 0) {
		log_error("no input device can be given to a guest: %s", strerror(-ret));
		input_host_finish(&devices->host);
		return;
	}
	list_for_each (input, &daemon->config->inputs, link) {
		if (!device_find(devices, input->device))
			device_open(devices, input);
	}
}

void given_devices_close(struct given_devices *devices, const struct config *wanted)
{
	struct given_device *device, *next;

	list_for_each_safe (device, next, &devices->devices, link) {
		if (!device_is_wanted(device->config.device, devices->daemon->config, wanted))
			device_close(device);
	}
}

void given_devices_finish(struct given_devices *devices)
{
	struct given_device *device, *next;

	list_for_each_safe (device, next, &devices->devices, link)
		device_close(device);
	input_host_finish(&devices->host);
}

/* -- for people -- */

static const char *device_trouble(
	const struct given_device *device, const struct guest *guest, uint32_t head)
{
	if (!device)
		return "no input device can be given (see the log)";
	for (uint32_t i = 0; i < device->given.n_parts; i++) {
		const struct given_part *part = &device->given.parts[i];
		if (part->port.devices == &guest->input.devices && part->head == head)
			return device->given.state == GIVEN_REFUSED ? device->given.trouble : "";
	}
	return "the guest is not yet as in the file: that needs a restart of mulliond";
}

bool guest_describe_given(const struct guest *guest, uint32_t index, struct guest_given_info *info)
{
	const struct given_devices *devices = &guest->daemon->given;
	const struct config_input *input;

	list_for_each (input, &guest->daemon->config->inputs, link) {
		if (strcmp(input->guest, guest->config->name) != 0 || index--)
			continue;
		const struct given_device *device = device_find(devices, input->device);
		*info = (struct guest_given_info){
			.name = input->name,
			.device = input->device,
			.trouble = device_trouble(device, guest, input->head),
		};
		info->here = !*info->trouble && device->given.state == GIVEN_HERE;
		return true;
	}
	return false;
}
