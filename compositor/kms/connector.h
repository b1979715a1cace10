/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_CONNECTOR_H
#define COMPOSITOR_KMS_CONNECTOR_H

/* A connector: what is plugged in there, and what it says of itself (drm-kms.rst). */

#include <stdbool.h>
#include <stdint.h>
#include <xf86drmMode.h>

#include "compositor/kms/plan.h"

enum kms_connector_property {
	KMS_CONNECTOR_CRTC_ID,
	KMS_CONNECTOR_REQUIRED,
	KMS_CONNECTOR_EDID = KMS_CONNECTOR_REQUIRED,
	KMS_CONNECTOR_ORIENTATION,
	KMS_CONNECTOR_VRR_CAPABLE,
	KMS_CONNECTOR_LINK_STATUS,
	KMS_CONNECTOR_NON_DESKTOP,
	KMS_CONNECTOR_COLORSPACE,
	KMS_CONNECTOR_HDR_METADATA,
	KMS_CONNECTOR_PROPERTIES
};

/* At its place as long as it is there; what was known of it is gone when nothing is plugged in. */
struct kms_connector {
	uint32_t id, properties[KMS_CONNECTOR_PROPERTIES]; /* id 0: there is none here */
	uint32_t possible_crtcs;
	char name[SCREEN_NAME_MAX]; /* DP-1, as everybody calls it */
	struct screen_identity identity;
	enum wl_output_transform mounted;
	bool has_vrr; /* it can wait for frames (VRR) */
	uint32_t width_mm, height_mm;
	drmModeModeInfo modes[KMS_MODES_MAX];
	uint32_t n_modes, preferred; /* without modes: nothing is plugged in */
};

enum kms_ask {
	KMS_ASK_SCREEN, /* which takes as long as it likes: see probe.h */
	KMS_ASK_KERNEL, /* what it knows of the screen already */
};

/*
 * Of that id, into one that is zero. Nothing plugged in, or nothing usable: no modes; a link
 * that failed is to be trained again. 0, -ENOENT: it is gone, -ENOTSUP: it lacks
 * what is needed, or another negative errno: nothing is known.
 */
int kms_connector_read(
	struct kms_connector *connector, int fd, uint32_t id, enum kms_ask whom, bool *link_is_bad);
uint32_t kms_mode_refresh_mhz(const drmModeModeInfo *mode);
/* The connector's timings of that mode; NULL: it has no such mode. */
const drmModeModeInfo *kms_connector_find_mode(
	const struct kms_connector *connector, const struct screen_mode *mode);

#endif
