/* SPDX-License-Identifier: MIT */
#ifndef RENDER_RING_H
#define RENDER_RING_H

/*
 * The consumer of the command ring and producer of its completions
 * (protocol/render.h). Everything in the shared memory may be written by a
 * hostile mullion-guest at any moment: each record is copied out once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/render.h"

struct ring {
	struct render_page *page;              /* NULL: not open */
	struct render_completion *completions; /* in the same mapping */
	const uint8_t *records;
	uint8_t *copy;          /* of one record; RENDER_RECORD_MAX */
	uint32_t tail;          /* submit_tail as we know it */
	uint32_t complete_head; /* complete_head as we know it */
	bool notify;                /* the other side has something to see */
	int submit_fd, complete_fd; /* owned */
};

void ring_init(struct ring *ring);
/* Maps a ring memfd: sealed, of RENDER_RING_BYTES. Takes all three in every case. */
int ring_open(struct ring *ring, int take_fd, int take_submit_fd, int take_complete_fd);
void ring_finish(struct ring *ring);

/*
 * 1: a record, RENDER_PAD too; its header, and its payload in the ring's private copy, 8-aligned,
 * good until the next pop. 0: none now. -EPROTO: the other side broke the ring.
 */
int ring_pop(struct ring *ring, struct render_record *record, const void **payload, size_t *len);
/* -EPROTO: the other side let completions overflow. */
int ring_complete(struct ring *ring, uint64_t seq, uint32_t response);
/* At the end of the turn: wakes the other side if it sleeps and there is a reason. */
void ring_notify(struct ring *ring);
/* Says that we sleep. False: there is more after all. */
bool ring_sleep(struct ring *ring);

#endif
