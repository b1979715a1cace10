/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_XDG_SHELL_H
#define COMPOSITOR_SHELL_XDG_SHELL_H

/* xdg_wm_base: where windows come from. */

#include <wayland-server-core.h>

struct server;

int xdg_shell_offer(struct server *server);

#endif
