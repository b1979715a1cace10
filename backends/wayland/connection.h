/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_CONNECTION_H
#define WAYLAND_CONNECTION_H

/*
 * A guest's connection to its compositor: made without blocking, made again when
 * it is lost.
 *
 * Requests leave only from the presenter's commit hook, one piece of work at a
 * time, each after connection_has_room said yes. A piece is smaller than
 * libwayland's buffer, so a compositor that does not read costs waiting and never
 * the connection. (Answers to the compositor's own events are as few as those.)
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>
#include <wayland-client.h>

#include "backends/wayland/globals.h"
#include "base/log.h"
#include "base/loop.h"

struct presenter;

enum connection_state {
	CONNECTION_STATE_DOWN,    /* no display; the retry timer runs */
	CONNECTION_STATE_GLOBALS, /* the list of globals is on its way */
	CONNECTION_STATE_FORMATS, /* the formats of what was bound are on their way */
	CONNECTION_STATE_READY,
	CONNECTION_STATE_UNFIT, /* the compositor lacks something; kept until it goes */
};

struct connection {
	struct presenter *presenter; /* whose windows these are; borrowed */
	struct loop *loop;
	struct loop_source source;
	struct loop_timer retry;
	enum connection_state state;
	bool congested;    /* the compositor does not read: nothing is sent until it does */
	bool absence_said; /* in the log, since it was last ready */
	struct log_limit limit;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* empty: unknown */
	char what[140];                                         /* "wayland (NAME)" */
	char trouble[400];                                      /* empty: none */
	struct wl_display *display;                             /* NULL when down */
	struct wl_callback *sync;
	struct globals globals;
};

/* So that connection_finish is safe before connection_start. */
void connection_init(struct connection *connection, struct presenter *presenter, struct loop *loop);
/* `display` is a name or an absolute path; NULL: $WAYLAND_DISPLAY. 0 or negative errno. */
int connection_start(struct connection *connection, const char *display);
/* What the presenter had of it must be gone. */
void connection_finish(struct connection *connection);

bool connection_is_ready(const struct connection *connection);
/* Sends what waits. False: not now; the commit hook is armed once it can. */
bool connection_has_room(struct connection *connection);

#endif
