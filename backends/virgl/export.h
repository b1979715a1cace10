/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_EXPORT_H
#define BACKENDS_VIRGL_EXPORT_H

/* A resource's own memory as a dma-buf, for who shows it without a copy. */

#include <stdbool.h>

#include "backends/picture.h"

struct resource;

/* The open library's driver can do it at all. */
bool export_supported(void);
/*
 * `box` of the resource as a picture whose fd is the caller's. -ENOTSUP: not this
 * resource, or not a part of it; -EIO: the driver failed.
 */
int resource_export(
	const struct resource *resource, struct picture_box box, struct picture *picture);

#endif
