/* SPDX-License-Identifier: MIT */
/* A guest that draws no faster than its screen. */
#include "backends/pace.h"

static void pace_hold(struct pace *pace, uint64_t mark, int64_t now_ns)
{
	pace->holds = true;
	pace->mark = mark;
	pace->since_ns = now_ns;
}

void pace_flush(struct pace *pace, uint64_t mark, int64_t now_ns)
{
	pace->waits = true;
	pace->newest = mark;
	if (!pace->hidden && !pace->holds)
		pace_hold(pace, mark, now_ns);
}

void pace_sent(struct pace *pace)
{
	pace->waits = false;
}

void pace_done(struct pace *pace, int64_t now_ns)
{
	pace->hidden = false;
	pace->holds = false;
	if (pace->waits)
		pace_hold(pace, pace->newest, now_ns);
}

void pace_reset(struct pace *pace)
{
	*pace = (struct pace){ .hidden = pace->hidden };
}

bool pace_holds(const struct pace *pace, uint64_t index)
{
	return pace->holds && index >= pace->mark;
}

int64_t pace_deadline_ns(const struct pace *pace)
{
	return pace->holds ? pace->since_ns + PACE_LIMIT_NS : 0;
}

void pace_expire(struct pace *pace, int64_t now_ns)
{
	if (!pace->holds || now_ns < pace_deadline_ns(pace))
		return;
	pace->holds = false;
	pace->hidden = true;
}
