/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_FULLSCREEN_H
#define WAYLAND_FULLSCREEN_H

/*
 * A window that is to be full-screen on an output of that name: asked for whenever the
 * output appears. While a window is full-screen, for whatever reason, or locked (lock.h),
 * the compositor's keyboard shortcuts are its guest's.
 */

#include <stdbool.h>
#include <stdint.h>

struct presenter;
struct window;

struct fullscreen {
	const char *output; /* its name; borrowed; NULL: it is no wish of ours */
	int64_t asked;      /* the output's global, -1: not asked */
	bool missed;        /* said in the log that it is not there */
	bool is_active;     /* by the compositor's word */
	bool is_freed;      /* the user wants the shortcuts all the same */
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor;
};

void fullscreen_init(struct fullscreen *fullscreen, const char *output);
/* The window is gone. */
void fullscreen_drop(struct fullscreen *fullscreen);
/* The seat is going. */
void fullscreen_drop_inhibitor(struct fullscreen *fullscreen);
/* What there is to do for the window, which has its toplevel. */
void fullscreen_work(struct fullscreen *fullscreen, struct window *window);

#endif
