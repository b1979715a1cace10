/* SPDX-License-Identifier: MIT */
/* What the guest's heads show out of 3D resources. */
#include "daemon/render/heads.h"

#include <errno.h>
#include <linux/virtio_gpu.h>
#include <sys/mman.h>

#include "backends/virgl/readback.h"
#include "backends/virgl/renderer.h"
#include "backends/virgl/resource.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "protocol/bounds.h"
#include "protocol/virtio_gpu.h"

/* Copies of what heads show may take as much memory as the resources, and this at least. */
#define PICTURES_BYTES_MIN (UINT64_C(256) << 20)

static struct log_limit heads_log_limit;

#define planes_for_each(plane, heads)                                                              \
	for (__typeof__(&(heads)->planes[0][0]) plane = &(heads)->planes[0][0];                    \
		plane < &(heads)->planes[0][0] + LIMIT_HEADS * LINK_PLANE_COUNT; plane++)

void heads_init(struct heads *heads, struct channel *link, struct renderer *renderer)
{
	*heads = (struct heads){ .link = link, .renderer = renderer };
	for (uint32_t head = 0; head < LIMIT_HEADS; head++) {
		for (uint32_t plane = 0; plane < LINK_PLANE_COUNT; plane++)
			swapchain_init(&heads->planes[head][plane].chain, link, head, plane);
		exports_init(&heads->exports[head], link, head);
	}
}

void heads_finish(struct heads *heads)
{
	planes_for_each(plane, heads) swapchain_finish(&plane->chain);
}

void heads_reset(struct heads *heads)
{
	planes_for_each(plane, heads)
	{
		plane->resource = 0;
		plane->exported = false;
		swapchain_reset(&plane->chain, 0, 0, 0);
	}
	for (uint32_t head = 0; head < LIMIT_HEADS; head++) {
		exports_reset(&heads->exports[head]);
		pace_reset(&heads->paces[head]);
	}
}

static void plane_read(struct heads *heads, struct plane *plane, const struct resource *resource,
	const struct swapchain_target *target)
{
	struct picture_box box = target->box;
	uint8_t *pixels = target->pixels + (size_t)box.y * target->stride_bytes + box.x * 4;
	uint32_t size_bytes = (box.height - 1) * target->stride_bytes + box.width * 4;

	box.x += plane->source.x;
	box.y += plane->source.y;
	int ret = resource_read(resource, box, pixels, target->stride_bytes, size_bytes);
	if (ret < 0)
		log_limited(&heads_log_limit, LOG_LEVEL_WARN,
			"head %u: resource %u cannot be read back", plane->chain.head,
			resource->id);
}

/* The swapchain knows whether the daemon wants a frame of this plane. */
static void plane_present_export(struct heads *heads, struct plane *plane)
{
	struct exports *exports = &heads->exports[plane->chain.head];

	if (plane->chain.wanted && exports_present(exports, heads->renderer->library->fence_done))
		plane->chain.wanted = false;
}

static void plane_present_copy(struct heads *heads, struct plane *plane)
{
	struct swapchain_target target;

	if (!swapchain_begin(&plane->chain, &target))
		return;
	plane_read(heads, plane, renderer_find_resource(heads->renderer, plane->resource), &target);
	swapchain_commit(&plane->chain, plane->serial, plane->hot_x, plane->hot_y);
	if (plane->chain.dirty) /* the daemon does not read just now */
		channel_want_write(heads->link);
}

static void plane_present(struct heads *heads, struct plane *plane)
{
	bool wanted = plane->chain.wanted;

	if (!plane->resource)
		return;
	if (plane->exported)
		plane_present_export(heads, plane);
	else
		plane_present_copy(heads, plane);
	if (wanted && !plane->chain.wanted && plane->chain.plane == LINK_PLANE_PRIMARY)
		pace_sent(&heads->paces[plane->chain.head]);
}

void heads_fence_signalled(struct heads *heads)
{
	planes_for_each(plane, heads)
	{
		if (plane->exported)
			plane_present(heads, plane);
	}
}

void heads_present(struct heads *heads)
{
	planes_for_each(plane, heads) plane_present(heads, plane);
}

static bool plane_can_export(struct heads *heads, struct plane *plane, struct resource *resource,
	struct picture_box source)
{
	if (!heads->renderer->library->exports || resource->unexportable)
		return false;
	if (exports_add(&heads->exports[plane->chain.head], resource, source))
		return true;
	resource->unexportable = true;
	log_limited(&heads_log_limit, LOG_LEVEL_INFO,
		"head %u: resource %u cannot leave as a dma-buf, it is copied", plane->chain.head,
		resource->id);
	return false;
}

static void plane_flush_export(
	struct heads *heads, struct plane *plane, struct picture_box box, int64_t flush_ns)
{
	struct library *library = heads->renderer->library;

	/* If there is no memory for a fence: that of the drawing before. */
	library_fence_create(library);
	struct exports_flush flush = {
		.resource = renderer_find_resource(heads->renderer, plane->resource),
		.box = plane->source,
		.serial = plane->serial,
		.fence = library->fence_made,
		.damage = box,
		.flush_ns = flush_ns,
	};
	if (plane->fresh)
		flush.damage = (struct picture_box){
			.width = plane->source.width,
			.height = plane->source.height,
		};
	exports_push(&heads->exports[plane->chain.head], &flush);
}

static bool heads_have_room(
	const struct heads *heads, const struct plane *plane, struct picture_box source)
{
	uint64_t limit = heads->renderer->quota.limit_bytes;
	uint64_t total = (uint64_t)source.width * source.height;

	planes_for_each(other, heads)
	{
		if (other != plane)
			total += (uint64_t)other->chain.width_px * other->chain.height_px;
	}
	if (limit < PICTURES_BYTES_MIN)
		limit = PICTURES_BYTES_MIN;
	return total * 4 * SWAPCHAIN_SLOTS <= limit;
}

/* What was shown by exporting it comes by copying from now on. */
static void plane_stop_exporting(struct heads *heads, struct plane *plane)
{
	const struct resource *resource = renderer_find_resource(heads->renderer, plane->resource);
	struct picture_box whole = {
		.width = plane->source.width,
		.height = plane->source.height,
	};

	plane->exported = false;
	if (!heads_have_room(heads, plane, plane->source)) {
		log_limited(&heads_log_limit, LOG_LEVEL_WARN,
			"head %u: no memory for copies of resource %u", plane->chain.head,
			resource->id);
		plane->resource = 0;
		return;
	}
	swapchain_reset(&plane->chain, whole.width, whole.height, resource_fourcc(resource, false));
	if (!plane->fresh)
		swapchain_damage(&plane->chain, whole, clock_now_ns());
	plane_present(heads, plane);
}

uint32_t heads_scanout(struct heads *heads, const struct render_scanout *scanout)
{
	struct picture_box source = {
		.x = scanout->x,
		.y = scanout->y,
		.width = scanout->width_px,
		.height = scanout->height_px,
	};

	if (scanout->head >= LIMIT_HEADS)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	struct plane *plane = &heads->planes[scanout->head][LINK_PLANE_PRIMARY];
	if (!scanout->resource) {
		plane->resource = 0;
		pace_reset(&heads->paces[scanout->head]);
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	struct resource *resource = renderer_find_resource(heads->renderer, scanout->resource);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	uint32_t fourcc = resource_fourcc(resource, false);
	if (!fourcc || !resource_holds_box(resource, source) || source.width > LIMIT_PICTURE_PX ||
		source.height > LIMIT_PICTURE_PX)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	bool exported = plane_can_export(heads, plane, resource, source);
	if (!exported && !heads_have_room(heads, plane, source))
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;

	plane->resource = resource->id;
	plane->source = source;
	plane->serial = scanout->serial;
	plane->exported = exported;
	plane->fresh = true;
	if (!exported)
		swapchain_reset(&plane->chain, source.width, source.height, fourcc);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t heads_flush(struct heads *heads, const struct render_flush *flush, uint64_t fences)
{
	struct picture_box box = {
		.x = flush->x,
		.y = flush->y,
		.width = flush->width_px,
		.height = flush->height_px,
	};

	if (flush->head >= LIMIT_HEADS)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	struct plane *plane = &heads->planes[flush->head][LINK_PLANE_PRIMARY];
	if (!plane->resource) /* it went to another worker meanwhile */
		return VIRTIO_GPU_RESP_OK_NODATA;
	if (!box.width || !box.height || !range_fits(box.x, box.width, plane->source.width) ||
		!range_fits(box.y, box.height, plane->source.height))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	pace_flush(&heads->paces[flush->head], fences, clock_now_ns());
	if (plane->exported)
		plane_flush_export(heads, plane, box, flush->flush_ns);
	else
		swapchain_damage(&plane->chain, box, flush->flush_ns);
	plane->fresh = false;
	plane_present(heads, plane);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

bool heads_hold(const struct heads *heads, uint64_t fence)
{
	for (uint32_t head = 0; head < LIMIT_HEADS; head++) {
		if (pace_holds(&heads->paces[head], fence))
			return true;
	}
	return false;
}

int64_t heads_deadline_ns(const struct heads *heads)
{
	int64_t soonest_ns = 0;

	for (uint32_t head = 0; head < LIMIT_HEADS; head++) {
		int64_t ns = pace_deadline_ns(&heads->paces[head]);
		if (ns && (!soonest_ns || ns < soonest_ns))
			soonest_ns = ns;
	}
	return soonest_ns;
}

void heads_expire(struct heads *heads, int64_t now_ns)
{
	for (uint32_t head = 0; head < LIMIT_HEADS; head++)
		pace_expire(&heads->paces[head], now_ns);
}

uint32_t heads_cursor(struct heads *heads, const struct render_cursor *cursor)
{
	struct picture_box whole = {
		.width = VIRTIO_GPU_CURSOR_PX,
		.height = VIRTIO_GPU_CURSOR_PX,
	};

	if (cursor->head >= LIMIT_HEADS)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	struct plane *plane = &heads->planes[cursor->head][LINK_PLANE_CURSOR];
	if (!cursor->resource) {
		plane->resource = 0;
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	struct resource *resource = renderer_find_resource(heads->renderer, cursor->resource);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	uint32_t fourcc = resource_fourcc(resource, true);
	if (!fourcc || !resource_holds_box(resource, whole))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;

	plane->resource = resource->id;
	plane->source = whole;
	plane->serial = cursor->serial;
	plane->hot_x = cursor->hot_x;
	plane->hot_y = cursor->hot_y;
	swapchain_reset(&plane->chain, whole.width, whole.height, fourcc);
	swapchain_damage(&plane->chain, whole, clock_now_ns());
	plane_present(heads, plane);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

void heads_forget(struct heads *heads, const struct resource *resource)
{
	planes_for_each(plane, heads)
	{
		if (plane->resource == resource->id)
			plane->resource = 0;
	}
	for (uint32_t head = 0; head < LIMIT_HEADS; head++)
		exports_forget(&heads->exports[head], resource);
}

void heads_resync(struct heads *heads)
{
	for (uint32_t head = 0; head < LIMIT_HEADS; head++)
		exports_resync(&heads->exports[head]);
	planes_for_each(plane, heads)
	{
		struct picture_box whole = {
			.width = plane->source.width,
			.height = plane->source.height,
		};
		swapchain_resync(&plane->chain);
		if (plane->resource && plane->exported && !plane->fresh)
			plane_flush_export(heads, plane, whole, 0);
		plane_present(heads, plane);
	}
}

static struct plane *heads_find_plane(struct heads *heads, uint32_t head, uint32_t plane)
{
	if (head >= LIMIT_HEADS || plane >= LINK_PLANE_COUNT)
		return NULL;
	return &heads->planes[head][plane];
}

void heads_frame_done(struct heads *heads, const struct link_frame_done *message)
{
	struct plane *plane = heads_find_plane(heads, message->head, message->plane);
	if (!plane)
		return;
	swapchain_frame_done(&plane->chain);
	if (message->plane == LINK_PLANE_PRIMARY)
		pace_done(&heads->paces[message->head], clock_now_ns());
	plane_present(heads, plane);
}

void heads_released(struct heads *heads, const struct link_picture_released *message)
{
	struct plane *plane = heads_find_plane(heads, message->head, message->plane);
	if (!plane)
		return;
	swapchain_released(&plane->chain, message);
	if (message->plane == LINK_PLANE_PRIMARY)
		exports_released(
			&heads->exports[message->head], message->slot, message->generation);
	plane_present(heads, plane);
}

/* On one head, and so on all of them. */
void heads_refused(struct heads *heads, const struct link_picture_released *message)
{
	if (message->head >= LIMIT_HEADS || message->plane != LINK_PLANE_PRIMARY)
		return;
	const struct resource *refused =
		exports_find(&heads->exports[message->head], message->slot, message->generation);
	if (!refused)
		return;
	struct resource *resource = renderer_find_resource(heads->renderer, refused->id);
	resource->unexportable = true;
	for (uint32_t head = 0; head < LIMIT_HEADS; head++)
		exports_forget(&heads->exports[head], resource);
	planes_for_each(plane, heads)
	{
		if (plane->exported && plane->resource == resource->id)
			plane_stop_exporting(heads, plane);
	}
}

/* A memfd of the source's rows without gaps, or negative errno. */
static int copy_make(const struct resource *resource, struct picture_box source)
{
	uint32_t stride_bytes = source.width * 4, bytes = stride_bytes * source.height;

	int fd = memfd_create_sealed("mullion-copy", bytes);
	if (fd < 0)
		return fd;
	void *pixels = memfd_map(fd, bytes, PROT_READ | PROT_WRITE);
	int ret = pixels ? resource_read(resource, source, pixels, stride_bytes, bytes) : -errno;
	if (pixels)
		munmap(pixels, bytes);
	if (ret == 0)
		return fd;
	fd_close(&fd);
	return ret;
}

static int plane_copy(const struct heads *heads, const struct plane *plane, struct link_copy *copy)
{
	if (!plane || !plane->resource)
		return -ENODATA;
	const struct resource *resource = renderer_find_resource(heads->renderer, plane->resource);
	int fd = copy_make(resource, plane->source);
	if (fd < 0)
		return fd;
	copy->width_px = plane->source.width;
	copy->height_px = plane->source.height;
	copy->fourcc = resource_fourcc(resource, false);
	return fd;
}

/* Should the daemon not read just now, it does not hear of it: it does not wait for ever. */
void heads_copy(struct heads *heads, const struct link_copy_wanted *message)
{
	struct link_copy copy = { .type = LINK_COPY, .head = message->head, .id = message->id };

	int fd = plane_copy(
		heads, heads_find_plane(heads, message->head, LINK_PLANE_PRIMARY), &copy);
	if (fd < 0)
		copy.status = fd == -ENODATA ? LINK_COPY_DARK : LINK_COPY_FAILED;
	channel_send(heads->link, &copy, sizeof(copy), &fd, fd < 0 ? 0 : 1);
	fd_close(&fd);
}
