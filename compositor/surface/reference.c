/* SPDX-License-Identifier: MIT */
/* Pointers to surfaces. */
#include "compositor/surface/reference.h"

#include "base/list.h"
#include "compositor/surface/surface.h"

static void reference_handle_gone(struct wl_listener *listener, void *data)
{
	surface_reference_set(container_of(listener, struct surface_reference, gone), NULL);
}

void surface_reference_set(struct surface_reference *reference, struct surface *surface)
{
	if (reference->surface == surface)
		return;
	if (reference->surface)
		wl_list_remove(&reference->gone.link);
	reference->surface = surface;
	if (!surface)
		return;
	reference->gone.notify = reference_handle_gone;
	wl_resource_add_destroy_listener(surface->resource, &reference->gone);
}
