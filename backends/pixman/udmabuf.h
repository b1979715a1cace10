/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_UDMABUF_H
#define BACKENDS_PIXMAN_UDMABUF_H

/*
 * Pages of guest memory as a dma-buf, by Linux's /dev/udmabuf: what a compositor gets
 * is these pages and nothing else of the guest. The kernel wants the memory to be a
 * memfd that cannot shrink, and has limits for pages and pieces.
 */

struct backing;
struct guest_memory;

struct udmabuf {
	int fd; /* of the device; -1: there is none */
	const struct guest_memory *memory; /* borrowed */
};

/* A new dma-buf of the whole backing, or negative errno; -EINVAL: not of whole pages. */
int udmabuf_make(const struct udmabuf *udmabuf, const struct backing *backing);

#endif
