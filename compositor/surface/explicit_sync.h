/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_EXPLICIT_SYNC_H
#define COMPOSITOR_SURFACE_EXPLICIT_SYNC_H

/*
 * zwp_linux_explicit_synchronization_v1: fences for a commit's dma-buf. Its acquire fence is
 * waited for as the dma-buf's own are (hold.h), and its release is told as release.h has it;
 * that may be asked for with any buffer.
 */

#include <stdbool.h>

struct surface;
struct wl_display;

extern const struct global explicit_sync_global;
/* What is pending is right, or the client was told what is not. */
bool explicit_sync_check(const struct surface *surface);
void explicit_sync_surface_gone(struct surface *surface);

#endif
