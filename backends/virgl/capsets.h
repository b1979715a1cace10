/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_CAPSETS_H
#define BACKENDS_VIRGL_CAPSETS_H

/* The capability sets of the open library: what a context may speak (virtio 1.2, 5.7.6.8). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool capset_offered(uint32_t id);

/*
 * The capset without what our decoder does not know; its size, 0: it is not offered, or is
 * larger than `room`.
 */
size_t capset_fill(uint32_t id, void *caps, size_t room);

/*
 * A memfd as protocol/link.h lays it out, without what our decoder does not
 * know; its size in `*bytes`. Descriptor or negative errno.
 */
int capsets_create(uint32_t *bytes);

#endif
