/* SPDX-License-Identifier: MIT */
/* The flow of one plane: every show gets its frame_done. */
#include "backends/wayland/frame.h"

#include <wayland-client.h>

#include "backends/wayland/presenter.h"

void frame_init(struct frame *frame, struct presenter *presenter)
{
	*frame = (struct frame){ .presenter = presenter };
}

void frame_begin(struct frame *frame)
{
	frame->owed = true;
	frame->due = false;
}

void frame_end(struct frame *frame)
{
	if (frame->callback)
		wl_callback_destroy(frame->callback);
	frame->callback = NULL;
	if (!frame->owed)
		return;
	frame->owed = false;
	frame->due = true;
	presenter_arm_deliver(frame->presenter);
}

static void frame_handle_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct frame *frame = data;

	frame_end(frame);
	/* What was held back until now, a cursor's movement, may go. */
	presenter_arm_commit(frame->presenter);
}

static const struct wl_callback_listener frame_listener = {
	.done = frame_handle_done,
};

void frame_request(struct frame *frame, struct wl_surface *surface)
{
	if (frame->callback)
		return;
	frame->callback = wl_surface_frame(surface);
	if (frame->callback)
		wl_callback_add_listener(frame->callback, &frame_listener, frame);
}
