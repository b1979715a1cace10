/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_POINTER_H
#define WAYLAND_POINTER_H

/*
 * A seat's pointer over a head: it moves that head's absolute pointer, or, locked
 * (lock.h), the guest's mouse. Beside the head's picture it is at the nearest edge. It is
 * the guest's cursor as well, until the guest moves that elsewhere by itself.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/wayland/pointer_image.h"

struct seat;
struct window;
struct wl_pointer;

/* What one frame says of a wheel, or of fingers. */
struct pointer_axis {
	int64_t by_120;   /* counted detents, in 120ths of one */
	int64_t by_fixed; /* a way, in 256ths of the compositor's units */
	bool is_counted;  /* the way is that of the detents */
	int32_t rest;     /* of a way, from frame to frame */
};

struct pointer {
	struct seat *seat;
	struct wl_pointer *wl_pointer; /* NULL: the seat has none */
	struct window *focus;          /* it is over that; borrowed; NULL: none of ours */
	uint32_t enter_serial;         /* of that */
	struct pointer_axis axes[2];   /* upright, sideways */
	struct pointer_image image;
	bool pending; /* that is to be set */
};

void pointer_init(struct pointer *pointer, struct seat *seat);
/* The seat has a pointer; it has none (any more). Both again and again. */
void pointer_start(struct pointer *pointer);
void pointer_finish(struct pointer *pointer);
void pointer_drop_window(struct pointer *pointer, const struct window *window);

/* From now on it moves the mouse. */
void pointer_handle_locked(struct pointer *pointer);
/* The window's cursor or its size changed. */
void pointer_refresh(struct pointer *pointer, const struct window *window);
/* What there is to do. Only with a ready connection. */
void pointer_work(struct pointer *pointer);

#endif
