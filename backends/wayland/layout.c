/* SPDX-License-Identifier: MIT */
/* Where a head's picture and cursor go in its window. */
#include "backends/wayland/layout.h"

#include "protocol/input.h"

int32_t layout_logical(uint32_t px, uint32_t scale)
{
	int64_t logical = ((int64_t)px * LAYOUT_SCALE_ONE + scale / 2) / scale;

	return logical > 0 ? logical : 1;
}

int32_t layout_px(int32_t logical, uint32_t scale)
{
	int64_t px = ((int64_t)logical * scale + LAYOUT_SCALE_ONE / 2) / LAYOUT_SCALE_ONE;

	return px > 0 ? px : 1;
}

/* A fraction of a px is lost where the scale is no whole number. */
static bool is_px_for_px(int32_t logical, uint32_t px, uint32_t scale)
{
	int64_t lost = (int64_t)layout_px(logical, scale) - px;
	int64_t tolerance = scale != LAYOUT_SCALE_ONE;

	return lost >= -tolerance && lost <= tolerance;
}

struct layout layout_fit(int32_t width, int32_t height, uint32_t head_width, uint32_t head_height,
	uint32_t scale, bool scales)
{
	struct layout layout = {
		.width = width,
		.height = height,
		.head_width = head_width,
		.head_height = head_height,
		.scales = scales,
	};
	int64_t fit_width = head_width, fit_height = head_height;

	if (scales && is_px_for_px(width, head_width, scale) &&
		is_px_for_px(height, head_height, scale)) {
		fit_width = width;
		fit_height = height;
	} else if (scales && (int64_t)width * head_height <= (int64_t)height * head_width) {
		fit_width = width;
		fit_height = ((int64_t)width * head_height + head_width / 2) / head_width;
	} else if (scales) {
		fit_height = height;
		fit_width = ((int64_t)height * head_width + head_height / 2) / head_height;
	}
	layout.picture.width = fit_width > 0 ? fit_width : 1;
	layout.picture.height = fit_height > 0 ? fit_height : 1;
	layout.picture.x = (width - layout.picture.width) / 2;
	layout.picture.y = (height - layout.picture.height) / 2;
	return layout;
}

bool layout_is_covered(const struct layout *layout)
{
	return layout->picture.width == layout->width && layout->picture.height == layout->height;
}

static int64_t min_int64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct layout_box layout_scaled(const struct layout *layout, uint32_t width, uint32_t height)
{
	const struct layout_box *picture = &layout->picture;

	if (!layout->scales || !layout->head_width || !layout->head_height)
		return (struct layout_box){ .width = width, .height = height };
	return (struct layout_box){
		.width = ((int64_t)width * picture->width + layout->head_width / 2) /
			 layout->head_width,
		.height = ((int64_t)height * picture->height + layout->head_height / 2) /
			  layout->head_height,
	};
}

struct layout_cursor layout_cursor(
	const struct layout *layout, int64_t x, int64_t y, uint32_t width, uint32_t height)
{
	struct layout_cursor cursor = { 0 };
	const struct layout_box *picture = &layout->picture;
	int64_t left = x > 0 ? x : 0, top = y > 0 ? y : 0;
	int64_t right = min_int64(x + width, layout->head_width);
	int64_t bottom = min_int64(y + height, layout->head_height);

	if (left >= right || top >= bottom)
		return cursor;
	cursor.visible = true;
	if (!layout->scales) {
		/* It cannot be cropped either: whole, even where it stands out. */
		cursor.width = width;
		cursor.height = height;
		cursor.box = (struct layout_box){ picture->x + x, picture->y + y, width, height };
		return cursor;
	}
	cursor.x = left - x;
	cursor.y = top - y;
	cursor.width = right - left;
	cursor.height = bottom - top;
	int64_t box_left = left * picture->width / layout->head_width;
	int64_t box_top = top * picture->height / layout->head_height;
	int64_t box_right = right * picture->width / layout->head_width;
	int64_t box_bottom = bottom * picture->height / layout->head_height;
	cursor.box = (struct layout_box){
		.x = picture->x + box_left,
		.y = picture->y + box_top,
		.width = box_right > box_left ? box_right - box_left : 1,
		.height = box_bottom > box_top ? box_bottom - box_top : 1,
	};
	return cursor;
}

/* Rounded up: what begins at a px may not end up before it. */
static bool axis_point(int64_t at_256, int32_t start, int32_t length, int32_t *axis)
{
	int64_t within = at_256 - (int64_t)start * 256, whole = (int64_t)length * 256;

	*axis = within <= 0 ? 0 : INPUT_ABS_MAX;
	if (within < 0 || within >= whole)
		return false;
	*axis = min_int64((within * (INPUT_ABS_MAX + 1) + whole - 1) / whole, INPUT_ABS_MAX);
	return true;
}

bool layout_point(const struct layout *layout, int32_t x_256, int32_t y_256, int32_t *x, int32_t *y)
{
	const struct layout_box *picture = &layout->picture;
	bool is_within_x = axis_point(x_256, picture->x, picture->width, x);
	bool is_within_y = axis_point(y_256, picture->y, picture->height, y);

	return is_within_x && is_within_y;
}

int32_t layout_extent(const struct layout *layout, int32_t length_256)
{
	int64_t whole = (int64_t)layout->picture.width * 256;

	if (!whole || length_256 <= 0)
		return 0;
	return min_int64((int64_t)length_256 * (INPUT_ABS_MAX + 1) / whole, INPUT_ABS_MAX);
}
