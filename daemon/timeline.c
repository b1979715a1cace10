/* SPDX-License-Identifier: MIT */
/* The newest spans of GPU time. */
#include "daemon/timeline.h"

#include <stddef.h>
#include <stdlib.h>

struct timeline *timeline_create(void)
{
	return calloc(1, sizeof(struct timeline));
}

void timeline_destroy(struct timeline *timeline)
{
	free(timeline);
}

void timeline_add(struct timeline *timeline, const struct timeline_span *span)
{
	timeline->spans[timeline->n++ % TIMELINE_SPANS] = *span;
}

const struct timeline_span *timeline_get(const struct timeline *timeline, uint64_t index)
{
	if (index >= timeline->n || timeline->n - index > TIMELINE_SPANS)
		return NULL;
	return &timeline->spans[index % TIMELINE_SPANS];
}
