/* SPDX-License-Identifier: MIT */
/* What is plugged in. */
#include "compositor/kms/connector.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xf86drm.h>

#include "compositor/kms/edid.h"
#include "compositor/kms/properties.h"

static const char *const connector_names[KMS_CONNECTOR_PROPERTIES] = {
	[KMS_CONNECTOR_CRTC_ID] = "CRTC_ID",
	[KMS_CONNECTOR_EDID] = "EDID",
	[KMS_CONNECTOR_ORIENTATION] = "panel orientation",
	[KMS_CONNECTOR_VRR_CAPABLE] = "vrr_capable",
	[KMS_CONNECTOR_LINK_STATUS] = "link-status",
	[KMS_CONNECTOR_NON_DESKTOP] = "non-desktop",
	[KMS_CONNECTOR_COLORSPACE] = "Colorspace",
	[KMS_CONNECTOR_HDR_METADATA] = "HDR_OUTPUT_METADATA",
};

static bool mode_is_interlaced(const drmModeModeInfo *mode)
{
	return mode->flags & DRM_MODE_FLAG_INTERLACE;
}

uint32_t kms_mode_refresh_mhz(const drmModeModeInfo *mode)
{
	uint64_t dots = (uint64_t)mode->htotal * mode->vtotal * (mode->vscan > 1 ? mode->vscan : 1);
	uint64_t mhz = dots ? (UINT64_C(1000000) * mode->clock + dots / 2) / dots : 0;

	if (mode_is_interlaced(mode))
		mhz *= 2;
	if (mode->flags & DRM_MODE_FLAG_DBLSCAN)
		mhz /= 2;
	return mhz ? mhz : 60000;
}

const drmModeModeInfo *kms_connector_find_mode(
	const struct kms_connector *connector, const struct screen_mode *mode)
{
	for (uint32_t i = 0; i < connector->n_modes; i++) {
		const drmModeModeInfo *found = &connector->modes[i];
		if (found->hdisplay == mode->width_px && found->vdisplay == mode->height_px &&
			kms_mode_refresh_mhz(found) == mode->refresh_mhz)
			return found;
	}
	return NULL;
}

/* What the CRTCs of its encoders are: those that it may have. */
static uint32_t connector_possible_crtcs(int fd, const drmModeConnector *found)
{
	uint32_t possible = 0;

	for (int i = 0; i < found->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, found->encoders[i]);
		if (encoder)
			possible |= encoder->possible_crtcs;
		drmModeFreeEncoder(encoder);
	}
	return possible;
}

static bool modes_are_interlaced(const drmModeConnector *found)
{
	for (int i = 0; i < found->count_modes; i++) {
		if (!mode_is_interlaced(&found->modes[i]))
			return false;
	}
	return true;
}

/*
 * Of several that are preferred the first, which is the panel's own. Interlaced ones, which
 * flicker at each edge, are for old television sets that have no others.
 */
static void connector_take_modes(struct kms_connector *connector, const drmModeConnector *found)
{
	bool takes_interlaced = modes_are_interlaced(found), has_preferred = false;

	for (int i = 0; i < found->count_modes && connector->n_modes < KMS_MODES_MAX; i++) {
		const drmModeModeInfo *mode = &found->modes[i];
		if (mode->hdisplay == 0 || mode->vdisplay == 0 ||
			(mode_is_interlaced(mode) && !takes_interlaced))
			continue;
		if ((mode->type & DRM_MODE_TYPE_PREFERRED) && !has_preferred) {
			connector->preferred = connector->n_modes;
			has_preferred = true;
		}
		connector->modes[connector->n_modes++] = *mode;
	}
}

static void connector_read_edid(int fd, struct kms_connector *connector, uint64_t blob_id)
{
	drmModePropertyBlobRes *blob = blob_id ? drmModeGetPropertyBlob(fd, blob_id) : NULL;

	if (blob)
		kms_edid_read(&connector->identity, blob->data, blob->length);
	drmModeFreePropertyBlob(blob);
}

/* A panel with its left side up was turned clockwise: its picture goes the other way. */
static enum wl_output_transform connector_mounted(int fd, uint32_t property_id, uint64_t value)
{
	static const struct {
		const char *name;
		enum wl_output_transform transform;
	} orientations[] = {
		{ "Upside Down", WL_OUTPUT_TRANSFORM_180 },
		{ "Left Side Up", WL_OUTPUT_TRANSFORM_90 },
		{ "Right Side Up", WL_OUTPUT_TRANSFORM_270 },
	};
	drmModePropertyRes *property = property_id ? drmModeGetProperty(fd, property_id) : NULL;
	enum wl_output_transform transform = WL_OUTPUT_TRANSFORM_NORMAL;

	for (int i = 0; property && i < property->count_enums; i++) {
		for (size_t j = 0; j < sizeof(orientations) / sizeof(orientations[0]); j++) {
			if (property->enums[i].value == value &&
				strcmp(property->enums[i].name, orientations[j].name) == 0)
				transform = orientations[j].transform;
		}
	}
	drmModeFreeProperty(property);
	return transform;
}

int kms_connector_read(
	struct kms_connector *connector, int fd, uint32_t id, enum kms_ask whom, bool *link_is_bad)
{
	drmModeConnector *found = whom == KMS_ASK_SCREEN ? drmModeGetConnector(fd, id)
							 : drmModeGetConnectorCurrent(fd, id);
	uint64_t values[KMS_CONNECTOR_PROPERTIES];

	connector->id = id;
	if (!found)
		return -errno;
	const char *type = drmModeGetConnectorTypeName(found->connector_type);
	snprintf(connector->name, sizeof(connector->name), "%s-%u", type ? type : "Unknown",
		found->connector_type_id);
	int ret = kms_find_properties(fd, id, DRM_MODE_OBJECT_CONNECTOR, connector_names,
		KMS_CONNECTOR_PROPERTIES, KMS_CONNECTOR_REQUIRED, connector->properties, values);
	/* A headset is no screen (drm-kms.rst, "non-desktop"). */
	if (ret == 0 && found->connection == DRM_MODE_CONNECTED &&
		!values[KMS_CONNECTOR_NON_DESKTOP]) {
		connector->possible_crtcs = connector_possible_crtcs(fd, found);
		connector->width_mm = found->mmWidth;
		connector->height_mm = found->mmHeight;
		connector->mounted =
			connector_mounted(fd, connector->properties[KMS_CONNECTOR_ORIENTATION],
				values[KMS_CONNECTOR_ORIENTATION]);
		*link_is_bad = values[KMS_CONNECTOR_LINK_STATUS] == DRM_MODE_LINK_STATUS_BAD;
		connector->has_vrr = values[KMS_CONNECTOR_VRR_CAPABLE] == 1;
		connector_take_modes(connector, found);
		connector_read_edid(fd, connector, values[KMS_CONNECTOR_EDID]);
	}
	drmModeFreeConnector(found);
	return ret;
}
