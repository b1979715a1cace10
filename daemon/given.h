/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GIVEN_H
#define DAEMON_GIVEN_H

/*
 * Devices of the host that the configuration gives to guests (its [input NAME] sections).
 * Sections of one device are its parts.
 */

#include "backends/libinput/host.h"

struct config;
struct daemon;

struct given_devices {
	struct daemon *daemon; /* borrowed */
	struct input_host host;
	struct list devices; /* of given_device.link (given.c); owned */
};

void given_devices_init(struct given_devices *devices, struct daemon *daemon);
/* Those that the configuration has, and that are not open. Guests do without: errors are said. */
void given_devices_open(struct given_devices *devices);
/* Those whose sections are others in `wanted`: before its guests are changed. */
void given_devices_close(struct given_devices *devices, const struct config *wanted);
/* The guests are still there. */
void given_devices_finish(struct given_devices *devices);

#endif
