/* SPDX-License-Identifier: MIT */
/* One item of a scene. */
#include "compositor/paint/item.h"

#include <math.h>

#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"

bool item_is_moved_only(const struct scene_item *item)
{
	const struct pixman_f_transform *matrix = &item->to_buffer;

	return matrix->m[0][0] == 1 && matrix->m[0][1] == 0 && matrix->m[1][0] == 0 &&
	       matrix->m[1][1] == 1 && matrix->m[0][2] == floor(matrix->m[0][2]) &&
	       matrix->m[1][2] == floor(matrix->m[1][2]);
}

/*
 * Where pixman does more than to move px it counts them in 16 bits, those around the clip
 * too, and leaves out in silence what does not fit.
 */
static bool item_has_numbers(const struct scene_item *item)
{
	struct pixman_f_vector from = { { item->clip.x1 - 2, item->clip.y1 - 2, 1 } };
	struct pixman_f_vector to = { { item->clip.x2 + 2, item->clip.y2 + 2, 1 } };

	pixman_f_transform_point(&item->to_buffer, &from);
	pixman_f_transform_point(&item->to_buffer, &to);
	return item->buffer->width_px < INT16_MAX && item->buffer->height_px < INT16_MAX &&
	       fabs(from.v[0]) < INT16_MAX && fabs(from.v[1]) < INT16_MAX &&
	       fabs(to.v[0]) < INT16_MAX && fabs(to.v[1]) < INT16_MAX;
}

bool item_compose(const struct scene_item *item, pixman_op_t op, pixman_image_t *picture, int32_t x,
	int32_t y)
{
	const pixman_box32_t *clip = &item->clip;
	struct pixman_transform transform;
	int32_t from_x = clip->x1, from_y = clip->y1;
	bool is_moved_only = item_is_moved_only(item);

	if (!is_moved_only && (!item_has_numbers(item) || !pixman_transform_from_pixman_f_transform(
								  &transform, &item->to_buffer)))
		return false;
	pixman_image_t *image = buffer_begin(item->buffer);
	if (!image)
		return false;
	if (is_moved_only) {
		from_x += item->to_buffer.m[0][2];
		from_y += item->to_buffer.m[1][2];
	} else {
		pixman_image_set_transform(image, &transform);
		pixman_image_set_filter(image, PIXMAN_FILTER_BILINEAR, NULL, 0);
		pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
	}
	pixman_image_composite32(op, image, NULL, picture, from_x, from_y, 0, 0, clip->x1 - x,
		clip->y1 - y, clip->x2 - clip->x1, clip->y2 - clip->y1);
	buffer_end(item->buffer, image);
	return true;
}
