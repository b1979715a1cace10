/* SPDX-License-Identifier: MIT */
/* xdg_toplevel. */
#include "compositor/shell/toplevel.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/output_global.h"
#include "compositor/resource.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"
#include "compositor/shell/decoration.h"
#include "compositor/shell/popup.h"
#include "compositor/shell/xdg_surface.h"
#include "compositor/watch.h"

#include "xdg-shell-server-protocol.h"

static struct toplevel *toplevel_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

/* -- on the screen -- */

static bool toplevel_is_mapped(const struct toplevel *toplevel)
{
	return !list_empty(&toplevel->mapped_link);
}

static void toplevel_configure(struct toplevel *toplevel)
{
	struct config_box box = layout_box(toplevel);
	uint32_t values[] = { XDG_TOPLEVEL_STATE_FULLSCREEN, XDG_TOPLEVEL_STATE_ACTIVATED };
	struct wl_array states = { .size = sizeof(values), .data = values };

	xdg_toplevel_send_configure(toplevel->resource, box.width, box.height, &states);
	xdg_surface_configure(toplevel->xdg);
}

/* Of a size of its own: some (mpv) listen from then on only, and only to what is new. */
static void toplevel_remind(struct toplevel *toplevel)
{
	struct config_box box = layout_box(toplevel);
	struct wl_array none = { 0 };

	if (toplevel->surface->width == box.width && toplevel->surface->height == box.height)
		return;
	xdg_toplevel_send_configure(toplevel->resource, 0, 0, &none);
	xdg_surface_configure(toplevel->xdg);
	toplevel_configure(toplevel);
}

static void toplevel_map(struct toplevel *toplevel)
{
	static struct log_limit limit;

	list_insert(&toplevel->server->mapped, &toplevel->mapped_link);
	watch_start(toplevel);
	surface_set_output(toplevel->surface, toplevel->output);
	if (!toplevel->output)
		return;
	layout_window_came(toplevel);
	output_damage_all(toplevel->output);
	log_limited(&limit, LOG_LEVEL_DEBUG, "output %s: a window, %dx%d", toplevel->output->name,
		toplevel->surface->width, toplevel->surface->height);
}

/* It is not seen any more; its surface may live on elsewhere, or goes as well. */
static void toplevel_unmap(struct toplevel *toplevel)
{
	if (toplevel->xdg)
		popups_dismiss(toplevel->xdg);
	if (toplevel->surface)
		surface_set_output(toplevel->surface, NULL);
	if (!toplevel_is_mapped(toplevel))
		return;
	list_remove(&toplevel->mapped_link);
	if (!toplevel->output)
		return;
	layout_window_left(toplevel);
	output_damage_all(toplevel->output);
}

bool toplevel_check(const struct toplevel *toplevel)
{
	const struct toplevel_size *min = &toplevel->min, *max = &toplevel->max;

	if ((max->width == 0 || max->width >= min->width) &&
		(max->height == 0 || max->height >= min->height))
		return true;
	wl_resource_post_error(toplevel->resource, XDG_TOPLEVEL_ERROR_INVALID_SIZE,
		"at least %dx%d, and at most %dx%d", min->width, min->height, max->width,
		max->height);
	return false;
}

void toplevel_commit(struct toplevel *toplevel)
{
	bool has_picture = surface_has_picture(toplevel->surface);

	/* Of a window that its surface was before it may have a picture from the first. */
	if (has_picture && toplevel->xdg->configured && !toplevel_is_mapped(toplevel)) {
		toplevel_map(toplevel);
		toplevel_remind(toplevel);
	}
	if (!has_picture && toplevel_is_mapped(toplevel)) {
		toplevel_unmap(toplevel);
		xdg_surface_reset(toplevel->xdg);
		return;
	}
	if (toplevel->xdg->begun)
		return;
	toplevel->xdg->begun = true;
	toplevel->output = layout_choose(toplevel);
	toplevel_configure(toplevel);
}

void toplevel_arrange(struct toplevel *toplevel)
{
	if (!toplevel->xdg || !toplevel->xdg->begun)
		return;
	struct output *output = layout_choose(toplevel);
	if (toplevel_is_mapped(toplevel) && output != toplevel->output) {
		toplevel_unmap(toplevel);
		toplevel->output = output;
		toplevel_map(toplevel);
	}
	toplevel->output = output;
	toplevel_configure(toplevel);
}

/* -- requests -- */

/* Another one of the configuration: place, layer, and how often it is to draw are others. */
static void toplevel_follow_rule(struct toplevel *toplevel)
{
	toplevel_arrange(toplevel);
	if (!toplevel_is_mapped(toplevel))
		return;
	watch_start(toplevel);
	layout_window_changed(toplevel);
	seat_schedule_update(toplevel->server->seat);
}

static void toplevel_handle_app_id(
	struct wl_client *client, struct wl_resource *resource, const char *app_id)
{
	struct toplevel *toplevel = toplevel_of(resource);
	const struct config_window *rule = layout_rule(toplevel);

	snprintf(toplevel->app_id, sizeof(toplevel->app_id), "%s", app_id);
	/* It comes into the log. */
	for (char *c = toplevel->app_id; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
	}
	if (layout_rule(toplevel) != rule)
		toplevel_follow_rule(toplevel);
}

static void toplevel_handle_title(
	struct wl_client *client, struct wl_resource *resource, const char *title)
{
	struct toplevel *toplevel = toplevel_of(resource);

	snprintf(toplevel->title, sizeof(toplevel->title), "%s", title);
}

static void toplevel_handle_fullscreen(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *output)
{
	struct toplevel *toplevel = toplevel_of(resource);

	toplevel->asked = output ? output_of(output) : NULL;
	toplevel_arrange(toplevel);
}

static void toplevel_handle_unfullscreen(struct wl_client *client, struct wl_resource *resource)
{
	toplevel_handle_fullscreen(client, resource, NULL);
}

/* An answer is due, and it is always the same. */
static void toplevel_handle_maximize(struct wl_client *client, struct wl_resource *resource)
{
	toplevel_arrange(toplevel_of(resource));
}

/* Sizes are the output's; what is said of them is only checked. */
static void toplevel_set_limit(
	struct toplevel *toplevel, struct toplevel_size *limit, int32_t width, int32_t height)
{
	*limit = (struct toplevel_size){ width, height };
	if (width < 0 || height < 0)
		wl_resource_post_error(toplevel->resource, XDG_TOPLEVEL_ERROR_INVALID_SIZE,
			"a limit of %dx%d", width, height);
}

static void toplevel_handle_max(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct toplevel *toplevel = toplevel_of(resource);

	toplevel_set_limit(toplevel, &toplevel->max, width, height);
}

static void toplevel_handle_min(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct toplevel *toplevel = toplevel_of(resource);

	toplevel_set_limit(toplevel, &toplevel->min, width, height);
}

/* What has no meaning for windows that are alone on an output. */
static void toplevel_ignore_parent(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *parent)
{
}

static void toplevel_ignore_menu(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial, int32_t x, int32_t y)
{
}

static void toplevel_ignore_move(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial)
{
}

static void toplevel_ignore_resize(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial, uint32_t edges)
{
}

static void toplevel_ignore(struct wl_client *client, struct wl_resource *resource)
{
}

static const struct xdg_toplevel_interface toplevel_requests = {
	.destroy = resource_handle_destroy,
	.set_parent = toplevel_ignore_parent,
	.set_title = toplevel_handle_title,
	.set_app_id = toplevel_handle_app_id,
	.show_window_menu = toplevel_ignore_menu,
	.move = toplevel_ignore_move,
	.resize = toplevel_ignore_resize,
	.set_max_size = toplevel_handle_max,
	.set_min_size = toplevel_handle_min,
	.set_maximized = toplevel_handle_maximize,
	.unset_maximized = toplevel_handle_maximize,
	.set_fullscreen = toplevel_handle_fullscreen,
	.unset_fullscreen = toplevel_handle_unfullscreen,
	.set_minimized = toplevel_ignore,
};

/* -- life -- */

void toplevel_surface_gone(struct toplevel *toplevel)
{
	toplevel_unmap(toplevel);
	toplevel->surface = NULL;
}

void toplevel_orphan(struct toplevel *toplevel)
{
	toplevel_unmap(toplevel);
	toplevel->xdg->toplevel = NULL;
	toplevel->xdg = NULL;
	toplevel->surface = NULL;
}

static void toplevel_free(struct wl_resource *resource)
{
	struct toplevel *toplevel = toplevel_of(resource);

	decoration_orphan(toplevel->decoration);
	if (toplevel->xdg) {
		xdg_surface_reset(toplevel->xdg);
		toplevel_orphan(toplevel);
	}
	list_remove(&toplevel->link);
	free(toplevel);
}

void toplevel_create(
	struct xdg_surface *xdg, struct wl_client *client, uint32_t version, uint32_t id)
{
	struct toplevel *toplevel = calloc(1, sizeof(*toplevel));

	if (!toplevel) {
		wl_client_post_no_memory(client);
		return;
	}
	list_init(&toplevel->link);
	list_init(&toplevel->mapped_link);
	list_init(&toplevel->popups);
	toplevel->server = xdg->surface->server;
	toplevel->resource = resource_create(client, &xdg_toplevel_interface, version, id,
		&toplevel_requests, toplevel, toplevel_free);
	if (!toplevel->resource) {
		free(toplevel);
		return;
	}
	list_append(&toplevel->server->toplevels, &toplevel->link);
	toplevel->xdg = xdg;
	toplevel->surface = xdg->surface;
	xdg->toplevel = toplevel;
}
