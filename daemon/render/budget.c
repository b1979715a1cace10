/* SPDX-License-Identifier: MIT */
/* GPU time as this renderer has it. */
#include "daemon/render/budget.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "backends/virgl/library.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "protocol/budget.h"
#include "protocol/link.h"

/* A grant that is taken back is back after this part of a slice, or two: see CUTTER_CHUNKS. */
#define CHUNKS_A_SLICE 2
/*
 * For this part of a slice it is kept by one that has nothing to do: who draws by question and
 * answer would else wait for a whole slice of another after each. It is charged for that.
 */
#define LINGERS_A_SLICE 16
/* So long what was started may be without a fence. */
#define START_NS (10 * NSEC_PER_MSEC)
#define NO_GRANT UINT32_MAX

static void budget_handle_lingered(struct loop_timer *timer);
static void budget_handle_overdue(struct loop_timer *timer);

void budget_init(struct budget *budget, struct channel *link, struct library *library)
{
	*budget = (struct budget){
		.link = link,
		.library = library,
		.handle_ready = budget->handle_ready,
		.alone = NO_GRANT,
		.linger.source.fd = -1,
		.overdue.source.fd = -1,
	};
}

int budget_open(struct budget *budget, struct loop *loop, int take_fd)
{
	int ret = loop_timer_init(&budget->linger, loop, budget_handle_lingered);
	if (ret == 0)
		ret = loop_timer_init(&budget->overdue, loop, budget_handle_overdue);
	if (ret == 0)
		ret = memfd_check_sealed(take_fd, BUDGET_BYTES);
	if (ret == 0) {
		budget->page = memfd_map(take_fd, BUDGET_BYTES, PROT_READ | PROT_WRITE);
		ret = budget->page ? 0 : -errno;
	}
	fd_close(&take_fd);
	return ret;
}

void budget_finish(struct budget *budget)
{
	if (budget->page)
		munmap(budget->page, BUDGET_BYTES);
	loop_timer_finish(&budget->linger);
	loop_timer_finish(&budget->overdue);
	budget_init(budget, budget->link, budget->library);
}

/* Should the link be full, mulliond has messages to look at the page after. */
void budget_tell(struct budget *budget)
{
	struct link_budget message = { .type = LINK_BUDGET };

	if (!budget->page)
		return;
	if (channel_send(budget->link, &message, sizeof(message), NULL, 0) < 0)
		channel_want_write(budget->link);
}

void budget_count_submission(struct budget *budget)
{
	if (budget->page)
		atomic_fetch_add_explicit(
			&budget->page->submissions.value, 1, memory_order_relaxed);
}

void budget_count_frame(struct budget *budget)
{
	if (budget->page)
		atomic_fetch_add_explicit(&budget->page->frames.value, 1, memory_order_relaxed);
}

/* -- how long it takes -- */

static bool budget_gpu_works(const struct budget *budget)
{
	return budget->started || budget->library->fence_made != budget->library->fence_done;
}

/* What is under way counts as it goes. */
static void budget_count(struct budget *budget, bool goes_on)
{
	int64_t now_ns = clock_now_ns();

	if (budget->page && budget->busy_since_ns)
		atomic_fetch_add_explicit(&budget->page->busy.ns, now_ns - budget->busy_since_ns,
			memory_order_relaxed);
	budget->busy_since_ns = goes_on ? now_ns : 0;
}

/* The GPU may be done with something. */
static void budget_recount(struct budget *budget)
{
	if (budget->busy_since_ns)
		budget_count(budget, budget->beat % 2 || budget_gpu_works(budget));
}

static void budget_beat(struct budget *budget)
{
	budget->beat++;
	if (budget->page)
		atomic_store(&budget->page->heartbeat.value, budget->beat);
}

/* What the GPU has still to do: mulliond sees one that it does not come back from. */
static void budget_tell_fences(struct budget *budget)
{
	const struct library *library = budget->library;

	if (!budget->page)
		return;
	atomic_store_explicit(
		&budget->page->fence_tail.value, library->fence_done, memory_order_relaxed);
	atomic_store_explicit(
		&budget->page->fence_head.value, library->fence_made, memory_order_relaxed);
}

void budget_heartbeat_begin(struct budget *budget)
{
	assert(budget->beat % 2 == 0);
	budget_beat(budget);
	budget->chunk_ns = clock_now_ns();
	if (!budget->busy_since_ns)
		budget->busy_since_ns = budget->chunk_ns;
}

void budget_heartbeat_end(struct budget *budget)
{
	assert(budget->beat % 2 == 1);
	budget_beat(budget);
	budget_tell_fences(budget);
	budget_count(budget, budget_gpu_works(budget));
}

/* -- the grant -- */

static uint32_t budget_grant(const struct budget *budget)
{
	return atomic_load(&budget->page->grant.value);
}

/* It is ours, and not given back. */
static bool grant_is_held(const struct budget *budget, uint32_t grant)
{
	return (grant & BUDGET_HELD) && grant >> BUDGET_SERIAL_SHIFT != budget->returned;
}

/*
 * It is wanted back. Something goes under each grant, however late its owner sees it: or
 * one that a busy machine lets run late would never come to anything.
 */
static bool grant_is_over(const struct budget *budget, uint32_t grant)
{
	return (grant & BUDGET_REVOKED) &&
		(!budget->wants || grant >> BUDGET_SERIAL_SHIFT == budget->served);
}

bool budget_fence(struct budget *budget)
{
	if (!budget->unfenced)
		return true;
	budget->unfenced = library_fence_create(budget->library) < 0;
	budget->started = false;
	budget_tell_fences(budget);
	return !budget->unfenced;
}

/* The timer is left alone by who reads: it would be set for each frame. */
void budget_start(struct budget *budget)
{
	if (!budget->page || !budget->unfenced || budget->started)
		return;
	library_flush(budget->library);
	budget->started = true;
	if (!budget->is_overdue_set)
		loop_timer_set(&budget->overdue, START_NS);
	budget->is_overdue_set = true;
}

void budget_read_back(struct budget *budget)
{
	budget->started = false;
	budget_recount(budget);
}

static void budget_handle_overdue(struct loop_timer *timer)
{
	struct budget *budget = container_of(timer, struct budget, overdue);

	budget->is_overdue_set = false;
	if (budget->started)
		budget_fence(budget);
}

/* Once the GPU is done with what it got under this grant. */
static void budget_return(struct budget *budget, uint32_t grant)
{
	budget->alone = NO_GRANT;
	if (budget_fence(budget) && budget_gpu_works(budget))
		return; /* budget_fence_signalled comes back here */
	budget->returned = grant >> BUDGET_SERIAL_SHIFT;
	budget->asked = budget->wants;
	atomic_store(&budget->page->returned.value, budget->returned);
	budget_tell(budget);
}

static bool budget_take_shared(struct budget *budget, uint32_t grant)
{
	budget->waits = true;
	if (!grant_is_held(budget, grant)) {
		if (!budget->asked)
			budget_tell(budget);
		budget->asked = true;
		return false;
	}
	budget->asked = false;
	budget->shared = grant & (BUDGET_SHARED | BUDGET_REVOKED);
	if (grant_is_over(budget, grant)) {
		budget_return(budget, grant);
		return false;
	}
	budget->alone = budget->shared ? NO_GRANT : grant;
	if (budget->shared && cutter_is_full(&budget->cutter))
		return false;
	budget->waits = false;
	budget->served = grant >> BUDGET_SERIAL_SHIFT;
	return true;
}

bool budget_take(struct budget *budget)
{
	if (!budget->page)
		return true;
	if (!budget->wants) {
		budget->wants = true;
		if (budget->lingers)
			loop_timer_set(&budget->linger, 0);
		budget->lingers = false;
		atomic_store(&budget->page->want.value, 1);
	}
	uint32_t grant = budget_grant(budget);
	return grant == budget->alone || budget_take_shared(budget, grant);
}

static int64_t budget_slice_ns(const struct budget *budget)
{
	return atomic_load_explicit(&budget->page->slice.value, memory_order_relaxed) *
	       NSEC_PER_USEC;
}

uint32_t budget_chunk(const struct budget *budget)
{
	if (!budget->page || !budget->shared)
		return 0;
	return cutter_size(&budget->cutter, budget_slice_ns(budget) / CHUNKS_A_SLICE);
}

void budget_sent(struct budget *budget, uint32_t n_commands)
{
	budget->unfenced = true;
	if (!budget->page || !budget->shared || !n_commands || !budget_fence(budget))
		return;
	cutter_add(&budget->cutter, budget->library->fence_made, n_commands, budget->chunk_ns);
	atomic_fetch_add_explicit(&budget->page->chunks.value, 1, memory_order_relaxed);
	if (!budget->busy_since_ns)
		budget->busy_since_ns = clock_now_ns();
}

/* Nothing is there to do, and the grant is wanted by others. */
static void budget_linger(struct budget *budget)
{
	uint32_t grant = budget_grant(budget);

	if (!grant_is_held(budget, grant))
		return;
	if (grant_is_over(budget, grant))
		budget_return(budget, grant);
	else if (grant & BUDGET_SHARED) {
		budget->lingers = true;
		loop_timer_set(&budget->linger, budget_slice_ns(budget) / LINGERS_A_SLICE + 1);
	}
}

static void budget_handle_lingered(struct loop_timer *timer)
{
	struct budget *budget = container_of(timer, struct budget, linger);

	budget->lingers = false;
	uint32_t grant = budget_grant(budget);

	if (!budget->wants && grant_is_held(budget, grant) && (grant & (BUDGET_SHARED | BUDGET_REVOKED)))
		budget_return(budget, grant);
}

void budget_idle(struct budget *budget)
{
	if (!budget->page || !budget->wants)
		return;
	budget->wants = budget->waits = budget->asked = false;
	atomic_store(&budget->page->want.value, 0);
	budget_linger(budget);
}

bool budget_end(struct budget *budget)
{
	if (!budget->page)
		return true;
	budget_idle(budget);
	if (budget_fence(budget) && budget_gpu_works(budget))
		return false;
	uint32_t grant = budget_grant(budget);
	if (grant_is_held(budget, grant))
		budget_return(budget, grant);
	return true;
}

void budget_fence_signalled(struct budget *budget)
{
	budget_tell_fences(budget);
	budget_recount(budget);
	cutter_signalled(&budget->cutter, budget->library->fence_done, clock_now_ns());
	budget_look(budget);
}

void budget_look(struct budget *budget)
{
	if (!budget->page)
		return;
	uint32_t grant = budget_grant(budget);

	if (!budget->wants)
		budget_linger(budget);
	else if (grant_is_held(budget, grant) && grant_is_over(budget, grant))
		budget_return(budget, grant);
	if (budget->waits && budget_take_shared(budget, grant))
		budget->handle_ready(budget);
}
