/* SPDX-License-Identifier: MIT */
/* Dark screens, and zwp_idle_inhibitor_v1. */
#include "compositor/seat/idle.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/global.h"
#include "compositor/layout.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"

#include "idle-inhibit-unstable-v1-server-protocol.h"

struct idle_inhibitor {
	struct list link; /* of idle.inhibitors */
	struct surface_reference surface;
};

/* -- dark screens -- */

static bool idle_is_inhibited(const struct idle *idle)
{
	const struct idle_inhibitor *inhibitor;

	list_for_each (inhibitor, &idle->inhibitors, link) {
		const struct surface *surface = inhibitor->surface.surface;
		const struct toplevel *window = surface ? layout_window(surface) : NULL;
		if (window && layout_is_seen(window))
			return true;
	}
	return false;
}

static bool idle_set_power(struct screen *screen, bool is_on)
{
	static struct log_limit failures;
	int ret = screen_set_power(screen, is_on);

	if (ret < 0)
		log_limited(&failures, LOG_LEVEL_WARN, "screen %s cannot be switched %s: %s",
			screen->name, is_on ? "on" : "off", strerror(-ret));
	return ret == 0;
}

/* Those that somebody else has turned off stay so; one that stays dark is tried again. */
static void idle_set_dark(struct idle *idle, bool is_dark)
{
	struct screen *screen;

	idle->is_dark = is_dark;
	/* Nobody sees where it would be dropped. */
	if (is_dark)
		drag_cancel(&idle->seat->drag);
	list_for_each (screen, &idle->seat->server->screens, link) {
		if (is_dark && !screen->is_off)
			screen->is_idle = idle_set_power(screen, false);
		else if (!is_dark && screen->is_idle)
			screen->is_idle = !idle_set_power(screen, true);
		idle->is_dark = idle->is_dark || screen->is_idle;
	}
}

static void idle_handle_timer(struct loop_timer *timer)
{
	struct idle *idle = container_of(timer, struct idle, timer);
	int64_t left_ns = idle->active_ns + idle->timeout_ns - clock_now_ns();

	if (left_ns > 0)
		loop_timer_set(timer, left_ns);
	else if (idle_is_inhibited(idle))
		loop_timer_set(timer, idle->timeout_ns);
	else
		idle_set_dark(idle, true);
}

bool idle_wake(struct idle *idle)
{
	if (idle->timeout_ns == 0)
		return false;
	idle->active_ns = clock_now_ns();
	if (!idle->is_dark)
		return false;
	idle_set_dark(idle, false);
	loop_timer_set(&idle->timer, idle->timeout_ns);
	return true;
}

void idle_start(struct idle *idle, uint32_t timeout_ms)
{
	idle->timeout_ns = timeout_ms * NSEC_PER_MSEC;
	idle->active_ns = clock_now_ns();
	if (idle->is_dark)
		idle_set_dark(idle, false);
	loop_timer_set(&idle->timer, idle->timeout_ns);
}

int idle_init(struct idle *idle, struct seat *seat)
{
	*idle = (struct idle){ .seat = seat, .timer.source.fd = -1 };
	list_init(&idle->inhibitors);
	return loop_timer_init(&idle->timer, &seat->server->loop, idle_handle_timer);
}

void idle_finish(struct idle *idle)
{
	loop_timer_finish(&idle->timer);
}

/* -- zwp_idle_inhibitor_v1 -- */

static const struct zwp_idle_inhibitor_v1_interface inhibitor_requests = {
	.destroy = resource_handle_destroy,
};

static void inhibitor_free(struct wl_resource *resource)
{
	struct idle_inhibitor *inhibitor = wl_resource_get_user_data(resource);

	surface_reference_set(&inhibitor->surface, NULL);
	list_remove(&inhibitor->link);
	free(inhibitor);
}

static void manager_create(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface_resource)
{
	struct surface *surface = surface_of(surface_resource);
	struct idle_inhibitor *inhibitor = calloc(1, sizeof(*inhibitor));

	if (!inhibitor) {
		wl_client_post_no_memory(client);
		return;
	}
	if (!resource_create(client, &zwp_idle_inhibitor_v1_interface, 1, id, &inhibitor_requests,
		    inhibitor, inhibitor_free)) {
		free(inhibitor);
		return;
	}
	surface_reference_set(&inhibitor->surface, surface);
	list_append(&surface->server->seat->idle.inhibitors, &inhibitor->link);
}

static const struct zwp_idle_inhibit_manager_v1_interface manager_requests = {
	.destroy = resource_handle_destroy,
	.create_inhibitor = manager_create,
};

const struct global idle_global = {
	.interface = &zwp_idle_inhibit_manager_v1_interface,
	.version = 1,
	.requests = &manager_requests,
};
