/* SPDX-License-Identifier: MIT */
/* A recording's 2D resources and blobs as pixman images. */
#include <stdlib.h>

#include "backends/guest_memory.h"
#include "backends/pixman/image.h"
#include "base/idmap.h"
#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"
#include "tools/replay/target.h"

struct target_pixman {
	struct target base;
	struct guest_memory memory;
	struct idmap images; /* of struct image, owned */
	uint64_t quota_bytes, bytes;
};

static struct target_pixman *from_base(struct target *base)
{
	return container_of(base, struct target_pixman, base);
}

static uint64_t image_cost_bytes(const struct image *image)
{
	return sizeof(*image) + (uint64_t)image->width * 4 * image->height;
}

static uint32_t pixman_create(struct target_pixman *t, const struct virtio_gpu_command *command)
{
	bool is_blob = command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB;
	uint32_t width = is_blob ? 0 : command->create_2d.width;
	uint32_t height = is_blob ? 0 : command->create_2d.height;

	if (!command->resource_id || idmap_find(&t->images, command->resource_id))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (width > LIMIT_PICTURE_PX || height > LIMIT_PICTURE_PX ||
		(!is_blob && (!width || !height)))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	struct image *image = is_blob ? image_create_blob()
				      : image_create(command->create_2d.format, width, height);
	if (!image)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (!range_fits(t->bytes, image_cost_bytes(image), t->quota_bytes) ||
		idmap_insert(&t->images, command->resource_id, image) < 0) {
		image_destroy(image);
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	}
	t->bytes += image_cost_bytes(image);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t pixman_attach(
	struct target_pixman *t, struct image *image, const struct virtio_gpu_command *command)
{
	if (image->backing.segments)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	return backing_attach(&image->backing, command, &t->memory) ? VIRTIO_GPU_RESP_OK_NODATA
								    : VIRTIO_GPU_RESP_ERR_UNSPEC;
}

static uint32_t pixman_transfer(struct image *image, const struct virtio_gpu_command *command)
{
	struct virtio_gpu_area area = command->transfer_2d.area;

	if (image->blob)
		return VIRTIO_GPU_RESP_OK_NODATA;
	if (!image->backing.segments)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!range_fits(area.x, area.width, image->width) ||
		!range_fits(area.y, area.height, image->height) ||
		image_transfer(image, area, command->transfer_2d.offset) < 0)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t pixman_execute(struct target *base, const struct virtio_gpu_command *command)
{
	struct target_pixman *t = from_base(base);
	struct image *image = idmap_find(&t->images, command->resource_id);

	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D ||
		command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB)
		return pixman_create(t, command);
	if (!image)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	switch (command->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		idmap_remove(&t->images, command->resource_id);
		t->bytes -= image_cost_bytes(image);
		image_destroy(image);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		return pixman_attach(t, image, command);
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
		backing_detach(&image->backing);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		return pixman_transfer(image, command);
	default:
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
}

/* The area lies in the image; of a blob, its rows lie in the memory behind it. */
static bool scanout_fits(const struct image *image, const struct target_scanout *scanout)
{
	const struct virtio_gpu_area *area = &scanout->area;
	uint64_t right = (uint64_t)area->x + area->width, bottom = (uint64_t)area->y + area->height;
	uint64_t rows;

	if (!image->blob)
		return right <= image->width && bottom <= image->height;
	return virtio_gpu_format_bytes(scanout->format) && right * 4 <= scanout->stride_bytes &&
	       mul_fits(scanout->stride_bytes, bottom, &rows) &&
	       range_fits(scanout->offset_bytes, rows - scanout->stride_bytes + right * 4,
		       image->backing.bytes);
}

static bool pixman_read(struct target *base, const struct target_scanout *scanout, uint32_t *pixels)
{
	const struct image *image = idmap_find(&from_base(base)->images, scanout->resource);
	struct renderer_scanout from = {
		.resource = scanout->resource,
		.area = scanout->area,
		.format = scanout->format,
		.stride_bytes = scanout->stride_bytes,
		.offset_bytes = scanout->offset_bytes,
	};
	struct picture_box all = { .width = scanout->area.width, .height = scanout->area.height };
	struct image_target to = {
		.format = PIXMAN_x8r8g8b8,
		.pixels = (uint8_t *)pixels,
		.stride_bytes = scanout->area.width * 4,
	};

	return image && scanout_fits(image, scanout) && image_copy(image, &from, all, &to);
}

static void pixman_reset(struct target *base)
{
	struct target_pixman *t = from_base(base);

	idmap_for_each(slot, &t->images) image_destroy(slot->value);
	idmap_finish(&t->images);
	t->bytes = 0;
}

static void pixman_destroy(struct target *base)
{
	struct target_pixman *t = from_base(base);

	pixman_reset(base);
	guest_memory_finish(&t->memory);
	free(t);
}

static const struct target_interface pixman_interface = {
	.name = "pixman",
	.execute = pixman_execute,
	.read = pixman_read,
	.reset = pixman_reset,
	.destroy = pixman_destroy,
};

struct target *target_pixman_create(int memory_fd, uint64_t memory_bytes, uint64_t quota_bytes)
{
	struct target_pixman *t = calloc(1, sizeof(*t));
	struct guest_region region = { .size_bytes = memory_bytes };

	if (!t)
		return NULL;
	t->base.interface = &pixman_interface;
	t->quota_bytes = quota_bytes;
	idmap_init(&t->images);
	guest_memory_init(&t->memory);
	if (guest_memory_add(&t->memory, &region, fd_dup(memory_fd)) >= 0)
		return &t->base;
	log_error("cannot map the memory of the recording");
	pixman_destroy(&t->base);
	return NULL;
}
