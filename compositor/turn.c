/* SPDX-License-Identifier: MIT */
/* Turned pictures. */
#include "compositor/turn.h"

#include <math.h>

/* Rows of (x, y, of the width, of the height): what makes the turned picture's x and y. */
static const struct turn {
	int8_t xx, xy, xw, xh, yx, yy, yw, yh;
} turns[] = {
	[WL_OUTPUT_TRANSFORM_NORMAL] = { 1, 0, 0, 0, 0, 1, 0, 0 },
	[WL_OUTPUT_TRANSFORM_90] = { 0, 1, 0, 0, -1, 0, 1, 0 },
	[WL_OUTPUT_TRANSFORM_180] = { -1, 0, 1, 0, 0, -1, 0, 1 },
	[WL_OUTPUT_TRANSFORM_270] = { 0, -1, 0, 1, 1, 0, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED] = { -1, 0, 1, 0, 0, 1, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_90] = { 0, 1, 0, 0, 1, 0, 0, 0 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_180] = { 1, 0, 0, 0, 0, -1, 0, 1 },
	[WL_OUTPUT_TRANSFORM_FLIPPED_270] = { 0, -1, 0, 1, -1, 0, 1, 0 },
};

bool turn_is_on_side(enum wl_output_transform transform)
{
	return transform & WL_OUTPUT_TRANSFORM_90;
}

void turn_from_upright(struct pixman_f_transform *matrix, enum wl_output_transform transform,
	double width, double height)
{
	const struct turn *turn = &turns[transform];

	*matrix = (struct pixman_f_transform){ {
		{ turn->xx, turn->xy, turn->xw * width + turn->xh * height },
		{ turn->yx, turn->yy, turn->yw * width + turn->yh * height },
		{ 0, 0, 1 },
	} };
}

pixman_box32_t turn_box(const struct pixman_f_transform *matrix, const pixman_box32_t *box)
{
	struct pixman_f_vector a = { { box->x1, box->y1, 1 } }, b = { { box->x2, box->y2, 1 } };

	pixman_f_transform_point(matrix, &a);
	pixman_f_transform_point(matrix, &b);
	return (pixman_box32_t){
		.x1 = floor(fmin(a.v[0], b.v[0])),
		.y1 = floor(fmin(a.v[1], b.v[1])),
		.x2 = ceil(fmax(a.v[0], b.v[0])),
		.y2 = ceil(fmax(a.v[1], b.v[1])),
	};
}
