/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_POLICY_H
#define DAEMON_POLICY_H

/*
 * Who gets the GPU, for how long: a pure function of state, time and measured use. It
 * makes no system calls, has no clock and allocates nothing; the mediator embeds its
 * structs, tells it what happened, and carries out what it decides. tests/sim/ runs it
 * for hours in a blink.
 *
 * Guests compete; each has clients (a VM one, a container one for each connection),
 * which divide their guest's share equally. What is handed out is a *grant*: a client
 * may have work on the GPU until it gives the grant back. There are `in_flight` grants
 * at most (1: exclusive slices), one a client.
 *
 * The rule, in this order:
 * 1. A guest that has used up its *cap* gets nothing until there is a slice under it again.
 * 2. Guests whose *reservation* has time left, the earliest deadline first. They take a
 *    grant from others at once.
 * 3. The rest by *weight* (share.c): each is due its weight's part of what those use that
 *    compete; of those that have had no more than that, the one whose next slice is due
 *    first. It waits for a slice of the others to end, unless it is owed a whole one more.
 *    Time on a reservation does not count here.
 * Nobody waits while a grant is free, but for caps.
 *
 * How the mediator uses it, at any event (one wants, one returned, a timer):
 *
 *     for each client that holds a grant: policy_charge(client, used since the last charge)
 *     policy_want(), policy_unwant(), policy_return(), ... what has happened
 *     while ((decision = policy_next(&policy, now)).verdict != POLICY_WAIT)
 *             grant or revoke decision.client
 *     arm the timer for decision.at_ns
 *
 * A holder is asked for its grant (POLICY_REVOKE) only if another waits that goes first,
 * or its cap is used up; one that nobody waits for keeps it as long as it wants, unasked.
 * It may take its time (a command cannot be cut): what it used beyond its slice is a
 * debt that its guest pays before it gets more. A holder may return a grant unasked. One
 * that has nothing to do is asked as soon as another waits: who pauses for a moment after
 * each command leaves the GPU to a command of the others each time, whatever its weight;
 * a mediator that would rather wait for it tells policy_unwant a moment later.
 *
 * Numbers from outside do no harm: a charge counts DEBT_MAX_NS at most, a clock
 * that goes back stands still. Programming errors (a return of no grant) are asserted.
 * A call costs O(guests + the clients of one of them).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "daemon/cap.h"
#include "daemon/reservation.h"
#include "daemon/share.h"

#define POLICY_WEIGHT_DEFAULT 100
#define POLICY_SLICE_DEFAULT_NS UINT64_C(4000000)
#define POLICY_SLICE_MIN_NS UINT64_C(100000)
#define POLICY_SLICE_MAX_NS UINT64_C(1000000000)
#define POLICY_NEVER UINT64_MAX

/* What a guest was promised. */
struct policy_terms {
	uint32_t weight;      /* 1 to SHARE_WEIGHT_MAX */
	uint32_t cap_percent; /* 1 to 100; 0: none */
	uint64_t runtime_ns;  /* of each period; 0: no reservation */
	uint64_t period_ns;
	uint64_t slice_ns; /* POLICY_SLICE_MIN_NS to _MAX_NS */
};

#define POLICY_TERMS_DEFAULT                                                                       \
	{                                                                                          \
		.weight = POLICY_WEIGHT_DEFAULT, .slice_ns = POLICY_SLICE_DEFAULT_NS               \
	}

/* The fields of what follows are the policy's own, but those to be read. */

struct policy {
	struct list guests;  /* of struct policy_guest */
	struct list holders; /* of struct policy_client: those with a grant */
	uint32_t n_holders;
	struct share_group group;
	uint32_t in_flight;
	uint32_t reserved_ppm; /* the sum of reservations */
	uint64_t now_ns;       /* its own clock, which does not go back */
	uint64_t seen_ns;      /* what the caller's said then */
};

enum policy_standing {
	POLICY_STANDING_IDLE,     /* wants nothing */
	POLICY_STANDING_CAPPED,   /* may not run */
	POLICY_STANDING_RESERVED, /* runs on its reservation */
	POLICY_STANDING_WEIGHTED, /* competes with its weight */
};

struct policy_guest {
	struct list link; /* of policy.guests */
	struct policy *policy;
	struct list clients;           /* of struct policy_client */
	struct policy_terms terms;     /* to read */
	enum policy_standing standing; /* to read */
	uint32_t n_waiting;            /* clients that want a grant and have none */
	uint32_t n_holding;
	struct share share;       /* of policy.group */
	struct share_group group; /* its clients' */
	struct reservation reservation;
	struct cap cap;
};

struct policy_client {
	struct list link; /* of policy_guest.clients */
	struct policy_guest *guest;
	struct list holder; /* of policy.holders; empty: no grant */
	struct share share; /* of guest.group */
	bool wants;
	bool reserved;     /* its grant is charged to the reservation */
	bool revoked;      /* it was asked for its grant */
	uint64_t slice_ns; /* of its grant, which ends at: */
	uint64_t ends_ns;
};

enum policy_verdict {
	POLICY_WAIT,   /* nothing to do until `at_ns` or the next event */
	POLICY_GRANT,  /* `client` may use the GPU, `slice_ns` if others wait */
	POLICY_REVOKE, /* `client` is to stop and return its grant; said once a grant */
};

struct policy_decision {
	enum policy_verdict verdict;
	struct policy_client *client;
	uint64_t slice_ns;
	uint64_t at_ns; /* by the caller's clock, or POLICY_NEVER */
};

/* Each number is in its range, and the reservation fits under the cap. */
bool policy_terms_fit(const struct policy_terms *terms);

void policy_init(struct policy *policy, uint32_t in_flight, uint64_t now_ns);
/* 1 or more. With fewer, the grants that are too many are revoked. */
void policy_set_in_flight(struct policy *policy, uint32_t in_flight);

/*
 * 0, -EINVAL: a number is out of its range, or a reservation does not fit under the
 * guest's own cap; -ENOSPC: the reservations of all would be more than 90 % of the GPU.
 * On failure nothing changes. A guest neither gains nor loses by a change of its terms.
 */
int policy_guest_init(struct policy *policy, struct policy_guest *guest,
	const struct policy_terms *terms, uint64_t now_ns);
int policy_guest_set(struct policy_guest *guest, const struct policy_terms *terms, uint64_t now_ns);
/* Its clients went before it. */
void policy_guest_finish(struct policy_guest *guest);

void policy_client_init(struct policy_guest *guest, struct policy_client *client);
/* A grant that it has is free with that. */
void policy_client_finish(struct policy_client *client);

/* It has work for the GPU; again is harmless. */
void policy_want(struct policy_client *client, uint64_t now_ns);
/* It has none. A grant that it has it keeps until it returns it, or another wants one. */
void policy_unwant(struct policy_client *client, uint64_t now_ns);
/* It used so much since the last charge, or before its last return (a late fence). */
void policy_charge(struct policy_client *client, uint64_t used_ns);
/* Its grant is back. If it still wants, it waits for another. */
void policy_return(struct policy_client *client, uint64_t now_ns);

struct policy_decision policy_next(struct policy *policy, uint64_t now_ns);

/* Somebody waits, who is allowed to run: holders should cut their work to their slices. */
bool policy_contended(const struct policy *policy);

static inline bool policy_holds(const struct policy_client *client)
{
	return !list_empty(&client->holder);
}

#endif
