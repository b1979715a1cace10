/* SPDX-License-Identifier: MIT */
/* The records that wait for the GPU, oldest first. */
#include "daemon/render/fences.h"

#include <assert.h>
#include <stddef.h>

bool fences_push(struct fences *fences, struct fence fence)
{
	if (fences->head - fences->tail == RENDER_COMPLETIONS)
		return false;
	fences->queue[fences->head++ % RENDER_COMPLETIONS] = fence;
	return true;
}

const struct fence *fences_oldest(const struct fences *fences)
{
	if (fences->head == fences->tail)
		return NULL;
	return &fences->queue[fences->tail % RENDER_COMPLETIONS];
}

void fences_pop(struct fences *fences)
{
	assert(fences->head != fences->tail);
	fences->tail++;
}
