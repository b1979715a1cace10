/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_COPY_H
#define DAEMON_COPY_H

/*
 * Copies of heads that a guest's worker makes: of a dma-buf, whose pixels only its
 * GPU, or whoever has the guest's memory, can be relied on to read. Each is asked for
 * once (LINK_COPY_WANTED) and ends with the worker's answer, with the worker, or when
 * that took too long.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "daemon/screenshot.h"
#include "protocol/link.h"

#define COPY_LIMIT_NS (5 * INT64_C(1000000000)) /* for an answer */

struct channel;
struct copy;
struct loop;

struct copies {
	struct list waiting; /* of copy.link */
	uint64_t last_id;
};

void copies_init(struct copies *copies);
/* A LINK_COPY; takes `*fd` if it is wanted. False: the worker lies. */
bool copies_handle(struct copies *copies, const struct link_copy *message, int *fd);
/* The worker is gone: nobody answers those that wait. */
void copies_worker_gone(struct copies *copies);

/*
 * Asks the worker at the other end of `link`. Later either `done` is called, never
 * from within this call, and the copy is gone; or it is cancelled before. Its result
 * may be -ENODATA: the head shows nothing of the worker's; -ETIMEDOUT: it does not
 * answer; -ECONNRESET: it ended. Negative errno: it cannot be asked.
 */
int copy_start(struct copy **copy, struct copies *copies, struct channel *link, struct loop *loop,
	uint32_t head, void (*done)(void *data, const struct screenshot_result *result),
	void *data);
void copy_cancel(struct copy *copy);

#endif
