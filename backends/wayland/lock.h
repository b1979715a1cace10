/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_LOCK_H
#define WAYLAND_LOCK_H

/*
 * What a seat gives the guest of its own. A full-screen window with the keyboard has the
 * compositor's shortcuts. Ctrl+Alt+G frees them; where nothing is to be freed it takes
 * them, for any window, and locks the pointer to it, which moves the guest's mouse then.
 * All is as before when the keyboard leaves the window; the pointer that leaves is free.
 */

#include <stdbool.h>
#include <stdint.h>

struct seat;
struct window;
struct zwp_locked_pointer_v1;
struct zwp_relative_pointer_v1;

struct lock {
	struct seat *seat;
	struct window *window; /* that is to have the pointer; borrowed; NULL: none */
	struct zwp_locked_pointer_v1 *locked; /* NULL: not asked for */
	struct zwp_relative_pointer_v1 *relative;
	struct window *titled; /* whose title says so; borrowed */
	bool frees;            /* until the keyboard leaves, though its window is full-screen */
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor;
	const struct window *inhibits; /* whose that is; borrowed */
	bool is_stale;                 /* what was asked for is to go */
	bool is_active;                /* by the compositor's word */
	int32_t rest[2];               /* of movements, in 256ths */
};

void lock_init(struct lock *lock, struct seat *seat);
void lock_toggle(struct lock *lock, struct window *window);
/* Keyboard or pointer left the window. */
void lock_leave(struct lock *lock, const struct window *window);
void lock_drop_window(struct lock *lock, const struct window *window);
/* The seat's pointer is going; the seat is. */
void lock_drop(struct lock *lock);
void lock_finish(struct lock *lock);
/* What there is to do. Only with a ready connection. */
void lock_work(struct lock *lock);

#endif
