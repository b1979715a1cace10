/* SPDX-License-Identifier: MIT */
/* The 2D renderer: resources are pixman images, heads are copies of them. */
#include "backends/pixman/renderer.h"

#include <drm_fourcc.h>

#include "backends/guest_memory.h"
#include "backends/pixman/image.h"
#include "base/list.h"
#include "protocol/link.h"

static struct pixman_renderer *from_base(struct renderer *base)
{
	return container_of(base, struct pixman_renderer, base);
}

static bool pixman_has_room(struct renderer *base)
{
	return true;
}

static uint32_t pixman_create(struct pixman_renderer *r, const struct virtio_gpu_command *command)
{
	struct image *image = image_create(command->create_2d.format, command->create_2d.width,
		command->create_2d.height);

	if (image && idmap_insert(&r->images, command->resource_id, image) == 0)
		return VIRTIO_GPU_RESP_OK_NODATA;
	image_destroy(image);
	return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
}

static uint32_t pixman_execute(struct renderer *base, const struct virtio_gpu_command *command,
	struct renderer_ticket ticket)
{
	struct pixman_renderer *r = from_base(base);
	struct image *image = idmap_find(&r->images, command->resource_id);

	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D)
		return pixman_create(r, command);
	if (!image)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	switch (command->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		idmap_remove(&r->images, command->resource_id);
		image_destroy(image);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		return image_attach(image, command, r->memory) ? VIRTIO_GPU_RESP_OK_NODATA :
								 VIRTIO_GPU_RESP_ERR_UNSPEC;
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
		image_detach(image);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		if (!image->backing)
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
		return image_transfer(image, command->transfer_2d.area, command->transfer_2d.offset) ?
			VIRTIO_GPU_RESP_OK_NODATA :
			VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	default:
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
}

static void head_show_primary(struct pixman_renderer *r, struct pixman_head *head)
{
	struct image *image = idmap_find(&r->images, head->scanout.resource);
	struct swapchain_target target;

	if (!image || !swapchain_begin(&head->primary, &target))
		return;
	image_copy(image, head->scanout.area.x, head->scanout.area.y, target.box, PIXMAN_x8r8g8b8,
		target.pixels, target.stride_bytes, head->primary.width_px, head->primary.height_px);
	swapchain_commit(&head->primary, head->scanout.serial, 0, 0);
}

static void head_show_cursor(struct pixman_renderer *r, struct pixman_head *head)
{
	struct image *image = idmap_find(&r->images, head->cursor_resource);
	struct swapchain_target target;

	if (!image || !swapchain_begin(&head->cursor, &target))
		return;
	image_copy(image, 0, 0, target.box, PIXMAN_a8r8g8b8, target.pixels, target.stride_bytes,
		VIRTIO_GPU_CURSOR_PX, VIRTIO_GPU_CURSOR_PX);
	swapchain_commit(&head->cursor, head->cursor_serial, head->hot_x, head->hot_y);
}

static void pixman_scanout(struct renderer *base, uint32_t index,
	const struct renderer_scanout *scanout)
{
	struct pixman_head *head = &from_base(base)->heads[index];

	head->scanout = *scanout;
	if (scanout->resource)
		swapchain_reset(&head->primary, scanout->area.width, scanout->area.height,
			DRM_FORMAT_XRGB8888);
}

static uint32_t pixman_flush(struct renderer *base, uint32_t index, struct picture_box box,
	int64_t flush_ns, struct renderer_ticket ticket)
{
	struct pixman_renderer *r = from_base(base);
	struct pixman_head *head = &r->heads[index];

	swapchain_damage(&head->primary, box, flush_ns);
	head_show_primary(r, head);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static void pixman_cursor(struct renderer *base, uint32_t index, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct pixman_renderer *r = from_base(base);
	struct pixman_head *head = &r->heads[index];
	struct picture_box whole = { .width = VIRTIO_GPU_CURSOR_PX, .height = VIRTIO_GPU_CURSOR_PX };

	head->cursor_resource = resource;
	head->hot_x = hot_x;
	head->hot_y = hot_y;
	head->cursor_serial = serial;
	if (!resource)
		return;
	swapchain_reset(&head->cursor, whole.width, whole.height, DRM_FORMAT_ARGB8888);
	swapchain_damage(&head->cursor, whole, 0);
	head_show_cursor(r, head);
}

static void pixman_memory_changed(struct renderer *base)
{
	idmap_for_each(slot, &from_base(base)->images)
		image_detach(slot->value);
}

static void pixman_drop_images(struct pixman_renderer *r)
{
	idmap_for_each(slot, &r->images)
		image_destroy(slot->value);
	idmap_finish(&r->images);
}

static void pixman_reset(struct renderer *base)
{
	struct pixman_renderer *r = from_base(base);

	pixman_drop_images(r);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		r->heads[i].scanout = (struct renderer_scanout){ 0 };
		r->heads[i].cursor_resource = 0;
	}
}

void pixman_renderer_frame_done(struct pixman_renderer *r, const struct link_frame_done *message)
{
	struct pixman_head *head = &r->heads[message->head];

	if (message->plane == LINK_PLANE_CURSOR) {
		swapchain_frame_done(&head->cursor);
		head_show_cursor(r, head);
		return;
	}
	swapchain_frame_done(&head->primary);
	head_show_primary(r, head);
}

void pixman_renderer_released(struct pixman_renderer *r,
	const struct link_picture_released *message)
{
	struct pixman_head *head = &r->heads[message->head];

	if (message->plane == LINK_PLANE_CURSOR) {
		swapchain_released(&head->cursor, message);
		head_show_cursor(r, head);
		return;
	}
	swapchain_released(&head->primary, message);
	head_show_primary(r, head);
}

static const struct renderer_interface pixman_interface = {
	.name = "pixman",
	.has_room = pixman_has_room,
	.execute = pixman_execute,
	.scanout = pixman_scanout,
	.flush = pixman_flush,
	.cursor = pixman_cursor,
	.memory_changed = pixman_memory_changed,
	.reset = pixman_reset,
};

void pixman_renderer_init(struct pixman_renderer *r, const struct guest_memory *memory,
	struct channel *daemon)
{
	*r = (struct pixman_renderer){ .base.interface = &pixman_interface, .memory = memory };
	idmap_init(&r->images);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		swapchain_init(&r->heads[i].primary, daemon, i, LINK_PLANE_PRIMARY);
		swapchain_init(&r->heads[i].cursor, daemon, i, LINK_PLANE_CURSOR);
	}
}

void pixman_renderer_finish(struct pixman_renderer *r)
{
	pixman_drop_images(r);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		swapchain_finish(&r->heads[i].primary);
		swapchain_finish(&r->heads[i].cursor);
	}
}
