/* SPDX-License-Identifier: MIT */
/* A seat's touch screens: contacts to the devices of heads. */
#include "backends/wayland/touch.h"

#include <stddef.h>
#include <wayland-client.h>

#include "backends/input.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/seat.h"

void touch_init(struct touch *touch, struct seat *seat)
{
	*touch = (struct touch){ .seat = seat };
}

static struct input_port *touch_port(struct touch *touch)
{
	return &touch->seat->port;
}

static uint32_t touch_device(const struct window *window)
{
	return input_device(INPUT_TOUCH, window->head);
}

/* Where the contact began; NULL: there is none of this id. */
static struct window *touch_find(struct touch *touch, int32_t id)
{
	struct presenter *presenter = touch->seat->presenter;

	for (uint32_t i = 0; i < presenter->n_heads; i++) {
		struct window *window = &presenter->windows[i];
		if (input_touch_holds(touch_port(touch), touch_device(window), id))
			return window;
	}
	return NULL;
}

static void touch_end(struct touch *touch, int32_t id)
{
	struct window *window = touch_find(touch, id);

	if (!window)
		return;
	input_touch_up(touch_port(touch), touch_device(window), id);
	touch->changed |= 1u << window->head;
}

static void touch_handle_down(void *data, struct wl_touch *wl_touch, uint32_t serial,
	uint32_t time_ms, struct wl_surface *surface, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	struct touch *touch = data;
	struct window *window = presenter_find_surface(touch->seat->presenter, surface);
	int32_t head_x, head_y;

	/* A compositor may be wrong: it is another one now. */
	touch_end(touch, id);
	if (!window || !layout_point(&window->layout, x, y, &head_x, &head_y))
		return;
	input_touch_down(touch_port(touch), touch_device(window), id, head_x, head_y);
	touch->changed |= 1u << window->head;
}

static void touch_handle_up(
	void *data, struct wl_touch *wl_touch, uint32_t serial, uint32_t time_ms, int32_t id)
{
	touch_end(data, id);
}

static void touch_handle_motion(void *data, struct wl_touch *wl_touch, uint32_t time_ms, int32_t id,
	wl_fixed_t x, wl_fixed_t y)
{
	struct touch *touch = data;
	struct window *window = touch_find(touch, id);
	int32_t head_x, head_y;

	if (!window)
		return;
	layout_point(&window->layout, x, y, &head_x, &head_y);
	input_touch_move(touch_port(touch), touch_device(window), id, head_x, head_y);
	touch->changed |= 1u << window->head;
}

static void touch_handle_shape(
	void *data, struct wl_touch *wl_touch, int32_t id, wl_fixed_t major, wl_fixed_t minor)
{
	struct touch *touch = data;
	struct window *window = touch_find(touch, id);

	if (!window)
		return;
	input_touch_shape(touch_port(touch), touch_device(window), id,
		layout_extent(&window->layout, major), layout_extent(&window->layout, minor));
	touch->changed |= 1u << window->head;
}

/* Of an ellipse it is the same whether upright is up or down. */
static void touch_handle_orientation(
	void *data, struct wl_touch *wl_touch, int32_t id, wl_fixed_t orientation)
{
	struct touch *touch = data;
	struct window *window = touch_find(touch, id);

	if (!window)
		return;
	input_touch_turn(touch_port(touch), touch_device(window), id, wl_fixed_to_int(orientation));
	touch->changed |= 1u << window->head;
}

static void touch_handle_frame(void *data, struct wl_touch *wl_touch)
{
	struct touch *touch = data;

	for (uint32_t head = 0; touch->changed >> head; head++) {
		if (touch->changed >> head & 1)
			input_frame(touch_port(touch), input_device(INPUT_TOUCH, head));
	}
	touch->changed = 0;
}

/* Nothing comes of them that were not lifted. */
static void touch_cancel(struct touch *touch)
{
	for (uint32_t i = 0; i < touch->seat->presenter->n_heads; i++)
		input_cancel(touch_port(touch), input_device(INPUT_TOUCH, i));
	touch->changed = 0;
}

static void touch_handle_cancel(void *data, struct wl_touch *wl_touch)
{
	touch_cancel(data);
}

static const struct wl_touch_listener touch_listener = {
	.down = touch_handle_down,
	.up = touch_handle_up,
	.motion = touch_handle_motion,
	.frame = touch_handle_frame,
	.cancel = touch_handle_cancel,
	.shape = touch_handle_shape,
	.orientation = touch_handle_orientation,
};

void touch_start(struct touch *touch)
{
	if (touch->wl_touch)
		return;
	touch->wl_touch = wl_seat_get_touch(touch->seat->wl_seat);
	if (touch->wl_touch)
		wl_touch_add_listener(touch->wl_touch, &touch_listener, touch);
}

void touch_finish(struct touch *touch)
{
	if (!touch->wl_touch)
		return;
	touch_cancel(touch);
	wl_touch_release(touch->wl_touch);
	touch->wl_touch = NULL;
}

void touch_drop_window(struct touch *touch, const struct window *window)
{
	input_cancel(touch_port(touch), touch_device(window));
}
