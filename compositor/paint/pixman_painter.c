/* SPDX-License-Identifier: MIT */
/* Scenes into memory. */
#include "compositor/paint/pixman_painter.h"

#include <errno.h>
#include <stdlib.h>

#include "compositor/paint/cover.h"
#include "compositor/paint/item.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"

struct pixman_target {
	struct target target;
	pixman_image_t *image;
};

static pixman_image_t *image_of(struct target *target)
{
	return container_of(target, struct pixman_target, target)->image;
}

static void paint_black(pixman_image_t *picture, const pixman_region32_t *where)
{
	static const pixman_color_t black = { 0, 0, 0, 0xffff };
	int n;
	const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)where, &n);

	pixman_image_fill_boxes(PIXMAN_OP_SRC, picture, &black, n, boxes);
}

static int pixman_paint(struct target *target, const struct scene *scene,
	const pixman_region32_t *damage, int *fence_fd)
{
	pixman_image_t *picture = image_of(target);
	struct cover cover;

	int ret = cover_init(&cover, scene, damage);
	if (ret == 0) {
		paint_black(picture, &cover.bare);
		*fence_fd = -1;
	}
	for (uint32_t i = 0; i < cover.n_items; i++) {
		const struct scene_item *item = &scene->items[i];
		pixman_region32_t *where = &cover.items[i];
		bool is_opaque = item->is_opaque;
		if (!pixman_region32_not_empty(where))
			continue;
		/* Another painter took it, and is gone. */
		if (item->buffer->kind == BUFFER_DMABUF)
			dmabuf_map(item->buffer->dmabuf);
		pixman_image_set_clip_region32(picture, where);
		if (!item_compose(
			    item, is_opaque ? PIXMAN_OP_SRC : PIXMAN_OP_OVER, picture, 0, 0) &&
			is_opaque)
			paint_black(picture, where);
	}
	pixman_image_set_clip_region32(picture, NULL);
	cover_finish(&cover);
	return ret;
}

static int pixman_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	pixman_image_composite32(PIXMAN_OP_SRC, image_of(target), NULL, image, x_px, y_px, 0, 0, 0,
		0, pixman_image_get_width(image), pixman_image_get_height(image));
	return 0;
}

static struct target *pixman_wrap(pixman_image_t *take_image)
{
	struct pixman_target *target = take_image ? calloc(1, sizeof(*target)) : NULL;

	if (!target) {
		if (take_image)
			pixman_image_unref(take_image);
		errno = ENOMEM;
		return NULL;
	}
	target->image = take_image;
	return &target->target;
}

static struct target *pixman_create_target(struct painter *painter, uint32_t width_px,
	uint32_t height_px, const struct formats *formats)
{
	if (formats) {
		errno = ENOTSUP;
		return NULL;
	}
	return pixman_wrap(pixman_image_create_bits(PIXMAN_x8r8g8b8, width_px, height_px, NULL, 0));
}

static void pixman_finish_target(struct target *target)
{
	pixman_image_unref(image_of(target));
}

static int pixman_take(struct painter *painter, struct dmabuf *dmabuf)
{
	return dmabuf_map(dmabuf);
}

static void pixman_destroy(struct painter *painter)
{
	free(painter);
}

static const struct painter_interface pixman_interface = {
	.create_target = pixman_create_target,
	.finish_target = pixman_finish_target,
	.paint = pixman_paint,
	.read = pixman_read,
	.take = pixman_take,
	.destroy = pixman_destroy,
};

struct target *pixman_target_create(struct painter *pixman, pixman_image_t *image)
{
	struct target *target = pixman_wrap(pixman_image_ref(image));

	if (target)
		target_init(target, pixman, pixman_image_get_width(image),
			pixman_image_get_height(image));
	return target;
}

struct painter *pixman_painter_create(void)
{
	struct painter *painter = calloc(1, sizeof(*painter));

	if (!painter)
		return NULL;
	painter_init(painter, &pixman_interface, "pixman");
	int ret = dmabuf_add_mapped_formats(&painter->formats);
	if (ret == 0)
		return painter;
	painter_destroy(painter);
	errno = -ret;
	return NULL;
}
