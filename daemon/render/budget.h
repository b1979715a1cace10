/* SPDX-License-Identifier: MIT */
#ifndef RENDER_BUDGET_H
#define RENDER_BUDGET_H

/*
 * GPU time as this renderer has it: its end of the page of protocol/budget.h. It
 * asks before it gives the GPU work, counts how long it and the GPU are at it, and says
 * that it lives. Before there is a page, everything is allowed and nothing is said.
 *
 * Who has work for the GPU:
 *
 *     if (!budget_take(budget))
 *             return;                        handle_ready follows
 *     budget_heartbeat_begin(budget);
 *     ... up to budget_chunk(budget) commands ...
 *     budget_heartbeat_end(budget);
 *     budget_sent(budget, n);
 *     ...
 *     budget_idle(budget);                   nothing more is there to do
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "daemon/render/cutter.h"

struct budget_page;
struct channel;
struct library;

struct budget {
	struct budget_page *page; /* NULL: not open */
	struct channel *link;     /* to mulliond; borrowed */
	struct library *library;  /* whose fences tell what the GPU does; borrowed */
	/* There is a grant, or room for another chunk. May give the GPU work. */
	void (*handle_ready)(struct budget *budget);
	uint32_t beat;
	int64_t busy_since_ns; /* 0: neither in a call, nor is the GPU known to work */
	int64_t chunk_ns;      /* when the last one that could count as one began */
	uint32_t alone;        /* the grant's word as long as nobody else wants the GPU */
	uint32_t served;       /* of the newest grant that something went under */
	uint32_t returned;     /* of the grant that was returned last */
	bool wants, asked;
	bool shared;           /* as of the last budget_take */
	bool waits;            /* handle_ready is to be called */
	bool unfenced;         /* work went after the newest fence */
	bool started;          /* and the GPU is at it */
	struct cutter cutter;
	struct loop_timer linger; /* until an idle one that others wait for returns its grant */
	bool lingers;             /* and the timer runs */
	struct loop_timer overdue; /* until what was started gets a fence after all */
	bool is_overdue_set;
};

void budget_init(struct budget *budget, struct channel *link, struct library *library);
/* Maps the memfd: sealed, of BUDGET_BYTES. Takes it in every case. 0 or negative errno. */
int budget_open(struct budget *budget, struct loop *loop, int take_fd);
void budget_finish(struct budget *budget);

/* There is work. True: it may go. False: handle_ready follows. One load if nobody else wants the GPU. */
bool budget_take(struct budget *budget);
/* How many commands may go at once: after budget_take. 0: as many as there are. */
uint32_t budget_chunk(const struct budget *budget);
/* So many went, perhaps 0. */
void budget_sent(struct budget *budget, uint32_t n_commands);
/* There is no more work now. A grant that others wait for is kept for a moment: more may come. */
void budget_idle(struct budget *budget);
/*
 * The GPU begins with what went, and whoever sent it will wait for it in reading it:
 * until then it counts as at work. A fence follows if that takes long.
 */
void budget_start(struct budget *budget);
/* It was read. */
void budget_read_back(struct budget *budget);
/* A fence behind all that went: library.fence_made is it. False: no memory. */
bool budget_fence(struct budget *budget);
/* A fence of the library signalled. */
void budget_fence_signalled(struct budget *budget);
/*
 * Nothing more will come. True: the GPU is done with all of it, and no grant is kept. False:
 * to be asked again when a fence has signalled.
 */
bool budget_end(struct budget *budget);
/* There is room for a message to mulliond again. */
void budget_tell(struct budget *budget);
/* A message came from mulliond. */
void budget_look(struct budget *budget);

/* Around what may take long or hang. */
void budget_heartbeat_begin(struct budget *budget);
void budget_heartbeat_end(struct budget *budget);
void budget_count_submission(struct budget *budget);
void budget_count_frame(struct budget *budget);

#endif
