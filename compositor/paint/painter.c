/* SPDX-License-Identifier: MIT */
/* What painters and their targets have in common. */
#include "compositor/paint/painter.h"

#include <errno.h>
#include <stdlib.h>

#include "compositor/paint/scene.h"
#include "compositor/surface/dmabuf.h"

void painter_init(
	struct painter *painter, const struct painter_interface *interface, const char *name)
{
	painter->interface = interface;
	painter->name = name;
	list_init(&painter->targets);
}

void painter_destroy(struct painter *painter)
{
	struct target *target, *tmp;

	if (!painter)
		return;
	list_for_each_safe (target, tmp, &painter->targets, link) {
		painter->interface->finish_target(target);
		list_remove(&target->link);
		target->painter = NULL;
	}
	formats_finish(&painter->formats);
	painter->interface->destroy(painter);
}

void target_init(
	struct target *target, struct painter *painter, uint32_t width_px, uint32_t height_px)
{
	target->painter = painter;
	target->width_px = width_px;
	target->height_px = height_px;
	list_append(&painter->targets, &target->link);
}

struct target *target_create(struct painter *painter, uint32_t width_px, uint32_t height_px,
	const struct formats *formats)
{
	struct target *target =
		painter->interface->create_target(painter, width_px, height_px, formats);

	if (target)
		target_init(target, painter, width_px, height_px);
	return target;
}

void target_destroy(struct target *target)
{
	if (target && target->painter) {
		target->painter->interface->finish_target(target);
		list_remove(&target->link);
	}
	free(target);
}

int target_paint(struct target *target, const struct scene *scene, const pixman_region32_t *damage,
	int *fence_fd)
{
	if (!target->painter)
		return -ENODEV;
	int ret = target->painter->interface->paint(target, scene, damage, fence_fd);
	if (ret == 0 && *fence_fd < 0 && target->painter->is_implicit && target->dmabuf)
		*fence_fd = dmabuf_export_fence(target->dmabuf);
	if (ret == 0 && *fence_fd >= 0)
		scene_wait(scene, *fence_fd);
	return ret;
}

int target_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	return target->painter ? target->painter->interface->read(target, image, x_px, y_px)
			       : -ENODEV;
}
