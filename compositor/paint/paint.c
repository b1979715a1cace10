/* SPDX-License-Identifier: MIT */
/* A scene into memory. */
#include "compositor/paint/paint.h"

#include <math.h>
#include <stdbool.h>

#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"

static bool transform_is_whole(const struct pixman_f_transform *transform)
{
	return transform->m[0][0] == 1 && transform->m[0][1] == 0 && transform->m[1][0] == 0 &&
	       transform->m[1][1] == 1 && transform->m[0][2] == floor(transform->m[0][2]) &&
	       transform->m[1][2] == floor(transform->m[1][2]);
}

static void paint_image(
	pixman_image_t *picture, pixman_image_t *image, const struct scene_item *item)
{
	const struct pixman_f_transform *exact = &item->to_buffer;
	const pixman_box32_t *clip = &item->clip;
	struct pixman_transform transform;
	int32_t x = clip->x1, y = clip->y1;

	if (transform_is_whole(exact)) {
		x += exact->m[0][2];
		y += exact->m[1][2];
	} else {
		if (!pixman_transform_from_pixman_f_transform(&transform, exact))
			return;
		pixman_image_set_transform(image, &transform);
		pixman_image_set_filter(image, PIXMAN_FILTER_BILINEAR, NULL, 0);
		pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
	}
	pixman_image_composite32(PIXMAN_OP_OVER, image, NULL, picture, x, y, 0, 0, clip->x1,
		clip->y1, clip->x2 - clip->x1, clip->y2 - clip->y1);
}

void paint_scene(
	pixman_image_t *picture, const struct scene *scene, const pixman_region32_t *damage)
{
	static const pixman_color_t black = { 0, 0, 0, 0xffff };
	int n;
	const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)damage, &n);

	pixman_image_fill_boxes(PIXMAN_OP_SRC, picture, &black, n, boxes);
	pixman_image_set_clip_region32(picture, (pixman_region32_t *)damage);
	for (uint32_t i = 0; i < scene->n_items; i++) {
		const struct scene_item *item = &scene->items[i];
		pixman_image_t *image = buffer_begin(item->buffer);
		if (!image)
			continue;
		paint_image(picture, image, item);
		buffer_end(item->buffer, image);
	}
	pixman_image_set_clip_region32(picture, NULL);
}
