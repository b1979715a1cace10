/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_CURSOR_H
#define WAYLAND_CURSOR_H

/*
 * A head's cursor: a subsurface over its window. Movements are sent at most once
 * a frame, so that a guest's mouse does not make the compositor's traffic. While the
 * host's pointer is the cursor (seat.h) there is none in the window.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/wayland/frame.h"
#include "backends/wayland/layout.h"
#include "backends/wayland/plane.h"

struct import;
struct presenter;

struct cursor {
	struct plane plane;
	struct frame frame;
	struct import *import; /* borrowed; NULL: none */
	uint32_t hot_x, hot_y;
	int32_t x, y; /* of the hot spot, px of the head */
	bool pending; /* another picture, or none, since the last commit */
	bool moved;
	bool is_host;       /* the host's pointer is it */
	int64_t pointed_ns; /* when that was last moved, */
	double pointed_x, pointed_y; /* and to where, px of the head */
};

void cursor_init(struct cursor *cursor, struct presenter *presenter);
void cursor_show(struct cursor *cursor, struct import *import, uint32_t hot_x, uint32_t hot_y);
/* True: the guest moved it away from the host's pointer, which it no longer is. */
bool cursor_move(struct cursor *cursor, int32_t x, int32_t y);

/* The host's pointer is there, in the window. */
void cursor_point(struct cursor *cursor, const struct layout *layout, double x, double y);
/* True if that is a change. */
bool cursor_set_host(struct cursor *cursor, bool is_host);

/* Something is to be committed, now. */
bool cursor_wants_commit(const struct cursor *cursor);
/* With the commit of `root` that follows. */
void cursor_commit(struct cursor *cursor, const struct layout *layout, const struct plane *root);
/* Its window is gone, or the connection is. */
void cursor_drop(struct cursor *cursor);

#endif
