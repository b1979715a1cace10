/* SPDX-License-Identifier: MIT */
/* What may not happen too often. */
#include "daemon/deaths.h"

#include <string.h>

#include "base/clock.h"

void deaths_init(struct deaths *deaths, uint32_t max, uint32_t window_ms)
{
	*deaths = (struct deaths){ .max = max, .window_ms = window_ms };
}

void deaths_limit(struct deaths *deaths, uint32_t max, uint32_t window_ms)
{
	deaths->max = max;
	deaths->window_ms = window_ms;
}

void deaths_add(struct deaths *deaths, int64_t now_ns)
{
	deaths->when_ns[deaths->n++ % DEATHS_MAX] = now_ns;
	int64_t oldest_ns = deaths->when_ns[(deaths->n - deaths->max) % DEATHS_MAX];
	if (oldest_ns && now_ns - oldest_ns < deaths->window_ms * NSEC_PER_MSEC)
		deaths->given_up = true;
}

void deaths_forgive(struct deaths *deaths)
{
	memset(deaths->when_ns, 0, sizeof(deaths->when_ns));
	deaths->given_up = false;
}
