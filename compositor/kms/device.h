/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_DEVICE_H
#define COMPOSITOR_KMS_DEVICE_H

/*
 * What a card has: CRTCs and planes, asked once, and connectors, which come and go, with
 * the ids of the properties that a state of it is described with (drm-kms.rst, "Atomic").
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xf86drmMode.h>

#include "compositor/formats.h"
#include "compositor/kms/connector.h"
#include "compositor/kms/plan.h"

#define KMS_CRTCS_MAX 32 /* the kernel's own masks of them have 32 bits */
#define KMS_PLANES_MAX 32
#define KMS_OTHERS_MAX 64

enum kms_crtc_property {
	KMS_CRTC_ACTIVE,
	KMS_CRTC_MODE_ID,
	KMS_CRTC_REQUIRED,
	KMS_CRTC_VRR_ENABLED = KMS_CRTC_REQUIRED,
	KMS_CRTC_OUT_FENCE_PTR,
	KMS_CRTC_DEGAMMA_LUT,
	KMS_CRTC_CTM,
	KMS_CRTC_GAMMA_LUT,
	KMS_CRTC_PROPERTIES
};
enum kms_plane_property {
	KMS_PLANE_TYPE,
	KMS_PLANE_FB_ID,
	KMS_PLANE_CRTC_ID,
	KMS_PLANE_SRC_X,
	KMS_PLANE_SRC_Y,
	KMS_PLANE_SRC_W,
	KMS_PLANE_SRC_H,
	KMS_PLANE_CRTC_X,
	KMS_PLANE_CRTC_Y,
	KMS_PLANE_CRTC_W,
	KMS_PLANE_CRTC_H,
	KMS_PLANE_IN_FENCE_FD, /* some have it, and those that follow */
	KMS_PLANE_ROTATION,
	KMS_PLANE_ALPHA,
	KMS_PLANE_BLEND_MODE,
	KMS_PLANE_PROPERTIES,
};

struct kms_crtc {
	uint32_t id, properties[KMS_CRTC_PROPERTIES];
};

struct kms_plane {
	uint32_t id, properties[KMS_PLANE_PROPERTIES];
	uint32_t possible_crtcs;
	uint32_t type; /* DRM_PLANE_TYPE_ */
	bool has_zpos;
	int64_t zpos; /* the higher is nearer to the eye */
	struct formats formats;
	uint32_t crtc; /* of those that are not primary: whose it is; KMS_NONE: nobody's */
};

struct kms_device {
	int fd; /* borrowed */
	dev_t number;
	struct kms_connector connectors[KMS_HEADS_MAX];
	struct kms_crtc crtcs[KMS_CRTCS_MAX];
	uint32_t cursor_width_px, cursor_height_px;
	struct kms_plane planes[KMS_PLANES_MAX]; /* primary ones */
	uint32_t n_connectors, n_crtcs, n_planes;
	struct kms_plane others[KMS_OTHERS_MAX];
	uint32_t n_others;
};

/* 0, -ENOTSUP: it cannot do what is needed, or another negative errno. */
int kms_device_read(struct kms_device *device, int fd);
/* Also after a failure. */
void kms_device_finish(struct kms_device *device);

/*
 * What is plugged in, anew; `connector_id` 0: everywhere. true: something is new, or a link
 * has failed and is to be trained again by a whole commit.
 */
bool kms_device_look(struct kms_device *device, uint32_t connector_id, enum kms_ask whom);
bool kms_device_has_screen(const struct kms_device *device);

#endif
