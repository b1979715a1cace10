/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_DECORATION_H
#define COMPOSITOR_SHELL_DECORATION_H

/* zxdg_decoration_manager_v1: windows are to draw no frame; there is none. */

#include <wayland-server-core.h>

extern const struct global decoration_global;
/* Its window goes, which it should have gone before. NULL: it has. */
void decoration_orphan(struct wl_resource *decoration);

#endif
