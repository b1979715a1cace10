/* SPDX-License-Identifier: MIT */
/* A head that must not freeze. */
#include "daemon/stale.h"

static bool stale_set(struct stale *stale, bool is_stale)
{
	if (stale->is_stale == is_stale)
		return false;
	stale->is_stale = is_stale;
	stale->times += is_stale;
	return true;
}

bool stale_saw_frame(struct stale *stale, int64_t now_ns)
{
	stale->drawing = true;
	stale->alive_ns = now_ns;
	return stale_set(stale, false);
}

bool stale_stop(struct stale *stale)
{
	stale->drawing = false;
	return stale_set(stale, false);
}

bool stale_check(struct stale *stale, int64_t now_ns, uint64_t flushes, bool waits)
{
	bool flushed = flushes != stale->flushes;

	stale->flushes = flushes;
	if (!stale->after_ns || !stale->drawing)
		return false;
	if (waits && flushed) {
		stale->alive_ns = now_ns;
		return stale_set(stale, false);
	}
	if (now_ns - stale->alive_ns < stale->after_ns)
		return false;
	return stale_set(stale, true);
}
