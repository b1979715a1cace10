/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_KEEP_H
#define DAEMON_KEEP_H

/*
 * What outlives mullion-guest: duplicates of the VMM's socket, of its memory and
 * of its rings' descriptors, and the state memfd (protocol/state.h). A VMM does
 * not reconnect, so these must not close with a process that may fail.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/link.h"
#include "protocol/state.h"

struct keep {
	int state_fd; /* sealed; owned, as all of these */
	const struct state *state; /* mapped: for its counters, which nobody decides by */
	int vmm_fd;
	int fds[LINK_KEEP_KIND_COUNT][STATE_REGIONS];
};

void keep_init(struct keep *keep);
/* A fresh state file. 0 or negative errno. */
int keep_open(struct keep *keep);
void keep_finish(struct keep *keep);

/* Takes `fd` (-1: forget what was there). False: no such place. */
bool keep_set(struct keep *keep, uint32_t kind, uint32_t index, int fd);

#endif
