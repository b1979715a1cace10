/* SPDX-License-Identifier: MIT */
/* The compositor's seats. */
#include "backends/wayland/seats.h"

#include "backends/wayland/presenter.h"
#include "backends/wayland/seat.h"

void seats_init(struct seats *seats, struct presenter *presenter)
{
	*seats = (struct seats){ .presenter = presenter };
	list_init(&seats->all);
}

void seats_finish(struct seats *seats)
{
	struct seat *seat, *tmp;

	list_for_each_safe (seat, tmp, &seats->all, link)
		seat_destroy(seat);
	seats->n = 0;
}

void seats_add(struct seats *seats, struct wl_registry *registry, uint32_t global, uint32_t version)
{
	if (seats->n == SEATS_MAX)
		return;
	struct seat *seat = seat_create(seats->presenter, registry, global, version);
	if (!seat)
		return;
	list_append(&seats->all, &seat->link);
	seats->n++;
}

void seats_remove(struct seats *seats, uint32_t global)
{
	struct seat *seat, *tmp;

	list_for_each_safe (seat, tmp, &seats->all, link) {
		if (seat->global != global)
			continue;
		seat_destroy(seat);
		seats->n--;
	}
}

void seats_refresh(struct seats *seats, const struct window *window)
{
	struct seat *seat;

	list_for_each (seat, &seats->all, link)
		pointer_refresh(&seat->pointer, window);
}

void seats_drop_window(struct seats *seats, const struct window *window)
{
	struct seat *seat;

	list_for_each (seat, &seats->all, link)
		seat_drop_window(seat, window);
}

void seats_work(struct seats *seats)
{
	struct seat *seat;

	list_for_each (seat, &seats->all, link) {
		if (!connection_has_room(&seats->presenter->connection))
			return;
		seat_work(seat);
	}
}
