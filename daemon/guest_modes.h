/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_MODES_H
#define DAEMON_GUEST_MODES_H

/*
 * Which of a guest's heads are there, and their modes. The configuration is only the
 * start: mullionctl and the sizes of windows change them, whether a VM runs or not. A
 * head that was removed keeps its number and its mode.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/loop.h"
#include "daemon/config.h"
#include "protocol/limits.h"
#include "protocol/link.h"

struct guest;

struct guest_modes {
	uint32_t n;      /* connectors that the guest's driver makes */
	uint32_t serial; /* counts up with each change */
	struct link_head heads[LIMIT_HEADS]; /* n of them; as they are wanted */
	bool due; /* mullion-guest could not be told yet */
	struct log_limit changes;
	/* Windows that are being resized: their sizes count once they rest. */
	struct loop_timer rest;
	uint32_t resizing; /* bit per head */
	struct {
		uint32_t width_px, height_px;
	} sizes[LIMIT_HEADS];
};

/* 0 or negative errno. */
int guest_modes_init(struct guest *guest);
void guest_modes_finish(struct guest *guest);

/* As an earlier mulliond left them, from what is kept. */
void guest_modes_restore(struct guest *guest);
/* Tells mullion-guest, once more when it takes messages again. */
void guest_modes_tell(struct guest *guest);
/* The head's window has this size now. */
void guest_modes_resized(struct guest *guest, uint32_t head, uint32_t width_px, uint32_t height_px);
/* Why the guest does not show the head as it is wanted. NULL: it does. */
const char *guest_modes_note(const struct guest *guest, uint32_t head);

#endif
