/* SPDX-License-Identifier: MIT */
/* Who gets the GPU, for how long. */
#include "daemon/policy.h"

#include <assert.h>
#include <errno.h>

/* A clock that leaps further is one that was set. */
#define LEAP_MAX_NS (UINT64_C(24) * 3600 * 1000 * 1000 * 1000)

static void policy_advance(struct policy *policy, uint64_t now_ns)
{
	if (now_ns > policy->seen_ns)
		policy->now_ns += MIN(now_ns - policy->seen_ns, LEAP_MAX_NS);
	policy->seen_ns = now_ns;
}

/* A time of the policy's own clock by the caller's. */
static uint64_t policy_callers_ns(const struct policy *policy, uint64_t at_ns)
{
	uint64_t wait_ns = at_ns > policy->now_ns ? at_ns - policy->now_ns : 0;

	return wait_ns < POLICY_NEVER - policy->seen_ns ? policy->seen_ns + wait_ns : POLICY_NEVER;
}

/* A guest's standing: what it competes by. */

static bool guest_is_active(const struct policy_guest *guest)
{
	return guest->n_waiting || guest->n_holding;
}

static enum policy_standing guest_judge(const struct policy_guest *guest)
{
	if (!guest_is_active(guest))
		return POLICY_STANDING_IDLE;
	if (guest->cap.closed)
		return POLICY_STANDING_CAPPED;
	if (reservation_has_time(&guest->reservation))
		return POLICY_STANDING_RESERVED;
	return POLICY_STANDING_WEIGHTED;
}

/* Brings it up to the policy's time. The only place where a standing changes. */
static void guest_settle(struct policy_guest *guest)
{
	struct policy *policy = guest->policy;
	enum policy_standing standing;

	cap_advance(&guest->cap, guest->terms.slice_ns, policy->now_ns);
	if (guest->standing == POLICY_STANDING_IDLE && guest_is_active(guest))
		reservation_wake(&guest->reservation, policy->now_ns);
	reservation_advance(&guest->reservation, policy->now_ns);
	standing = guest_judge(guest);
	if (standing == guest->standing)
		return;
	if (standing == POLICY_STANDING_WEIGHTED)
		share_enter(&policy->group, &guest->share);
	else
		share_leave(&policy->group, &guest->share);
	guest->standing = standing;
}

static bool guest_waits(const struct policy_guest *guest)
{
	return guest->n_waiting && guest->standing != POLICY_STANDING_CAPPED;
}

/* Whether `a` goes before `b`. Neither is capped. */
static bool guest_before(const struct policy_guest *a, const struct policy_guest *b)
{
	if (a->standing != b->standing)
		return a->standing == POLICY_STANDING_RESERVED;
	if (a->standing == POLICY_STANDING_RESERVED)
		return a->reservation.deadline_ns < b->reservation.deadline_ns;
	return share_before(&a->share, &b->share);
}

/* A client: it wants a grant, holds one, or both. */

static bool client_waits(const struct policy_client *client)
{
	return client->wants && !policy_holds(client);
}

/* What was handed to it becomes `ns`: nothing, when its grant ends. */
static void client_pledge(struct policy_client *client, int64_t ns)
{
	client->guest->share.pledged_ns += ns - client->share.pledged_ns;
	client->share.pledged_ns = ns;
}

/* The only place where these change. */
static void client_set(struct policy_client *client, bool wants, bool holds)
{
	struct policy_guest *guest = client->guest;
	struct policy *policy = guest->policy;
	bool held = policy_holds(client);

	guest->n_waiting -= client_waits(client);
	guest->n_holding += holds - held;
	policy->n_holders += holds - held;
	if (holds && !held)
		list_append(&policy->holders, &client->holder);
	if (!holds && held) {
		list_remove(&client->holder);
		client_pledge(client, 0);
	}
	client->wants = wants;
	client->revoked = holds && client->revoked;
	guest->n_waiting += client_waits(client);
	if (wants || holds)
		share_enter(&guest->group, &client->share);
	else
		share_leave(&guest->group, &client->share);
	guest_settle(guest);
}

/* It has a grant: a slice of it begins, by what its guest's standing is now. */
static void client_begin_slice(struct policy_client *client)
{
	struct policy_guest *guest = client->guest;
	uint64_t slice_ns = guest->terms.slice_ns;

	client->reserved = guest->standing == POLICY_STANDING_RESERVED;
	if (client->reserved)
		slice_ns = MIN(slice_ns, (uint64_t)guest->reservation.budget_ns);
	if (guest->cap.percent)
		slice_ns = MIN(slice_ns, (uint64_t)guest->cap.left_ns);
	client->slice_ns = MAX(slice_ns, POLICY_SLICE_MIN_NS);
	client->ends_ns = guest->policy->now_ns + client->slice_ns;
	client_pledge(client, client->slice_ns);
}

static void client_grant(struct policy_client *client)
{
	struct policy_guest *guest = client->guest;

	client_set(client, true, true);
	client_begin_slice(client);
	/* Of equals, it is now the last. */
	list_remove(&client->link);
	list_append(&guest->clients, &client->link);
	list_remove(&guest->link);
	list_append(&guest->policy->guests, &guest->link);
}

/*
 * Whether a waiting client takes the grant of one amid its slice: on its reservation, or
 * because it would go first even if it had had a slice more. That is how it stands with one
 * that often sleeps for a moment: were it to wait for a slice of others each time,
 * it would never get its due.
 */
static bool client_interrupts(
	const struct policy_client *client, const struct policy_client *holder)
{
	bool siblings = client->guest == holder->guest;
	struct share share = siblings ? client->share : client->guest->share;
	struct share held = siblings ? holder->share : holder->guest->share;

	if (!siblings && client->guest->standing == POLICY_STANDING_RESERVED)
		return guest_before(client->guest, holder->guest);
	if (!siblings && holder->guest->standing == POLICY_STANDING_RESERVED)
		return false;
	share.pledged_ns += share.slice_ns;
	held.pledged_ns -= holder->share.pledged_ns;
	return share_before(&share, &held);
}

/* Whether a waiting client takes the grant of one that has it. */
static bool client_overtakes(
	const struct policy_client *client, const struct policy_client *holder, uint64_t now_ns)
{
	if (!holder->wants)
		return true;
	if (now_ns < holder->ends_ns)
		return client_interrupts(client, holder);
	if (client->guest == holder->guest)
		return !share_before(&holder->share, &client->share);
	return !guest_before(holder->guest, client->guest);
}

/* The whole. */

bool policy_contended(const struct policy *policy)
{
	const struct policy_guest *guest;

	list_for_each(guest, &policy->guests, link) {
		if (guest_waits(guest))
			return true;
	}
	return false;
}

/*
 * Of those that wait, the client that goes first; NULL: none waits. Of equals it is the one
 * that was served longest ago: the lists are in that order.
 */
static struct policy_client *policy_find_next(struct policy *policy)
{
	struct policy_guest *guest, *next = NULL;
	struct policy_client *client, *first = NULL;

	list_for_each(guest, &policy->guests, link) {
		if (guest_waits(guest) && (!next || guest_before(guest, next)))
			next = guest;
	}
	if (!next)
		return NULL;
	share_group_sweep(&next->group);
	list_for_each(client, &next->clients, link) {
		if (client_waits(client) && (!first || share_before(&client->share, &first->share)))
			first = client;
	}
	return first;
}

/* How many more grants may be asked back: no more than there are clients to get them. */
static uint32_t policy_count_due(const struct policy *policy)
{
	const struct policy_guest *guest;
	const struct policy_client *holder;
	uint32_t due = policy->n_holders - MIN(policy->n_holders, policy->in_flight);

	list_for_each(guest, &policy->guests, link) {
		if (guest_waits(guest))
			due += guest->n_waiting;
	}
	list_for_each(holder, &policy->holders, holder) {
		due -= MIN(due, holder->revoked);
	}
	return due;
}

/* Of those whose grant `next` is to have, the one that goes last; NULL: none. */
static struct policy_client *policy_find_overtaken(
	struct policy *policy, const struct policy_client *next)
{
	struct policy_client *holder, *last = NULL;
	bool too_many = policy->n_holders > policy->in_flight;
	uint32_t due = policy_count_due(policy);

	list_for_each(holder, &policy->holders, holder) {
		if (holder->revoked)
			continue;
		if (holder->guest->standing == POLICY_STANDING_CAPPED)
			return holder;
		if (!due)
			continue;
		if (!too_many && (!next || !client_overtakes(next, holder, policy->now_ns)))
			continue;
		if (!last || guest_before(last->guest, holder->guest))
			last = holder;
	}
	return last;
}

/* Whether its slice matters: others wait for its end, or an account must not be overdrawn. */
static bool holder_is_timed(const struct policy_client *holder, bool contended)
{
	return !holder->revoked && (contended || holder->reserved || holder->guest->cap.percent);
}

/* When the passing of time alone may change a decision, by the policy's clock. */
static uint64_t policy_next_change_ns(const struct policy *policy, bool contended)
{
	const struct policy_client *holder;
	const struct policy_guest *guest;
	uint64_t at_ns = POLICY_NEVER;

	list_for_each(holder, &policy->holders, holder) {
		if (holder_is_timed(holder, contended))
			at_ns = MIN(at_ns, holder->ends_ns);
	}
	list_for_each(guest, &policy->guests, link) {
		if (!guest->n_waiting)
			continue;
		if (guest->standing == POLICY_STANDING_CAPPED)
			at_ns = MIN(at_ns, cap_ready_ns(&guest->cap, guest->terms.slice_ns));
		else if (guest->standing == POLICY_STANDING_WEIGHTED && guest->terms.runtime_ns)
			at_ns = MIN(at_ns, guest->reservation.deadline_ns);
	}
	return at_ns;
}

struct policy_decision policy_next(struct policy *policy, uint64_t now_ns)
{
	struct policy_guest *guest;
	struct policy_client *next, *holder;
	bool contended;

	policy_advance(policy, now_ns);
	list_for_each(guest, &policy->guests, link) {
		guest_settle(guest);
	}
	share_group_sweep(&policy->group);
	list_for_each(holder, &policy->holders, holder) {
		/* What it did not use by now it will not. */
		if (policy->now_ns >= holder->ends_ns)
			client_pledge(holder, 0);
	}

	next = policy_find_next(policy);
	if (next && policy->n_holders < policy->in_flight) {
		client_grant(next);
		return (struct policy_decision){ POLICY_GRANT, next, next->slice_ns, now_ns };
	}
	holder = policy_find_overtaken(policy, next);
	if (holder) {
		holder->revoked = true;
		return (struct policy_decision){ POLICY_REVOKE, holder, 0, now_ns };
	}
	/* Whoever has used its slice and keeps its grant begins another. */
	contended = next != NULL;
	list_for_each(holder, &policy->holders, holder) {
		if (holder_is_timed(holder, contended) && policy->now_ns >= holder->ends_ns)
			client_begin_slice(holder);
	}
	return (struct policy_decision){ .verdict = POLICY_WAIT,
		.at_ns = policy_callers_ns(policy, policy_next_change_ns(policy, contended)) };
}

void policy_init(struct policy *policy, uint32_t in_flight, uint64_t now_ns)
{
	*policy = (struct policy){ .in_flight = MAX(in_flight, 1), .seen_ns = now_ns };
	list_init(&policy->guests);
	list_init(&policy->holders);
	share_group_init(&policy->group);
}

void policy_set_in_flight(struct policy *policy, uint32_t in_flight)
{
	policy->in_flight = MAX(in_flight, 1);
}

/* Guests. */

bool policy_terms_fit(const struct policy_terms *terms)
{
	if (terms->weight < 1 || terms->weight > SHARE_WEIGHT_MAX || terms->cap_percent > 100)
		return false;
	if (terms->slice_ns < POLICY_SLICE_MIN_NS || terms->slice_ns > POLICY_SLICE_MAX_NS)
		return false;
	if (!reservation_valid(terms->runtime_ns, terms->period_ns))
		return false;
	return !terms->cap_percent ||
	       terms->runtime_ns * 100 <= terms->period_ns * terms->cap_percent;
}

int policy_guest_set(struct policy_guest *guest, const struct policy_terms *terms, uint64_t now_ns)
{
	struct policy *policy = guest->policy;
	uint32_t reserved_ppm;

	if (!policy_terms_fit(terms))
		return -EINVAL;
	reserved_ppm = policy->reserved_ppm -
		       reservation_ppm(guest->terms.runtime_ns, guest->terms.period_ns) +
		       reservation_ppm(terms->runtime_ns, terms->period_ns);
	if (terms->runtime_ns && reserved_ppm > RESERVATION_SUM_MAX_PPM)
		return -ENOSPC;

	policy_advance(policy, now_ns);
	guest_settle(guest);
	policy->reserved_ppm = reserved_ppm;
	guest->terms = *terms;
	guest->share.slice_ns = terms->slice_ns;
	share_set_weight(&policy->group, &guest->share, terms->weight);
	cap_set(&guest->cap, terms->cap_percent, policy->now_ns);
	reservation_set(&guest->reservation, terms->runtime_ns, terms->period_ns, policy->now_ns);
	if (guest_is_active(guest))
		reservation_wake(&guest->reservation, policy->now_ns);
	guest_settle(guest);
	return 0;
}

int policy_guest_init(struct policy *policy, struct policy_guest *guest,
	const struct policy_terms *terms, uint64_t now_ns)
{
	int ret;

	if (!policy_terms_fit(terms))
		return -EINVAL;
	*guest = (struct policy_guest){ .policy = policy };
	list_init(&guest->clients);
	share_init(&guest->share, terms->weight, terms->slice_ns);
	share_group_init(&guest->group);
	ret = policy_guest_set(guest, terms, now_ns);
	if (ret < 0)
		return ret;
	list_append(&policy->guests, &guest->link);
	return 0;
}

void policy_guest_finish(struct policy_guest *guest)
{
	struct policy *policy = guest->policy;

	assert(list_empty(&guest->clients));
	policy->reserved_ppm -= reservation_ppm(guest->terms.runtime_ns, guest->terms.period_ns);
	share_finish(&policy->group, &guest->share);
	list_remove(&guest->link);
}

/* Clients. */

void policy_client_init(struct policy_guest *guest, struct policy_client *client)
{
	*client = (struct policy_client){ .guest = guest };
	list_init(&client->holder);
	/* All are alike, whatever their guest's slice is or will be. */
	share_init(&client->share, 1, POLICY_SLICE_DEFAULT_NS);
	list_append(&guest->clients, &client->link);
}

void policy_client_finish(struct policy_client *client)
{
	client_set(client, false, false);
	share_finish(&client->guest->group, &client->share);
	list_remove(&client->link);
}

void policy_want(struct policy_client *client, uint64_t now_ns)
{
	policy_advance(client->guest->policy, now_ns);
	client_set(client, true, policy_holds(client));
}

void policy_unwant(struct policy_client *client, uint64_t now_ns)
{
	policy_advance(client->guest->policy, now_ns);
	client_set(client, false, policy_holds(client));
}

void policy_return(struct policy_client *client, uint64_t now_ns)
{
	assert(policy_holds(client));
	policy_advance(client->guest->policy, now_ns);
	client_set(client, client->wants, false);
}

void policy_charge(struct policy_client *client, uint64_t used_ns)
{
	struct policy_guest *guest = client->guest;
	struct policy *policy = guest->policy;
	int64_t used = MIN(used_ns, (uint64_t)DEBT_MAX_NS);
	/* Where nobody waited, nobody was wronged: no debts but what a slice comes to. */
	int64_t debt_max = policy_contended(policy) ? DEBT_MAX_NS : (int64_t)guest->terms.slice_ns;

	client_pledge(client, MAX(client->share.pledged_ns - used, 0));
	cap_charge(&guest->cap, used);
	if (client->reserved)
		reservation_charge(&guest->reservation, used);
	else
		share_charge(&policy->group, &guest->share, used, debt_max);
	share_charge(&guest->group, &client->share, used, debt_max);
}
