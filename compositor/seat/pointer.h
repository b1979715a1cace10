/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_POINTER_H
#define COMPOSITOR_SEAT_POINTER_H

/*
 * wl_pointer: all mice are one pointer, which comes out when the first one is moved, in the
 * middle of the first output, and is always on one then. It belongs to the
 * surface beneath it; while a button is down, to the one where the first was pressed.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/seat/cursor.h"
#include "compositor/surface/reference.h"

struct constraint;
struct seat;

struct pointer {
	struct seat *seat;
	struct wl_list resources;
	double x, y;              /* in the common space */
	bool is_out;              /* it was moved; before that it is nowhere, and not seen */
	struct wl_list relatives; /* of zwp_relative_pointer_v1 resources */
	struct cursor cursor;
	struct constraint *constraint; /* that holds it; NULL: none */
	struct surface_reference focus;
	uint32_t entered;   /* the serial of that */
	uint32_t pressed;   /* the serial of the first that is down */
	uint32_t n_buttons; /* that are down */
	bool swallows;      /* what is done till all buttons are up is nobody's */
	bool is_in_menu;    /* what is down opened one: till it is up a client's surfaces take turns */
	int32_t parts[2];   /* of a detent, in 120ths, left for the next time; by axis */
};

/* In px of the device's, of which the common space's may be accelerated. */
struct pointer_motion {
	uint64_t time_us;
	double dx, dy, raw_dx, raw_dy;
};

/* wl_pointer.axis and axis_source, by axis. */
struct pointer_scroll {
	uint32_t time_ms, source;
	struct {
		bool is_used;
		double way;
		int32_t v120; /* of wheels */
	} axes[2];
};

void pointer_init(struct pointer *pointer, struct seat *seat);
void pointer_finish(struct pointer *pointer);
void pointer_bind(struct pointer *pointer, struct wl_client *client, uint32_t version, uint32_t id);
/* There is one, and it was moved: who has but a touch screen never sees it. */
bool pointer_is_out(const struct pointer *pointer);
/* Whether that press, which lasts, is the surface's. */
bool pointer_has_grab(
	const struct pointer *pointer, const struct surface *surface, uint32_t serial);
/* What is pressed is no window's any more; the picture stays. */
void pointer_let_go(struct pointer *pointer);
/* The client's menu has a grab now (xdg_popup.grab), perhaps while a button is held on it. */
void pointer_handle_menu(struct pointer *pointer, const struct wl_client *client);
/* Windows are others, or elsewhere. */
void pointer_update(struct pointer *pointer);

void pointer_handle_motion(struct pointer *pointer, const struct pointer_motion *motion);
void pointer_handle_place(struct pointer *pointer, uint32_t time_ms, double x, double y);
void pointer_handle_button(
	struct pointer *pointer, uint32_t time_ms, uint32_t button, bool is_down);
void pointer_handle_scroll(struct pointer *pointer, const struct pointer_scroll *scroll);

#endif
