/* SPDX-License-Identifier: MIT */
/* How a scene is spread over planes. */
#include "compositor/kms/planes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "compositor/kms/device.h"
#include "compositor/paint/painter.h"
#include "compositor/surface/buffer.h"

#define SEARCH_PART 20    /* of the time */
#define LITTLE_MAX_PX 128 /* what is copied whole for each frame */

int kms_planes_init(struct kms_planes *planes, struct kms_device *device)
{
	*planes = (struct kms_planes){ .device = device, .cursor_item = KMS_NONE };
	kms_cursor_init(&planes->cursor, device);
	pixman_region32_init(&planes->damage);
	pixman_region32_init(&planes->stale);
	pixman_region32_init(&planes->next_stale);
	planes->rest.items = calloc(SCENE_ITEMS_MAX, sizeof(*planes->rest.items));
	return planes->rest.items ? 0 : -ENOMEM;
}

void kms_planes_finish(struct kms_planes *planes)
{
	if (!planes->device)
		return;
	kms_pictures_finish(&planes->pictures);
	kms_cursor_finish(&planes->cursor);
	free(planes->rest.items);
	pixman_region32_fini(&planes->damage);
	pixman_region32_fini(&planes->stale);
	pixman_region32_fini(&planes->next_stale);
	*planes = (struct kms_planes){ 0 };
}

/* -- the allocation -- */

/* Others may have taken a plane since. */
static bool allocation_claim(const struct kms_allocation *allocation, uint32_t n,
	struct kms_device *device, uint32_t crtc)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t plane = allocation->planes[i];
		if (plane == KMS_NONE || plane == KMS_PRIMARY)
			continue;
		if (device->others[plane].crtc != KMS_NONE && device->others[plane].crtc != crtc)
			return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t plane = allocation->planes[i];
		if (plane != KMS_NONE && plane != KMS_PRIMARY)
			device->others[plane].crtc = crtc;
	}
	return true;
}

static void planes_search(
	struct kms_planes *planes, const struct kms_state_head *state, uint32_t painted)
{
	int64_t begun_ns = clock_now_ns();

	kms_allocate(&planes->kept, &planes->layers, planes->device, state, painted);
	int64_t ended_ns = clock_now_ns();
	planes->not_before_ns = ended_ns + (SEARCH_PART - 1) * (ended_ns - begun_ns);
	planes->allocated = planes->layers;
	planes->has_kept = true;
	planes->allocation = planes->kept;
}

static void planes_allocate(
	struct kms_planes *planes, const struct kms_state_head *state, uint32_t painted)
{
	const struct kms_layers *layers = &planes->layers;
	bool is_kept = planes->has_kept && kms_layers_equal(layers, &planes->allocated);

	if (is_kept && allocation_claim(&planes->kept, layers->n, planes->device, state->crtc))
		planes->allocation = planes->kept;
	else if (!kms_layers_have_any(layers) || !kms_layers_equal(layers, &planes->before) ||
		 clock_now_ns() < planes->not_before_ns)
		kms_allocate_none(&planes->allocation, layers, WAY_REASON_NEW);
	else
		planes_search(planes, state, painted);
}

/* -- what is painted -- */

static bool planes_show_the_same(const struct kms_planes *planes)
{
	const struct kms_allocation *now = &planes->allocation, *given = &planes->given;

	return planes->layers.n == planes->n_given && now->is_composed == given->is_composed &&
	       memcmp(now->planes, given->planes, planes->n_given * sizeof(now->planes[0])) == 0;
}

/* Whose picture the cursor plane shows; what left it is painted now, and the other way round. */
static bool cursor_is_the_same(const struct kms_planes *planes, const struct scene *scene)
{
	if (planes->cursor_item == KMS_NONE)
		return !planes->shows_cursor;
	return planes->shows_cursor &&
	       planes->cursor_of == scene->items[planes->cursor_item].surface;
}

static bool item_is_little(const struct scene_item *item)
{
	const pixman_box32_t *box = &item->box;

	return item->surface && !item->buffer->dmabuf && box->x2 - box->x1 <= LITTLE_MAX_PX &&
	       box->y2 - box->y1 <= LITTLE_MAX_PX;
}

static void region_add(pixman_region32_t *region, const pixman_box32_t *box)
{
	pixman_region32_union_rect(
		region, region, box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
}

/* What is painted of it may be another part than that of the last one. */
static void planes_find_change(
	struct kms_planes *planes, const struct scene *scene, const struct kms_state_head *state)
{
	const pixman_box32_t all = { 0, 0, state->width_px, state->height_px };
	bool is_other = !planes_show_the_same(planes);
	bool is_other_cursor = !cursor_is_the_same(planes, scene);

	if (is_other || planes->is_tried)
		region_add(&planes->damage, &all);
	for (uint32_t i = 0; is_other_cursor && i < scene->n_items; i++) {
		if (scene->items[i].is_cursor || item_is_little(&scene->items[i]))
			region_add(&planes->damage, &scene->items[i].clip);
	}
	planes->is_tried = planes->is_tried || is_other || is_other_cursor;
}

/* What an opaque picture on a plane hides is not painted, and remembered. */
static void planes_find_damage(struct kms_planes *planes, const struct scene *scene,
	const struct kms_state_head *state, const pixman_region32_t *damage)
{
	pixman_region32_union(&planes->damage, &planes->stale, (pixman_region32_t *)damage);
	pixman_region32_clear(&planes->next_stale);
	if (!planes->allocation.is_composed) {
		pixman_region32_copy(&planes->next_stale, &planes->damage);
		pixman_region32_clear(&planes->damage);
		return;
	}
	planes_find_change(planes, scene, state);
	for (uint32_t i = 0; i < planes->layers.n; i++) {
		const struct kms_layer *layer = &planes->layers.items[i];
		if (planes->allocation.planes[i] != KMS_NONE && layer->is_opaque)
			region_add(&planes->next_stale, &layer->box);
	}
	pixman_region32_intersect(&planes->next_stale, &planes->next_stale, &planes->damage);
	pixman_region32_subtract(&planes->damage, &planes->damage, &planes->next_stale);
}

/* Of `rest`, which is all but the pointer's picture, only what no plane shows. */
static void planes_leave_rest(struct kms_planes *planes)
{
	struct scene *rest = &planes->rest;
	uint32_t n = 0;

	if (planes->layers.is_too_many)
		return;
	for (uint32_t i = 0; i < planes->layers.n; i++) {
		if (planes->allocation.planes[i] == KMS_NONE)
			rest->items[n++] = rest->items[planes->layers.first + i];
	}
	rest->n_items = n;
}

/* -- the state -- */

/*
 * The pointer's picture; where there is none, what is topmost, little, a client's and no
 * dma-buf, as a guest's own pointer is. NONE: there is neither, or half of it is on one region,
 * half on another.
 */
static uint32_t scene_find_cursor(const struct scene *scene, enum way_reason *reason)
{
	uint32_t top = scene->n_items - 1, found = KMS_NONE;

	*reason = WAY_REASON_NONE;
	for (uint32_t i = 0; i < scene->n_items; i++) {
		if (!scene->items[i].is_cursor)
			continue;
		if (found != KMS_NONE)
			*reason = WAY_REASON_CUT;
		found = i;
	}
	if (*reason != WAY_REASON_NONE)
		return KMS_NONE;
	if (found == KMS_NONE && scene->n_items > 0 && item_is_little(&scene->items[top]))
		return top;
	return found;
}

/* On a plane of its own; else it is painted as all is. */
static void planes_take_cursor(
	struct kms_planes *planes, const struct scene *scene, struct kms_state_head *state)
{
	uint32_t item = scene_find_cursor(scene, &planes->cursor_reason);

	if (item != KMS_NONE)
		planes->cursor_reason =
			kms_cursor_show(&planes->cursor, &scene->items[item], state);
	planes->cursor_item = planes->cursor_reason == WAY_REASON_NONE ? item : KMS_NONE;
}

static void planes_fill_state(const struct kms_planes *planes, struct kms_state_head *state)
{
	for (uint32_t i = 0; i < planes->layers.n; i++) {
		uint32_t plane = planes->allocation.planes[i];
		struct kms_state_picture picture = kms_layer_picture(&planes->layers.items[i]);
		if (plane == KMS_PRIMARY)
			state->picture = picture;
		else if (plane != KMS_NONE && state->n_overlays < KMS_STATE_OVERLAYS_MAX)
			state->overlays[state->n_overlays++] =
				(struct kms_state_overlay){ plane, picture };
	}
}

void kms_planes_spread(struct kms_planes *planes, const struct scene *scene,
	const pixman_region32_t *damage, struct kms_state_head *state, uint32_t painted)
{
	struct scene *rest = &planes->rest;

	kms_state_show(state, painted);
	planes_take_cursor(planes, scene, state);
	rest->n_items = 0;
	for (uint32_t i = 0; i < scene->n_items; i++) {
		if (i != planes->cursor_item)
			rest->items[rest->n_items++] = scene->items[i];
	}
	kms_layers_read(&planes->layers, rest, planes->device, state);
	planes_allocate(planes, state, painted);
	planes_fill_state(planes, state);
	planes_find_damage(planes, scene, state, damage);
	planes_leave_rest(planes);
}

bool kms_planes_give_up(struct kms_planes *planes)
{
	bool has_layer = false;

	for (uint32_t i = 0; i < planes->layers.n; i++)
		has_layer |= planes->allocation.planes[i] != KMS_NONE;
	if (has_layer) {
		kms_allocate_none(&planes->kept, &planes->layers, WAY_REASON_FLIP_REFUSED);
		planes->allocated = planes->layers;
		planes->has_kept = true;
		return true;
	}
	if (planes->cursor_item == KMS_NONE)
		return false;
	planes->cursor.is_refused = true;
	planes->has_kept = false;
	return true;
}

/* -- what becomes of it -- */

static void planes_tell_item(const struct kms_planes *planes, const struct kms_state_head *state,
	const struct scene *scene, uint32_t item, struct way_of *of)
{
	const struct kms_device *device = planes->device;
	uint32_t in_rest = item - (item > planes->cursor_item);
	uint32_t layer = in_rest - planes->layers.first;

	*of = (struct way_of){ .box = scene->items[item].clip };
	if (item == planes->cursor_item) {
		of->way = WAY_CURSOR;
		return;
	}
	if (planes->layers.is_too_many) {
		of->reason = WAY_REASON_MANY;
		return;
	}
	if (in_rest < planes->layers.first) {
		of->way = WAY_HIDDEN;
		return;
	}
	uint32_t plane = planes->allocation.planes[layer];
	of->reason = planes->allocation.reasons[layer];
	if (scene->items[item].is_cursor)
		of->reason = planes->cursor_reason;
	if (plane == KMS_PRIMARY) {
		of->way = WAY_PRIMARY;
		of->plane_id = device->planes[state->plane].id;
	} else if (plane != KMS_NONE) {
		of->way = WAY_OVERLAY;
		of->plane_id = device->others[plane].id;
	}
}

static void planes_tell(const struct kms_planes *planes, const struct kms_state_head *state,
	const struct scene *scene, struct ways *ways)
{
	ways->n = scene->n_items;
	ways->is_composed = planes->allocation.is_composed;
	ways->n_frames++;
	if (!ways->is_composed)
		ways->n_scanned_out++;
	for (uint32_t i = 0; i < scene->n_items && i < WAYS_MAX; i++)
		planes_tell_item(planes, state, scene, i, &ways->items[i]);
}

void kms_planes_given(struct kms_planes *planes, const struct kms_state_head *state,
	const struct scene *scene, struct ways *ways)
{
	kms_pictures_begin(&planes->pictures);
	for (uint32_t i = 0; i < planes->layers.n; i++) {
		const struct kms_layer *layer = &planes->layers.items[i];
		if (planes->allocation.planes[i] != KMS_NONE)
			kms_pictures_add(&planes->pictures, layer->buffer, layer->release);
	}
	planes->shows_cursor = planes->cursor_item != KMS_NONE;
	if (planes->shows_cursor) {
		planes->cursor_of = scene->items[planes->cursor_item].surface;
		kms_cursor_swap(&planes->cursor);
	}
	planes->given = planes->allocation;
	planes->n_given = planes->layers.n;
	planes->before = planes->layers;
	planes->is_tried = false;
	pixman_region32_copy(&planes->stale, &planes->next_stale);
	planes_tell(planes, state, scene, ways);
}

void kms_planes_shown(struct kms_planes *planes, const struct kms_state_head *state)
{
	struct kms_device *device = planes->device;

	kms_pictures_shown(&planes->pictures);
	for (uint32_t i = 0; i < device->n_others; i++) {
		bool is_used = false;
		for (uint32_t j = 0; j < state->n_overlays; j++)
			is_used |= state->overlays[j].plane == i;
		if (device->others[i].crtc == state->crtc && !is_used)
			device->others[i].crtc = KMS_NONE;
	}
}

bool kms_planes_are_used(const struct kms_planes *planes)
{
	bool is_used = planes->shows_cursor;

	for (uint32_t i = 0; i < planes->n_given; i++)
		is_used |= planes->given.planes[i] != KMS_NONE;
	return is_used;
}

void kms_planes_forget(struct kms_planes *planes)
{
	planes->has_kept = false;
	planes->n_given = 0;
	planes->shows_cursor = false;
	planes->given.is_composed = false; /* so that all is painted again */
	pixman_region32_clear(&planes->stale);
}

/* -- what is seen -- */

static struct scene_item layer_item(const struct kms_layer *layer)
{
	const pixman_box32_t *box = &layer->box;
	double sx = layer->width / 65536.0 / (box->x2 - box->x1);
	double sy = layer->height / 65536.0 / (box->y2 - box->y1);

	return (struct scene_item){
		.buffer = layer->buffer,
		.to_buffer = { {
			{ sx, 0, layer->x / 65536.0 - sx * box->x1 },
			{ 0, sy, layer->y / 65536.0 - sy * box->y1 },
			{ 0, 0, 1 },
		} },
		.box = *box,
		.clip = *box,
		.is_opaque = layer->is_opaque,
	};
}

/* Its buffer is a new one of the caller's; NULL: it is not shown, or there is no memory. */
static struct scene_item cursor_item(const struct kms_planes *planes)
{
	const struct kms_cursor *cursor = &planes->cursor;
	const pixman_box32_t *box = &cursor->boxes[cursor->front];

	return (struct scene_item){
		.buffer = planes->shows_cursor
				  ? buffer_create_picture(cursor->buffers[cursor->front].image)
				  : NULL,
		.to_buffer = { { { 1, 0, -box->x1 }, { 0, 1, -box->y1 }, { 0, 0, 1 } } },
		.box = *box,
		.clip = *box,
	};
}

/* On a part of the screen from that place on; it is added if anything of it is there. */
static void scene_add_part(
	struct scene *scene, const struct scene_item *item, const pixman_box32_t *part)
{
	struct scene_item *added = &scene->items[scene->n_items];
	const pixman_box32_t *box = &item->box;

	if (box->x1 >= part->x2 || box->x2 <= part->x1 || box->y1 >= part->y2 ||
		box->y2 <= part->y1)
		return;
	*added = *item;
	added->box = added->clip = (pixman_box32_t){
		.x1 = box->x1 - part->x1,
		.y1 = box->y1 - part->y1,
		.x2 = box->x2 - part->x1,
		.y2 = box->y2 - part->y1,
	};
	pixman_f_transform_translate(NULL, &added->to_buffer, -part->x1, -part->y1);
	scene->n_items++;
}

int kms_planes_capture(const struct kms_planes *planes, struct painter *painter,
	pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	int32_t width = pixman_image_get_width(image), height = pixman_image_get_height(image);
	const pixman_box32_t part = { x_px, y_px, x_px + width, y_px + height };
	struct scene_item pointer = cursor_item(planes);
	struct scene_item items[KMS_STATE_OVERLAYS_MAX + 3] = { {
		.buffer = buffer_create_picture(image),
		.box = { 0, 0, width, height },
		.clip = { 0, 0, width, height },
		.is_opaque = true,
	} };
	struct scene scene = { .items = items, .n_items = 1 };
	pixman_region32_t all;
	int fence_fd = -1, ret = -ENOMEM;

	pixman_f_transform_init_identity(&items[0].to_buffer);
	pixman_region32_init_rect(&all, 0, 0, width, height);
	for (uint32_t i = 0; i < planes->n_given; i++) {
		if (planes->given.planes[i] == KMS_NONE)
			continue;
		const struct scene_item item = layer_item(&planes->before.items[i]);
		scene_add_part(&scene, &item, &part);
	}
	if (pointer.buffer)
		scene_add_part(&scene, &pointer, &part);
	if (scene.n_items == 1 && items[0].buffer)
		ret = 0; /* none is there */
	struct target *target = scene.n_items > 1 && items[0].buffer
					? target_create(painter, width, height, NULL)
					: NULL;
	if (target)
		ret = target_paint(target, &scene, &all, &fence_fd);
	if (target && ret == 0)
		ret = target_read(target, image, 0, 0);
	fd_close(&fence_fd);
	target_destroy(target);
	buffer_unref(items[0].buffer);
	buffer_unref(pointer.buffer);
	pixman_region32_fini(&all);
	return ret;
}
