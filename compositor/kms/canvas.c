/* SPDX-License-Identifier: MIT */
/* What is painted for a plane. */
#include "compositor/kms/canvas.h"

#include <errno.h>
#include <string.h>
#include <xf86drmMode.h>

#include "base/log.h"
#include "compositor/kms/framebuffer.h"
#include "compositor/paint/cover.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/paint/pixman_painter.h"
#include "compositor/surface/dmabuf.h"

#define PICTURE_FRAMES 256 /* that it stays for without being needed */

/* -- by GL -- */

static void gl_buffer_finish(struct kms_canvas_buffer *buffer, int fd)
{
	target_destroy(buffer->target);
	if (buffer->framebuffer)
		drmModeRmFB(fd, buffer->framebuffer);
	pixman_region32_fini(&buffer->stale);
	*buffer = (struct kms_canvas_buffer){ 0 };
}

/* Of this painter's, if it is not already; not shown. 0 or negative errno. */
static int gl_buffer_make(
	struct kms_canvas *canvas, struct kms_canvas_buffer *buffer, struct painter *painter)
{
	if (buffer->target && buffer->target->painter == painter)
		return 0;
	gl_buffer_finish(buffer, canvas->fd);
	pixman_region32_init_rect(&buffer->stale, 0, 0, canvas->width_px, canvas->height_px);
	buffer->target =
		target_create(painter, canvas->width_px, canvas->height_px, canvas->formats);
	if (!buffer->target)
		return -errno;
	return kms_framebuffer_add(canvas->fd, buffer->target->dmabuf,
		buffer->target->dmabuf->format.fourcc, &buffer->framebuffer);
}

static void canvas_refuse(struct kms_canvas *canvas, int error)
{
	canvas->refused = canvas->painters->current;
	log_warn("GL has no buffers that the screen shows: %s: pixman paints", strerror(-error));
}

/* false: pixman is to paint. */
static bool canvas_paint_gl(
	struct kms_canvas *canvas, const struct scene *scene, uint32_t *framebuffer, int *fence_fd)
{
	struct painter *painter = canvas->painters->current;
	uint32_t back = canvas->front_is_gl && canvas->front == 0;
	struct kms_canvas_buffer *buffer = &canvas->gl[back];

	if (painter == canvas->painters->pixman)
		canvas->refused = NULL;
	if (painter == canvas->painters->pixman || painter == canvas->refused)
		return false;
	int ret = gl_buffer_make(canvas, buffer, painter);
	if (ret < 0) {
		canvas_refuse(canvas, ret);
		return false;
	}
	ret = target_paint(buffer->target, scene, &buffer->stale, fence_fd);
	if (ret < 0) {
		painters_failed(canvas->painters, ret);
		return false;
	}
	pixman_region32_clear(&buffer->stale);
	*framebuffer = buffer->framebuffer;
	canvas->back = back;
	canvas->back_is_gl = true;
	return true;
}

/* -- by pixman -- */

static int canvas_make_picture(struct kms_canvas *canvas)
{
	pixman_region32_fini(&canvas->stale);
	pixman_region32_init_rect(&canvas->stale, 0, 0, canvas->width_px, canvas->height_px);
	canvas->picture =
		target_create(canvas->painters->pixman, canvas->width_px, canvas->height_px, NULL);
	return canvas->picture ? 0 : -errno;
}

static void canvas_drop_picture(struct kms_canvas *canvas)
{
	target_destroy(canvas->picture);
	canvas->picture = NULL;
	canvas->n_without = 0;
}

/* By way of the picture. */
static int canvas_blend(
	struct kms_canvas *canvas, const struct scene *scene, uint32_t back, int *fence_fd)
{
	int ret = canvas->picture ? 0 : canvas_make_picture(canvas);
	if (ret == 0)
		ret = target_paint(canvas->picture, scene, &canvas->stale, fence_fd);
	if (ret < 0)
		return ret;
	canvas->n_without = 0;
	pixman_region32_clear(&canvas->stale);
	kms_buffer_update(&canvas->dumb[back], canvas->picture);
	return 0;
}

static int canvas_write(
	struct kms_canvas *canvas, const struct scene *scene, uint32_t back, int *fence_fd)
{
	pixman_region32_t *stale = &canvas->dumb[back].stale;

	int ret = target_paint(canvas->dumb_targets[back], scene, stale, fence_fd);
	if (ret < 0)
		return ret;
	pixman_region32_clear(stale);
	if (canvas->picture && ++canvas->n_without == PICTURE_FRAMES)
		canvas_drop_picture(canvas);
	return 0;
}

static int canvas_blends(
	const struct kms_canvas *canvas, const struct scene *scene, uint32_t back, bool *blends)
{
	struct cover cover;

	int ret = cover_init(&cover, scene, &canvas->dumb[back].stale);
	*blends = cover_blends(&cover, scene);
	cover_finish(&cover);
	return ret;
}

static int canvas_paint_pixman(
	struct kms_canvas *canvas, const struct scene *scene, uint32_t *framebuffer, int *fence_fd)
{
	uint32_t back = !canvas->front_is_gl && canvas->front == 0;
	bool blends;

	int ret = canvas_blends(canvas, scene, back, &blends);
	if (ret == 0)
		ret = blends ? canvas_blend(canvas, scene, back, fence_fd)
			     : canvas_write(canvas, scene, back, fence_fd);
	if (ret < 0)
		return ret;
	*framebuffer = canvas->dumb[back].framebuffer;
	canvas->back = back;
	canvas->back_is_gl = false;
	return 0;
}

/* -- either -- */

int kms_canvas_init(struct kms_canvas *canvas, struct painters *painters,
	const struct formats *formats, int fd, uint32_t width_px, uint32_t height_px)
{
	*canvas = (struct kms_canvas){
		.fd = fd,
		.width_px = width_px,
		.height_px = height_px,
		.painters = painters,
		.formats = formats,
	};
	pixman_region32_init(&canvas->stale);
	for (uint32_t i = 0; i < 2; i++)
		pixman_region32_init(&canvas->gl[i].stale);
	for (uint32_t i = 0; i < 2; i++) {
		int ret = kms_buffer_init(&canvas->dumb[i], fd, width_px, height_px);
		if (ret < 0)
			return ret;
		canvas->dumb_targets[i] =
			pixman_target_create(painters->pixman, canvas->dumb[i].image);
		if (!canvas->dumb_targets[i])
			return -errno;
	}
	return 0;
}

void kms_canvas_fill(struct kms_canvas *canvas, uint32_t colour)
{
	pixman_image_t *image = canvas->dumb[canvas->front].image;

	pixman_fill(pixman_image_get_data(image), pixman_image_get_stride(image) / 4, 32, 0, 0,
		canvas->width_px, canvas->height_px, colour);
}

void kms_canvas_finish(struct kms_canvas *canvas)
{
	target_destroy(canvas->picture);
	pixman_region32_fini(&canvas->stale);
	for (uint32_t i = 0; i < 2; i++) {
		target_destroy(canvas->dumb_targets[i]);
		kms_buffer_finish(&canvas->dumb[i]);
		gl_buffer_finish(&canvas->gl[i], canvas->fd);
	}
	*canvas = (struct kms_canvas){ 0 };
}

uint32_t kms_canvas_framebuffer(const struct kms_canvas *canvas)
{
	return canvas->front_is_gl ? canvas->gl[canvas->front].framebuffer
				   : canvas->dumb[canvas->front].framebuffer;
}

static void region_add(pixman_region32_t *region, const pixman_region32_t *damage)
{
	pixman_region32_union(region, region, (pixman_region32_t *)damage);
}

int kms_canvas_paint(struct kms_canvas *canvas, const struct scene *scene,
	const pixman_region32_t *damage, uint32_t *framebuffer, int *fence_fd)
{
	region_add(&canvas->stale, damage);
	for (uint32_t i = 0; i < 2; i++) {
		region_add(&canvas->dumb[i].stale, damage);
		region_add(&canvas->gl[i].stale, damage);
	}
	if (canvas_paint_gl(canvas, scene, framebuffer, fence_fd))
		return 0;
	return canvas_paint_pixman(canvas, scene, framebuffer, fence_fd);
}

void kms_canvas_swap(struct kms_canvas *canvas)
{
	canvas->front = canvas->back;
	canvas->front_is_gl = canvas->back_is_gl;
	if (canvas->front_is_gl)
		canvas_drop_picture(canvas);
}

void kms_canvas_refuse(struct kms_canvas *canvas, int error)
{
	bool is_for_good = error == -EINVAL || error == -ERANGE || error == -ENOSPC;

	if (canvas->back_is_gl && !canvas->front_is_gl && is_for_good)
		canvas_refuse(canvas, error);
}

int kms_canvas_read(struct kms_canvas *canvas, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	struct target *target = canvas->back_is_gl ? canvas->gl[canvas->back].target
						   : canvas->dumb_targets[canvas->back];

	return target ? target_read(target, image, x_px, y_px) : -ENODEV;
}
