/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_KEEP_H
#define DAEMON_KEEP_H

/*
 * What outlives mullion-guest: duplicates of the VMM's socket, of its memory and
 * of its rings' descriptors, and the state memfd (protocol/state.h). A VMM does
 * not reconnect, so these must not close with a process that may fail. All of it is
 * in the service manager's store as well, and outlives mulliond where there is one.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/store.h"
#include "protocol/link.h"
#include "protocol/state.h"

#define JOURNAL_PIPE_FDS 4

struct keep {
	struct store *store; /* borrowed, as the guest's name */
	const char *guest;
	int state_fd; /* sealed; owned, as all of these */
	const struct state *state; /* mapped: for its counters, which nobody decides by */
	/* As LINK_DEVICE_GPU and those behind it: a connection of the VMM for each. */
	struct keep_device {
		int vmm_fd; /* -1: none, and nothing else of it */
		uint64_t serial; /* of link_guest_socket; 0: an earlier mulliond's */
		int journal[JOURNAL_PIPE_FDS]; /* two pipes, as LINK_GUEST_JOURNAL has them */
		int fds[LINK_KEEP_KIND_COUNT][STATE_REGIONS];
	} devices[LINK_DEVICES];
};

void keep_init(struct keep *keep, struct store *store, const char *guest);
/* A fresh state file. 0 or negative errno. */
int keep_open(struct keep *keep);
/*
 * Stores that file, when all that a restart needs is stored: without it the guest starts
 * afresh, with it mullion-guest is there to keep again what was on its way.
 */
void keep_commit(struct keep *keep);
/*
 * What an earlier mulliond kept. -ENOENT: nothing; -EPROTO: not all that a guest needs,
 * or not what it should be.
 */
int keep_restore(struct keep *keep);
/* Keeps a duplicate of the VMM's socket for a device, which has none. 0 or negative errno. */
int keep_connect(struct keep *keep, uint32_t device, int vmm_fd);
/* The VMM's connection for this device ended. */
void keep_disconnect(struct keep *keep, uint32_t device);
/* The serial of link_guest_socket: only to be told again, nobody else has it. */
uint64_t keep_serial(const struct keep *keep, uint32_t device);
/* A connection of the VMM, the GPU's if there is that; -1: none. */
int keep_vmm_fd(const struct keep *keep);
/* The process at the VMM's end; 0: unknown. */
pid_t keep_vmm_pid(const struct keep *keep);
void keep_finish(struct keep *keep);

/* Takes `fd` (-1: forget what was there). False: no such place. */
bool keep_set(struct keep *keep, uint32_t device, uint32_t kind, uint32_t index, int fd);

#endif
