/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler costs a renderer whose guest has the GPU alone: N submissions, without
 * the submissions. To be counted in instructions, see tests/bench/run --scheduler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "backends/virgl/library.h"
#include "base/channel.h"
#include "base/io.h"
#include "daemon/render/budget.h"
#include "protocol/budget.h"

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct library library;
	struct channel link;
	struct budget budget;
	struct loop loop;

	library_init(&library);
	channel_init(&link);
	budget_init(&budget, &link, &library);
	int fd = memfd_create_sealed("budget", BUDGET_BYTES);
	if (fd < 0 || loop_init(&loop) < 0)
		return 1;
	struct budget_page *page = memfd_map(fd, BUDGET_BYTES, PROT_READ | PROT_WRITE);
	if (!page || budget_open(&budget, &loop, fd) < 0)
		return 1;
	atomic_store(&page->grant.value, 1 << BUDGET_SERIAL_SHIFT | BUDGET_HELD);
	for (uint32_t i = 0; i < n; i++) {
		if (!budget_take(&budget))
			return 1;
		budget_heartbeat_begin(&budget);
		budget_sent(&budget, budget_chunk(&budget));
		budget_heartbeat_end(&budget);
		budget_idle(&budget);
	}
	printf("%u submissions\n", n);
	return 0;
}
