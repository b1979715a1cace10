/* SPDX-License-Identifier: MIT */
/* wl_touch. */
#include "compositor/seat/touch.h"

#include <wayland-server-protocol.h>

#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/shell/popup.h"
#include "compositor/surface/surface.h"

static struct touch_contact *touch_find(struct touch *touch, const void *device, int32_t slot)
{
	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++) {
		if (touch->contacts[i].device == device && touch->contacts[i].slot == slot)
			return &touch->contacts[i];
	}
	return NULL;
}

static struct touch_contact *touch_find_free(struct touch *touch)
{
	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++) {
		if (!touch->contacts[i].device)
			return &touch->contacts[i];
	}
	return NULL;
}

static int32_t contact_id(const struct touch *touch, const struct touch_contact *contact)
{
	return contact - touch->contacts;
}

static void contact_end(struct touch_contact *contact)
{
	surface_reference_set(&contact->surface, NULL);
	contact->device = NULL;
	contact->output = NULL;
}

static struct wl_client *contact_client(const struct touch_contact *contact)
{
	const struct surface *surface = contact->surface.surface;

	return surface ? wl_resource_get_client(surface->resource) : NULL;
}

/* On its surface, as if the output that it began on had no edges. */
static bool contact_place(const struct touch_contact *contact, const struct touch_place *place,
	wl_fixed_t *x, wl_fixed_t *y)
{
	double surface_x, surface_y, x_px, y_px, at_x, at_y;

	if (!contact->surface.surface || contact->output->screen != place->screen ||
		!layout_locate(contact->surface.surface, &surface_x, &surface_y))
		return false;
	screen_to_upright(place->screen, place->u, place->v, &x_px, &y_px);
	output_locate(contact->output, x_px, y_px, &at_x, &at_y);
	*x = wl_fixed_from_double(at_x - surface_x);
	*y = wl_fixed_from_double(at_y - surface_y);
	return true;
}

/* The output beneath it; between regions there is none, and it is where it was. */
static struct output *contact_locate(struct touch_contact *contact, const struct touch_place *place)
{
	return screen_locate(place->screen, place->u, place->v, &contact->x, &contact->y);
}

/* Each wl_touch of a client, of which a frame is due then. */
#define touch_for_each(resource, touch, client)                                                    \
	wl_resource_for_each(                                                                      \
		resource, &(touch)->resources) if (wl_resource_get_client(resource) == (client) && \
						   touch_is_touched(resource))

static bool touch_is_touched(struct wl_resource *resource)
{
	wl_resource_set_user_data(resource, resource);
	return true;
}

/* -- what fingers do -- */

static void touch_send_down(struct touch *touch, struct touch_contact *contact, uint32_t time_ms,
	const struct touch_place *place)
{
	struct surface *surface = contact->surface.surface;
	struct wl_client *client = wl_resource_get_client(surface->resource);
	uint32_t serial = seat_next_serial(touch->seat, client);
	struct wl_resource *resource;
	wl_fixed_t x, y;

	contact->serial = serial;
	if (!contact_place(contact, place, &x, &y))
		return;
	touch_for_each(resource, touch, client) wl_touch_send_down(
		resource, serial, time_ms, surface->resource, contact_id(touch, contact), x, y);
}

/* With those that are down there already: a hand is one. */
static bool touch_wakes(struct touch *touch, const void *device)
{
	bool wakes = idle_wake(&touch->seat->idle);

	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++)
		wakes |= touch->contacts[i].device == device && touch->contacts[i].wakes;
	return wakes;
}

void touch_handle_down(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms,
	const struct touch_place *place)
{
	double surface_x, surface_y;

	touch_handle_up(touch, device, slot, time_ms);
	struct touch_contact *contact = touch_find_free(touch);
	if (!contact)
		return;
	contact->wakes = touch_wakes(touch, device);
	contact->device = device;
	contact->slot = slot;
	if (contact->wakes)
		return;
	contact->output = contact_locate(contact, place);
	if (!contact->output)
		return;
	surface_reference_set(&contact->surface,
		layout_at(touch->seat->server, contact->x, contact->y, &surface_x, &surface_y));
	if (popups_take_press(touch->seat, contact->surface.surface))
		surface_reference_set(&contact->surface, NULL);
	if (!contact->surface.surface)
		return;
	seat_activate(touch->seat, contact->surface.surface);
	touch_send_down(touch, contact, time_ms, place);
}

void touch_handle_motion(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms,
	const struct touch_place *place)
{
	struct touch_contact *contact = touch_find(touch, device, slot);
	struct drag *drag = &touch->seat->drag;
	struct wl_resource *resource;
	wl_fixed_t x, y;

	if (contact && contact_locate(contact, place) && drag_has_contact(drag, contact))
		drag_move(drag, time_ms, contact->x, contact->y);
	if (!contact || !contact_place(contact, place, &x, &y))
		return;
	touch_for_each(resource, touch, contact_client(contact))
		wl_touch_send_motion(resource, time_ms, contact_id(touch, contact), x, y);
}

void touch_handle_up(struct touch *touch, const void *device, int32_t slot, uint32_t time_ms)
{
	struct touch_contact *contact = touch_find(touch, device, slot);
	struct wl_client *client = contact ? contact_client(contact) : NULL;
	struct wl_resource *resource;

	if (client) {
		uint32_t serial = seat_next_serial(touch->seat, client);
		touch_for_each(resource, touch, client)
			wl_touch_send_up(resource, serial, time_ms, contact_id(touch, contact));
	}
	if (contact && drag_has_contact(&touch->seat->drag, contact))
		drag_drop(&touch->seat->drag);
	if (contact)
		contact_end(contact);
}

void touch_handle_cancel(struct touch *touch, const void *device, int32_t slot)
{
	struct touch_contact *contact = touch_find(touch, device, slot);
	struct wl_client *client = contact ? contact_client(contact) : NULL;
	struct wl_resource *resource;

	if (client) {
		touch_for_each(resource, touch, client)
		{
			wl_touch_send_cancel(resource);
			wl_resource_set_user_data(resource, NULL);
		}
		for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++) {
			if (contact_client(&touch->contacts[i]) == client)
				surface_reference_set(&touch->contacts[i].surface, NULL);
		}
	}
	if (contact && drag_has_contact(&touch->seat->drag, contact))
		drag_cancel(&touch->seat->drag);
	if (contact)
		contact_end(contact);
}

void touch_handle_frame(struct touch *touch)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &touch->resources)
	{
		if (!wl_resource_get_user_data(resource))
			continue;
		wl_touch_send_frame(resource);
		wl_resource_set_user_data(resource, NULL);
	}
	server_flush(touch->seat->server);
}

struct touch_contact *touch_find_grab(
	struct touch *touch, const struct surface *surface, uint32_t serial)
{
	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++) {
		struct touch_contact *contact = &touch->contacts[i];
		if (contact->device && contact->surface.surface == surface &&
			contact->serial == serial)
			return contact;
	}
	return NULL;
}

void touch_drop_output(struct touch *touch, struct output *output)
{
	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++) {
		struct touch_contact *contact = &touch->contacts[i];
		if (contact->device && contact->output == output)
			touch_handle_cancel(touch, contact->device, contact->slot);
	}
}

/* -- life -- */

static const struct wl_touch_interface touch_requests = {
	.release = resource_handle_destroy,
};

static void touch_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

void touch_bind(struct touch *touch, struct wl_client *client, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = resource_create(client, &wl_touch_interface, version, id,
		&touch_requests, NULL, touch_resource_free);

	if (resource)
		wl_list_insert(&touch->resources, wl_resource_get_link(resource));
}

void touch_init(struct touch *touch, struct seat *seat)
{
	touch->seat = seat;
	wl_list_init(&touch->resources);
}

void touch_finish(struct touch *touch)
{
	for (uint32_t i = 0; i < TOUCH_CONTACTS_MAX; i++)
		contact_end(&touch->contacts[i]);
}
