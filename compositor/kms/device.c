/* SPDX-License-Identifier: MIT */
/* What a card has. */
#include "compositor/kms/device.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <xf86drm.h>

#include "compositor/kms/plane.h"
#include "compositor/kms/properties.h"

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

/* -- connectors -- */

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
	int ret = kms_connector_read(&found, device->fd, id, whom, &link_is_bad);
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
