/* SPDX-License-Identifier: MIT */
/* Which way pictures went. */
#include "compositor/ways.h"

#include <stddef.h>
#include <stdio.h>

#include "base/log.h"

static const char *const way_texts[] = {
	[WAY_PAINTED] = "painted",
	[WAY_PRIMARY] = "scanned out on the primary plane",
	[WAY_OVERLAY] = "scanned out on an overlay plane",
	[WAY_CURSOR] = "on the cursor plane",
	[WAY_HIDDEN] = "hidden",
};

static const char *const reason_texts[] = {
	[WAY_REASON_NO_DMABUF] = "it is no dma-buf",
	[WAY_REASON_TURNED] = "it is turned",
	[WAY_REASON_FORMAT] = "no plane takes its format and modifier",
	[WAY_REASON_NO_FRAMEBUFFER] = "the driver makes no framebuffer of it",
	[WAY_REASON_COVERED] = "something painted is above it",
	[WAY_REASON_NO_PLANE_LEFT] = "no plane is left",
	[WAY_REASON_REFUSED] = "the driver refused it (TEST_ONLY)",
	[WAY_REASON_FLIP_REFUSED] = "the driver refused the flip",
	[WAY_REASON_NEW] = "what is where has just changed",
	[WAY_REASON_MANY] = "too many pictures at once",
	[WAY_REASON_NO_CURSOR_PLANE] = "there is no cursor plane",
	[WAY_REASON_LARGE] = "it is larger than the cursor plane",
	[WAY_REASON_CUT] = "it is cut where its region ends",
	[WAY_REASON_NOT_ALL] = "it is beneath all, and does not fill the screen",
};

const char *way_text(enum way way)
{
	return way_texts[way];
}

const char *way_reason_text(enum way_reason reason)
{
	return reason_texts[reason];
}

bool ways_differ(const struct ways *a, const struct ways *b)
{
	if (a->n != b->n || a->is_composed != b->is_composed)
		return true;
	for (uint32_t i = 0; i < a->n && i < WAYS_MAX; i++) {
		if (a->items[i].way != b->items[i].way ||
			a->items[i].reason != b->items[i].reason ||
			a->items[i].plane_id != b->items[i].plane_id)
			return true;
	}
	return false;
}

void ways_log(const struct ways *ways, const char *screen, struct log_limit *limit)
{
	for (uint32_t i = 0; i < ways->n && i < WAYS_MAX; i++) {
		const struct way_of *of = &ways->items[i];
		const char *reason = way_reason_text(of->reason);
		char plane[24] = "";
		if (of->plane_id)
			snprintf(plane, sizeof(plane), " %u", of->plane_id);
		log_limited(limit, LOG_LEVEL_DEBUG,
			"screen %s: picture %u, %dx%d at (%d, %d): %s%s%s%s", screen, i,
			of->box.x2 - of->box.x1, of->box.y2 - of->box.y1, of->box.x1, of->box.y1,
			way_text(of->way), plane, reason ? ": " : "", reason ? reason : "");
	}
}
