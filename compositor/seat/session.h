/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_SESSION_H
#define COMPOSITOR_SEAT_SESSION_H

/*
 * The seat, by libseat (seatd or logind): devices that need no root, and that are ours
 * only while our session is the active one.
 */

#include <stdbool.h>

#include "base/list.h"
#include "base/loop.h"

struct libseat;
struct session;

struct session_listener {
	struct list link; /* of session.listeners */
	/* Devices are ours again. Not for the first time: session_open waits for that. */
	void (*enabled)(struct session_listener *listener);
	/* They are not ours any more as soon as this returns. */
	void (*disabled)(struct session_listener *listener);
};

struct session {
	struct libseat *seat;
	struct loop_source source;
	struct loop_hook unread; /* what libseat has read and not yet told of */
	struct list listeners;   /* of session_listener.link */
	bool active;
	bool has_terminals; /* it can be switched */
};

/*
 * Waits for the session to be active, before there is anything to show, for 10 s at
 * most. 0 or negative errno, said; session_close is safe after a failure too.
 */
int session_open(struct session *session, struct loop *loop);
void session_close(struct session *session);
void session_listen(struct session *session, struct session_listener *listener);

const char *session_name(struct session *session);
/*
 * To a virtual terminal, by its number, from 1; only where there are any: a switch that
 * seatd refuses leaves its answer where libseat takes it for that of the next request.
 */
void session_switch(struct session *session, int to);

/* A descriptor and, for session_close_device, its id; or negative errno. */
int session_open_device(struct session *session, const char *path, int *id);
void session_close_device(struct session *session, int id, int take_fd);

#endif
