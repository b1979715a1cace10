/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_FENCE_H
#define COMPOSITOR_SURFACE_FENCE_H

/*
 * Fences as descriptors (the kernel's sync_file.rst): readable once they are signalled. A
 * client's say when it has drawn; ours say when nobody reads what it drew.
 */

#include <stdbool.h>

struct tally;
struct wl_client;

/* Of a client's, for a commit of its. */
struct fence {
	int fd;
	struct tally *tally; /* a reference; the descriptor is counted there */
};

/* NULL with errno (EINVAL: it is no fence): then the descriptor stays the caller's. */
struct fence *fence_create(struct wl_client *client, int fd);
void fence_destroy(struct fence *fence);

/* Whether it is signalled, or whatever else the descriptor is for to be read. Does not wait. */
bool fence_is_signalled(int fd);
/*
 * `*joined` (-1: none) is signalled from now on when it was to be and the other is too, which
 * stays the caller's. Without descriptors it stays as it is.
 */
void fence_join(int *joined, int fd);

#endif
