/* SPDX-License-Identifier: MIT */
/* wl_region. */
#include "compositor/surface/region.h"

#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "compositor/resource.h"

#define REGION_MAX (1 << 20) /* pixman computes with 32 bits */
#define REGION_RECTANGLES_MAX 64

static int32_t clamp(int64_t at)
{
	return at < -REGION_MAX ? -REGION_MAX : at > REGION_MAX ? REGION_MAX : (int32_t)at;
}

/* A client that tells each pixel apart has its region simplified. */
static void region_simplify(pixman_region32_t *region)
{
	if (pixman_region32_n_rects(region) <= REGION_RECTANGLES_MAX)
		return;
	pixman_box32_t extents = *pixman_region32_extents(region);
	pixman_region32_fini(region);
	pixman_region32_init_rect(
		region, extents.x1, extents.y1, extents.x2 - extents.x1, extents.y2 - extents.y1);
}

void region_add(pixman_region32_t *region, int32_t x, int32_t y, int32_t width, int32_t height)
{
	int32_t x1 = clamp(x), y1 = clamp(y);
	int32_t x2 = clamp((int64_t)x + width), y2 = clamp((int64_t)y + height);

	if (x2 <= x1 || y2 <= y1)
		return;
	pixman_region32_union_rect(region, region, x1, y1, x2 - x1, y2 - y1);
	region_simplify(region);
}

void region_union(pixman_region32_t *region, const pixman_region32_t *other)
{
	pixman_region32_union(region, region, (pixman_region32_t *)other);
	region_simplify(region);
}

static void region_subtract(
	pixman_region32_t *region, int32_t x, int32_t y, int32_t width, int32_t height)
{
	pixman_region32_t hole;

	pixman_region32_init(&hole);
	region_add(&hole, x, y, width, height);
	pixman_region32_subtract(region, region, &hole);
	pixman_region32_fini(&hole);
	region_simplify(region);
}

/* -- wl_region -- */

const pixman_region32_t *region_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static void region_handle_add(struct wl_client *client, struct wl_resource *resource, int32_t x,
	int32_t y, int32_t width, int32_t height)
{
	region_add(wl_resource_get_user_data(resource), x, y, width, height);
}

static void region_handle_subtract(struct wl_client *client, struct wl_resource *resource,
	int32_t x, int32_t y, int32_t width, int32_t height)
{
	region_subtract(wl_resource_get_user_data(resource), x, y, width, height);
}

static const struct wl_region_interface region_requests = {
	.destroy = resource_handle_destroy,
	.add = region_handle_add,
	.subtract = region_handle_subtract,
};

static void region_free(struct wl_resource *resource)
{
	pixman_region32_t *region = wl_resource_get_user_data(resource);

	pixman_region32_fini(region);
	free(region);
}

void region_create(struct wl_client *client, uint32_t version, uint32_t id)
{
	pixman_region32_t *region = calloc(1, sizeof(*region));

	if (!region) {
		wl_client_post_no_memory(client);
		return;
	}
	pixman_region32_init(region);
	if (!resource_create(client, &wl_region_interface, version, id, &region_requests, region,
		    region_free))
		free(region);
}
