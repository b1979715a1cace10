/* SPDX-License-Identifier: MIT */
/* Serials of the seat's events. */
#include "compositor/seat/serials.h"

uint32_t serials_next(
	struct serials *serials, struct wl_display *display, const struct wl_client *client)
{
	uint32_t serial = wl_display_next_serial(display);
	uint32_t at = serials->n++ % SERIALS_MAX;

	serials->ring[at].client = client;
	serials->ring[at].serial = serial;
	return serial;
}

bool serials_has(const struct serials *serials, const struct wl_client *client, uint32_t serial)
{
	for (uint32_t i = 0; i < SERIALS_MAX && i < serials->n; i++) {
		if (serials->ring[i].client == client && serials->ring[i].serial == serial)
			return true;
	}
	return false;
}

void serials_forget(struct serials *serials, const struct wl_client *client)
{
	for (uint32_t i = 0; i < SERIALS_MAX; i++) {
		if (serials->ring[i].client == client)
			serials->ring[i].client = NULL;
	}
}
