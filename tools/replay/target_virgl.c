/* SPDX-License-Identifier: MIT */
/* A recording's resources and contexts on virglrenderer, in this process. */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "backends/guest_memory.h"
#include "backends/virgl/library.h"
#include "backends/virgl/readback.h"
#include "backends/virgl/renderer.h"
#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "tools/replay/target.h"

struct target_virgl {
	struct target base;
	struct library library;
	struct renderer renderer;
};

static struct target_virgl *from_base(struct target *base)
{
	return container_of(base, struct target_virgl, base);
}

static uint32_t virgl_execute(struct target *base, const struct virtio_gpu_command *command)
{
	struct virtio_gpu_command c = virtio_gpu_command_in_3d(command);
	return renderer_execute(&from_base(base)->renderer, &c);
}

static bool virgl_read(struct target *base, const struct target_scanout *scanout, uint32_t *pixels)
{
	const struct virtio_gpu_area *area = &scanout->area;
	struct picture_box box = { area->x, area->y, area->width, area->height };
	struct resource *resource =
		renderer_find_resource(&from_base(base)->renderer, scanout->resource);
	size_t n_pixels = (size_t)area->width * area->height;
	uint32_t fourcc = resource ? resource_fourcc(resource, false) : 0;

	if (!fourcc || !resource_holds_box(resource, box) || n_pixels > UINT32_MAX / 4)
		return false;
	if (resource_read(resource, box, pixels, area->width * 4, n_pixels * 4) < 0)
		return false;
	for (size_t i = 0; fourcc == DRM_FORMAT_XBGR8888 && i < n_pixels; i++)
		pixels[i] = (pixels[i] & 0xff00ff00) | (pixels[i] & 0xff) << 16 |
			    (pixels[i] >> 16 & 0xff);
	return true;
}

static void virgl_reset(struct target *base)
{
	renderer_reset(&from_base(base)->renderer);
}

static void virgl_destroy(struct target *base)
{
	struct target_virgl *t = from_base(base);

	renderer_finish(&t->renderer);
	library_finish(&t->library);
	free(t);
}

static const struct target_interface virgl_interface = {
	.name = "virgl",
	.execute = virgl_execute,
	.read = virgl_read,
	.reset = virgl_reset,
	.destroy = virgl_destroy,
};

static int open_library(struct library *library, const char *render_node)
{
	if (!render_node)
		return library_open(library, -1, -1);
	int device_fd = open(render_node, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (device_fd >= 0)
		return library_open(library, device_fd,
			open(render_node, O_RDWR | O_CLOEXEC | O_NOCTTY));
	log_error("%s: %m", render_node);
	return -ENODEV;
}

struct target *target_virgl_create(
	int memory_fd, uint64_t memory_bytes, uint64_t quota_bytes, const char *render_node)
{
	struct target_virgl *t = calloc(1, sizeof(*t));
	struct guest_region region = { .size_bytes = memory_bytes };

	if (!t)
		return NULL;
	t->base.interface = &virgl_interface;
	library_init(&t->library);
	renderer_init(&t->renderer, &t->library);
	t->renderer.quota.limit_bytes = quota_bytes;
	if (open_library(&t->library, render_node) == 0) {
		if (guest_memory_add(&t->renderer.memory, &region, fd_dup(memory_fd)) >= 0)
			return &t->base;
		log_error("cannot map the memory of the recording");
	}
	virgl_destroy(&t->base);
	return NULL;
}

void target_virgl_cut(struct target *target, uint32_t chunk)
{
	from_base(target)->renderer.chunk = chunk;
}
