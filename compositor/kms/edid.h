/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_EDID_H
#define COMPOSITOR_KMS_EDID_H

/* Who made a screen, by its EDID (VESA E-EDID 1.4), whose bytes are the screen's. */

#include <stddef.h>

#include "compositor/screen.h"

/* UTF-8 without control characters; empty what is not said, or cannot be read. */
void kms_edid_read(struct screen_identity *identity, const void *edid, size_t size_bytes);

#endif
