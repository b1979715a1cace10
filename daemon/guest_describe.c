/* SPDX-License-Identifier: MIT */
/* What people may know of a guest (daemon/guest_info.h). */
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/guest_info.h"

struct events *daemon_events(struct daemon *daemon)
{
	return &daemon->events;
}

struct guest *guest_next(struct daemon *daemon, const struct guest *previous)
{
	struct list *next = previous ? previous->link.next : daemon->guests.next;
	return next == &daemon->guests ? NULL : container_of(next, struct guest, link);
}

struct guest *guest_find(struct daemon *daemon, const char *name)
{
	for (struct guest *g = guest_next(daemon, NULL); g; g = guest_next(daemon, g)) {
		if (!strcmp(g->config->name, name))
			return g;
	}
	return NULL;
}

static enum guest_state guest_state(const struct guest *guest)
{
	if (!guest->listen.loop && guest->node && guest->node->probed)
		return GUEST_STATE_FAILED;
	if (guest->clients.n)
		return GUEST_STATE_RUNNING;
	if (!guest->running)
		return GUEST_STATE_WAITING;
	if (guest->deaths.given_up)
		return GUEST_STATE_FAILED;
	if (guest->keep.state->counters.driver_ready)
		return GUEST_STATE_RUNNING;
	return guest->keep.state->counters.commands ? GUEST_STATE_PAUSED : GUEST_STATE_CONNECTED;
}

static bool guest_find_stale(const struct guest *guest, uint32_t *head)
{
	for (*head = 0; *head < guest->modes.n; ++*head) {
		if (guest->heads[*head].stale.is_stale)
			return true;
	}
	return false;
}

static bool guest_find_refused(const struct guest *guest, struct guest_given_info *info)
{
	for (uint32_t i = 0; guest_describe_given(guest, i, info); i++) {
		if (*info->trouble)
			return true;
	}
	return false;
}

static void describe_trouble(const struct guest *guest, const char *presenter_trouble,
	char *trouble, size_t size)
{
	struct guest_given_info given;
	uint32_t head;
	const char *mine = guest->running ? guest->keep.state->counters.trouble : "";

	if (guest->deaths.given_up)
		snprintf(trouble, size,
			"its mullion-guest died %u times in a minute and was given up: the VM has no GPU "
			"until 'mullionctl restart %s'",
			guest->deaths.max, guest->config->name);
	else if (guest->render_deaths.given_up)
		snprintf(trouble, size,
			"its mullion-render died %u times in a minute and was given up: 2D only until "
			"'mullionctl restart %s'",
			guest->render_deaths.max, guest->config->name);
	else if (guest->strikes.given_up)
		snprintf(trouble, size,
			"its renderers hung %u times in %u s: no more of them until 'mullionctl "
			"release %s'",
			guest->strikes.max, guest->strikes.window_ms / 1000, guest->config->name);
	else if (mine[0])
		snprintf(trouble, size, "%.*s", (int)sizeof(guest->keep.state->counters.trouble), mine);
	else if (guest->node && render_node_is_given_up(guest->node))
		snprintf(trouble, size, "no renderer could be started: 2D only (see the log)");
	else if (guest_has_lost_contexts(guest))
		snprintf(trouble, size,
			"its renderer died: restart the guest's compositor and its other programs "
			"that draw in 3D");
	else if (guest_find_stale(guest, &head))
		snprintf(trouble, size, "head %u: nothing was drawn for %u ms", head,
			guest->config->heads[head].stale_after_ms);
	else if (guest_find_refused(guest, &given))
		snprintf(trouble, size, "input %s: %s", given.name, given.trouble);
	else if (presenter_trouble)
		snprintf(trouble, size, "%s", presenter_trouble);
}

static const char *const pacings[] = {
	[HEAD_PACING_NOTHING] = "nothing",
	[HEAD_PACING_FLUSHES] = "flushes",
	[HEAD_PACING_FENCES] = "fences",
	[HEAD_PACING_DROPS] = "drops",
};

static void describe_head(const struct guest *guest, uint32_t index, struct guest_head_info *info)
{
	const struct head *head = &guest->heads[index];
	const struct link_head *wanted = &guest->modes.heads[index];

	info->enabled = head->width_px != 0;
	info->width_px = info->enabled ? head->width_px : wanted->width_px;
	info->height_px = info->enabled ? head->height_px : wanted->height_px;
	info->refresh_mhz = wanted->refresh_mhz;
	info->wanted = wanted->enabled;
	info->wanted_width_px = wanted->width_px;
	info->wanted_height_px = wanted->height_px;
	info->note = guest_modes_note(guest, index);
	info->closed = head->closed;
	info->paced_by = pacings[head_pacing(head)];
	info->stale = head->stale.is_stale;
	info->stale_times = head->stale.times;
	if (head->source >= 0)
		info->source = head->source == HEAD_SOURCE_RENDER ? "virgl" : "pixman";
	info->frames_presented = head->stats.presented;
	info->frames_dropped = head->stats.dropped;
	info->rate_mhz = head_rate_mhz(head);
	info->latency_p50_us = histogram_quantile_us(&head->stats.sent, 50);
	info->latency_p99_us = histogram_quantile_us(&head->stats.sent, 99);
	info->seen_p50_us = histogram_quantile_us(&head->stats.seen, 50);
	info->seen_p99_us = histogram_quantile_us(&head->stats.seen, 99);
	info->frames_discarded = head->stats.discarded;
	if (guest->running)
		info->frames_flushed = guest->keep.state->counters.flushes[index];
}

void guest_describe(const struct guest *guest, struct guest_info *info)
{
	struct presenter_state presenter = { 0 };

	*info = (struct guest_info){
		.config = guest->config,
		.state = guest_state(guest),
		.vmm_pid = guest->vmm_pid,
		.guest_pid = guest->worker.pid,
		.render_pid = guest->renderer ? guest->renderer->worker.pid : 0,
		.renderer_starts = guest->renderer_starts,
		.renderer_deaths = guest->render_deaths.n,
		.guest_deaths = guest->deaths.n,
		.hang_limit_ms = guest_hang_limit_ms(guest),
		.hangs = guest->strikes.n,
		.quarantined = guest->strikes.given_up,
	};
	if (guest->node)
		info->render_node = guest->node->path[0] ? guest->node->path : "none";
	if (guest->presenter) {
		guest->interface->describe(guest->presenter, &presenter);
		snprintf(info->presenter, sizeof(info->presenter), "%s", presenter.what);
	}
	describe_trouble(guest, presenter.trouble, info->trouble, sizeof(info->trouble));
	if (guest->renderer)
		snprintf(info->renderer_device, sizeof(info->renderer_device), "%s",
			guest->node->device);
	if (guest->config->type == CONFIG_TYPE_CONTAINER) {
		info->memory_bytes = clients_memory_bytes(guest);
		info->renderer_starts = guest->clients.connected;
		info->renderer_deaths = guest->clients.died;
		snprintf(info->renderer_device, sizeof(info->renderer_device), "%s",
			guest->node->device);
	}
	if (guest->running) {
		const struct state_counters *counters = &guest->keep.state->counters;
		info->features = guest->keep.state->gpu.features;
		info->commands = counters->commands;
		info->commands_refused = counters->refused;
		info->memory_bytes = MAX(counters->bytes_used, guest->gpu_bytes);
		info->resources = counters->resources;
		info->contexts = counters->contexts;
		info->backing_entries = counters->backing_entries;
		info->fences = counters->fences;
		info->trace_bytes = counters->trace_bytes;
		info->record_bytes = counters->record_bytes;
	}
	info->n_heads = guest->modes.n;
	for (uint32_t i = 0; i < info->n_heads; i++)
		describe_head(guest, i, &info->heads[i]);
	for (uint32_t i = 0; i < info->n_heads; i++)
		info->heads[i].fullscreen = presenter.fullscreen >> i & 1;
}

bool guest_describe_client(
	const struct guest *guest, uint32_t index, struct guest_client_info *info)
{
	const struct client *client = client_find(guest, index);

	if (!client)
		return false;
	*info = (struct guest_client_info){
		.pid = client->pid,
		.render_pid = client->renderer ? client->renderer->worker.pid : 0,
		.memory_bytes = client_memory_bytes(client),
	};
	memcpy(info->program, client->program, sizeof(info->program));
	return true;
}

void guest_view(struct guest *guest, uint32_t head)
{
	head_open(&guest->heads[head]);
}

const struct picture *guest_picture(const struct guest *guest, uint32_t head)
{
	const struct head_picture *shown = guest->heads[head].planes[LINK_PLANE_PRIMARY].shown;
	return shown ? &shown->picture : NULL;
}
