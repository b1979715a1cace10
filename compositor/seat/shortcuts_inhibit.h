/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_SHORTCUTS_INHIBIT_H
#define COMPOSITOR_SEAT_SHORTCUTS_INHIBIT_H

/*
 * zwp_keyboard_shortcuts_inhibitor_v1: a window that wants all keys. It has them anyway:
 * no shortcut is the compositor's but the one to another virtual terminal, which a client
 * must not be able to take away.
 */

#include "compositor/surface/surface.h"

extern const struct global shortcuts_inhibit_global;
void shortcuts_inhibit_surface_gone(struct surface *surface);

#endif
