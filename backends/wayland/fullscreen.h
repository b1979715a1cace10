/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_FULLSCREEN_H
#define WAYLAND_FULLSCREEN_H

/*
 * A window that is to be full-screen on an output of that name: asked for whenever the
 * output appears. While a window is full-screen, for whatever reason, the compositor's
 * keyboard shortcuts are its guest's (lock.h).
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
};

void fullscreen_init(struct fullscreen *fullscreen, const char *output);
/* The window is gone. */
void fullscreen_drop(struct fullscreen *fullscreen);
/* What there is to do for the window, which has its toplevel. */
void fullscreen_work(struct fullscreen *fullscreen, struct window *window);

#endif
