/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_XDG_OUTPUT_H
#define COMPOSITOR_SHELL_XDG_OUTPUT_H

/* zxdg_output_v1: where outputs lie beside each other. */

#include <wayland-server-core.h>

struct output;

extern const struct global xdg_output_global;
/* What clients have been told has changed; wl_output's own follows. */
void xdg_output_send_description(const struct output *output);

#endif
