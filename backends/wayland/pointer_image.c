/* SPDX-License-Identifier: MIT */
/* The pointer's picture over a head. */
#include "backends/wayland/pointer_image.h"

#include <stddef.h>
#include <wayland-client.h>

#include "backends/wayland/buffer.h"
#include "base/painting.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/shm_buffer.h"

void pointer_image_init(struct pointer_image *image, struct presenter *presenter)
{
	*image = (struct pointer_image){ .presenter = presenter };
}

void pointer_image_finish(struct pointer_image *image)
{
	if (image->plane.surface) {
		plane_finish(&image->plane);
		presenter_drop_plane(image->presenter, &image->plane);
	}
	if (image->arrow)
		wl_buffer_destroy(image->arrow);
	image->arrow = NULL;
}

static struct layout_box image_set_cursor(
	struct pointer_image *image, const struct window *window, struct buffer *buffer)
{
	const struct cursor *cursor = &window->cursor;
	const struct picture *picture = cursor->import->picture;
	struct layout_box box =
		layout_scaled(&window->layout, picture->width_px, picture->height_px);

	box.width = box.width ? box.width : 1;
	box.height = box.height ? box.height : 1;
	plane_attach(&image->plane, buffer, NULL);
	plane_place(&image->plane, &box);
	return layout_scaled(&window->layout, cursor->hot_x, cursor->hot_y);
}

/* The compositor's own pointer cannot be asked for. False: there is no memory for one. */
static bool image_make_arrow(struct pointer_image *image, uint32_t scale)
{
	struct painting painting;

	if (image->arrow && image->arrow_scale == scale)
		return true;
	painting_init(&painting);
	if (painting_draw_arrow(&painting, scale) < 0)
		return false;
	struct wl_buffer *arrow = shm_buffer_create(image->presenter->connection.globals.shm,
		painting.fd, WL_SHM_FORMAT_ARGB8888, painting.width_px, painting.height_px);
	painting_finish(&painting);
	if (!arrow)
		return false;
	if (image->arrow) /* of another scale; what the surface has is replaced at once */
		wl_buffer_destroy(image->arrow);
	image->arrow = arrow;
	image->arrow_scale = scale;
	image->arrow_width_px = painting.width_px;
	image->arrow_height_px = painting.height_px;
	return true;
}

static bool image_set_arrow(struct pointer_image *image, uint32_t scale)
{
	if (!image_make_arrow(image, scale))
		return false;
	struct layout_box box = {
		.width = layout_logical(image->arrow_width_px, scale),
		.height = layout_logical(image->arrow_height_px, scale),
	};
	plane_attach_own(
		&image->plane, image->arrow, image->arrow_width_px, image->arrow_height_px);
	plane_place(&image->plane, &box);
	return true;
}

/* Of a cursor that the guest moves itself there is one only, in the window. */
bool pointer_image_set(struct pointer_image *image, struct wl_pointer *wl_pointer, uint32_t serial,
	struct window *window)
{
	struct cursor *cursor = &window->cursor;
	struct layout_box hot = { 0 };
	struct buffer *buffer = NULL;
	bool is_there = false;

	if (!image->plane.surface &&
		plane_init(&image->plane, &image->presenter->connection, NULL, false) < 0)
		return false;
	if (cursor->is_host && cursor->import) {
		buffer = import_get_buffer(cursor->import, &image->plane, false);
		/* Cleared if it failed, else it will come. */
		if (!buffer && cursor->import)
			return false;
	}
	if (buffer) {
		hot = image_set_cursor(image, window, buffer);
		is_there = true;
	} else if (cursor->is_host) {
		is_there = image_set_arrow(image, window->scale);
	}
	wl_pointer_set_cursor(
		wl_pointer, serial, is_there ? image->plane.surface : NULL, hot.width, hot.height);
	if (is_there)
		plane_commit(&image->plane);
	return true;
}
