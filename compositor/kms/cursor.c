/* SPDX-License-Identifier: MIT */
/* The pointer's picture on a plane. */
#include "compositor/kms/cursor.h"

#include <drm_fourcc.h>
#include <string.h>
#include <xf86drmMode.h>

#include "compositor/kms/plane.h"
#include "compositor/paint/item.h"
#include "compositor/paint/scene.h"

#define SIDE_MAX_PX 1024 /* what drivers ask for is less */

void kms_cursor_init(struct kms_cursor *cursor, struct kms_device *device)
{
	*cursor = (struct kms_cursor){ .device = device };
}

static void cursor_drop(struct kms_cursor *cursor)
{
	for (uint32_t i = 0; cursor->is_made && i < 2; i++)
		kms_buffer_finish(&cursor->buffers[i]);
	cursor->is_made = false;
}

void kms_cursor_finish(struct kms_cursor *cursor)
{
	cursor_drop(cursor);
}

/* KMS_NONE: there is none. */
static uint32_t cursor_plane(const struct kms_device *device, uint32_t crtc)
{
	const struct format format = { DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR };

	for (uint32_t i = 0; i < device->n_others; i++) {
		const struct kms_plane *plane = &device->others[i];
		if (plane->type == DRM_PLANE_TYPE_CURSOR &&
			(plane->possible_crtcs & UINT32_C(1) << crtc) &&
			(plane->crtc == KMS_NONE || plane->crtc == crtc) &&
			kms_plane_takes(plane, &format))
			return i;
	}
	return KMS_NONE;
}

static bool cursor_make(struct kms_cursor *cursor)
{
	const struct kms_device *device = cursor->device;
	int ret = 0;

	if (cursor->is_made)
		return true;
	memset(cursor->buffers, 0, sizeof(cursor->buffers));
	cursor->is_made = true;
	for (uint32_t i = 0; ret == 0 && i < 2; i++)
		ret = kms_buffer_init_alpha(&cursor->buffers[i], device->fd,
			device->cursor_width_px, device->cursor_height_px);
	if (ret < 0) {
		cursor_drop(cursor);
		cursor->is_refused = true;
	}
	return ret == 0;
}

/* No region of the screen cuts it, only the screen's edge. */
static bool cursor_is_whole(const struct scene_item *item, const struct kms_state_head *state)
{
	const pixman_box32_t *box = &item->box, *clip = &item->clip;

	return (clip->x1 == box->x1 || clip->x1 == 0) && (clip->y1 == box->y1 || clip->y1 == 0) &&
	       (clip->x2 == box->x2 || clip->x2 == (int32_t)state->width_px) &&
	       (clip->y2 == box->y2 || clip->y2 == (int32_t)state->height_px);
}

static bool cursor_draw(struct kms_buffer *buffer, const struct scene_item *item)
{
	struct scene_item whole = *item;

	whole.clip = item->box;
	memset(buffer->pixels, 0, buffer->size_bytes);
	return item_compose(&whole, PIXMAN_OP_SRC, buffer->image, item->box.x1, item->box.y1);
}

enum way_reason kms_cursor_show(
	struct kms_cursor *cursor, const struct scene_item *item, struct kms_state_head *state)
{
	struct kms_device *device = cursor->device;
	uint32_t plane = cursor_plane(device, state->crtc);
	int32_t width = device->cursor_width_px, height = device->cursor_height_px;
	const pixman_box32_t *box = &item->box;

	if (plane == KMS_NONE || width > SIDE_MAX_PX || height > SIDE_MAX_PX)
		return WAY_REASON_NO_CURSOR_PLANE;
	if (cursor->is_refused)
		return WAY_REASON_FLIP_REFUSED;
	if (box->x2 - box->x1 > width || box->y2 - box->y1 > height)
		return WAY_REASON_LARGE;
	if (!cursor_is_whole(item, state))
		return WAY_REASON_CUT;
	if (!cursor_make(cursor) || !cursor_draw(&cursor->buffers[!cursor->front], item))
		return WAY_REASON_NO_FRAMEBUFFER;
	device->others[plane].crtc = state->crtc;
	const pixman_box32_t shown = { box->x1, box->y1, box->x1 + width, box->y1 + height };
	cursor->boxes[!cursor->front] = shown;
	state->overlays[state->n_overlays++] = (struct kms_state_overlay){
		.plane = plane,
		.picture = {
			.framebuffer = cursor->buffers[!cursor->front].framebuffer,
			.width = (uint32_t)width << 16,
			.height = (uint32_t)height << 16,
			.box = shown,
		},
	};
	return WAY_REASON_NONE;
}

void kms_cursor_swap(struct kms_cursor *cursor)
{
	cursor->front = !cursor->front;
}
