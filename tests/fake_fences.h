/* SPDX-License-Identifier: MIT */
#ifndef FAKE_FENCES_H
#define FAKE_FENCES_H

/*
 * Fences without a driver: eventfds, for which the kernel's ioctls of sync_files are answered
 * at link time, and one more is exported of whatever is a dma-buf. A join is the later one of both.
 * And a client whose pictures are taken for dma-bufs. Asserts that all goes well.
 */

#include "tests/compositor_world.h"

struct zwp_linux_surface_synchronization_v1;

struct fenced_client {
	struct world_client client;
	struct wl_registry *registry;
	struct zwp_linux_dmabuf_v1 *dmabuf;
};

/* What a client heard of a commit. */
struct fenced_release {
	unsigned n;
	int fd; /* -1: at once */
};

/* Not signalled. */
int fake_fence_create(void);
void fake_fence_signal(int fd);

/* Whatever it is is a dma-buf, and taken; the screens are there. */
void fenced_world_start(struct world *world);
void fenced_world_finish(void);

void fenced_client_init(struct fenced_client *fenced, struct world *world);
void fenced_client_finish(struct fenced_client *fenced);
/* Drawn already. */
struct wl_buffer *fenced_buffer(struct fenced_client *fenced, uint32_t width, uint32_t height);
/* The same of that descriptor, which is drawn once it is readable. */
struct wl_buffer *fenced_buffer_of(
	struct fenced_client *fenced, int fd, uint32_t width, uint32_t height);
/* Of the next commit. */
void fenced_get_release(
	struct zwp_linux_surface_synchronization_v1 *of, struct fenced_release *release);

#endif
