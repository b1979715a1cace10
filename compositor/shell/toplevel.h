/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_TOPLEVEL_H
#define COMPOSITOR_SHELL_TOPLEVEL_H

/* xdg_toplevel: a window. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"

#define TOPLEVEL_TEXT_MAX 128

struct output;
struct server;
struct surface;
struct xdg_surface;

enum toplevel_health {
	TOPLEVEL_WELL,
	TOPLEVEL_MUTE,  /* its client does not answer */
	TOPLEVEL_STALE, /* it is to draw, and does not */
};

/* 0: no limit */
struct toplevel_size {
	int32_t width, height;
};

struct toplevel {
	struct list link;        /* of server.toplevels */
	struct list mapped_link; /* of server.mapped, while it has a picture */
	struct server *server;
	struct wl_resource *resource;
	struct xdg_surface *xdg;        /* NULL: gone, and no window any more */
	struct surface *surface;        /* NULL: the same */
	struct list popups;             /* of popup.mapped_link, the lowest first */
	struct wl_resource *decoration; /* NULL: none */
	struct toplevel_size min, max;  /* from the next commit on */
	struct output *output; /* where it is, from its first commit on; NULL: none there is */
	struct output *asked;  /* by the client; NULL: none, or gone */
	char app_id[TOPLEVEL_TEXT_MAX]; /* cut to fit */
	char title[TOPLEVEL_TEXT_MAX];  /* the same */
	int64_t drew_ns;                /* when its last new picture came */
	enum toplevel_health health;    /* not well: it is not seen */
};

void toplevel_create(
	struct xdg_surface *xdg, struct wl_client *client, uint32_t version, uint32_t id);
/* Before a commit is taken over; false: the client broke a rule, and was told. */
bool toplevel_check(const struct toplevel *toplevel);
void toplevel_commit(struct toplevel *toplevel);
/* To where it belongs now; the client hears of it in any case, as it may ask for. */
void toplevel_arrange(struct toplevel *toplevel);
void toplevel_surface_gone(struct toplevel *toplevel);
/* Its xdg_surface goes. */
void toplevel_orphan(struct toplevel *toplevel);

#endif
