/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OUTPUT_GLOBAL_H
#define COMPOSITOR_OUTPUT_GLOBAL_H

/*
 * wl_output: what clients see of an output. As a client may ask for one that has just
 * gone, the global outlives its output by some seconds; objects outlive both, and have no
 * effect then.
 */

#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "base/loop.h"

struct output;
struct server;

struct output_global {
	struct list link;      /* of server.gone_outputs, once it is gone */
	struct output *output; /* NULL: gone */
	struct wl_global *global;
	struct wl_list resources, xdg_resources; /* empty once it is gone */
	struct loop_timer end;
};

/* NULL: there is no memory. */
struct output_global *output_global_create(struct output *output);
void output_global_remove(struct output_global *global);
/* Those that are gone, now. */
void output_globals_finish(struct server *server);

/* NULL: the output is gone. */
struct output *output_of(struct wl_resource *resource);
/* What clients have been told has changed. */
void output_send_description(const struct output *output);
void output_send_enter(const struct output *output, struct wl_resource *surface);
void output_send_leave(const struct output *output, struct wl_resource *surface);

#endif
