/* SPDX-License-Identifier: MIT */
/* What is painted for a plane. */
#include "compositor/kms/canvas.h"

#include <errno.h>

#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"

int kms_canvas_init(struct kms_canvas *canvas, const struct painters *painters, int fd,
	uint32_t width_px, uint32_t height_px)
{
	*canvas = (struct kms_canvas){ .width_px = width_px, .height_px = height_px };
	for (uint32_t i = 0; i < 2; i++) {
		int ret = kms_buffer_init(&canvas->dumb[i], fd, width_px, height_px);
		if (ret < 0)
			return ret;
	}
	canvas->picture = target_create(painters->pixman, width_px, height_px);
	return canvas->picture ? 0 : -errno;
}

void kms_canvas_finish(struct kms_canvas *canvas)
{
	target_destroy(canvas->picture);
	for (uint32_t i = 0; i < 2; i++)
		kms_buffer_finish(&canvas->dumb[i]);
	*canvas = (struct kms_canvas){ 0 };
}

uint32_t kms_canvas_framebuffer(const struct kms_canvas *canvas)
{
	return canvas->dumb[canvas->front].framebuffer;
}

int kms_canvas_paint(struct kms_canvas *canvas, const struct scene *scene,
	const pixman_region32_t *damage, uint32_t *framebuffer, int *fence_fd)
{
	struct kms_buffer *back = &canvas->dumb[!canvas->front];

	int ret = target_paint(canvas->picture, scene, damage, fence_fd);
	if (ret < 0)
		return ret;
	for (uint32_t i = 0; i < 2; i++)
		pixman_region32_union(&canvas->dumb[i].stale, &canvas->dumb[i].stale,
			(pixman_region32_t *)damage);
	kms_buffer_update(back, canvas->picture);
	*framebuffer = back->framebuffer;
	return 0;
}

void kms_canvas_swap(struct kms_canvas *canvas)
{
	canvas->front = !canvas->front;
}

int kms_canvas_read(struct kms_canvas *canvas, pixman_image_t *image)
{
	return target_read(canvas->picture, image);
}
