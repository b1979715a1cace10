/* SPDX-License-Identifier: MIT */
/* wl_output. */
#include "compositor/output_global.h"

#include <stdlib.h>
#include <string.h>
#include <wayland-server-protocol.h>

#include "base/clock.h"
#include "compositor/output.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"
#include "compositor/turn.h"

#define OUTPUT_VERSION 4
#define GONE_NS (5 * NSEC_PER_SEC)

struct output *output_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static void output_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static const struct wl_output_interface output_requests = {
	.release = resource_handle_destroy,
};

/* A region has the size of a mode of its own; turned, as clients are to turn it. */
static void output_describe(const struct output *output, struct wl_resource *resource)
{
	const struct screen *screen = output->screen;
	const struct screen_use *use = &screen->use;
	uint32_t version = wl_resource_get_version(resource);
	struct pixman_f_transform matrix;

	screen_from_upright(screen, &matrix);
	pixman_box32_t box = turn_box(&matrix, &output->box);
	int32_t width_px = box.x2 - box.x1, height_px = box.y2 - box.y1;
	wl_output_send_geometry(resource, output->x, output->y,
		(uint64_t)screen->width_mm * width_px / use->mode.width_px,
		(uint64_t)screen->height_mm * height_px / use->mode.height_px,
		WL_OUTPUT_SUBPIXEL_UNKNOWN, screen->identity.make[0] ? screen->identity.make : "Mullion",
		screen->identity.model[0] ? screen->identity.model : screen->name, use->transform);
	wl_output_send_mode(resource, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED, width_px,
		height_px, use->mode.refresh_mhz);
	if (version >= WL_OUTPUT_SCALE_SINCE_VERSION)
		wl_output_send_scale(resource, (use->scale_120 + 119) / 120);
	if (version >= WL_OUTPUT_DONE_SINCE_VERSION)
		wl_output_send_done(resource);
}

/* A surface may have been there before its client knew of the output. */
static enum wl_iterator_result output_tell_surface(struct wl_resource *resource, void *data)
{
	struct wl_resource *wl_output = data;

	if (strcmp(wl_resource_get_class(resource), wl_surface_interface.name) == 0 &&
		surface_of(resource)->output == output_of(wl_output))
		wl_surface_send_enter(resource, wl_output);
	return WL_ITERATOR_CONTINUE;
}

static void output_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct output_global *global = data;
	struct wl_resource *resource = resource_create(client, &wl_output_interface, version, id,
		&output_requests, global->output, output_resource_free);

	if (!resource)
		return;
	if (!global->output) {
		wl_list_init(wl_resource_get_link(resource));
		return;
	}
	wl_list_insert(&global->resources, wl_resource_get_link(resource));
	/* Said once (wl_output.name). */
	if (version >= WL_OUTPUT_NAME_SINCE_VERSION) {
		wl_output_send_name(resource, global->output->name);
		wl_output_send_description(resource, global->output->name);
	}
	output_describe(global->output, resource);
	wl_client_for_each_resource(client, output_tell_surface, resource);
}

void output_send_description(const struct output *output)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->global->resources)
		output_describe(output, resource);
}

void output_send_enter(const struct output *output, struct wl_resource *surface)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->global->resources)
	{
		if (wl_resource_get_client(resource) == wl_resource_get_client(surface))
			wl_surface_send_enter(surface, resource);
	}
}

void output_send_leave(const struct output *output, struct wl_resource *surface)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->global->resources)
	{
		if (wl_resource_get_client(resource) == wl_resource_get_client(surface))
			wl_surface_send_leave(surface, resource);
	}
}

/* -- life -- */

static void output_global_destroy(struct output_global *global)
{
	list_remove(&global->link);
	loop_timer_finish(&global->end);
	if (global->global)
		wl_global_destroy(global->global);
	free(global);
}

static void output_global_handle_end(struct loop_timer *timer)
{
	output_global_destroy(container_of(timer, struct output_global, end));
}

struct output_global *output_global_create(struct output *output)
{
	struct server *server = output->screen->server;
	struct output_global *global = calloc(1, sizeof(*global));

	if (!global)
		return NULL;
	global->output = output;
	list_init(&global->link);
	wl_list_init(&global->resources);
	wl_list_init(&global->xdg_resources);
	int ret = loop_timer_init(&global->end, &server->loop, output_global_handle_end);
	if (ret == 0)
		global->global = wl_global_create(
			server->display, &wl_output_interface, OUTPUT_VERSION, global, output_bind);
	if (global->global)
		return global;
	output_global_destroy(global);
	return NULL;
}

static void resources_orphan(struct wl_list *resources)
{
	struct wl_resource *resource, *tmp;

	wl_resource_for_each_safe(resource, tmp, resources)
	{
		wl_resource_set_user_data(resource, NULL);
		wl_list_remove(wl_resource_get_link(resource));
		wl_list_init(wl_resource_get_link(resource));
	}
}

void output_global_remove(struct output_global *global)
{
	struct server *server = global->output->screen->server;

	resources_orphan(&global->resources);
	resources_orphan(&global->xdg_resources);
	global->output = NULL;
	wl_global_remove(global->global);
	list_append(&server->gone_outputs, &global->link);
	loop_timer_set(&global->end, GONE_NS);
}

void output_globals_finish(struct server *server)
{
	while (!list_empty(&server->gone_outputs))
		output_global_destroy(
			container_of(server->gone_outputs.next, struct output_global, link));
}
