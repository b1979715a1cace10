/* SPDX-License-Identifier: MIT */
/* What this renderer tells mulliond through their page. */
#include "daemon/render/budget.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "base/io.h"
#include "protocol/budget.h"

void budget_init(struct budget *budget)
{
	*budget = (struct budget){ 0 };
}

int budget_open(struct budget *budget, int take_fd)
{
	int ret = memfd_check_sealed(take_fd, BUDGET_BYTES);
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
	budget_init(budget);
}

static void budget_beat(struct budget *budget)
{
	budget->beat++;
	if (budget->page)
		atomic_store(&budget->page->heartbeat.value, budget->beat);
}

void budget_heartbeat_begin(struct budget *budget)
{
	assert(budget->beat % 2 == 0);
	budget_beat(budget);
}

void budget_heartbeat_end(struct budget *budget)
{
	assert(budget->beat % 2 == 1);
	budget_beat(budget);
}

void budget_tell_fences(struct budget *budget, uint32_t head, uint32_t tail)
{
	if (!budget->page)
		return;
	atomic_store_explicit(&budget->page->fence_tail.value, tail, memory_order_relaxed);
	atomic_store_explicit(&budget->page->fence_head.value, head, memory_order_relaxed);
}

void budget_count_submission(struct budget *budget)
{
	if (budget->page)
		atomic_fetch_add_explicit(
			&budget->page->submissions.value, 1, memory_order_relaxed);
}
