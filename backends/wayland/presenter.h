/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_PRESENTER_H
#define WAYLAND_PRESENTER_H

/*
 * One guest's heads as windows of a Wayland compositor.
 *
 * Two hooks at the end of a turn: one says to the owner what is due (never from
 * within its own calls, nor from within libwayland's dispatch, so that it may do
 * anything then, destroy the presenter included), one brings the compositor up to
 * what is wanted. Everything in between only changes state and arms them.
 */

#include "backends/presenter.h"
#include "backends/wayland/connection.h"
#include "backends/wayland/outputs.h"
#include "base/painting.h"
#include "backends/wayland/seats.h"
#include "backends/wayland/window.h"
#include "base/list.h"
#include "base/loop.h"
#include "protocol/limits.h"

struct import;
struct plane;

struct presenter {
	struct loop *loop;
	const char *guest; /* borrowed */
	const struct presenter_listener *listener;
	void *data;
	struct connection connection;
	struct loop_hook deliver, commit;
	struct outputs outputs;
	struct seats seats;
	struct input_devices *inputs; /* where their input goes; borrowed; NULL: nowhere */
	struct list imports;            /* of import.link */
	struct list imports_due;        /* of import.due_link */
	struct list imports_to_prepare; /* of import.prepare_link */
	struct list orphans;            /* of buffer.link */
	struct painting cover; /* in place of the heads' words that cover */
	uint32_t n_heads;
	struct window windows[LIMIT_HEADS];
};

void presenter_arm_deliver(struct presenter *presenter);
void presenter_arm_commit(struct presenter *presenter);

/* The connection is ready / going, its objects with it. */
void presenter_connected(struct presenter *presenter);
void presenter_disconnected(struct presenter *presenter);

/* An output came or went. */
void presenter_outputs_changed(struct presenter *presenter);
/* The window whose root it is, or NULL. */
struct window *presenter_find_surface(struct presenter *presenter, struct wl_surface *surface);

/* No window shows it from now on. */
void presenter_drop_import(struct presenter *presenter, struct import *import);
/* The plane's surface is gone: the buffers made for it go too. */
void presenter_drop_plane(struct presenter *presenter, struct plane *plane);
/* A window shows it, or would if it could. */
bool presenter_has_import(const struct presenter *presenter, const struct import *import);

#endif
