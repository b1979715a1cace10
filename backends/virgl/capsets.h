/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_CAPSETS_H
#define BACKENDS_VIRGL_CAPSETS_H

/* The capability sets of the open library: what a context may speak (virtio 1.2, 5.7.6.8). */

#include <stdbool.h>
#include <stdint.h>

bool capset_offered(uint32_t id);

/*
 * A memfd as protocol/link.h lays it out, without what our decoder does not
 * know; its size in `*bytes`. Descriptor or negative errno.
 */
int capsets_create(uint32_t *bytes);

#endif
