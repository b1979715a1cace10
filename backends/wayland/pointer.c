/* SPDX-License-Identifier: MIT */
/* A seat's pointer: to the pointers of heads, or the guest's mouse. */
#include "backends/wayland/pointer.h"

#include <stddef.h>
#include <wayland-client.h>

#include "backends/input.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/seat.h"

/* A finger's way that is as much as a detent, in 256ths: libinput's angle of a click. */
#define DETENT_FIXED (15 * 256)
/* More in one frame is no wheel's. */
#define SCROLL_MAX (1000 * INPUT_DETENT)

void pointer_init(struct pointer *pointer, struct seat *seat)
{
	*pointer = (struct pointer){ .seat = seat };
	pointer_image_init(&pointer->image, seat->presenter);
}

static struct input_port *pointer_port(struct pointer *pointer)
{
	return &pointer->seat->port;
}

/* Of the guest. There is a focus. */
static uint32_t pointer_device(const struct pointer *pointer)
{
	return pointer->seat->lock.is_active ? input_device(INPUT_MOUSE, 0)
					     : input_device(INPUT_POINTER, pointer->focus->head);
}

static void pointer_leave(struct pointer *pointer)
{
	struct window *window = pointer->focus;

	if (!window)
		return;
	lock_leave(&pointer->seat->lock, window);
	input_lift(pointer_port(pointer), input_device(INPUT_POINTER, window->head));
	cursor_set_host(&window->cursor, false);
	pointer->focus = NULL;
	pointer->axes[0] = pointer->axes[1] = (struct pointer_axis){ 0 };
	presenter_arm_commit(pointer->seat->presenter);
}

static void pointer_move(struct pointer *pointer, wl_fixed_t x, wl_fixed_t y)
{
	struct window *window = pointer->focus;
	int32_t head_x, head_y;

	if (!window || pointer->seat->lock.is_active)
		return;
	cursor_point(
		&window->cursor, &window->layout, wl_fixed_to_double(x), wl_fixed_to_double(y));
	if (cursor_set_host(&window->cursor, true))
		pointer_refresh(pointer, window);
	layout_point(&window->layout, x, y, &head_x, &head_y);
	input_point(pointer_port(pointer), pointer_device(pointer), head_x, head_y);
}

static void pointer_handle_enter(void *data, struct wl_pointer *wl_pointer, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct pointer *pointer = data;

	pointer_leave(pointer);
	pointer->focus = presenter_find_surface(pointer->seat->presenter, surface);
	pointer->enter_serial = serial;
	pointer->pending = true;
	pointer_move(pointer, x, y);
}

static void pointer_handle_leave(
	void *data, struct wl_pointer *wl_pointer, uint32_t serial, struct wl_surface *surface)
{
	pointer_leave(data);
}

static void pointer_handle_motion(
	void *data, struct wl_pointer *wl_pointer, uint32_t time_ms, wl_fixed_t x, wl_fixed_t y)
{
	pointer_move(data, x, y);
}

static void pointer_handle_button(void *data, struct wl_pointer *wl_pointer, uint32_t serial,
	uint32_t time_ms, uint32_t button, uint32_t state)
{
	struct pointer *pointer = data;

	if (pointer->focus)
		input_key(pointer_port(pointer), pointer_device(pointer), button,
			state == WL_POINTER_BUTTON_STATE_PRESSED);
}

/* -- wheels: told in detents, in parts of these, or as a way only -- */

static struct pointer_axis *pointer_find_axis(struct pointer *pointer, uint32_t axis)
{
	return pointer->focus && axis <= WL_POINTER_AXIS_HORIZONTAL_SCROLL ? &pointer->axes[axis]
									   : NULL;
}

static void pointer_handle_axis(void *data, struct wl_pointer *wl_pointer, uint32_t time_ms,
	uint32_t number, wl_fixed_t value)
{
	struct pointer_axis *axis = pointer_find_axis(data, number);

	if (axis)
		axis->by_fixed += value;
}

static void pointer_handle_axis_source(void *data, struct wl_pointer *wl_pointer, uint32_t source)
{
}

static void pointer_handle_axis_stop(
	void *data, struct wl_pointer *wl_pointer, uint32_t time_ms, uint32_t number)
{
	struct pointer_axis *axis = pointer_find_axis(data, number);

	if (axis)
		axis->rest = 0;
}

static void pointer_handle_axis_value120(
	void *data, struct wl_pointer *wl_pointer, uint32_t number, int32_t by_120)
{
	struct pointer_axis *axis = pointer_find_axis(data, number);

	if (!axis)
		return;
	axis->by_120 += by_120;
	axis->is_counted = true;
}

static void pointer_handle_axis_discrete(
	void *data, struct wl_pointer *wl_pointer, uint32_t number, int32_t detents)
{
	struct pointer_axis *axis = pointer_find_axis(data, number);

	if (!axis)
		return;
	axis->by_120 += (int64_t)detents * INPUT_DETENT;
	axis->is_counted = true;
}

/* In 120ths of a detent, what the frame says; forgotten. */
static int32_t axis_take(struct pointer_axis *axis)
{
	int64_t by = axis->by_120;

	if (!axis->is_counted) {
		int64_t way = (axis->by_fixed + axis->rest) * INPUT_DETENT;
		by = way / DETENT_FIXED;
		axis->rest = way % DETENT_FIXED / INPUT_DETENT;
	}
	axis->by_120 = axis->by_fixed = 0;
	axis->is_counted = false;
	return by < -SCROLL_MAX ? -SCROLL_MAX : by > SCROLL_MAX ? SCROLL_MAX : by;
}

static void pointer_handle_frame(void *data, struct wl_pointer *wl_pointer)
{
	struct pointer *pointer = data;
	struct input_port *port = pointer_port(pointer);

	if (!pointer->focus)
		return;
	uint32_t device = pointer_device(pointer);
	/* Down is more there, and less here. */
	input_scroll(port, device, false, -axis_take(&pointer->axes[0]));
	input_scroll(port, device, true, axis_take(&pointer->axes[1]));
	input_frame(port, device);
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = pointer_handle_enter,
	.leave = pointer_handle_leave,
	.motion = pointer_handle_motion,
	.button = pointer_handle_button,
	.axis = pointer_handle_axis,
	.frame = pointer_handle_frame,
	.axis_source = pointer_handle_axis_source,
	.axis_stop = pointer_handle_axis_stop,
	.axis_discrete = pointer_handle_axis_discrete,
	.axis_value120 = pointer_handle_axis_value120,
};

void pointer_start(struct pointer *pointer)
{
	if (pointer->wl_pointer)
		return;
	pointer->wl_pointer = wl_seat_get_pointer(pointer->seat->wl_seat);
	if (pointer->wl_pointer)
		wl_pointer_add_listener(pointer->wl_pointer, &pointer_listener, pointer);
}

void pointer_finish(struct pointer *pointer)
{
	pointer_leave(pointer);
	lock_drop(&pointer->seat->lock);
	pointer_image_finish(&pointer->image);
	if (pointer->wl_pointer)
		wl_pointer_release(pointer->wl_pointer);
	pointer->wl_pointer = NULL;
}

void pointer_drop_window(struct pointer *pointer, const struct window *window)
{
	if (pointer->focus == window)
		pointer_leave(pointer);
}

/* The guest moves its cursor by itself from now on. */
void pointer_handle_locked(struct pointer *pointer)
{
	struct window *window = pointer->focus;

	if (!window)
		return;
	input_lift(pointer_port(pointer), input_device(INPUT_POINTER, window->head));
	if (cursor_set_host(&window->cursor, false))
		pointer_refresh(pointer, window);
}

void pointer_refresh(struct pointer *pointer, const struct window *window)
{
	if (pointer->focus != window)
		return;
	pointer->pending = true;
	presenter_arm_commit(pointer->seat->presenter);
}

void pointer_work(struct pointer *pointer)
{
	if (!pointer->pending || !pointer->focus || !pointer->wl_pointer)
		return;
	pointer->pending = !pointer_image_set(
		&pointer->image, pointer->wl_pointer, pointer->enter_serial, pointer->focus);
}
