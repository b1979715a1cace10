/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_INPUT_H
#define DAEMON_GUEST_INPUT_H

/*
 * A VM's input devices: a socket for each that the configuration has, which a VMM connects to,
 * and what sources do to them, on its way to mullion-guest.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/input.h"
#include "backends/input_queue.h"
#include "base/log.h"
#include "base/loop.h"
#include "protocol/link.h"

struct guest;

struct guest_input {
	struct input_devices devices;
	struct guest_input_socket {
		struct guest *guest;
		struct loop_source listen;
		int listen_fd; /* owned; -1: the guest has no such device */
	} sockets[INPUT_DEVICES];
	/* What mullion-guest does not take just now. */
	struct guest_input_waiting {
		struct input_queue *queue; /* owned; NULL: nothing ever had to wait */
		uint64_t dropped; /* frames that found no room */
		bool behind; /* it was too much: all that is held is lifted before the next */
	} waiting[INPUT_DEVICES];
};

/* 0 or negative errno; guest_input_finish may follow in either case. */
int guest_input_init(struct guest *guest);
/* The sockets that the configuration wants, at their paths. */
void guest_input_listen(struct guest *guest);
/* No source is there any more. */
void guest_input_finish(struct guest *guest);

/* Its connection ended: what waits for it goes; or those of all did. */
void guest_input_disconnected(struct guest *guest, uint32_t device);
void guest_input_reset(struct guest *guest);
/* What sources of an earlier mulliond held is lifted. */
void guest_input_restored(struct guest *guest);
/* There is room on the way to mullion-guest again. */
void guest_input_writable(struct guest *guest);

#endif
