/* SPDX-License-Identifier: MIT */
/* A device of the host that is given to guests: that it comes and goes. */
#include "backends/libinput/given.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backends/libinput/given_device.h"

static void part_set_leds(struct input_port *port, uint32_t leds)
{
	given_set_leds(container_of(port, struct given_part, port)->given, leds);
}

void given_init(struct given *given, struct input_host *host, const struct given_config *config)
{
	*given = (struct given){ .host = host, .config = *config, .fd = -1 };
	list_init(&given->link);
}

void given_add_part(struct given *given, struct input_devices *devices, uint32_t head,
	const struct input_area *area)
{
	struct given_part *part = &given->parts[given->n_parts];

	*part = (struct given_part){ .given = given, .head = head, .area = *area };
	input_port_init(&part->port, devices);
	if (!given->n_parts++)
		part->port.set_leds = part_set_leds;
}

/* A plug may be loose. */
static void given_say(struct given *given, const char *what)
{
	log_limited(&given->coming, LOG_LEVEL_INFO, "input %s: %s %s", given->config.name,
		given->config.path, what);
}

static const char *why_refused(int err)
{
	switch (err) {
	case -EBUSY:
		return "another program has grabbed it, such as a compositor";
	case -EACCES:
	case -EPERM:
		return "mulliond may not open it: its user must be in the device's group "
		       "(input), or a rule of udev must give it the device";
	case -ENODEV:
		return "it is not an input device";
	case -ENOTSUP:
		return "libinput finds no keyboard, pointer or touch screen there (hard keys "
		       "and encoders need kind = keys)";
	default:
		return strerror(-err);
	}
}

static void given_refuse(struct given *given, int err)
{
	given->state = GIVEN_REFUSED;
	snprintf(given->trouble, sizeof(given->trouble), "%s", why_refused(err));
	if (given->said != err)
		log_limited(&given->coming, LOG_LEVEL_WARN, "input %s: %s: %s", given->config.name,
			given->config.path, given->trouble);
	given->said = err;
	input_host_retry(given->host);
}

static void given_miss(struct given *given, int err)
{
	given->state = GIVEN_ABSENT;
	if (given->said != err)
		given_say(given, err == -EAGAIN ? "is not known to udev yet" : "is not there yet");
	given->said = err;
}

void given_try(struct given *given)
{
	if (given->state == GIVEN_HERE)
		return;
	int ret = input_host_find(given->host, given->config.path);
	if (ret == -ENOENT || ret == -EAGAIN) {
		given_miss(given, ret);
		return;
	}
	if (ret == 0)
		ret = given->config.kind == GIVEN_KEYS ? given_open_keys(given)
						       : given_open_device(given);
	if (ret < 0) {
		given_refuse(given, ret);
		return;
	}
	given->state = GIVEN_HERE;
	given->said = 0;
	given_say(given, "is here, and grabbed");
}

static void given_close(struct given *given)
{
	for (uint32_t i = 0; i < given->n_parts; i++)
		input_lift_all(&given->parts[i].port);
	given_close_device(given);
	given_close_keys(given);
	memset(given->contacts, 0, sizeof(given->contacts));
	given->pointing = NULL;
	given->buttons = 0;
	given->state = GIVEN_ABSENT;
}

void given_gone(struct given *given)
{
	given_close(given);
	given->said = -ENOENT;
	given_say(given, "is gone");
}

void given_open(struct given *given)
{
	list_append(&given->host->given, &given->link);
	given_try(given);
}

void given_finish(struct given *given)
{
	given_close(given);
	for (uint32_t i = 0; i < given->n_parts; i++)
		input_port_finish(&given->parts[i].port);
	list_remove(&given->link);
}
