/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_READBACK_H
#define BACKENDS_VIRGL_READBACK_H

/* What of a resource can be shown, and its pixels in memory. */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"

struct resource;

/* As a picture: 4 bytes a pixel, first row on top. 0: it cannot be shown. */
uint32_t resource_fourcc(const struct resource *resource, bool with_alpha);
/* The first level of a plain 2D resource holds this box. */
bool resource_holds_box(const struct resource *resource, struct picture_box box);
/* As the guest's rows are upside down in GL's memory (VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP). */
bool resource_is_bottom_up(const struct resource *resource);

/*
 * Copies `box` of the resource to `pixels`, first row on top. `size_bytes` of
 * memory hold all rows. Waits for the GPU. 0 or negative errno.
 */
int resource_read(const struct resource *resource, struct picture_box box, void *pixels,
	uint32_t stride_bytes, uint32_t size_bytes);

#endif
