/* SPDX-License-Identifier: MIT */
/* What outputs show, as PNG. */
#include "compositor/screenshot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/png_write.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/server.h"

/* As people see it: upright. NULL with errno. */
static pixman_image_t *screenshot_take(const struct output *output)
{
	struct screen *screen = output->screen;
	const struct screen_mode *mode = &screen->use.mode;
	const pixman_box32_t *box = &output->box;
	struct pixman_f_transform matrix;
	struct pixman_transform transform;
	pixman_image_t *whole =
		pixman_image_create_bits(PIXMAN_x8r8g8b8, mode->width_px, mode->height_px, NULL, 0);
	pixman_image_t *upright = pixman_image_create_bits(
		PIXMAN_x8r8g8b8, box->x2 - box->x1, box->y2 - box->y1, NULL, 0);
	int ret = whole && upright ? screen->interface->capture(screen, whole) : -ENOMEM;

	if (ret == 0) {
		screen_from_upright(screen, &matrix);
		pixman_transform_from_pixman_f_transform(&transform, &matrix);
		pixman_image_set_transform(whole, &transform);
		pixman_image_composite32(PIXMAN_OP_SRC, whole, NULL, upright, box->x1, box->y1, 0,
			0, 0, 0, box->x2 - box->x1, box->y2 - box->y1);
	}
	if (whole)
		pixman_image_unref(whole);
	if (ret < 0 && upright) {
		pixman_image_unref(upright);
		upright = NULL;
	}
	errno = -ret;
	return upright;
}

static int screenshot_write(const struct output *output, const char *path)
{
	pixman_image_t *picture = screenshot_take(output);
	if (!picture)
		return -errno;
	struct image image = {
		.pixels = (const uint8_t *)pixman_image_get_data(picture),
		.width_px = pixman_image_get_width(picture),
		.height_px = pixman_image_get_height(picture),
		.stride_bytes = pixman_image_get_stride(picture),
		.format = "XR24",
	};
	FILE *file = fopen(path, "we");
	int ret = file ? image_write_png(file, &image) : -errno;
	if (file && fclose(file) < 0 && ret == 0)
		ret = -errno;
	pixman_image_unref(picture);
	return ret;
}

void screenshots_write(const struct server *server, const char *directory)
{
	const struct output *output;
	char path[PATH_MAX], made[PATH_MAX];

	list_for_each (output, &server->outputs, link) {
		snprintf(path, sizeof(path), "%s/%s.png", directory, output->name);
		snprintf(made, sizeof(made), "%s/.%s.png", directory, output->name);
		int ret = screenshot_write(output, made);
		if (ret == 0 && rename(made, path) < 0)
			ret = -errno;
		if (ret < 0)
			log_warn("no screenshot %s: %s", path, strerror(-ret));
	}
}
