/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_KEYBOARD_H
#define WAYLAND_KEYBOARD_H

/*
 * A seat's keyboard. Keys travel as evdev's codes: keymap, repetition and lights are
 * the guest's own. What is down already when the keyboard comes to a window does not
 * type there; modifiers count. Ctrl+Alt+G is not the guest's (lock.h).
 */

#include <stdint.h>

struct seat;
struct window;
struct wl_keyboard;

struct keyboard {
	struct seat *seat;
	struct wl_keyboard *wl_keyboard; /* NULL: the seat has none */
	struct window *focus;            /* borrowed; NULL: none of ours */
	uint32_t modifiers;              /* that are down, a bit each */
};

void keyboard_init(struct keyboard *keyboard, struct seat *seat);
/* The seat has a keyboard; it has none (any more). Both again and again. */
void keyboard_start(struct keyboard *keyboard);
void keyboard_finish(struct keyboard *keyboard);
void keyboard_drop_window(struct keyboard *keyboard, const struct window *window);

#endif
