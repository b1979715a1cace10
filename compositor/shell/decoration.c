/* SPDX-License-Identifier: MIT */
/* zxdg_decoration_manager_v1. */
#include "compositor/shell/decoration.h"

#include "compositor/global.h"
#include "compositor/resource.h"
#include "compositor/shell/toplevel.h"

#include "xdg-decoration-unstable-v1-server-protocol.h"

/* In effect with the window's next configure. */
static void decoration_tell(struct wl_resource *resource)
{
	zxdg_toplevel_decoration_v1_send_configure(
		resource, ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

/* An answer is due, and it is always the same. */
static void decoration_handle_unset(struct wl_client *client, struct wl_resource *resource)
{
	struct toplevel *toplevel = wl_resource_get_user_data(resource);

	decoration_tell(resource);
	if (toplevel)
		toplevel_arrange(toplevel);
}

static void decoration_handle_mode(
	struct wl_client *client, struct wl_resource *resource, uint32_t mode)
{
	decoration_handle_unset(client, resource);
}

static const struct zxdg_toplevel_decoration_v1_interface decoration_requests = {
	.destroy = resource_handle_destroy,
	.set_mode = decoration_handle_mode,
	.unset_mode = decoration_handle_unset,
};

static void decoration_free(struct wl_resource *resource)
{
	struct toplevel *toplevel = wl_resource_get_user_data(resource);

	if (toplevel)
		toplevel->decoration = NULL;
}

void decoration_orphan(struct wl_resource *decoration)
{
	if (!decoration)
		return;
	wl_resource_post_error(decoration, ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ORPHANED,
		"its window is destroyed before it");
	wl_resource_set_user_data(decoration, NULL);
}

static void manager_get(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *toplevel_resource)
{
	struct toplevel *toplevel = wl_resource_get_user_data(toplevel_resource);
	struct wl_resource *resource =
		resource_create(client, &zxdg_toplevel_decoration_v1_interface, 1, id,
			&decoration_requests, NULL, decoration_free);

	if (!resource)
		return;
	if (toplevel->decoration) {
		wl_resource_post_error(resource,
			ZXDG_TOPLEVEL_DECORATION_V1_ERROR_ALREADY_CONSTRUCTED,
			"the window has a decoration");
		return;
	}
	toplevel->decoration = resource;
	wl_resource_set_user_data(resource, toplevel);
	decoration_tell(resource);
}

static const struct zxdg_decoration_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.get_toplevel_decoration = manager_get,
};

const struct global decoration_global = {
	.interface = &zxdg_decoration_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
