/* SPDX-License-Identifier: MIT */
/* When clients are asked to draw. */
#include "compositor/surface/frames.h"

#include <stdbool.h>
#include <wayland-server-protocol.h>

#include "base/clock.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/surface/surface.h"

#define DRAW_FRAMES 64 /* after as many, what was slow once is forgotten by two thirds */

void frames_ask(struct wl_list *callbacks, int64_t now_ns)
{
	struct wl_resource *callback, *tmp;

	wl_resource_for_each_safe(callback, tmp, callbacks)
	{
		wl_callback_send_done(callback, now_ns / NSEC_PER_MSEC);
		wl_resource_destroy(callback);
	}
}

/* It has drawn when the next frame begins, with an eighth of a refresh to spare. */
static bool surface_is_quick(const struct surface *surface)
{
	const struct beat *beat = &surface->output->screen->beat;

	return surface->frames.draw_ns > 0 &&
	       surface->frames.draw_ns < beat_spare_ns(beat) - beat->refresh_ns / 8;
}

void frames_begin(struct surface *surface, int64_t now_ns)
{
	struct wl_list *callbacks = &surface->current.frames;

	if (wl_list_empty(callbacks))
		return;
	if (surface->output && surface_is_quick(surface)) {
		wl_list_insert_list(surface->output->frames.prev, callbacks);
		wl_list_init(callbacks);
		surface->frames.asked_ns = 0;
		return;
	}
	frames_ask(callbacks, now_ns);
	surface->frames.asked_ns = now_ns;
}

void frames_shown(struct output *output, int64_t now_ns)
{
	output->asked_ns = now_ns;
	frames_ask(&output->frames, now_ns);
}

void frames_drawn(struct surface *surface, int64_t now_ns)
{
	struct frames *frames = &surface->frames;
	int64_t asked_ns = frames->asked_ns;

	if (asked_ns == 0 && surface->output)
		asked_ns = surface->output->asked_ns;
	if (asked_ns == 0)
		return;
	int64_t took_ns = now_ns - asked_ns;
	/* Beyond that it had nothing to draw. */
	if (surface->output && took_ns > 2 * surface->output->screen->beat.refresh_ns)
		return;
	frames->draw_ns -= (frames->draw_ns - took_ns) / DRAW_FRAMES;
	if (frames->draw_ns < took_ns)
		frames->draw_ns = took_ns;
}
