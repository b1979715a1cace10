/* SPDX-License-Identifier: MIT */
/* Whether windows live. */
#include "compositor/watch.h"

#include "base/clock.h"
#include "compositor/config.h"
#include "compositor/layout.h"
#include "compositor/server.h"
#include "compositor/shell/ping.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/surface.h"

#define PERIOD_NS (2500 * NSEC_PER_MSEC)
#define PERIOD_STALE_NS (100 * NSEC_PER_MSEC) /* where windows are to draw */

/* Who waits for the beat of a screen, which may be dark, cannot draw. */
static bool toplevel_waits(const struct toplevel *toplevel)
{
	return !wl_list_empty(&toplevel->surface->current.frames);
}

static enum toplevel_health toplevel_judge(struct toplevel *toplevel, int64_t now_ns)
{
	const struct config_window *rule = layout_rule(toplevel);
	int64_t limit_ns = rule ? rule->stale_after_ms * NSEC_PER_MSEC : 0;

	if (ping_is_mute(toplevel->server, wl_resource_get_client(toplevel->resource)))
		return TOPLEVEL_MUTE;
	if (toplevel->health == TOPLEVEL_WELL && toplevel_waits(toplevel))
		toplevel->drew_ns = now_ns;
	return limit_ns > 0 && now_ns - toplevel->drew_ns > limit_ns ? TOPLEVEL_STALE
								     : TOPLEVEL_WELL;
}

static void watch_judge(struct toplevel *toplevel, int64_t now_ns)
{
	enum toplevel_health health = toplevel_judge(toplevel, now_ns);

	if (health == toplevel->health)
		return;
	toplevel->health = health;
	layout_window_changed(toplevel);
}

/* Again, as long as there are windows; not later than it would be, however many come. */
static void watch_go_on(struct server *server)
{
	const struct toplevel *toplevel;
	int64_t period_ns = 0;

	list_for_each (toplevel, &server->mapped, mapped_link) {
		const struct config_window *rule = layout_rule(toplevel);
		if (rule && rule->stale_after_ms > 0)
			period_ns = PERIOD_STALE_NS;
		else if (period_ns == 0)
			period_ns = PERIOD_NS;
	}
	int64_t due_ns = period_ns ? clock_now_ns() + period_ns : 0;
	if (server->watch_ns && due_ns >= server->watch_ns)
		return;
	server->watch_ns = due_ns;
	loop_timer_set(&server->watch, period_ns);
}

static void watch_handle(struct loop_timer *watch)
{
	struct server *server = container_of(watch, struct server, watch);
	int64_t now_ns = clock_now_ns();
	struct toplevel *toplevel;

	server->watch_ns = 0;
	pings_check(server, now_ns);
	list_for_each (toplevel, &server->mapped, mapped_link)
		watch_judge(toplevel, now_ns);
	watch_go_on(server);
}

int watch_init(struct loop_timer *watch, struct server *server)
{
	return loop_timer_init(watch, &server->loop, watch_handle);
}

void watch_start(struct toplevel *toplevel)
{
	watch_saw(toplevel);
	watch_go_on(toplevel->server);
}

void watch_saw(struct toplevel *toplevel)
{
	toplevel->drew_ns = clock_now_ns();
	if (toplevel->health == TOPLEVEL_STALE)
		watch_judge(toplevel, toplevel->drew_ns);
}
