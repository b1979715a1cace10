/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PLANE_H
#define COMPOSITOR_KMS_PLANE_H

/* What a plane of a card takes, beyond what all have. */

#include <stdint.h>
#include <xf86drmMode.h>

#include "compositor/formats.h"

struct kms_device;
struct kms_plane;

/* Its place among those of a screen, from `zpos` where there is that; formats by IN_FORMATS. */
int kms_plane_read_more(struct kms_plane *plane, int fd, const drmModePlane *found);
/* Whether the pair is one that it shows. */
bool kms_plane_takes(const struct kms_plane *plane, const struct format *format);

#endif
