/* SPDX-License-Identifier: MIT */
/* What an output shows. */
#include "compositor/screenshot.h"

#include <errno.h>
#include <pixman.h>
#include <sys/mman.h>

#include "base/io.h"
#include "compositor/output.h"
#include "compositor/screen.h"

/* Its part of what the screen shows, turned upright, into pixels of the box's size. */
static int screenshot_draw(const struct output *output, void *pixels, uint32_t stride_bytes)
{
	struct screen *screen = output->screen;
	const struct screen_mode *mode = &screen->use.mode;
	const pixman_box32_t *box = &output->box;
	int32_t width_px = box->x2 - box->x1, height_px = box->y2 - box->y1;
	struct pixman_f_transform matrix;
	struct pixman_transform transform;
	pixman_image_t *whole =
		pixman_image_create_bits(PIXMAN_x8r8g8b8, mode->width_px, mode->height_px, NULL, 0);
	pixman_image_t *upright = pixman_image_create_bits_no_clear(
		PIXMAN_x8r8g8b8, width_px, height_px, pixels, stride_bytes);
	int ret = whole && upright ? screen->interface->capture(screen, whole) : -ENOMEM;

	if (ret == 0) {
		screen_from_upright(screen, &matrix);
		pixman_transform_from_pixman_f_transform(&transform, &matrix);
		pixman_image_set_transform(whole, &transform);
		pixman_image_composite32(PIXMAN_OP_SRC, whole, NULL, upright, box->x1, box->y1, 0,
			0, 0, 0, width_px, height_px);
	}
	if (whole)
		pixman_image_unref(whole);
	if (upright)
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
