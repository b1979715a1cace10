/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

/*
 * The event loop: one a process, epoll beneath. Sources, timers and hooks are
 * embedded in what they belong to. A callback may add and remove any of them,
 * itself included; memory of a removed one may be freed at once.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/list.h"

struct loop_source;
struct loop_timer;
struct loop_hook;

#define LOOP_BATCH 32

struct loop {
	int epoll_fd;
	bool stop;
	int status;                       /* what loop_run returns */
	struct epoll_event batch[LOOP_BATCH]; /* of this turn; removal clears entries */
	int batch_len;
	struct list hooks;                /* of loop_hook.link, armed for the end of the turn */
};

/* 0 or negative errno. */
int loop_init(struct loop *loop);
void loop_finish(struct loop *loop);
/* Runs until loop_stop; returns its status. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop, int status);

struct loop_source {
	struct loop *loop; /* NULL while not added */
	int fd;            /* borrowed: its owner closes it after removal */
	void (*handle)(struct loop_source *source, uint32_t events);
};

/* `events` are EPOLLIN, EPOLLOUT, perhaps EPOLLET; EPOLLHUP and EPOLLERR always come. */
int loop_add(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	void (*handle)(struct loop_source *source, uint32_t events));
void loop_change(struct loop_source *source, uint32_t events);
void loop_remove(struct loop_source *source);

struct loop_timer {
	struct loop_source source; /* a timerfd of its own; fd is owned */
	void (*handle)(struct loop_timer *timer);
};

int loop_timer_init(struct loop_timer *timer, struct loop *loop,
	void (*handle)(struct loop_timer *timer));
/* One shot, from now; 0 disarms; what is overdue (negative) is due at once. */
void loop_timer_set(struct loop_timer *timer, int64_t delay_ns);
void loop_timer_finish(struct loop_timer *timer);

/* Something to do once at the end of the turn: notify a ring, flush a socket. */
struct loop_hook {
	struct list link;
	void (*handle)(struct loop_hook *hook);
};

void loop_hook_init(struct loop_hook *hook, void (*handle)(struct loop_hook *hook));
/* Arming an armed one does nothing. */
void loop_hook_arm(struct loop *loop, struct loop_hook *hook);
void loop_hook_disarm(struct loop_hook *hook);

#endif
