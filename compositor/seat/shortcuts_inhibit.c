/* SPDX-License-Identifier: MIT */
/* zwp_keyboard_shortcuts_inhibitor_v1. */
#include "compositor/seat/shortcuts_inhibit.h"

#include "compositor/global.h"
#include "compositor/resource.h"

#include "keyboard-shortcuts-inhibit-unstable-v1-server-protocol.h"

void shortcuts_inhibit_surface_gone(struct surface *surface)
{
	if (surface->shortcuts_inhibitor)
		wl_resource_set_user_data(surface->shortcuts_inhibitor, NULL);
}

static const struct zwp_keyboard_shortcuts_inhibitor_v1_interface inhibitor_requests = {
	.destroy = resource_handle_destroy,
};

static void inhibitor_free(struct wl_resource *resource)
{
	struct surface *surface = wl_resource_get_user_data(resource);

	if (surface)
		surface->shortcuts_inhibitor = NULL;
}

static void manager_inhibit(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface_resource, struct wl_resource *seat)
{
	struct surface *surface = surface_of(surface_resource);

	if (surface->shortcuts_inhibitor) {
		wl_resource_post_error(manager,
			ZWP_KEYBOARD_SHORTCUTS_INHIBIT_MANAGER_V1_ERROR_ALREADY_INHIBITED,
			"the surface has an inhibitor already");
		return;
	}
	surface->shortcuts_inhibitor =
		resource_create(client, &zwp_keyboard_shortcuts_inhibitor_v1_interface, 1, id,
			&inhibitor_requests, surface, inhibitor_free);
	if (surface->shortcuts_inhibitor)
		zwp_keyboard_shortcuts_inhibitor_v1_send_active(surface->shortcuts_inhibitor);
}

static const struct zwp_keyboard_shortcuts_inhibit_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.inhibit_shortcuts = manager_inhibit,
};

const struct global shortcuts_inhibit_global = {
	.interface = &zwp_keyboard_shortcuts_inhibit_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
