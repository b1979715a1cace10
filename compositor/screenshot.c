/* SPDX-License-Identifier: MIT */
/* What an output shows. */
#include "compositor/screenshot.h"

#include <errno.h>
#include <pixman.h>
#include <sys/mman.h>

#include "base/io.h"
#include "compositor/output.h"
#include "compositor/screen.h"

/* The output's part of what the screen shows, turned upright. */
static int screenshot_turn(const struct output *output, pixman_image_t *upright)
{
	struct screen *screen = output->screen;
	const struct screen_mode *mode = &screen->use.mode;
	const pixman_box32_t *box = &output->box;
	struct pixman_f_transform matrix;
	struct pixman_transform transform;
	pixman_image_t *whole =
		pixman_image_create_bits(PIXMAN_x8r8g8b8, mode->width_px, mode->height_px, NULL, 0);
	int ret = whole ? screen->interface->capture(screen, whole) : -ENOMEM;

	if (ret == 0) {
		screen_from_upright(screen, &matrix);
		pixman_transform_from_pixman_f_transform(&transform, &matrix);
		pixman_image_set_transform(whole, &transform);
		pixman_image_composite32(PIXMAN_OP_SRC, whole, NULL, upright, box->x1, box->y1, 0,
			0, 0, 0, box->x2 - box->x1, box->y2 - box->y1);
	}
	if (whole)
		pixman_image_unref(whole);
	return ret;
}

static bool is_all_of_screen(const struct output *output)
{
	const struct screen_use *use = &output->screen->use;
	const pixman_box32_t *box = &output->box;

	return use->transform == WL_OUTPUT_TRANSFORM_NORMAL && box->x1 == 0 && box->y1 == 0 &&
	       (uint32_t)box->x2 == use->mode.width_px && (uint32_t)box->y2 == use->mode.height_px;
}

static int screenshot_draw(const struct output *output, void *pixels, uint32_t stride_bytes)
{
	const pixman_box32_t *box = &output->box;
	pixman_image_t *upright = pixman_image_create_bits_no_clear(
		PIXMAN_x8r8g8b8, box->x2 - box->x1, box->y2 - box->y1, pixels, stride_bytes);
	if (!upright)
		return -ENOMEM;
	int ret = is_all_of_screen(output)
			  ? output->screen->interface->capture(output->screen, upright)
			  : screenshot_turn(output, upright);
	pixman_image_unref(upright);
	return ret;
}

int screenshot_take(const struct output *output, struct screenshot *shot)
{
	uint32_t width_px = output->box.x2 - output->box.x1;
	uint32_t height_px = output->box.y2 - output->box.y1;
	uint32_t stride_bytes = width_px * 4;
	size_t size = (size_t)stride_bytes * height_px;
	int fd = memfd_create_sealed("mullion-screenshot", size);

	if (fd < 0)
		return fd;
	void *pixels = memfd_map(fd, size, PROT_READ | PROT_WRITE);
	int ret = pixels ? screenshot_draw(output, pixels, stride_bytes) : -errno;
	if (pixels)
		munmap(pixels, size);
	if (ret < 0) {
		fd_close(&fd);
		return ret;
	}
	*shot = (struct screenshot){ fd, width_px, height_px, stride_bytes };
	return 0;
}
