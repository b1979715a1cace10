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

#define SHARE_WEIGHT_MAX 1000
/* Nobody owes more than this: what was used beyond is forgotten. */
#define SHARE_DEBT_MAX_NS (INT64_C(60) * 1000 * 1000 * 1000)

struct share_group {
	struct list members;   /* of struct share: who competes or still owes */
	int64_t weight;        /* the sum of theirs */
};

struct share {
	struct list link;      /* of share_group.members; empty: not a member */
	bool competes;         /* else it is a member only until it owes nothing */
	int64_t weight;        /* 1 to SHARE_WEIGHT_MAX */
	int64_t slice_ns;      /* what it uses at a time */
	int64_t lag_ns;        /* what it was due, less what it got; below 0: it owes */
	int64_t pledged_ns;    /* handed to it and not used yet: counts when who is next is chosen */
};

void share_group_init(struct share_group *group);
/* Sleepers that owe nothing any more leave. Now and then, before a choice. */
void share_group_sweep(struct share_group *group);

void share_init(struct share *share, int64_t weight, int64_t slice_ns);
/* It leaves for good; what it owed or was owed falls to the others. */
void share_finish(struct share_group *group, struct share *share);

/* It begins to compete: with its debt, or with what it was owed, one slice at most. */
void share_enter(struct share_group *group, struct share *share);
/* It does not compete any more. Who owes is still credited its part until that is paid. */
void share_leave(struct share_group *group, struct share *share);
void share_set_weight(struct share_group *group, struct share *share, int64_t weight);

/*
 * It used so much: every member is due its weight's part of that. `debt_max_ns`, 0 to
 * SHARE_DEBT_MAX_NS: what it may come to owe by this.
 */
void share_charge(struct share_group *group, struct share *share, uint64_t used_ns,
	int64_t debt_max_ns);

/* Whether `a` goes first: a total order but for equals. */
bool share_before(const struct share *a, const struct share *b);

#endif
