/* SPDX-License-Identifier: MIT */
/*
 * Renderers of a guest that do not come back: from a call of the library, from the GPU, or
 * with a grant that others wait for. Each such renderer is ended; a guest whose renderers
 * hang too often gets none until somebody releases it.
 */
#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

/* Compiling shaders, and all drawing, may take seconds where the CPU does it. */
#define LIMIT_GPU_MS 2000
#define LIMIT_CPU_MS 10000

uint32_t guest_hang_limit_ms(const struct guest *guest)
{
	if (guest->config->hang_limit_ms)
		return guest->config->hang_limit_ms;
	return guest->node && guest->node->path[0] ? LIMIT_GPU_MS : LIMIT_CPU_MS;
}

static void guest_strike(struct guest *guest)
{
	struct events *events = &guest->daemon->events;
	bool was_given_up = guest->strikes.given_up;

	events_raise(events, EVENT_HUNG, guest->config->name, -1);
	deaths_add(&guest->strikes, clock_now_ns());
	guest_remember_strikes(guest);
	if (!guest->strikes.given_up || was_given_up)
		return;
	events_raise(events, EVENT_QUARANTINED, guest->config->name, -1);
	log_error("guest %s: its renderers hung %u times in %u s: it gets no more of them until "
		  "'mullionctl release %s'",
		guest->config->name, guest->strikes.max, guest->strikes.window_ms / 1000,
		guest->config->name);
}

bool guest_renderer_hangs(struct guest *guest, struct budget *budget,
	struct mediator_client *time, const char *who)
{
	uint32_t limit_ms = guest_hang_limit_ms(guest);
	const char *where = budget_stuck(budget, mediator_client_revoked(time), clock_now_ns(),
		limit_ms * NSEC_PER_MSEC);

	if (!where && budget_is_to_be_asked(budget))
		mediator_client_ask(time);
	if (!where)
		return false;
	log_limited(&guest->kills, LOG_LEVEL_WARN, "guest %s: %s has been %s for more than %u ms",
		guest->config->name, who, where, limit_ms);
	guest_strike(guest);
	return true;
}

bool guest_release(struct guest *guest)
{
	bool was_given_up = guest->strikes.given_up;

	deaths_forgive(&guest->strikes);
	guest_remember_strikes(guest);
	if (was_given_up)
		log_info("guest %s: is released", guest->config->name);
	guest_tell_heads(guest);
	return was_given_up;
}
