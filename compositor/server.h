/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SERVER_H
#define COMPOSITOR_SERVER_H

/*
 * What all of mullion-compositor stands on: the loop, the Wayland display on it, the
 * outputs and the windows. What clients are sent leaves at the end of a turn.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "base/loop.h"
#include "compositor/paint/painters.h"
#include "compositor/screenshot.h"

struct backend;
struct config;
struct linux_dmabuf;
struct seat;

struct server {
	struct loop loop;
	struct wl_display *display;
	struct loop_source wayland; /* libwayland's own loop, within ours */
	struct loop_hook flush;
	struct wl_listener client_created; /* of census.h */
	struct list screens;               /* of screen.link */
	struct list outputs;               /* of output.link */
	struct list gone_outputs;          /* of output_global.link */
	struct list toplevels;             /* of toplevel.link: all windows */
	struct list mapped; /* of toplevel.mapped_link: with a picture, the topmost first */
	struct painters painters;
	struct screenshots screenshots;
	struct list pings;                 /* of ping.link: of clients that have a shell */
	struct loop_timer watch;           /* whether windows live */
	int64_t watch_ns;                  /* when it is due; 0: there are none */
	struct linux_dmabuf *linux_dmabuf; /* NULL: not offered yet */
	struct backend *backend;           /* borrowed; NULL: there are no screens yet */
	struct config *config;             /* its owner is who made the server */
	struct seat *seat;                 /* borrowed; NULL: there is none */
	bool is_ready;                     /* a service manager was told so */
	/* So was this; NULL: nobody. */
	void (*ready)(struct server *server);
};

/* 0 or negative errno; server_finish is safe after a failure too. */
int server_init(struct server *server, struct config *config);
void server_finish(struct server *server);
/* Empty: the first free one of wayland-N. The name is told on success. What is in its place and is
 * no socket is left alone. 0 or negative errno, said. */
int server_listen(struct server *server, const char *socket);
/* Tells a service manager, once, as soon as every screen there is has a picture. */
void server_check_ready(struct server *server);
/* For whoever sends events elsewhere than in a request's handler. */
void server_flush(struct server *server);
/* Ends the clients, while what their objects need is still there. */
void server_drop_clients(struct server *server);

#endif
