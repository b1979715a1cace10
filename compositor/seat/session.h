/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_SESSION_H
#define COMPOSITOR_SEAT_SESSION_H

/*
 * The seat, by libseat (seatd or logind): devices that need no root, and that are ours
 * only while our session is the active one.
 */

#include <stdbool.h>

#include "base/loop.h"

struct libseat;
struct session;

struct session_listener {
	/* Devices are ours again. Not for the first time: session_open waits for that. */
	void (*enabled)(void *data);
	/* They are not ours any more as soon as this returns. */
	void (*disabled)(void *data);
};

struct session {
	struct libseat *seat;
	struct loop_source source;
	struct loop_hook unread; /* what libseat has read and not yet told of */
	const struct session_listener *listener;
	void *data;
	bool active;
};

/*
 * Waits for the session to be active, before there is anything to show, for 10 s at
 * most. 0 or negative errno, said; session_close is safe after a failure too.
 */
int session_open(struct session *session, struct loop *loop,
	const struct session_listener *listener, void *data);
void session_close(struct session *session);

/* A descriptor and, for session_close_device, its id; or negative errno. */
int session_open_device(struct session *session, const char *path, int *id);
void session_close_device(struct session *session, int id, int take_fd);

#endif
