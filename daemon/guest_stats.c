/* SPDX-License-Identifier: MIT */
/* What guests got of the GPU. */
#include "daemon/guest_stats.h"

#include "base/clock.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

void daemon_measure(struct daemon *daemon, struct daemon_stats *stats)
{
	mediator_charge(&daemon->mediator);
	*stats = (struct daemon_stats){
		.elapsed_ns = clock_now_ns() - daemon->mediator.started_ns,
		.used_ns = daemon->mediator.used_ns,
		.in_flight = daemon->mediator.policy.in_flight,
		.mediates = !daemon->mediator.off,
	};
}

void guest_measure(const struct guest *guest, struct guest_stats *stats)
{
	const struct mediator_guest *time = &guest->time;

	*stats = (struct guest_stats){
		.terms = time->policy.terms,
		.standing = time->policy.standing,
		.source = time->by_fdinfo ? "fdinfo" : "clock",
		.used_ns = time->used_ns,
		.due_ns = time->due_ns,
		.waited_ns = time->waited_ns,
		.waits = time->waits,
		.grants = time->grants,
		.chunks = time->work.chunks,
		.submissions = time->work.submissions,
		.frames = time->work.frames,
	};
	for (uint32_t i = 0; i < guest->modes.n; i++)
		stats->frames += guest->heads[i].stats.presented;
}

void client_count(const struct client *client, struct client_stats *stats)
{
	stats->used_ns += client->time.used_ns;
	stats->waited_ns += client->time.waited_ns;
	stats->grants += client->time.grants;
	stats->chunks += client->time.work.chunks;
	stats->submissions += client->time.work.submissions;
	stats->frames += client->time.work.frames;
}

bool guest_measure_client(const struct guest *guest, uint32_t index, struct client_stats *stats)
{
	const struct client *client = client_find(guest, index);

	if (!client)
		return false;
	*stats = (struct client_stats){ .connection = client->slot };
	client_count(client, stats);
	return true;
}

void guest_measure_others(const struct guest *guest, struct client_stats *stats)
{
	*stats = guest->clients.others;
	for (const struct client *c = client_next(guest, NULL); c; c = client_next(guest, c)) {
		if (c->slot >= CLIENTS_NAMED)
			client_count(c, stats);
	}
}

const struct timeline *daemon_timeline(struct daemon *daemon)
{
	return daemon->mediator.timeline;
}
