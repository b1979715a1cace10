/* SPDX-License-Identifier: MIT */
/* Windows on an output of their own. */
#include "backends/wayland/fullscreen.h"

#include <stddef.h>

#include "backends/wayland/outputs.h"
#include "backends/wayland/presenter.h"

#include "xdg-shell-client-protocol.h"

/* A compositor may make an output come and go as it likes. */
static struct log_limit absences;

void fullscreen_init(struct fullscreen *fullscreen, const char *output)
{
	*fullscreen = (struct fullscreen){ .output = output, .asked = -1 };
}

void fullscreen_drop(struct fullscreen *fullscreen)
{
	fullscreen->asked = -1;
	fullscreen->is_active = false;
}

static void fullscreen_ask(struct fullscreen *fullscreen, struct window *window)
{
	const struct output *output =
		outputs_find(&window->presenter->outputs, fullscreen->output);

	if (!output && !fullscreen->missed)
		log_limited(&absences, LOG_LEVEL_INFO,
			"guest %s head %u: the compositor has no output %s: it waits for that",
			window->presenter->guest, window->head, fullscreen->output);
	fullscreen->missed = !output;
	if (!output) {
		fullscreen->asked = -1;
		return;
	}
	if (fullscreen->asked == output->global)
		return;
	fullscreen->asked = output->global;
	xdg_toplevel_set_fullscreen(window->toplevel, output->wl_output);
}

void fullscreen_work(struct fullscreen *fullscreen, struct window *window)
{
	if (fullscreen->output)
		fullscreen_ask(fullscreen, window);
}
