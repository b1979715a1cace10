/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_RELEASE_H
#define COMPOSITOR_SURFACE_RELEASE_H

/*
 * zwp_linux_buffer_release_v1: a client is told when what it showed with one commit is not
 * looked at any more because of that commit. Who shows it has a reference: the surface, as
 * long as that is what it shows, and planes. With the last one it is told at once, with the
 * fence of those who have begun to look (a painter's GPU, a plane until a flip), if any.
 */

#include <stdint.h>
#include <wayland-server-core.h>

struct release;

/* One reference; NULL: the client was told that there is no memory, or that it has too many. */
struct release *release_create(struct wl_client *client, uint32_t id);
/* NULL: nobody asks to be told. */
struct release *release_ref(struct release *release);
void release_unref(struct release *release);
/* It is looked at until that fence, which stays the caller's, is signalled. */
void release_wait(struct release *release, int fence_fd);

#endif
