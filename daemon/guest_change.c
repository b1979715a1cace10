/* SPDX-License-Identifier: MIT */
/* What of a guest's configuration changes while it runs. */
#include <string.h>
#include <sys/param.h>

#include "base/log.h"
#include "daemon/config_keys.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

static void guest_tell(struct guest *guest, struct channel *link, const void *message, size_t size)
{
	if (channel_send(link, message, size, NULL, 0) < 0)
		log_warn("guest %s: one of its processes does not listen, and has its old limits",
			guest->config->name);
}

struct link_quota guest_quota(const struct guest *guest)
{
	const struct config_guest *config = guest->config;

	return (struct link_quota){
		.memory_bytes = config->memory_bytes,
		.contexts = config->max_contexts,
		.resources = config->max_resources,
		.backing_entries = config->max_backing_entries,
		.fences = config->max_fences,
	};
}

void guest_tell_quota(struct guest *guest)
{
	struct link_guest_quota quota = { .type = LINK_GUEST_QUOTA, .quota = guest_quota(guest) };
	struct link_render_memory memory = {
		.type = LINK_RENDER_MEMORY,
		.memory_bytes = guest->config->memory_bytes,
	};
	struct client *client;

	if (guest->worker.pid)
		guest_tell(guest, &guest->worker.link, &quota, sizeof(quota));
	if (guest->renderer)
		guest_tell(guest, &guest->renderer->worker.link, &memory, sizeof(memory));
	list_for_each (client, &guest->clients.list, link) {
		if (client->renderer)
			guest_tell(guest, &client->renderer->worker.link, &memory, sizeof(memory));
	}
}

int guest_change(struct guest *guest, const struct config_guest *wanted)
{
	struct link_quota before = guest_quota(guest), after;

	int ret = mediator_guest_set(&guest->time, &wanted->terms);
	if (ret < 0)
		return ret;
	guest->memory_was_bytes = MAX(guest->memory_was_bytes, guest->config->memory_bytes);
	config_keys_copy_changeable(config_guest_keys, CONFIG_KEYS_MAX, guest->config, wanted);
	deaths_limit(&guest->deaths, wanted->max_deaths, DEATHS_WINDOW_MS);
	deaths_limit(&guest->render_deaths, wanted->max_deaths, DEATHS_WINDOW_MS);
	deaths_limit(&guest->strikes, wanted->strikes.max, wanted->strikes.window_ms);
	after = guest_quota(guest);
	if (memcmp(&before, &after, sizeof(before)) != 0)
		guest_tell_quota(guest);
	return 0;
}

uint32_t guest_reservable_ppm(const struct guest *guest)
{
	const struct policy_guest *time = &guest->time.policy;
	uint32_t others_ppm = time->policy->reserved_ppm -
			      reservation_ppm(time->terms.runtime_ns, time->terms.period_ns);

	return RESERVATION_SUM_MAX_PPM - others_ppm;
}
