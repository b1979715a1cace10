/* SPDX-License-Identifier: MIT */
/*
 * Weighted shares by lag.
 *
 * Each member of a group is due its weight's part of whatever the members use. Its lag
 * is what it was due less what it got. When A uses u nanoseconds,
 *
 *     lag(A) -= u       and, for every member M,  lag(M) += u * weight(M) / sum of weights
 *
 * so the lags of a group always sum to zero, to the nanosecond: what one owes, the others
 * are owed. A member that is alone has no lag, however much it uses.
 *
 * Who is next is EEVDF (Stoica and Abdel-Wahab, 1995), written with lags: of the members
 * that have had no more than their due (lag >= 0), the one whose next slice is due first.
 * A slice of length s is due when the member's part of all that is used has grown by what
 * its lag does not cover yet, after (s - lag) / weight:
 *
 *                           lag      slice   due after (s - lag) / weight
 *     A, weight 1           +1 ms    4 ms    3       <- next
 *     B, weight 8          -21 ms    4 ms    (has had more than its due)
 *     C, weight 1          +20 ms   24 ms    4
 *
 * This keeps every lag within a slice (and the longest command that cannot be cut), for
 * any weights, where start-time fair queueing lets a heavy member wait for a slice of
 * every light one; and a shorter slice is served sooner without getting more.
 *
 * Lags instead of a virtual clock, because all that has to be true of those who come,
 * go, sleep, wake, change or run over is plain in them:
 * - Who leaves takes its lag along, and the others make it up among themselves; when it
 *   comes back, they give it back. A guest that sleeps between two submissions is neither
 *   punished nor rewarded. A claim is bounded, and void once the others have used as much
 *   without it: whoever wakes after a long time starts with nothing.
 * - Who owes stays a member until it has been credited what it owes: sleeping is no way
 *   out of a debt, and a debt does not outlive the wrong.
 * - A change of weight changes what will be due, not what was.
 * - There is nothing that grows for years.
 */
#include "daemon/share.h"

#include <assert.h>

static bool is_member(const struct share *share)
{
	return !list_empty(&share->link);
}

/* Each member gets its weight's part, exactly: what division leaves over goes to them in turn. */
static void group_spread(struct share_group *group, int64_t ns)
{
	int64_t each, rest, weight = 0, spread = 0;
	struct share *member;

	if (list_empty(&group->members))
		return;
	each = ns / group->weight;
	rest = ns % group->weight;
	list_for_each(member, &group->members, link) {
		int64_t upto;

		weight += member->weight;
		upto = rest * weight / group->weight;
		member->lag_ns += each * member->weight + upto - spread;
		spread = upto;
	}
}

static void group_add(struct share_group *group, struct share *share)
{
	if (list_empty(&group->members))
		share->lag_ns = 0;
	group_spread(group, -share->lag_ns);
	list_append(&group->members, &share->link);
	group->weight += share->weight;
}

static void group_remove(struct share_group *group, struct share *share)
{
	list_remove(&share->link);
	group->weight -= share->weight;
	group_spread(group, share->lag_ns);
	share->left_ns = group->used_ns;
}

void share_group_init(struct share_group *group)
{
	list_init(&group->members);
	group->weight = 0;
	group->used_ns = 0;
}

void share_group_sweep(struct share_group *group)
{
	struct share *member, *tmp;

	list_for_each_safe(member, tmp, &group->members, link) {
		if (member->competes || member->lag_ns < 0)
			continue;
		group_remove(group, member);
		member->lag_ns = 0;
	}
}

void share_init(struct share *share, int64_t weight, int64_t slice_ns)
{
	assert(weight > 0 && weight <= SHARE_WEIGHT_MAX);
	*share = (struct share){ .weight = weight, .slice_ns = slice_ns };
	list_init(&share->link);
}

void share_finish(struct share_group *group, struct share *share)
{
	if (is_member(share))
		group_remove(group, share);
}

void share_enter(struct share_group *group, struct share *share)
{
	share->competes = true;
	if (is_member(share))
		return;
	if (group->used_ns - share->left_ns > SHARE_CLAIM_MAX_NS)
		share->lag_ns = 0;
	share->lag_ns = MIN(share->lag_ns, SHARE_CLAIM_MAX_NS);
	group_add(group, share);
}

void share_leave(struct share_group *group, struct share *share)
{
	share->competes = false;
	if (is_member(share) && share->lag_ns >= 0)
		group_remove(group, share);
}

void share_set_weight(struct share_group *group, struct share *share, int64_t weight)
{
	assert(weight > 0 && weight <= SHARE_WEIGHT_MAX);
	if (is_member(share))
		group->weight += weight - share->weight;
	share->weight = weight;
}

void share_charge(
	struct share_group *group, struct share *share, uint64_t used_ns, int64_t debt_max_ns)
{
	int64_t used = MIN(used_ns, (uint64_t)DEBT_MAX_NS);
	int64_t room = MAX(share->lag_ns + debt_max_ns, 0);

	if (!is_member(share)) {
		/* Known late, or by another account now: a debt, which it pays as a member. */
		group->used_ns += used;
		share->lag_ns -= MIN(used, room);
		if (share->lag_ns < 0)
			group_add(group, share);
		return;
	}
	group->used_ns += used;
	/* It gets back weight / sum of what it is charged, and may end at -debt_max_ns. */
	if (used > room && group->weight > share->weight)
		used = MIN(used, room * group->weight / (group->weight - share->weight));
	share->lag_ns -= used;
	group_spread(group, used);
}

bool share_before(const struct share *a, const struct share *b)
{
	int64_t lag_a = a->lag_ns - a->pledged_ns, lag_b = b->lag_ns - b->pledged_ns;

	if ((lag_a >= 0) != (lag_b >= 0))
		return lag_a >= 0;
	return (a->slice_ns - lag_a) * b->weight < (b->slice_ns - lag_b) * a->weight;
}
