/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_AGENT_H
#define DAEMON_AGENT_H

/*
 * The agent in a guest (guest-driver/mullion-guest-agent), which sets modes from inside
 * where the VMM does not tell the guest of them: over a port of the VMM's that connects
 * to a socket of the guest's, DIR/NAME/agent.sock. One connection at a time.
 *
 *   from the agent   ?  it has started: what heads are there to be
 *                    +  the last line is done
 *                    -  nothing in the guest takes modes
 *   to the agent     heads 1366x768@59.790 off 1024x768@60.000
 *
 * a line with the mode of each head, from 0; only after a ?, and the next only when the
 * last was answered. Nothing else is taken from the guest, and little of it in a second.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/loop.h"
#include "protocol/limits.h"
#include "protocol/link.h"

#define AGENT_LINE_MAX (LIMIT_HEADS * 20 + 16)

enum agent_state {
	AGENT_STATE_NONE, /* nobody has spoken on the connection, or there is none */
	AGENT_STATE_TOLD,
	AGENT_STATE_DONE,
	AGENT_STATE_HELPLESS,
};

struct agent {
	struct loop *loop;
	const char *guest; /* borrowed; for the log */
	int listen_fd, fd; /* owned; -1: none */
	struct loop_source listen, source;
	struct loop_timer pause; /* after which more is read */
	bool rests;              /* until then */
	enum agent_state state;
	uint32_t n_heads;
	struct link_head heads[LIMIT_HEADS];
	bool due; /* the newest is still to be told */
	char line[AGENT_LINE_MAX]; /* being sent; len 0: none */
	size_t len, sent;
	struct log_limit nonsense;
};

/* 0 or negative errno; may be finished in either case. Takes the descriptor always. */
int agent_init(struct agent *agent, struct loop *loop, const char *guest, int take_listen_fd);
void agent_finish(struct agent *agent);

/* The guest's heads are to be these. */
void agent_tell(struct agent *agent, const struct link_head *heads, uint32_t n_heads);

#endif
