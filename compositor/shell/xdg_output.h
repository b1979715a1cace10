/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_XDG_OUTPUT_H
#define COMPOSITOR_SHELL_XDG_OUTPUT_H

/* zxdg_output_v1: where outputs lie beside each other. */

#include <wayland-server-core.h>

int xdg_output_offer(struct wl_display *display);

#endif
