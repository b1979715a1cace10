/* SPDX-License-Identifier: MIT */
/* wl_seat. */
#include "compositor/seat/seat.h"

#include <stdlib.h>
#include <string.h>
#include <wayland-server-protocol.h>

#include "compositor/config.h"
#include "compositor/layout.h"
#include "compositor/resource.h"
#include "compositor/seat/constraint.h"
#include "compositor/server.h"
#include "compositor/shell/popup.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/surface.h"

#define SEAT_VERSION 8
#define SEAT_NAME "seat0"

struct seat *seat_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

uint32_t seat_next_serial(struct seat *seat, const struct wl_client *client)
{
	return serials_next(&seat->serials, seat->server->display, client);
}

/* -- what it has -- */

static uint32_t seat_capabilities(const struct seat *seat)
{
	static const uint32_t bits[SEAT_CAPABILITIES] = {
		[SEAT_POINTER] = WL_SEAT_CAPABILITY_POINTER,
		[SEAT_KEYBOARD] = WL_SEAT_CAPABILITY_KEYBOARD,
		[SEAT_TOUCH] = WL_SEAT_CAPABILITY_TOUCH,
	};
	uint32_t capabilities = 0;

	for (int i = 0; i < SEAT_CAPABILITIES; i++)
		capabilities |= seat->n_devices[i] > 0 ? bits[i] : 0;
	return capabilities;
}

static void seat_tell(struct seat *seat)
{
	uint32_t capabilities = seat_capabilities(seat);
	struct wl_resource *resource;

	seat->known |= capabilities;
	wl_resource_for_each(resource, &seat->resources)
		wl_seat_send_capabilities(resource, capabilities);
	seat_schedule_update(seat);
	server_flush(seat->server);
}

void seat_add_device(struct seat *seat, enum seat_capability capability)
{
	if (seat->n_devices[capability]++ == 0)
		seat_tell(seat);
}

void seat_remove_device(struct seat *seat, enum seat_capability capability)
{
	if (--seat->n_devices[capability] == 0)
		seat_tell(seat);
}

/* -- who has it -- */

static struct surface *seat_choose_window(const struct seat *seat)
{
	const struct surface *last = seat->last.surface;
	const struct toplevel *toplevel = last ? layout_window(last) : NULL;

	if (toplevel && layout_is_seen(toplevel))
		return toplevel->surface;
	toplevel = seat->active ? layout_top(seat->active) : NULL;
	if (toplevel && layout_is_seen(toplevel))
		return toplevel->surface;
	list_for_each (toplevel, &seat->server->mapped, mapped_link) {
		if (toplevel->output && layout_top(toplevel->output) == toplevel &&
			layout_is_seen(toplevel))
			return toplevel->surface;
	}
	return NULL;
}

static void seat_handle_update(struct loop_hook *hook)
{
	struct seat *seat = container_of(hook, struct seat, update);
	struct surface *window = seat_choose_window(seat);

	struct surface *popup = popups_focus(seat);
	struct surface *focus = popup ? popup : window;

	keyboard_set_focus(&seat->keyboard, seat->n_devices[SEAT_KEYBOARD] ? focus : NULL);
	pointer_update(&seat->pointer);
	drag_update(&seat->drag);
	constraint_choose(&seat->pointer, window);
	server_flush(seat->server);
}

void seat_schedule_update(struct seat *seat)
{
	if (seat)
		loop_hook_arm(&seat->server->loop, &seat->update);
}

void seat_activate(struct seat *seat, struct surface *surface)
{
	surface_reference_set(&seat->last, surface);
	seat->active = surface->output;
	seat_schedule_update(seat);
}

void seat_drop_output(struct seat *seat, struct output *output)
{
	if (!seat)
		return;
	if (seat->active == output)
		seat->active = NULL;
	touch_drop_output(&seat->touch, output);
	cursor_update_output(&seat->pointer.cursor);
	drag_icon_update_output(&seat->drag.icon);
	seat_schedule_update(seat);
}

/* -- requests -- */

static bool seat_check(struct wl_resource *resource, uint32_t capability, const char *what)
{
	const struct seat *seat = seat_of(resource);

	if (seat->known & capability)
		return true;
	wl_resource_post_error(
		resource, WL_SEAT_ERROR_MISSING_CAPABILITY, "the seat never had a %s", what);
	return false;
}

static void seat_get_pointer(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	if (seat_check(resource, WL_SEAT_CAPABILITY_POINTER, "pointer"))
		pointer_bind(
			&seat_of(resource)->pointer, client, wl_resource_get_version(resource), id);
}

static void seat_get_keyboard(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	if (seat_check(resource, WL_SEAT_CAPABILITY_KEYBOARD, "keyboard"))
		keyboard_bind(&seat_of(resource)->keyboard, client,
			wl_resource_get_version(resource), id);
}

static void seat_get_touch(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	if (seat_check(resource, WL_SEAT_CAPABILITY_TOUCH, "touch screen"))
		touch_bind(
			&seat_of(resource)->touch, client, wl_resource_get_version(resource), id);
}

static const struct wl_seat_interface seat_requests = {
	.get_pointer = seat_get_pointer,
	.get_keyboard = seat_get_keyboard,
	.get_touch = seat_get_touch,
	.release = resource_handle_destroy,
};

static void seat_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static bool seat_is_bound(const struct seat *seat, const struct wl_client *client)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &seat->resources)
	{
		if (wl_resource_get_client(resource) == client)
			return true;
	}
	return false;
}

static void seat_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct seat *seat = data;

	/* Who has no seat was told of none. */
	if (!seat_is_bound(seat, client))
		serials_forget(&seat->serials, client);
	struct wl_resource *resource = resource_create(
		client, &wl_seat_interface, version, id, &seat_requests, seat, seat_resource_free);

	if (!resource)
		return;
	wl_list_insert(&seat->resources, wl_resource_get_link(resource));
	wl_seat_send_capabilities(resource, seat_capabilities(seat));
	if (version >= WL_SEAT_NAME_SINCE_VERSION)
		wl_seat_send_name(resource, SEAT_NAME);
}

/* -- life -- */

struct seat *seat_create(struct server *server)
{
	struct seat *seat = calloc(1, sizeof(*seat));

	if (!seat)
		return NULL;
	seat->server = server;
	wl_list_init(&seat->resources);
	list_init(&seat->grabs);
	loop_hook_init(&seat->update, seat_handle_update);
	pointer_init(&seat->pointer, seat);
	keyboard_init(&seat->keyboard, seat);
	touch_init(&seat->touch, seat);
	wl_list_init(&seat->data_devices);
	clipboard_init(&seat->clipboard, seat);
	primary_selection_init(&seat->primary, seat);
	drag_init(&seat->drag, seat);
	seat->global = wl_global_create(
		server->display, &wl_seat_interface, SEAT_VERSION, seat, seat_bind);
	if (idle_init(&seat->idle, seat) < 0 || !seat->global) {
		seat_destroy(seat);
		return NULL;
	}
	idle_start(&seat->idle, server->config->idle_timeout_ms);
	return seat;
}

void seat_renew(struct seat *seat, const struct config *before)
{
	const struct config *config = seat->server->config;

	if (before->idle_timeout_ms != config->idle_timeout_ms)
		idle_start(&seat->idle, config->idle_timeout_ms);
	if (memcmp(&before->keyboard, &config->keyboard, sizeof(config->keyboard)) != 0)
		keyboard_renew(&seat->keyboard);
	if (seat->renew_devices &&
		(before->n_inputs != config->n_inputs ||
			memcmp(before->inputs, config->inputs, sizeof(config->inputs)) != 0))
		seat->renew_devices(seat->devices_data);
}

void seat_destroy(struct seat *seat)
{
	if (!seat)
		return;
	loop_hook_disarm(&seat->update);
	pointer_finish(&seat->pointer);
	keyboard_finish(&seat->keyboard);
	touch_finish(&seat->touch);
	idle_finish(&seat->idle);
	surface_reference_set(&seat->last, NULL);
	if (seat->global)
		wl_global_destroy(seat->global);
	free(seat);
}
