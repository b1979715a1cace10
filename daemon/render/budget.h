/* SPDX-License-Identifier: MIT */
#ifndef RENDER_BUDGET_H
#define RENDER_BUDGET_H

/*
 * This renderer's page of protocol/budget.h: it says that it lives. Before there is a page,
 * nothing is said.
 */

#include <stdint.h>

struct budget_page;

struct budget {
	struct budget_page *page; /* NULL: not open */
	uint32_t beat;
};

void budget_init(struct budget *budget);
/* Maps the memfd: sealed, of BUDGET_BYTES. Takes it in every case. 0 or negative errno. */
int budget_open(struct budget *budget, int take_fd);
void budget_finish(struct budget *budget);

/* Around what may take long or hang. */
void budget_heartbeat_begin(struct budget *budget);
void budget_heartbeat_end(struct budget *budget);
void budget_count_submission(struct budget *budget);
/* So many submissions came to wait for the GPU, and it is done with so many. */
void budget_tell_fences(struct budget *budget, uint32_t head, uint32_t tail);

#endif
