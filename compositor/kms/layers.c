/* SPDX-License-Identifier: MIT */
/* A scene as planes could show it. */
#include "compositor/kms/layers.h"

#include <drm_fourcc.h>
#include <math.h>

#include "compositor/kms/device.h"
#include "compositor/kms/import.h"
#include "compositor/kms/plane.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"

static bool boxes_intersect(const pixman_box32_t *a, const pixman_box32_t *b)
{
	return a->x1 < b->x2 && b->x1 < a->x2 && a->y1 < b->y2 && b->y1 < a->y2;
}

static bool box_is_all(const pixman_box32_t *box, const struct kms_state_head *state)
{
	return box->x1 <= 0 && box->y1 <= 0 && box->x2 >= (int32_t)state->width_px &&
	       box->y2 >= (int32_t)state->height_px;
}

/* Where there is nothing beneath it there is black, of which alpha makes nothing else. */
static bool layer_check_opaque(const struct scene *scene, uint32_t item, uint32_t first)
{
	if (scene->items[item].is_opaque)
		return true;
	for (uint32_t i = first; i < item; i++) {
		if (boxes_intersect(&scene->items[i].clip, &scene->items[item].clip))
			return false;
	}
	return true;
}

/* What of the buffer is seen. false: planes cannot turn it so. */
static bool layer_read_source(struct kms_layer *layer, const struct scene_item *item)
{
	const struct pixman_f_transform *matrix = &item->to_buffer;
	double width = item->buffer->width_px, height = item->buffer->height_px;

	if (matrix->m[0][1] != 0 || matrix->m[1][0] != 0 || matrix->m[0][0] <= 0 ||
		matrix->m[1][1] <= 0)
		return false;
	double x1 = fmax(0, matrix->m[0][0] * layer->box.x1 + matrix->m[0][2]);
	double y1 = fmax(0, matrix->m[1][1] * layer->box.y1 + matrix->m[1][2]);
	double x2 = fmin(width, matrix->m[0][0] * layer->box.x2 + matrix->m[0][2]);
	double y2 = fmin(height, matrix->m[1][1] * layer->box.y2 + matrix->m[1][2]);
	if (x2 <= x1 || y2 <= y1)
		return false;
	layer->x = lround(x1 * 65536);
	layer->y = lround(y1 * 65536);
	layer->width = lround(x2 * 65536) - layer->x;
	layer->height = lround(y2 * 65536) - layer->y;
	return layer->width > 0 && layer->height > 0;
}

static bool format_is_taken(const struct kms_device *device, const struct kms_state_head *state,
	const struct format *format)
{
	if (kms_plane_takes(&device->planes[state->plane], format))
		return true;
	for (uint32_t i = 0; i < device->n_others; i++) {
		const struct kms_plane *plane = &device->others[i];
		if (plane->type == DRM_PLANE_TYPE_OVERLAY &&
			(plane->possible_crtcs & UINT32_C(1) << state->crtc) &&
			kms_plane_takes(plane, format))
			return true;
	}
	return false;
}

/* As planes get it: without alpha where that makes no difference. */
static bool layer_choose_format(struct kms_layer *layer, const struct dmabuf *dmabuf,
	const struct kms_device *device, const struct kms_state_head *state)
{
	struct format without = {
		.fourcc = format_without_alpha(dmabuf->format.fourcc),
		.modifier = dmabuf->format.modifier,
	};

	layer->format = dmabuf->format;
	if (layer->is_opaque && without.fourcc && format_is_taken(device, state, &without)) {
		layer->format = without;
		return true;
	}
	/* The plane shows its alpha, whatever is beneath it. */
	layer->is_opaque = layer->is_opaque && !without.fourcc;
	return format_is_taken(device, state, &layer->format);
}

static enum way_reason layer_read(struct kms_layer *layer, const struct scene_item *item,
	const struct kms_device *device, const struct kms_state_head *state)
{
	struct dmabuf *dmabuf = item->buffer->dmabuf;

	if (!dmabuf)
		return WAY_REASON_NO_DMABUF;
	layer->width_px = dmabuf->width_px;
	layer->height_px = dmabuf->height_px;
	layer->stride_bytes = dmabuf->planes[0].stride_bytes;
	if (!layer_read_source(layer, item))
		return WAY_REASON_TURNED;
	if (!layer_choose_format(layer, dmabuf, device, state))
		return WAY_REASON_FORMAT;
	layer->framebuffer = kms_import(device, dmabuf, layer->format.fourcc);
	return layer->framebuffer ? WAY_REASON_NONE : WAY_REASON_NO_FRAMEBUFFER;
}

/* The topmost item that hides all others, else the lowest. */
static uint32_t scene_first(
	const struct scene *scene, const struct kms_state_head *state, bool *is_full)
{
	for (uint32_t i = scene->n_items; i-- > 0;) {
		const struct scene_item *item = &scene->items[i];
		*is_full = box_is_all(&item->clip, state) && (item->is_opaque || i == 0);
		if (*is_full)
			return i;
	}
	*is_full = false;
	return 0;
}

void kms_layers_read(struct kms_layers *layers, const struct scene *scene,
	const struct kms_device *device, const struct kms_state_head *state)
{
	*layers = (struct kms_layers){ 0 };
	layers->first = scene_first(scene, state, &layers->is_full);
	layers->is_too_many = scene->n_items - layers->first > KMS_LAYERS_MAX;
	if (layers->is_too_many)
		return;
	layers->n = scene->n_items - layers->first;
	for (uint32_t i = 0; i < layers->n; i++) {
		const struct scene_item *item = &scene->items[layers->first + i];
		struct kms_layer *layer = &layers->items[i];
		layer->box = item->clip;
		layer->buffer = item->buffer;
		layer->release = item->release;
		layer->is_opaque = layer_check_opaque(scene, layers->first + i, layers->first);
		layer->reason = layer_read(layer, item, device, state);
	}
}

bool kms_layers_have_any(const struct kms_layers *layers)
{
	for (uint32_t i = 0; i < layers->n; i++) {
		if (layers->items[i].reason == WAY_REASON_NONE)
			return true;
	}
	return false;
}

static bool layer_is_equal(const struct kms_layer *a, const struct kms_layer *b)
{
	return a->reason == b->reason && a->is_opaque == b->is_opaque && a->box.x1 == b->box.x1 &&
	       a->box.y1 == b->box.y1 && a->box.x2 == b->box.x2 && a->box.y2 == b->box.y2 &&
	       a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height &&
	       a->format.fourcc == b->format.fourcc && a->format.modifier == b->format.modifier &&
	       a->width_px == b->width_px && a->height_px == b->height_px &&
	       a->stride_bytes == b->stride_bytes;
}

bool kms_layers_equal(const struct kms_layers *a, const struct kms_layers *b)
{
	if (a->n != b->n || a->is_full != b->is_full || a->is_too_many != b->is_too_many)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		if (!layer_is_equal(&a->items[i], &b->items[i]))
			return false;
	}
	return true;
}

struct kms_state_picture kms_layer_picture(const struct kms_layer *layer)
{
	return (struct kms_state_picture){
		.framebuffer = layer->framebuffer,
		.x = layer->x,
		.y = layer->y,
		.width = layer->width,
		.height = layer->height,
		.box = layer->box,
	};
}
