/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CHILD_H
#define COMPOSITOR_CHILD_H

/*
 * A process of the compositor's own, for what may take long or crash, and would hold the
 * loop. It is a copy that does one thing and ends, and dies with the compositor.
 */

#include <sys/types.h>

#include "base/loop.h"

struct child {
	struct loop_source source; /* its pidfd, owned */
	pid_t pid;                 /* 0: there is none */
	/* It has ended, as waitpid(2) says. */
	void (*handle)(struct child *child, int status);
};

/*
 * The child does `run`, which never returns. `handle` is called once, from the loop. 0 or
 * negative errno: there is none.
 */
int child_start(struct child *child, struct loop *loop, void (*run)(const void *data),
	const void *data, void (*handle)(struct child *child, int status));
/*
 * One that is there is killed, and not heard of. It is not waited for, as a driver may hold it
 * for long: what is left of it goes with the compositor. Fine on one that is zero.
 */
void child_stop(struct child *child);

#endif
