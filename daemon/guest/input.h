/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_INPUT_H
#define DAEMON_GUEST_INPUT_H

/* The guest's input devices in mullion-guest: a vhost-user connection of the VMM for each. */

#include <stdbool.h>
#include <stdint.h>

#include "backends/vhost-user/connection.h"
#include "backends/virtio/input.h"
#include "base/log.h"
#include "base/loop.h"
#include "protocol/link.h"

struct guest_process;

struct guest_input {
	struct guest_process *guest;
	uint32_t device; /* of protocol/input.h */
	uint64_t serial; /* of its connection; 0: not connected */
	struct journal journal;      /* until it is */
	struct vhost_user_kept kept; /* likewise: what a predecessor had */
	struct vhost_user_connection connection;
	struct virtio_input input;
	bool closed_due; /* that it ended is to be told */
	struct log_limit events; /* a VMM may come and go as often as it likes */
};

struct guest_inputs {
	struct guest_input *devices[INPUT_DEVICES]; /* owned; NULL: never connected */
	struct loop_timer again;
	uint64_t again_devices; /* bit per device */
	bool leds_due; /* of the keyboard: to be told at the end of the turn */
};

_Static_assert(INPUT_DEVICES <= 64, "devices are bits");

/* 0 or negative errno; inputs_finish may follow. */
int inputs_init(struct guest_process *guest);
void inputs_finish(struct guest_process *guest);
/* Bit per LINK_DEVICE_*. */
uint64_t inputs_connected(const struct guest_process *guest);

/* Of LINK_GUEST_JOURNAL, _KEPT and _SOCKET; each takes its descriptors, and sets them to -1. */
void inputs_journal(struct guest_process *guest, uint32_t device, int fds[static JOURNAL_FDS]);
void inputs_keep(struct guest_process *guest, const struct link_keep *kept, int *fd);
void inputs_connect(struct guest_process *guest, const struct link_guest_socket *socket, int *fd);

/* One without events lifts all. */
void inputs_send(struct guest_process *guest, const struct link_guest_input *message);
/* There is room on the link to mulliond; what it did not hear of is told. */
void inputs_tell(struct guest_process *guest);
/* Another mulliond keeps things now. */
void inputs_keep_all(struct guest_process *guest);

#endif
