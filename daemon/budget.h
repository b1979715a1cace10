/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_BUDGET_H
#define DAEMON_BUDGET_H

/*
 * mulliond's side of the page that it shares with one mullion-render (protocol/budget.h):
 * is that one stuck?
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct budget_page;

struct budget {
	int fd;                   /* owned; -1: there is none */
	struct budget_page *page; /* mapped */
	int64_t looked_ns; /* when somebody looked last */
	int64_t awake_ns;  /* time that passed, but for what nobody looked in */
	struct budget_pulse {
		uint32_t value;   /* as seen last */
		int64_t since_ns; /* of awake_ns: when it was seen to change, or to mean nothing */
	} call, fence, grant;
	int64_t asked_ns; /* of awake_ns: when it was to be asked last */
};

void budget_init(struct budget *budget);
/* A fresh page. 0 or negative errno. */
int budget_make(struct budget *budget);
/* An earlier mulliond's (-1: lost), taken in every case. False: it is not what it should be. */
bool budget_adopt(struct budget *budget, int take_fd);
void budget_finish(struct budget *budget);
/* Whom the renderer serves, for a mulliond that takes over. */
void budget_set_client(struct budget *budget, pid_t pid, const char program[static 16]);
void budget_get_client(const struct budget *budget, pid_t *pid, char program[static 16]);
/*
 * What the renderer has been stuck in for longer than the limit, for people; NULL: nothing.
 * Called at least every second: of a longer pause a second counts, for whatever stopped us may
 * have stopped it. `revoked` is the grant that it is to return (mediator.h); 0: none.
 */
const char *budget_stuck(
	struct budget *budget, uint32_t revoked, int64_t now_ns, int64_t limit_ns);
/*
 * Once a second: any message on the link, which has its heartbeat go on. One that does not
 * hear it for some seconds more than the limit is stuck as well, wherever it is.
 */
bool budget_is_to_be_asked(struct budget *budget);

#endif
