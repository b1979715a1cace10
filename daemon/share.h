/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_SHARE_H
#define DAEMON_SHARE_H

/*
 * Weighted shares of something that is used in time: guests share the GPU, a guest's
 * clients share what it gets. The algorithm is at the head of share.c.
 *
 * No allocation: members are embedded in what they stand for. All times are nanoseconds
 * of use. At most 1000 members of weight SHARE_WEIGHT_MAX in a group.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "daemon/debt.h"

#define SHARE_WEIGHT_MAX 1000
/* What a member that left may claim when it comes back, before the others used as much. */
#define SHARE_CLAIM_MAX_NS (INT64_C(100) * 1000 * 1000)

struct share_group {
	struct list members; /* of struct share: who competes or still owes */
	int64_t weight;      /* the sum of theirs */
	uint64_t used_ns;    /* in all */
};

struct share {
	struct list link;   /* of share_group.members; empty: not a member */
	bool competes;      /* else it is a member only until it owes nothing */
	int64_t weight;     /* 1 to SHARE_WEIGHT_MAX */
	int64_t slice_ns;   /* what it uses at a time */
	int64_t lag_ns;     /* what it was due, less what it got; below 0: it owes */
	int64_t pledged_ns; /* handed to it, not used yet: counts when the next is chosen */
	uint64_t left_ns;   /* share_group.used_ns when it left */
};

void share_group_init(struct share_group *group);
/* Those that do not compete and owe nothing any more leave. Before a choice. */
void share_group_sweep(struct share_group *group);

void share_init(struct share *share, int64_t weight, int64_t slice_ns);
/* It leaves for good; what it owed or was owed falls to the others. */
void share_finish(struct share_group *group, struct share *share);

/* It begins to compete: with its debt, or with what it was owed. Again is harmless. */
void share_enter(struct share_group *group, struct share *share);
/* It does not compete. Who owes is still credited its part, until that is paid. */
void share_leave(struct share_group *group, struct share *share);
/* What it owes or is owed stays what it is. */
void share_set_weight(struct share_group *group, struct share *share, int64_t weight);

/*
 * It used so much: every member is due its weight's part of that. `debt_max_ns`, 0 to
 * DEBT_MAX_NS: what it may come to owe by this; what is beyond counts for nobody.
 */
void share_charge(
	struct share_group *group, struct share *share, uint64_t used_ns, int64_t debt_max_ns);

/* Whether `a` goes before `b`; of equals neither does. */
bool share_before(const struct share *a, const struct share *b);

#endif
