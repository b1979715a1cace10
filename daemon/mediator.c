/* SPDX-License-Identifier: MIT */
/* GPU time, handed out. */
#include "daemon/mediator.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/param.h>

#include "base/channel.h"
#include "base/clock.h"
#include "daemon/gpu_file.h"
#include "protocol/budget.h"
#include "protocol/link.h"

/* Who has no grant is looked at no more often than this: it is not to have anything. */
#define LOOK_NS (100 * NSEC_PER_MSEC)
/* Some drivers count work when it ends: so late at most. */
#define AHEAD_MAX_NS (UINT64_C(100) * NSEC_PER_MSEC)

static struct mediator_client *client_of(struct policy_client *policy)
{
	return container_of(policy, struct mediator_client, policy);
}

static bool client_runs(const struct mediator_client *client)
{
	return !list_empty(&client->link);
}

/* Should the link be full, the renderer has messages to look at the page after. */
static void client_tell(struct mediator_client *client)
{
	struct link_budget message = { .type = LINK_BUDGET };
	channel_send(client->channel, &message, sizeof(message), NULL, 0);
}

static void client_set_grant(struct mediator_client *client, uint32_t grant)
{
	client->grant = grant;
	atomic_store(&client->page->grant.value, grant);
}

static bool client_wants(const struct mediator_client *client)
{
	return atomic_load(&client->page->want.value) != 0;
}

/* It says so; of a grant that it does not have it may say what it likes. */
static bool client_has_returned(const struct mediator_client *client)
{
	return policy_holds(&client->policy) && atomic_load(&client->page->returned.value) ==
		       client->grant >> BUDGET_SERIAL_SHIFT;
}

/* -- what is told of it -- */

static void client_tell_span(
	struct mediator_client *client, int64_t start_ns, int64_t end_ns, uint64_t used_ns)
{
	struct timeline_span span = {
		.pid = client->pid,
		.start_ns = start_ns,
		.end_ns = end_ns,
		.used_ns = used_ns,
	};

	memcpy(span.guest, client->guest->name, sizeof(span.guest));
	memcpy(span.program, client->program, sizeof(span.program));
	timeline_add(client->guest->mediator->timeline, &span);
}

/* What it used so far, or that it waits; another span begins. */
static void client_end_span(struct mediator_client *client)
{
	int64_t start_ns = client->span_ns;

	if (!client->span_used_ns && start_ns < client->wants_ns)
		start_ns = client->wants_ns;
	if (start_ns < client->charged_ns && (client->span_used_ns || client->wants_ns))
		client_tell_span(client, start_ns, client->charged_ns, client->span_used_ns);
	client->span_ns = client->charged_ns;
	client->span_used_ns = 0;
}

static struct mediator_guest *guest_of(struct policy_guest *policy)
{
	return container_of(policy, struct mediator_guest, policy);
}

/*
 * Credits the time since the last call, in which the standings were what they are now:
 * first to those that run on reservations, else by weight.
 */
static void mediator_credit(struct mediator *mediator, int64_t now_ns)
{
	int64_t passed_ns = now_ns - mediator->due_ns;
	uint64_t weights = 0, reserved = 0;
	struct policy_guest *guest;

	mediator->due_ns = now_ns;
	if (!mediator->contended)
		return;
	list_for_each (guest, &mediator->policy.guests, link) {
		reserved += guest->standing == POLICY_STANDING_RESERVED;
		if (guest->standing == POLICY_STANDING_WEIGHTED)
			weights += guest->terms.weight;
	}
	list_for_each (guest, &mediator->policy.guests, link) {
		if (guest->standing == POLICY_STANDING_RESERVED)
			guest_of(guest)->due_ns += passed_ns / reserved;
		if (guest->standing == POLICY_STANDING_WEIGHTED && !reserved)
			guest_of(guest)->due_ns += passed_ns * guest->terms.weight / weights;
	}
}

/* -- clients that run -- */

/* Others wait for the grant that it has. */
static bool client_keeps(const struct mediator_client *client)
{
	return policy_holds(&client->policy) &&
	       (client->grant & (BUDGET_SHARED | BUDGET_REVOKED));
}

/* Its part of the GPU while it kept others waiting. */
static uint64_t client_kept_ns(const struct mediator_client *client, uint64_t passed_ns)
{
	return passed_ns / client->guest->mediator->policy.in_flight;
}

static uint64_t client_used_by_clock(struct mediator_client *client, uint64_t passed_ns)
{
	uint64_t busy_ns = atomic_load_explicit(&client->page->busy.ns, memory_order_relaxed);
	uint64_t used_ns = busy_ns - client->busy_ns;

	client->busy_ns = busy_ns;
	return client_keeps(client) ? client_kept_ns(client, passed_ns) : MIN(used_ns, passed_ns);
}

/*
 * What the kernel counted since the last look. A number that went back is to grow again
 * (the format's rule); the first one is what was there before.
 */
static uint64_t client_read_file(struct mediator_client *client, int64_t now_ns)
{
	struct drm_usage usage;
	uint64_t counted_ns = 0;

	if (!policy_holds(&client->policy) && now_ns - client->looked_ns < LOOK_NS)
		return 0;
	client->looked_ns = now_ns;
	if (!gpu_file_read(client->file, &usage) || !usage.has_time)
		return 0;
	if (!client->by_fdinfo)
		client->by_fdinfo = client->guest->by_fdinfo = true;
	else if (usage.engine_ns > client->engine_ns)
		counted_ns = usage.engine_ns - client->engine_ns;
	client->engine_ns = MAX(client->engine_ns, usage.engine_ns);
	return counted_ns;
}

/* The larger of what the kernel counted and of what it kept from others. */
static uint64_t client_used_by_kernel(
	struct mediator_client *client, uint64_t counted_ns, uint64_t passed_ns)
{
	uint64_t kept_ns = client_keeps(client) ? client_kept_ns(client, passed_ns) : 0;
	uint64_t late_ns = MIN(counted_ns, client->ahead_ns);

	counted_ns -= late_ns;
	client->ahead_ns -= late_ns;
	if (counted_ns >= kept_ns)
		return counted_ns;
	client->ahead_ns = MIN(client->ahead_ns + kept_ns - counted_ns, AHEAD_MAX_NS);
	return kept_ns;
}

/* How much a number of the page has grown; it wraps. */
static uint32_t word_grown(const struct budget_word *word, uint32_t *counted)
{
	uint32_t before = *counted;

	*counted = atomic_load_explicit(&word->value, memory_order_relaxed);
	return *counted - before;
}

static struct mediator_work client_take_work(struct mediator_client *client)
{
	const struct budget_page *page = client->page;

	return (struct mediator_work){
		.submissions = word_grown(&page->submissions, &client->counted.submissions),
		.chunks = word_grown(&page->chunks, &client->counted.chunks),
		.frames = word_grown(&page->frames, &client->counted.frames),
	};
}

static void work_add(struct mediator_work *work, const struct mediator_work *more)
{
	work->submissions += more->submissions;
	work->chunks += more->chunks;
	work->frames += more->frames;
}

static void client_count_work(struct mediator_client *client)
{
	struct mediator_work work = client_take_work(client);

	work_add(&client->work, &work);
	work_add(&client->guest->work, &work);
}

static void client_charge(struct mediator_client *client, int64_t now_ns)
{
	uint64_t passed_ns = now_ns - client->charged_ns;
	bool by_fdinfo = client->by_fdinfo;
	uint64_t used_ns = client_used_by_clock(client, passed_ns);
	uint64_t counted_ns = client->file ? client_read_file(client, now_ns) : 0;

	client_count_work(client);
	if (by_fdinfo)
		used_ns = client_used_by_kernel(client, counted_ns, passed_ns);
	client->charged_ns = now_ns;
	if (!used_ns)
		return;
	client->used_ns += used_ns;
	client->span_used_ns += used_ns;
	client->guest->used_ns += used_ns;
	client->guest->mediator->used_ns += used_ns;
	if (!client->guest->mediator->contended)
		client->guest->due_ns += used_ns;
	policy_charge(&client->policy, used_ns);
}

/*
 * Whether it has work. One that shares may have a moment's pause without losing its
 * grant: it says itself when that was too long.
 */
static void client_ask(struct mediator_client *client, int64_t now_ns)
{
	bool holds = policy_holds(&client->policy);
	bool wants = (holds && client->grant & BUDGET_SHARED) || client_wants(client);

	if (wants && !holds && !client->wants_ns)
		client->wants_ns = now_ns;
	if (!wants)
		client->wants_ns = 0;
	if (wants != client->policy.wants)
		(wants ? policy_want : policy_unwant)(&client->policy, now_ns);
}

static void client_poll(struct mediator_client *client, int64_t now_ns)
{
	client_charge(client, now_ns);
	if (client_has_returned(client)) {
		client_set_grant(client, client->grant >> BUDGET_SERIAL_SHIFT << BUDGET_SERIAL_SHIFT);
		client_end_span(client);
		policy_return(&client->policy, now_ns);
	}
	client_ask(client, now_ns);
}

static void client_grant(struct mediator_client *client, uint64_t slice_ns, int64_t now_ns)
{
	uint32_t serial = (client->grant >> BUDGET_SERIAL_SHIFT) + 1;

	int64_t waited_ns = client->wants_ns ? now_ns - client->wants_ns : 0;

	histogram_add(&client->guest->waits, waited_ns);
	client->guest->waited_ns += waited_ns;
	client->waited_ns += waited_ns;
	client_end_span(client);
	client->wants_ns = 0;
	client->grants++;
	client->guest->grants++;
	atomic_store_explicit(
		&client->page->slice.value, slice_ns / NSEC_PER_USEC, memory_order_relaxed);
	client_set_grant(client, serial << BUDGET_SERIAL_SHIFT | BUDGET_HELD);
	client_tell(client);
}

static void client_revoke(struct mediator_client *client)
{
	client_set_grant(client, client->grant | BUDGET_REVOKED);
	client_tell(client);
}

/* True: the policy is to hear of something that this brought to light. */
static bool client_share(struct mediator_client *client, bool shared, int64_t now_ns)
{
	uint32_t grant = shared ? client->grant | BUDGET_SHARED : client->grant & ~BUDGET_SHARED;

	if (grant == client->grant)
		return false;
	client_set_grant(client, grant);
	/* One that has nothing to do does not see it by itself. */
	if (!shared || client_wants(client))
		return false;
	policy_unwant(&client->policy, now_ns);
	return true;
}

static bool mediator_share(struct mediator *mediator, int64_t now_ns)
{
	bool shared = policy_contended(&mediator->policy), news = false;
	struct mediator_client *client;

	mediator->contended = shared;
	list_for_each (client, &mediator->clients, link) {
		if (policy_holds(&client->policy))
			news = client_share(client, shared, now_ns) || news;
	}
	return news;
}

static uint64_t mediator_decide(struct mediator *mediator, int64_t now_ns)
{
	struct policy_decision decision;

	for (;;) {
		decision = policy_next(&mediator->policy, now_ns);
		if (decision.verdict == POLICY_GRANT)
			client_grant(client_of(decision.client), decision.slice_ns, now_ns);
		else if (decision.verdict == POLICY_REVOKE)
			client_revoke(client_of(decision.client));
		else if (!mediator_share(mediator, now_ns))
			return decision.at_ns;
	}
}

static void mediator_run(struct mediator *mediator)
{
	struct mediator_client *client;
	int64_t now_ns = clock_now_ns();

	if (mediator->off)
		return;
	mediator_credit(mediator, now_ns);
	list_for_each (client, &mediator->clients, link)
		client_poll(client, now_ns);
	uint64_t at_ns = mediator_decide(mediator, now_ns);
	if (at_ns == POLICY_NEVER)
		loop_timer_set(&mediator->timer, 0);
	else
		loop_timer_set(&mediator->timer, (int64_t)at_ns > now_ns ? (int64_t)at_ns - now_ns : 1);
}

static void mediator_handle_timer(struct loop_timer *timer)
{
	mediator_run(container_of(timer, struct mediator, timer));
}

int mediator_init(struct mediator *mediator, struct loop *loop, uint32_t in_flight, bool off)
{
	int64_t now_ns = clock_now_ns();

	*mediator = (struct mediator){
		.off = off,
		.timer.source.fd = -1,
		.started_ns = now_ns,
		.due_ns = now_ns,
		.timeline = timeline_create(),
	};
	list_init(&mediator->clients);
	policy_init(&mediator->policy, in_flight, now_ns);
	if (!mediator->timeline)
		return -ENOMEM;
	return loop_timer_init(&mediator->timer, loop, mediator_handle_timer);
}

void mediator_set_in_flight(struct mediator *mediator, uint32_t in_flight)
{
	policy_set_in_flight(&mediator->policy, in_flight);
	mediator_run(mediator);
}

void mediator_finish(struct mediator *mediator)
{
	loop_timer_finish(&mediator->timer);
	timeline_destroy(mediator->timeline);
	mediator->timeline = NULL;
}

void mediator_charge(struct mediator *mediator)
{
	struct mediator_client *client;
	int64_t now_ns = clock_now_ns();

	mediator_credit(mediator, now_ns);
	list_for_each (client, &mediator->clients, link) {
		client_charge(client, now_ns);
		client_end_span(client);
	}
}

/* -- guests -- */

void mediator_guest_init(struct mediator_guest *guest)
{
	*guest = (struct mediator_guest){ 0 };
}

int mediator_guest_open(struct mediator_guest *guest, struct mediator *mediator,
	const struct policy_terms *terms)
{
	int ret = policy_guest_init(&mediator->policy, &guest->policy, terms, clock_now_ns());
	if (ret == 0)
		guest->mediator = mediator;
	return ret;
}

int mediator_guest_set(struct mediator_guest *guest, const struct policy_terms *terms)
{
	mediator_charge(guest->mediator);
	int ret = policy_guest_set(&guest->policy, terms, clock_now_ns());
	mediator_run(guest->mediator);
	return ret;
}

void mediator_guest_finish(struct mediator_guest *guest)
{
	if (guest->mediator)
		policy_guest_finish(&guest->policy);
	guest->mediator = NULL;
}

/* -- clients -- */

void mediator_client_init(struct mediator_client *client)
{
	*client = (struct mediator_client){ 0 };
	list_init(&client->link);
}

void mediator_client_start(struct mediator_client *client, struct mediator_guest *guest,
	struct budget_page *page, struct channel *channel, const struct gpu_file *file)
{
	mediator_client_init(client);
	client->guest = guest;
	client->page = page;
	client->channel = channel;
	client->file = file;
	guest->by_fdinfo = false;
	client->charged_ns = client->span_ns = clock_now_ns();
	/* What an earlier mulliond counted is not counted again. */
	client->busy_ns = atomic_load(&page->busy.ns);
	client_take_work(client);
	policy_client_init(&guest->policy, &client->policy);
	if (file)
		client_read_file(client, clock_now_ns());
	list_append(&guest->mediator->clients, &client->link);
	/* An earlier mulliond's grant: this one's policy knows nothing of it. */
	client_set_grant(client, atomic_load(&page->grant.value) | BUDGET_REVOKED);
	if (guest->mediator->off)
		client_set_grant(client, 1 << BUDGET_SERIAL_SHIFT | BUDGET_HELD);
	client_tell(client);
	mediator_client_look(client);
}

void mediator_client_stop(struct mediator_client *client)
{
	if (!client_runs(client))
		return;
	mediator_credit(client->guest->mediator, clock_now_ns());
	client_charge(client, clock_now_ns());
	client_end_span(client);
	policy_client_finish(&client->policy);
	list_remove(&client->link);
	mediator_run(client->guest->mediator);
}

void mediator_client_look(struct mediator_client *client)
{
	if (!client_runs(client) || client->guest->mediator->off)
		return;
	if (client_has_returned(client) || client_wants(client) != client->policy.wants)
		mediator_run(client->guest->mediator);
}

void mediator_client_ask(struct mediator_client *client)
{
	if (client_runs(client))
		client_tell(client);
}

uint32_t mediator_client_revoked(const struct mediator_client *client)
{
	if (!client_runs(client) || !policy_holds(&client->policy) ||
		!(client->grant & BUDGET_REVOKED))
		return 0;
	/* Whether others wait just now makes no other grant of it. */
	return client->grant | BUDGET_SHARED;
}
