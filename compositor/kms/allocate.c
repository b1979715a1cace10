/* SPDX-License-Identifier: MIT */
/* Which layer goes on which plane. */
#include "compositor/kms/allocate.h"

#include <errno.h>
#include <libliftoff.h>
#include <stdio.h>
#include <xf86drm.h>

#include "base/log.h"
#include "compositor/kms/device.h"

#define PLANES_MAX 3
#define CANDIDATES_MAX 4

/* One attempt. */
struct attempt {
	const struct kms_layers *layers;
	struct kms_device *device;
	struct kms_state_head state; /* with what the primary plane is to show */
	uint32_t lowest;             /* the first layer that is not there */
	struct liftoff_device *liftoff;
	struct liftoff_output *output;
	struct liftoff_layer *of[KMS_LAYERS_MAX]; /* by layer */
	uint32_t planes[KMS_LAYERS_MAX];          /* the answer */
	uint32_t n_planes, n_on_planes;           /* to be had; given */
};

void kms_allocate_none(
	struct kms_allocation *allocation, const struct kms_layers *layers, enum way_reason reason)
{
	allocation->is_composed = true;
	for (uint32_t i = 0; i < layers->n; i++) {
		enum way_reason own = layers->items[i].reason;
		allocation->planes[i] = KMS_NONE;
		allocation->reasons[i] = own == WAY_REASON_NONE ? reason : own;
	}
}

/* -- an attempt -- */

/* Above the primary one, and nobody else's. */
static bool plane_is_usable(const struct attempt *attempt, const struct kms_plane *plane)
{
	const struct kms_plane *primary = &attempt->device->planes[attempt->state.plane];
	uint32_t crtc = attempt->state.crtc;

	return plane->type == DRM_PLANE_TYPE_OVERLAY &&
	       (plane->possible_crtcs & UINT32_C(1) << crtc) &&
	       (plane->crtc == KMS_NONE || plane->crtc == crtc) &&
	       (plane->has_zpos && primary->has_zpos ? plane->zpos > primary->zpos
						     : plane->id > primary->id);
}

static int attempt_add_planes(struct attempt *attempt)
{
	struct kms_device *device = attempt->device;

	for (uint32_t i = 0; i < device->n_others && attempt->n_planes < PLANES_MAX; i++) {
		if (!plane_is_usable(attempt, &device->others[i]))
			continue;
		if (!liftoff_plane_create(attempt->liftoff, device->others[i].id))
			return -ENOMEM;
		attempt->n_planes++;
	}
	return 0;
}

static int layer_set(
	struct liftoff_layer *layer, const struct kms_layer *from, uint32_t zpos, bool is_candidate)
{
	const struct kms_state_picture picture = kms_layer_picture(from);
	const pixman_box32_t *box = &picture.box;
	const struct {
		const char *name;
		uint64_t value;
	} properties[] = {
		{ "FB_ID", picture.framebuffer },
		{ "SRC_X", picture.x },
		{ "SRC_Y", picture.y },
		{ "SRC_W", picture.width },
		{ "SRC_H", picture.height },
		{ "CRTC_X", (int64_t)box->x1 },
		{ "CRTC_Y", (int64_t)box->y1 },
		{ "CRTC_W", box->x2 - box->x1 },
		{ "CRTC_H", box->y2 - box->y1 },
		{ "zpos", zpos },
	};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(properties) / sizeof(properties[0]); i++)
		ret = liftoff_layer_set_property(layer, properties[i].name, properties[i].value);
	if (ret == 0 && !is_candidate)
		liftoff_layer_set_fb_composited(layer);
	return ret;
}

/* The topmost ones that may go on planes are candidates; what is painted covers others. */
static int attempt_add_layers(struct attempt *attempt)
{
	uint32_t n_candidates = 0;

	for (uint32_t i = attempt->layers->n; i-- > attempt->lowest;) {
		const struct kms_layer *layer = &attempt->layers->items[i];
		bool is_candidate =
			layer->reason == WAY_REASON_NONE && n_candidates < CANDIDATES_MAX;
		n_candidates += is_candidate;
		attempt->of[i] = liftoff_layer_create(attempt->output);
		if (!attempt->of[i])
			return -ENOMEM;
		int ret = layer_set(attempt->of[i], layer, i + 1, is_candidate);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static uint32_t find_plane(const struct kms_device *device, uint32_t id)
{
	for (uint32_t i = 0; i < device->n_others; i++) {
		if (device->others[i].id == id)
			return i;
	}
	return KMS_NONE;
}

static void attempt_read(struct attempt *attempt)
{
	for (uint32_t i = attempt->lowest; i < attempt->layers->n; i++) {
		struct liftoff_plane *plane = liftoff_layer_get_plane(attempt->of[i]);
		if (!plane)
			continue;
		attempt->planes[i] = find_plane(attempt->device, liftoff_plane_get_id(plane));
		attempt->n_on_planes++;
	}
}

static int attempt_search(struct attempt *attempt, drmModeAtomicReq *request)
{
	attempt->liftoff = liftoff_device_create(attempt->device->fd);
	attempt->output = attempt->liftoff ? liftoff_output_create(attempt->liftoff,
						     attempt->device->crtcs[attempt->state.crtc].id)
					   : NULL;
	int ret = attempt->output ? attempt_add_planes(attempt) : -ENOMEM;
	if (ret == 0)
		ret = attempt_add_layers(attempt);
	if (ret == 0)
		ret = liftoff_output_apply(attempt->output, request, 0);
	if (ret == 0)
		attempt_read(attempt);
	for (uint32_t i = 0; i < KMS_LAYERS_MAX; i++)
		liftoff_layer_destroy(attempt->of[i]);
	liftoff_output_destroy(attempt->output);
	liftoff_device_destroy(attempt->liftoff);
	return ret;
}

/* 0: the driver takes it; or negative errno. */
static int attempt_make(struct attempt *attempt)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();

	for (uint32_t i = 0; i < KMS_LAYERS_MAX; i++)
		attempt->planes[i] = KMS_NONE;
	int ret = request ? kms_state_add_primary(request, attempt->device, &attempt->state)
			  : -ENOMEM;
	if (ret == 0 && attempt->lowest < attempt->layers->n)
		ret = attempt_search(attempt, request);
	if (ret == 0)
		ret = drmModeAtomicCommit(
			attempt->device->fd, request, DRM_MODE_ATOMIC_TEST_ONLY, NULL);
	drmModeAtomicFree(request);
	return ret;
}

/* -- all of them -- */

static void log_liftoff(enum liftoff_log_priority priority, const char *format, va_list arguments)
{
	static struct log_limit limit;
	char line[256];

	vsnprintf(line, sizeof(line), format, arguments);
	log_limited(&limit, LOG_LEVEL_DEBUG, "libliftoff: %s", line);
}

static bool is_covered(const struct kms_layers *layers, const uint32_t *planes, uint32_t layer)
{
	const pixman_box32_t *box = &layers->items[layer].box;

	for (uint32_t i = layer + 1; i < layers->n; i++) {
		const pixman_box32_t *above = &layers->items[i].box;
		if (planes[i] == KMS_NONE && box->x1 < above->x2 && above->x1 < box->x2 &&
			box->y1 < above->y2 && above->y1 < box->y2)
			return true;
	}
	return false;
}

static enum way_reason why_painted(const struct attempt *attempt, uint32_t layer)
{
	enum way_reason own = attempt->layers->items[layer].reason;

	if (own != WAY_REASON_NONE)
		return own;
	if (is_covered(attempt->layers, attempt->planes, layer))
		return WAY_REASON_COVERED;
	if (attempt->n_planes == 0)
		return layer == 0 && !attempt->layers->is_full ? WAY_REASON_NOT_ALL
							       : WAY_REASON_NO_PLANE_LEFT;
	return attempt->n_on_planes == attempt->n_planes ? WAY_REASON_NO_PLANE_LEFT
							 : WAY_REASON_REFUSED;
}

static void allocation_take(struct kms_allocation *allocation, const struct attempt *attempt)
{
	for (uint32_t i = 0; i < attempt->layers->n; i++) {
		uint32_t plane = attempt->planes[i];
		allocation->planes[i] = plane;
		allocation->reasons[i] =
			plane == KMS_NONE ? why_painted(attempt, i) : WAY_REASON_NONE;
		if (plane != KMS_NONE)
			attempt->device->others[plane].crtc = attempt->state.crtc;
	}
}

static bool allocate_without_painting(struct kms_allocation *allocation,
	const struct kms_layers *layers, struct kms_device *device,
	const struct kms_state_head *state, enum way_reason *reason)
{
	struct attempt attempt = {
		.layers = layers, .device = device, .state = *state, .lowest = 1
	};

	*reason = layers->items[0].reason;
	if (!layers->is_full || *reason != WAY_REASON_NONE)
		return false;
	attempt.state.picture = kms_layer_picture(&layers->items[0]);
	/* Others come above it, or it is painted as they are. */
	int ret = attempt_make(&attempt);
	if (ret < 0)
		*reason = WAY_REASON_REFUSED;
	else if (attempt.n_on_planes < layers->n - 1)
		*reason = WAY_REASON_COVERED;
	if (*reason != WAY_REASON_NONE)
		return false;
	allocation_take(allocation, &attempt);
	allocation->planes[0] = KMS_PRIMARY;
	allocation->reasons[0] = WAY_REASON_NONE;
	allocation->is_composed = false;
	return true;
}

void kms_allocate(struct kms_allocation *allocation, const struct kms_layers *layers,
	struct kms_device *device, const struct kms_state_head *state, uint32_t painted)
{
	struct attempt attempt = { .layers = layers, .device = device, .state = *state };
	enum way_reason reason;

	liftoff_log_set_handler(log_liftoff);
	liftoff_log_set_priority(LIFTOFF_ERROR);
	if (allocate_without_painting(allocation, layers, device, state, &reason))
		return;
	kms_state_show(&attempt.state, painted);
	/* What fills the screen gains nothing above what is painted beneath it. */
	attempt.lowest = layers->is_full ? 1 : 0;
	if (attempt_make(&attempt) < 0) {
		kms_allocate_none(allocation, layers, WAY_REASON_REFUSED);
		return;
	}
	allocation_take(allocation, &attempt);
	allocation->is_composed = true;
	if (layers->is_full)
		allocation->reasons[0] = reason;
}
