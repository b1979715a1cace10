/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_LOCK_H
#define WAYLAND_LOCK_H

/*
 * What Ctrl+Alt+G takes for the window that has the keyboard: the pointer is locked to
 * it and moves the guest's mouse, the compositor's shortcuts are the guest's. Pressed
 * again it frees both, and the shortcuts of a window that had them for being
 * full-screen. All is free as well when keyboard or pointer leave the window.
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
	bool is_stale;         /* what was asked for is to go */
	bool is_active;        /* by the compositor's word */
	int32_t rest[2];       /* of movements, in 256ths */
};

void lock_init(struct lock *lock, struct seat *seat);
void lock_toggle(struct lock *lock, struct window *window);
/* Keyboard or pointer left the window. */
void lock_leave(struct lock *lock, const struct window *window);
void lock_drop_window(struct lock *lock, const struct window *window);
/* The seat's pointer is going. */
void lock_drop(struct lock *lock);
/* What there is to do. Only with a ready connection. */
void lock_work(struct lock *lock);

#endif
