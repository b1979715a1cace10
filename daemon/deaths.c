/* SPDX-License-Identifier: MIT */
/* Deaths of a process that is started again each time. */
#include "daemon/deaths.h"

#include <string.h>

void deaths_init(struct deaths *deaths, uint32_t max)
{
	*deaths = (struct deaths){ .max = max };
}

void deaths_add(struct deaths *deaths, int64_t now_ns)
{
	deaths->when_ns[deaths->n++ % deaths->max] = now_ns;
	int64_t oldest_ns = deaths->when_ns[deaths->n % deaths->max];
	if (oldest_ns && now_ns - oldest_ns < DEATHS_WINDOW_NS)
		deaths->given_up = true;
}

void deaths_forgive(struct deaths *deaths)
{
	memset(deaths->when_ns, 0, sizeof(deaths->when_ns));
	deaths->given_up = false;
}
