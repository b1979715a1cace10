/* SPDX-License-Identifier: MIT */
/* Fences for commits. */
#include "compositor/surface/explicit_sync.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compositor/global.h"
#include "compositor/resource.h"
#include "compositor/surface/fence.h"
#include "compositor/surface/release.h"
#include "compositor/surface/surface.h"

#include "linux-explicit-synchronization-unstable-v1-server-protocol.h"

#define ERROR(name) ZWP_LINUX_SURFACE_SYNCHRONIZATION_V1_ERROR_##name

bool explicit_sync_check(const struct surface *surface)
{
	const struct surface_state *pending = &surface->pending;
	struct wl_resource *resource = surface->synchronization;
	const char *wrong = NULL;
	uint32_t error = 0;

	if (!pending->acquire && !pending->release)
		return true;
	if (!pending->attached || !pending->buffer) {
		error = ERROR(NO_BUFFER);
		wrong = "a fence or a release, and no buffer";
	} else if (pending->acquire && !pending->buffer->dmabuf) {
		error = ERROR(UNSUPPORTED_BUFFER);
		wrong = "a fence, and a buffer that is no dma-buf";
	}
	if (!wrong)
		return true;
	if (resource)
		wl_resource_post_error(resource, error, "%s", wrong);
	else
		wl_client_post_implementation_error(
			wl_resource_get_client(surface->resource), "%s", wrong);
	return false;
}

void explicit_sync_surface_gone(struct surface *surface)
{
	if (surface->synchronization)
		wl_resource_set_user_data(surface->synchronization, NULL);
}

/* -- of a surface -- */

static void synchronization_set_acquire_fence(
	struct wl_client *client, struct wl_resource *resource, int32_t fd)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (!surface) {
		wl_resource_post_error(resource, ERROR(NO_SURFACE), "the surface is gone");
	} else if (surface->pending.acquire) {
		wl_resource_post_error(
			resource, ERROR(DUPLICATE_FENCE), "the commit has a fence already");
	} else {
		surface->pending.acquire = fence_create(client, fd);
		if (surface->pending.acquire)
			return;
		wl_resource_post_error(resource, ERROR(INVALID_FENCE),
			"the fence cannot be had: %s", strerror(errno));
	}
	close(fd);
}

static void synchronization_get_release(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (!surface)
		wl_resource_post_error(resource, ERROR(NO_SURFACE), "the surface is gone");
	else if (surface->pending.release)
		wl_resource_post_error(
			resource, ERROR(DUPLICATE_RELEASE), "the commit has a release already");
	else
		surface->pending.release = release_create(client, id);
}

static const struct zwp_linux_surface_synchronization_v1_interface synchronization_requests = {
	.destroy = resource_handle_destroy,
	.set_acquire_fence = synchronization_set_acquire_fence,
	.get_release = synchronization_get_release,
};

static void synchronization_free(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (!surface)
		return;
	surface->synchronization = NULL;
	fence_destroy(surface->pending.acquire);
	surface->pending.acquire = NULL;
}

/* -- the global -- */

static void explicit_sync_get_synchronization(struct wl_client *client,
	struct wl_resource *resource, uint32_t id, struct wl_resource *surface_resource)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->synchronization)
		wl_resource_post_error(resource,
			ZWP_LINUX_EXPLICIT_SYNCHRONIZATION_V1_ERROR_SYNCHRONIZATION_EXISTS,
			"the surface has a synchronization already");
	else
		surface->synchronization =
			resource_create(client, &zwp_linux_surface_synchronization_v1_interface,
				wl_resource_get_version(resource), id, &synchronization_requests,
				surface, synchronization_free);
}

static const struct zwp_linux_explicit_synchronization_v1_interface explicit_sync_requests = {
	.destroy = resource_handle_destroy,
	.get_synchronization = explicit_sync_get_synchronization,
};

const struct global explicit_sync_global = {
	.interface = &zwp_linux_explicit_synchronization_v1_interface,
	.version = 2,
	.requests = &explicit_sync_requests,
};
