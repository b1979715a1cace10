/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_REMOTE_RING_H
#define BACKENDS_REMOTE_RING_H

/*
 * mullion-guest's side of the ring to a renderer process (protocol/render.h). Where it
 * stands is kept in the state memfd: a successor of this process goes on with it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/render.h"
#include "protocol/state.h"

struct render_ring {
	struct state_remote *kept; /* borrowed */
	uint8_t *map;            /* RENDER_RING_BYTES, owned; NULL: none */
	struct render_page *page;
	uint32_t head;           /* of records: ours, never read back */
	uint32_t complete_tail;  /* ours as well */
	uint32_t in_flight;      /* completions that are owed to us */
	uint64_t seq;            /* of the record between begin and commit */
	struct render_ring_sent {
		uint64_t seq;    /* the last that is not 0 */
		uint32_t head, count;
	} sent;                  /* up to the last record that went */
	int submit_fd, complete_fd; /* owned */
};

void render_ring_init(struct render_ring *ring, struct state_remote *kept);
/* A ring that nobody used. Takes all three in every case. 0 or negative errno. */
int render_ring_open(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd);
/* A ring that a process used which died. -EPROTO: it is not as that one left it. */
int render_ring_adopt(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd);
void render_ring_finish(struct render_ring *ring);

/*
 * Any one call of the device fits: a record of the largest size, wherever the ring
 * ends, and many small ones. False as well if the renderer's index lies.
 */
bool render_ring_has_room(const struct render_ring *ring);

/*
 * Space for the payload of a record; `bytes` at most RENDER_RECORD_MAX less the
 * header. NULL: there is no room. Every record is completed.
 */
void *render_ring_begin(struct render_ring *ring, enum render_kind kind, enum render_want want,
	uint64_t seq, uint32_t bytes);
/* `bytes` may be fewer than at begin. Wakes the renderer if it sleeps. */
void render_ring_commit(struct render_ring *ring, uint32_t bytes);

/*
 * 1: the oldest completion that was not dropped; 0: none, and the eventfd will tell;
 * -EPROTO: the renderer lies.
 */
int render_ring_peek(struct render_ring *ring, struct render_completion *completion);
/* It is dealt with. */
void render_ring_drop(struct render_ring *ring);

#endif
