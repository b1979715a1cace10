/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SEATS_H
#define WAYLAND_SEATS_H

/* The compositor's seats. They come and go. */

#include <stdint.h>

#include "base/list.h"

#define SEATS_MAX 16

struct presenter;
struct window;
struct wl_registry;

struct seats {
	struct presenter *presenter;
	struct list all; /* of seat.link */
	unsigned n;
};

void seats_init(struct seats *seats, struct presenter *presenter);
/* The connection is going. */
void seats_finish(struct seats *seats);

/* Of the registry. A version that is too old is of no use, nor is one too many. */
void seats_add(
	struct seats *seats, struct wl_registry *registry, uint32_t global, uint32_t version);
void seats_remove(struct seats *seats, uint32_t global);

/* The window's cursor or its size changed. */
void seats_refresh(struct seats *seats, const struct window *window);
/* The window's surfaces are going. */
void seats_drop_window(struct seats *seats, const struct window *window);
/* What there is to do, as far as the connection allows. Only with a ready connection. */
void seats_work(struct seats *seats);

#endif
