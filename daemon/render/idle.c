/* SPDX-License-Identifier: MIT */
/*
 * Whether the GPU is done with what a client submitted.
 *
 * A fence costs a flush and the wake-up of a thread, twice. A program with a window reads
 * back what it has drawn in each frame, and the library waits for that; then there is
 * nothing left to ask a fence for. (What the frame had drawn elsewhere may still be going
 * on. Only the clock could tell: a client sees no memory but what it reads back.)
 */
#include "daemon/render/idle.h"

#include "backends/virgl/library.h"
#include "daemon/render/budget.h"

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void idle_finish(struct idle *idle, uint32_t submission)
{
	if (is_before(idle->finished, submission))
		idle->finished = submission;
}

static const struct idle_fence *idle_newest(const struct idle *idle)
{
	return idle->n_fences ? &idle->fences[(idle->n_fences - 1) % IDLE_FENCES] : NULL;
}

/* A fence behind all that was submitted, unless there is one. False: no memory. */
static bool idle_make_fence(struct idle *idle)
{
	const struct idle_fence *newest = idle_newest(idle);

	if (newest && newest->submission == idle->submitted)
		return true;
	if (!budget_fence(idle->budget))
		return false;
	idle->fences[idle->n_fences++ % IDLE_FENCES] = (struct idle_fence){
		.submission = idle->submitted,
		.fence = idle->budget->library->fence_made,
	};
	return true;
}

void idle_submit(struct idle *idle)
{
	if (idle->asked)
		idle->reads = idle->asked = false;
	if (idle->finished != idle->submitted)
		idle_make_fence(idle);
	idle->submitted++;
}

void idle_read_back(struct idle *idle)
{
	idle->finished = idle->submitted;
	idle->reads |= idle->asked;
	idle->asked = false;
	budget_read_back(idle->budget);
}

/*
 * Mesa's windows without a GPU: each frame is waited for, and then read. An answer to the
 * first costs four wake-ups, in which nothing is drawn, and tells nothing that the second does
 * not. One that proves wrong is the last until a frame was waited for and read again.
 */
bool idle_will_read(struct idle *idle, uint32_t submission)
{
	if (submission != idle->submitted || idle->finished == submission)
		return false;
	idle->asked = true;
	return idle->reads;
}

bool idle_may_start(const struct idle *idle)
{
	return idle->reads && idle->finished != idle->submitted;
}

/* The oldest fence that covers it. */
static const struct idle_fence *idle_find(const struct idle *idle, uint32_t submission)
{
	const struct idle_fence *found = NULL;

	for (uint32_t back = 1; back <= IDLE_FENCES && back <= idle->n_fences; back++) {
		const struct idle_fence *fence =
			&idle->fences[(idle->n_fences - back) % IDLE_FENCES];
		if (is_before(fence->submission, submission))
			break;
		found = fence;
	}
	return found;
}

bool idle_is_done(struct idle *idle, uint32_t submission)
{
	if (!is_before(idle->finished, submission))
		return true;
	const struct idle_fence *fence = idle_find(idle, submission);
	if (!fence && idle_make_fence(idle))
		fence = idle_newest(idle);
	/* Without memory for a fence nobody would ever be answered. */
	if (!fence || library_fence_signalled(idle->budget->library, fence->fence)) {
		idle_finish(idle, fence ? fence->submission : submission);
		return true;
	}
	return false;
}
