/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

/*
 * A process of ours (mullion-guest, mullion-render): started with one end of a
 * link, an empty environment, an unprivileged uid where the daemon is root, and
 * watched until its end. One that an earlier mulliond started is adopted.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/channel.h"
#include "base/loop.h"

#define WORKER_FDS_MAX 2

struct worker;

struct worker_config {
	const char *program;     /* "mullion-guest": found beside mulliond or in libexecdir */
	const char *const *args; /* after --link FD; NULL ends them */
	const struct channel_interface *link;
	/* It ended, by itself or killed; `how` says so for people. May free the worker. */
	void (*ended)(struct worker *worker, const char *how, bool clean);
};

struct worker {
	struct channel link;
	struct loop *loop;
	struct loop_source process; /* a pidfd; owned */
	const struct worker_config *config;
	pid_t pid; /* 0: none */
	bool adopted; /* how it ends is not for us to know */
};

/* Looks up the user of the workers. Needed before the first start when the daemon is root. */
struct config;
void workers_init(const struct config *config);

void worker_init(struct worker *worker);
/*
 * 0 or negative errno. `config` is borrowed, and so are the `n` descriptors (WORKER_FDS_MAX
 * at most): the process has duplicates of them, numbered after its link's.
 */
int worker_start(struct worker *worker, struct loop *loop, const struct worker_config *config,
	const int *give_fds, size_t n);
/*
 * One that runs already: takes the daemon's end of its link (-1: lost) and its pidfd, in
 * every case. -EPROTO: that is not what they are; -ESRCH: it is gone, and what it sent
 * last was handled. `ended` may follow.
 */
int worker_adopt(struct worker *worker, struct loop *loop, const struct worker_config *config,
	int take_link_fd, int take_pidfd);
/* Leaves it running, for another mulliond to adopt. */
void worker_leave(struct worker *worker);
/* Ends it without a word to it, and hears what it said before; `ended` follows. */
void worker_end(struct worker *worker);
/* The same for one that is not to be believed: nothing more of it is heard. */
void worker_kill(struct worker *worker);
/* Kills and reaps it if it runs; `ended` is not called. */
void worker_finish(struct worker *worker);

#endif
