/* SPDX-License-Identifier: MIT */
/* A compositor's seat, and what it has. */
#include "backends/wayland/seat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <wayland-client.h>

#include "backends/wayland/presenter.h"

#define SEAT_VERSION_MIN 5 /* with release, frames of the pointer */
#define SEAT_VERSION_MAX 8 /* with parts of a wheel's detent */

static void seat_handle_capabilities(void *data, struct wl_seat *wl_seat, uint32_t capabilities)
{
	struct seat *seat = data;

	if (capabilities & WL_SEAT_CAPABILITY_POINTER)
		pointer_start(&seat->pointer);
	else
		pointer_finish(&seat->pointer);
	if (capabilities & WL_SEAT_CAPABILITY_KEYBOARD)
		keyboard_start(&seat->keyboard);
	else
		keyboard_finish(&seat->keyboard);
	if (capabilities & WL_SEAT_CAPABILITY_TOUCH)
		touch_start(&seat->touch);
	else
		touch_finish(&seat->touch);
}

static void seat_handle_name(void *data, struct wl_seat *wl_seat, const char *name)
{
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = seat_handle_capabilities,
	.name = seat_handle_name,
};

struct seat *seat_create(struct presenter *presenter, struct wl_registry *registry, uint32_t global,
	uint32_t version)
{
	struct seat *seat = version < SEAT_VERSION_MIN ? NULL : calloc(1, sizeof(*seat));

	if (!seat)
		return NULL;
	list_init(&seat->link);
	seat->presenter = presenter;
	seat->global = global;
	input_port_init(&seat->port, presenter->inputs);
	pointer_init(&seat->pointer, seat);
	keyboard_init(&seat->keyboard, seat);
	touch_init(&seat->touch, seat);
	lock_init(&seat->lock, seat);
	seat->wl_seat = wl_registry_bind(registry, global, &wl_seat_interface,
		version < SEAT_VERSION_MAX ? version : SEAT_VERSION_MAX);
	if (!seat->wl_seat) {
		seat_destroy(seat);
		return NULL;
	}
	wl_seat_add_listener(seat->wl_seat, &seat_listener, seat);
	return seat;
}

void seat_destroy(struct seat *seat)
{
	pointer_finish(&seat->pointer);
	keyboard_finish(&seat->keyboard);
	touch_finish(&seat->touch);
	lock_finish(&seat->lock);
	input_port_finish(&seat->port);
	if (seat->wl_seat)
		wl_seat_release(seat->wl_seat);
	list_remove(&seat->link);
	free(seat);
}

void seat_drop_window(struct seat *seat, const struct window *window)
{
	pointer_drop_window(&seat->pointer, window);
	keyboard_drop_window(&seat->keyboard, window);
	touch_drop_window(&seat->touch, window);
	lock_drop_window(&seat->lock, window);
}

void seat_work(struct seat *seat)
{
	lock_work(&seat->lock);
	pointer_work(&seat->pointer);
}
