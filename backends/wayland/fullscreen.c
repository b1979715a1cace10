/* SPDX-License-Identifier: MIT */
/* Windows on an output of their own. */
#include "backends/wayland/fullscreen.h"

#include <stddef.h>

#include "backends/wayland/outputs.h"
#include "backends/wayland/presenter.h"

#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

/* A compositor may make an output come and go as it likes. */
static struct log_limit absences;

void fullscreen_init(struct fullscreen *fullscreen, const char *output)
{
	*fullscreen = (struct fullscreen){ .output = output, .asked = -1 };
}

void fullscreen_drop_inhibitor(struct fullscreen *fullscreen)
{
	if (fullscreen->inhibitor)
		zwp_keyboard_shortcuts_inhibitor_v1_destroy(fullscreen->inhibitor);
	fullscreen->inhibitor = NULL;
}

void fullscreen_drop(struct fullscreen *fullscreen)
{
	fullscreen_drop_inhibitor(fullscreen);
	fullscreen->asked = -1;
	fullscreen->is_active = fullscreen->is_freed = false;
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

static void fullscreen_inhibit(struct fullscreen *fullscreen, struct window *window)
{
	struct presenter *presenter = window->presenter;
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *manager =
		presenter->connection.globals.inhibit_manager;
	bool is_guests = presenter->seat.lock.window == window ||
			 (fullscreen->is_active && !fullscreen->is_freed);
	bool wanted = is_guests && manager && presenter->seat.wl_seat;

	if (!wanted)
		fullscreen_drop_inhibitor(fullscreen);
	else if (!fullscreen->inhibitor)
		fullscreen->inhibitor = zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
			manager, window->root.surface, presenter->seat.wl_seat);
}

void fullscreen_work(struct fullscreen *fullscreen, struct window *window)
{
	if (fullscreen->output)
		fullscreen_ask(fullscreen, window);
	fullscreen_inhibit(fullscreen, window);
}
