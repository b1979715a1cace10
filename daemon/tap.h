/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_TAP_H
#define DAEMON_TAP_H

/*
 * Taps of a guest: sockets on which its mullion-guest writes records of what the
 * guest sends (protocol/record.h), for whoever has the other end. Those that are
 * opened before a VM is connected wait here, so that nothing is missed.
 */

#include <stdbool.h>
#include <stdint.h>

struct channel;
struct config_guest;

#define TAPS_WAITING_MAX 4

struct taps_waiting {
	struct tap_waiting {
		bool data;
		int fd; /* owned; -1: free */
	} taps[TAPS_WAITING_MAX];
};

void taps_waiting_init(struct taps_waiting *waiting);
void taps_waiting_finish(struct taps_waiting *waiting);

/*
 * With guest memory (`data`: a recording) or without. -EBUSY: too many wait
 * already. Takes the descriptor, in every case.
 */
int taps_wait(struct taps_waiting *waiting, bool data, int take_fd);

/* To the guest's mullion-guest. Takes the descriptor, in every case. 0 or negative errno. */
int tap_send(struct channel *link, const struct config_guest *config, bool data, int take_fd);
void taps_send_waiting(
	struct taps_waiting *waiting, struct channel *link, const struct config_guest *config);

#endif
