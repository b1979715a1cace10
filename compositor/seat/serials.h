/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_SERIALS_H
#define COMPOSITOR_SEAT_SERIALS_H

/* Serials of what a client was told last of the seat: a request names what it is about. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#define SERIALS_MAX 128

struct serials {
	struct {
		const struct wl_client *client; /* compared only */
		uint32_t serial;
	} ring[SERIALS_MAX];
	uint32_t n;
};

/* A new one, for an event to this client. */
uint32_t serials_next(
	struct serials *serials, struct wl_display *display, const struct wl_client *client);
bool serials_has(const struct serials *serials, const struct wl_client *client, uint32_t serial);
/* Those of whoever was at this address before. */
void serials_forget(struct serials *serials, const struct wl_client *client);

#endif
