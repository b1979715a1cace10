/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_LINUX_DMABUF_H
#define COMPOSITOR_SURFACE_LINUX_DMABUF_H

/*
 * zwp_linux_dmabuf_v1: clients' pictures that need not be copied. Version 4, with feedback,
 * where clients can be told of which device; else 3.
 *
 * What a client sends wrong is an error of the protocol; a picture that is right, and that
 * this machine cannot read, is `failed`; so is one of a client that has too many (tally.h).
 */

#include <wayland-server-core.h>

struct dmabuf;
struct linux_dmabuf;
struct painter;
struct server;

/*
 * Once the screens are there: the device, of whose kind of memory clients' are best, is the
 * painter's, else that of a screen. 0 or negative errno.
 */
int linux_dmabuf_offer(struct server *server);
/* After the clients. */
void linux_dmabuf_destroy(struct linux_dmabuf *linux_dmabuf);
/* Another one paints: clients of version 4 are told. */
void linux_dmabuf_set_painter(struct linux_dmabuf *linux_dmabuf, struct painter *painter);

/* Of a wl_buffer that was made here; NULL: it was not. */
struct dmabuf *dmabuf_of(struct wl_resource *resource);

#endif
