/* SPDX-License-Identifier: MIT */
/* What a card has. */
#include "compositor/kms/device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xf86drm.h>

#include "compositor/kms/edid.h"
#include "compositor/kms/plane.h"

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

static const char *const crtc_names[KMS_CRTC_PROPERTIES] = {
	[KMS_CRTC_ACTIVE] = "ACTIVE",
	[KMS_CRTC_MODE_ID] = "MODE_ID",
	[KMS_CRTC_VRR_ENABLED] = "VRR_ENABLED",
	[KMS_CRTC_OUT_FENCE_PTR] = "OUT_FENCE_PTR",
	[KMS_CRTC_DEGAMMA_LUT] = "DEGAMMA_LUT",
	[KMS_CRTC_CTM] = "CTM",
	[KMS_CRTC_GAMMA_LUT] = "GAMMA_LUT",
};

static const char *const plane_names[KMS_PLANE_PROPERTIES] = {
	[KMS_PLANE_TYPE] = "type",
	[KMS_PLANE_FB_ID] = "FB_ID",
	[KMS_PLANE_CRTC_ID] = "CRTC_ID",
	[KMS_PLANE_SRC_X] = "SRC_X",
	[KMS_PLANE_SRC_Y] = "SRC_Y",
	[KMS_PLANE_SRC_W] = "SRC_W",
	[KMS_PLANE_SRC_H] = "SRC_H",
	[KMS_PLANE_CRTC_X] = "CRTC_X",
	[KMS_PLANE_CRTC_Y] = "CRTC_Y",
	[KMS_PLANE_CRTC_W] = "CRTC_W",
	[KMS_PLANE_CRTC_H] = "CRTC_H",
	[KMS_PLANE_IN_FENCE_FD] = "IN_FENCE_FD",
	[KMS_PLANE_ROTATION] = "rotation",
	[KMS_PLANE_ALPHA] = "alpha",
	[KMS_PLANE_BLEND_MODE] = "pixel blend mode",
};

/* Ids, 0 where there is no such property, and values. -ENOTSUP: of the first some are not there. */
static int kms_find_properties(int fd, uint32_t object, uint32_t type, const char *const *names,
	uint32_t n, uint32_t n_required, uint32_t *ids, uint64_t *values)
{
	drmModeObjectProperties *found = drmModeObjectGetProperties(fd, object, type);

	if (!found)
		return -errno;
	memset(ids, 0, n * sizeof(*ids));
	memset(values, 0, n * sizeof(*values));
	for (uint32_t i = 0; i < found->count_props; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, found->props[i]);
		for (uint32_t j = 0; property && j < n; j++) {
			if (strcmp(property->name, names[j]) != 0)
				continue;
			ids[j] = property->prop_id;
			values[j] = found->prop_values[i];
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(found);
	for (uint32_t i = 0; i < n_required; i++) {
		if (!ids[i])
			return -ENOTSUP;
	}
	return 0;
}

/* -- connectors -- */

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

/*
 * Nothing plugged in, or nothing usable: no modes. 0, -ENOENT: it is gone, -ENOTSUP: it lacks
 * what is needed, or another negative errno: nothing is known.
 */
static int kms_read_connector(
	int fd, uint32_t id, enum kms_ask whom, struct kms_connector *connector, bool *link_is_bad)
{
	drmModeConnector *found = whom == KMS_ASK_SCREEN ? drmModeGetConnector(fd, id)
							 : drmModeGetConnectorCurrent(fd, id);
	uint64_t values[KMS_CONNECTOR_PROPERTIES];

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

static bool resources_have(const drmModeRes *resources, uint32_t id)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		if (resources->connectors[i] == id)
			return true;
	}
	return false;
}

/* Its own place, else a free one; NULL: there is none. */
static struct kms_connector *connector_place(struct kms_device *device, uint32_t id)
{
	struct kms_connector *place = NULL;

	for (uint32_t i = 0; i < device->n_connectors; i++) {
		if (device->connectors[i].id == id)
			return &device->connectors[i];
		if (!place && device->connectors[i].id == 0)
			place = &device->connectors[i];
	}
	if (!place && device->n_connectors < KMS_HEADS_MAX)
		place = &device->connectors[device->n_connectors++];
	return place;
}

static int kms_look_at(struct kms_device *device, uint32_t id, enum kms_ask whom, bool *is_new)
{
	struct kms_connector *place = connector_place(device, id), found;
	bool link_is_bad = false;

	if (!place)
		return 0;
	memset(&found, 0, sizeof(found));
	found.id = id;
	int ret = kms_read_connector(device->fd, id, whom, &found, &link_is_bad);
	bool is_known = ret == 0 || ret == -ENOENT || ret == -ENOTSUP;
	/* It is as it was. */
	if (!is_known && place->id == id)
		return 0;
	/* Without its properties it cannot be in any state. */
	if (ret < 0)
		memset(&found, 0, sizeof(found));
	*is_new |= link_is_bad || memcmp(place, &found, sizeof(found)) != 0;
	*place = found;
	return ret == -ENOTSUP ? ret : 0;
}

static int kms_look(struct kms_device *device, const drmModeRes *resources, uint32_t connector_id,
	enum kms_ask whom, bool *is_new)
{
	int ret = 0;

	for (int i = 0; i < resources->count_connectors; i++) {
		uint32_t id = resources->connectors[i];
		int error = connector_id && connector_id != id
				    ? 0
				    : kms_look_at(device, id, whom, is_new);
		if (error < 0)
			ret = error;
	}
	/* Their places are not given away before somebody has seen that they are gone. */
	for (uint32_t i = 0; i < device->n_connectors; i++) {
		struct kms_connector *connector = &device->connectors[i];
		if (connector->id == 0 || resources_have(resources, connector->id))
			continue;
		memset(connector, 0, sizeof(*connector));
		*is_new = true;
	}
	return ret;
}

bool kms_device_look(struct kms_device *device, uint32_t connector_id, enum kms_ask whom)
{
	drmModeRes *resources = drmModeGetResources(device->fd);
	bool is_new = false;

	if (!resources)
		return false;
	kms_look(device, resources, connector_id, whom, &is_new);
	drmModeFreeResources(resources);
	return is_new;
}

bool kms_device_has_screen(const struct kms_device *device)
{
	for (uint32_t i = 0; i < device->n_connectors; i++) {
		if (device->connectors[i].n_modes > 0)
			return true;
	}
	return false;
}

/* -- CRTCs and planes -- */

static int kms_read_crtc(struct kms_device *device, uint32_t id)
{
	struct kms_crtc *crtc = &device->crtcs[device->n_crtcs++];
	uint64_t values[KMS_CRTC_PROPERTIES];

	*crtc = (struct kms_crtc){ .id = id };
	return kms_find_properties(device->fd, id, DRM_MODE_OBJECT_CRTC, crtc_names,
		KMS_CRTC_PROPERTIES, KMS_CRTC_REQUIRED, crtc->properties, values);
}

static int kms_read_plane(struct kms_device *device, uint32_t id)
{
	drmModePlane *found = drmModeGetPlane(device->fd, id);
	struct kms_plane plane = { .id = id, .crtc = KMS_NONE };
	uint64_t values[KMS_PLANE_PROPERTIES];

	if (!found)
		return -errno;
	plane.possible_crtcs = found->possible_crtcs;
	int ret = kms_find_properties(device->fd, id, DRM_MODE_OBJECT_PLANE, plane_names,
		KMS_PLANE_PROPERTIES, KMS_PLANE_IN_FENCE_FD, plane.properties, values);
	if (ret == 0)
		ret = kms_plane_read_more(&plane, device->fd, found);
	drmModeFreePlane(found);
	plane.type = ret == 0 ? values[KMS_PLANE_TYPE] : DRM_PLANE_TYPE_OVERLAY;
	if (ret == 0 && plane.type == DRM_PLANE_TYPE_PRIMARY && device->n_planes < KMS_PLANES_MAX)
		device->planes[device->n_planes++] = plane;
	else if (ret == 0 && device->n_others < KMS_OTHERS_MAX)
		device->others[device->n_others++] = plane;
	else
		formats_finish(&plane.formats);
	return ret;
}

static int kms_read_planes(struct kms_device *device)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(device->fd);
	int ret = planes ? 0 : -errno;

	for (uint32_t i = 0; ret == 0 && i < planes->count_planes; i++)
		ret = kms_read_plane(device, planes->planes[i]);
	drmModeFreePlaneResources(planes);
	return ret;
}

static int kms_read_resources(struct kms_device *device, const drmModeRes *resources)
{
	bool is_new = false;
	int ret = 0;

	for (int i = 0; ret == 0 && i < resources->count_crtcs && i < KMS_CRTCS_MAX; i++)
		ret = kms_read_crtc(device, resources->crtcs[i]);
	if (ret == 0)
		ret = kms_look(device, resources, 0, KMS_ASK_SCREEN, &is_new);
	return ret == 0 ? kms_read_planes(device) : ret;
}

static void kms_read_capabilities(struct kms_device *device)
{
	uint64_t width = 64, height = 64;

	drmGetCap(device->fd, DRM_CAP_CURSOR_WIDTH, &width);
	drmGetCap(device->fd, DRM_CAP_CURSOR_HEIGHT, &height);
	device->cursor_width_px = width;
	device->cursor_height_px = height;
}

int kms_device_read(struct kms_device *device, int fd)
{
	struct stat stat_buf;
	uint64_t dumb;

	*device = (struct kms_device){ .fd = fd };
	if (fstat(fd, &stat_buf) < 0)
		return -errno;
	device->number = stat_buf.st_rdev;
	if (drmGetCap(fd, DRM_CAP_DUMB_BUFFER, &dumb) < 0 || !dumb ||
		drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) < 0 ||
		drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) < 0)
		return -ENOTSUP;
	drmModeRes *resources = drmModeGetResources(fd);
	if (!resources)
		return -ENOTSUP;
	kms_read_capabilities(device);
	int ret = kms_read_resources(device, resources);
	drmModeFreeResources(resources);
	return ret;
}

void kms_device_finish(struct kms_device *device)
{
	for (uint32_t i = 0; i < device->n_planes; i++)
		formats_finish(&device->planes[i].formats);
	for (uint32_t i = 0; i < device->n_others; i++)
		formats_finish(&device->others[i].formats);
	*device = (struct kms_device){ .fd = -1 };
}
