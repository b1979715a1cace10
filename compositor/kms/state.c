/* SPDX-License-Identifier: MIT */
/* What a card is to show, as atomic requests. */
#include "compositor/kms/state.h"

#include <errno.h>
#include <stdbool.h>
#include <xf86drm.h>

/* As the kernel has them (drm_blend.h), which its interface does not name. */
#define ALPHA_OPAQUE 0xffff
#define BLEND_PREMULTIPLIED 0

/* A request, and whether all of it got in. */
struct request {
	drmModeAtomicReq *atomic;
	bool is_short;
};

static void request_add(struct request *request, uint32_t object, uint32_t property, uint64_t value)
{
	if (drmModeAtomicAddProperty(request->atomic, object, property, value) < 0)
		request->is_short = true;
}

static int request_commit(struct request *request, int fd, uint32_t flags, void *data)
{
	int ret = !request->atomic || request->is_short
			  ? -ENOMEM
			  : drmModeAtomicCommit(fd, request->atomic, flags, data);

	drmModeAtomicFree(request->atomic);
	return ret;
}

/* Without a picture it is off. */
static void describe_plane(struct request *request, const struct kms_plane *plane, uint32_t crtc_id,
	const struct kms_state_picture *picture)
{
	static const struct kms_state_picture none;

	if (!picture) {
		picture = &none;
		crtc_id = 0;
	}
	const pixman_box32_t *box = &picture->box;
	const uint64_t values[KMS_PLANE_IN_FENCE_FD] = {
		[KMS_PLANE_FB_ID] = picture->framebuffer,
		[KMS_PLANE_CRTC_ID] = crtc_id,
		[KMS_PLANE_SRC_X] = picture->x,
		[KMS_PLANE_SRC_Y] = picture->y,
		[KMS_PLANE_SRC_W] = picture->width,
		[KMS_PLANE_SRC_H] = picture->height,
		[KMS_PLANE_CRTC_X] = (int64_t)box->x1,
		[KMS_PLANE_CRTC_Y] = (int64_t)box->y1,
		[KMS_PLANE_CRTC_W] = box->x2 - box->x1,
		[KMS_PLANE_CRTC_H] = box->y2 - box->y1,
	};

	for (uint32_t i = KMS_PLANE_FB_ID; i < KMS_PLANE_IN_FENCE_FD; i++)
		request_add(request, plane->id, plane->properties[i], values[i]);
}

/* What is shown on one of the device's `others`; NULL: nothing. */
static const struct kms_state_picture *head_overlay(
	const struct kms_state_head *head, uint32_t plane)
{
	for (uint32_t i = 0; i < head->n_overlays; i++) {
		if (head->overlays[i].plane == plane)
			return &head->overlays[i].picture;
	}
	return NULL;
}

void kms_state_show(struct kms_state_head *head, uint32_t framebuffer)
{
	head->picture = (struct kms_state_picture){
		.framebuffer = framebuffer,
		.width = head->width_px << 16,
		.height = head->height_px << 16,
		.box = { 0, 0, head->width_px, head->height_px },
	};
	head->n_overlays = 0;
}

/* Where there is such a property. */
static void request_add_if(
	struct request *request, uint32_t object, uint32_t property, uint64_t value)
{
	if (property)
		request_add(request, object, property, value);
}

static void describe_vrr(
	struct request *request, const struct kms_crtc *crtc, const struct kms_state_head *head)
{
	request_add_if(
		request, crtc->id, crtc->properties[KMS_CRTC_VRR_ENABLED], head && head->has_vrr);
}

/* -- what is never ours -- */

/*
 * Who had the card before leaves what was set: turned planes, as the kernel's console does on
 * panels that are mounted so, other colours, a screen's HDR. A driver has these from the start.
 */
static void reset_connector(struct request *request, const struct kms_connector *connector)
{
	request_add_if(request, connector->id, connector->properties[KMS_CONNECTOR_COLORSPACE], 0);
	request_add_if(
		request, connector->id, connector->properties[KMS_CONNECTOR_HDR_METADATA], 0);
}

static void reset_crtc(struct request *request, const struct kms_crtc *crtc)
{
	request_add_if(request, crtc->id, crtc->properties[KMS_CRTC_DEGAMMA_LUT], 0);
	request_add_if(request, crtc->id, crtc->properties[KMS_CRTC_CTM], 0);
	request_add_if(request, crtc->id, crtc->properties[KMS_CRTC_GAMMA_LUT], 0);
}

static void reset_plane(struct request *request, const struct kms_plane *plane)
{
	request_add_if(
		request, plane->id, plane->properties[KMS_PLANE_ROTATION], DRM_MODE_ROTATE_0);
	request_add_if(request, plane->id, plane->properties[KMS_PLANE_ALPHA], ALPHA_OPAQUE);
	request_add_if(
		request, plane->id, plane->properties[KMS_PLANE_BLEND_MODE], BLEND_PREMULTIPLIED);
}

/* -- all of it -- */

static void describe(struct request *request, const struct kms_device *device,
	const struct kms_state_head *heads, uint32_t n_heads)
{
	const struct kms_state_head *of_connector[KMS_HEADS_MAX] = { 0 };
	const struct kms_state_head *of_crtc[KMS_CRTCS_MAX] = { 0 };
	const struct kms_state_head *of_plane[KMS_PLANES_MAX] = { 0 };

	for (uint32_t i = 0; i < n_heads; i++)
		of_connector[heads[i].connector] = of_crtc[heads[i].crtc] =
			of_plane[heads[i].plane] = &heads[i];
	for (uint32_t i = 0; i < device->n_connectors; i++) {
		const struct kms_connector *connector = &device->connectors[i];
		const struct kms_state_head *head = of_connector[i];
		if (connector->id == 0)
			continue;
		request_add(request, connector->id, connector->properties[KMS_CONNECTOR_CRTC_ID],
			head ? device->crtcs[head->crtc].id : 0);
		/* One that was bad is so trained again (drm-kms.rst, "link-status"). */
		if (head)
			request_add_if(request, connector->id,
				connector->properties[KMS_CONNECTOR_LINK_STATUS],
				DRM_MODE_LINK_STATUS_GOOD);
		reset_connector(request, connector);
	}
	for (uint32_t i = 0; i < device->n_crtcs; i++) {
		const struct kms_crtc *crtc = &device->crtcs[i];
		const struct kms_state_head *head = of_crtc[i];
		request_add(request, crtc->id, crtc->properties[KMS_CRTC_MODE_ID],
			head ? head->mode_blob : 0);
		request_add(request, crtc->id, crtc->properties[KMS_CRTC_ACTIVE],
			head && !head->is_off);
		describe_vrr(request, crtc, head);
		reset_crtc(request, crtc);
	}
	for (uint32_t i = 0; i < device->n_planes; i++) {
		const struct kms_state_head *head = of_plane[i];
		describe_plane(request, &device->planes[i], head ? device->crtcs[head->crtc].id : 0,
			head ? &head->picture : NULL);
		reset_plane(request, &device->planes[i]);
	}
	for (uint32_t i = 0; i < device->n_others; i++) {
		const struct kms_plane *plane = &device->others[i];
		const struct kms_state_head *head =
			plane->crtc == KMS_NONE ? NULL : of_crtc[plane->crtc];
		describe_plane(request, plane, head ? device->crtcs[head->crtc].id : 0,
			head ? head_overlay(head, i) : NULL);
		reset_plane(request, plane);
	}
}

static int kms_state_ask(const struct kms_device *device, const struct kms_state_head *heads,
	uint32_t n_heads, uint32_t flags)
{
	struct request request = { .atomic = drmModeAtomicAlloc() };

	if (request.atomic)
		describe(&request, device, heads, n_heads);
	return request_commit(&request, device->fd, flags, NULL);
}

int kms_state_test(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads)
{
	return kms_state_ask(
		device, heads, n_heads, DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_ATOMIC_ALLOW_MODESET);
}

/* Without events: of a CRTC that is dark before and after, none may be asked for. */
int kms_state_commit(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads)
{
	return kms_state_ask(device, heads, n_heads, DRM_MODE_ATOMIC_ALLOW_MODESET);
}

int kms_state_set_power(const struct kms_device *device, const struct kms_state_head *head)
{
	struct request request = { .atomic = drmModeAtomicAlloc() };
	const struct kms_crtc *crtc = &device->crtcs[head->crtc];

	if (request.atomic)
		request_add(&request, crtc->id, crtc->properties[KMS_CRTC_ACTIVE], !head->is_off);
	return request_commit(&request, device->fd, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
}

int kms_state_flip(const struct kms_device *device, const struct kms_state_head *head, int fence_fd,
	int *shown_fd, void *data)
{
	struct request request = { .atomic = drmModeAtomicAlloc() };
	const struct kms_plane *primary = &device->planes[head->plane];
	const struct kms_crtc *crtc = &device->crtcs[head->crtc];
	int32_t out_fence_fd = -1; /* the kernel's to write */

	if (request.atomic)
		describe_plane(&request, primary, crtc->id, &head->picture);
	if (request.atomic && fence_fd >= 0)
		request_add_if(&request, primary->id, primary->properties[KMS_PLANE_IN_FENCE_FD],
			fence_fd);
	if (request.atomic && shown_fd)
		request_add_if(&request, crtc->id, crtc->properties[KMS_CRTC_OUT_FENCE_PTR],
			(uintptr_t)&out_fence_fd);
	if (request.atomic)
		describe_vrr(&request, crtc, head);
	for (uint32_t i = 0; request.atomic && i < device->n_others; i++) {
		if (device->others[i].crtc == head->crtc)
			describe_plane(
				&request, &device->others[i], crtc->id, head_overlay(head, i));
	}
	int ret = request_commit(
		&request, device->fd, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT, data);
	if (ret == 0 && shown_fd)
		*shown_fd = out_fence_fd;
	return ret;
}

int kms_state_add_primary(struct _drmModeAtomicReq *atomic, const struct kms_device *device,
	const struct kms_state_head *head)
{
	struct request request = { .atomic = atomic };

	describe_plane(&request, &device->planes[head->plane], device->crtcs[head->crtc].id,
		&head->picture);
	return request.is_short ? -ENOMEM : 0;
}
