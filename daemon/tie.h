/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_TIE_H
#define DAEMON_TIE_H

/*
 * What ties a guest's two processes together (protocol/render.h): the memory of their
 * rings, an eventfd for each way, a socket. mulliond keeps mullion-guest's ends, so that
 * the renderer does not notice that one's death and its successor gets them; and it looks
 * at the renderer's pulse.
 */

#include <stdbool.h>
#include <stdint.h>

struct channel;
struct link_render_start;
struct render_page;
struct store;

struct tie {
	int fds[4]; /* as LINK_GUEST_RENDERER has them; owned; -1: there is none */
	const struct render_page *page; /* mapped, of the first */
	struct tie_pulse {
		uint32_t value;   /* as seen last */
		int64_t since_ns; /* when it was seen to change, or to mean nothing */
	} call, fence;
};

void tie_init(struct tie *tie);
void tie_finish(struct tie *tie);

/* Makes it, and sends a renderer its ends with `start`. 0 or negative errno. */
int tie_make(struct tie *tie, struct channel *render, const struct link_render_start *start);
/* Takes up what an earlier mulliond had stored, if it did. */
void tie_restore(struct tie *tie, struct store *store, const char *guest);
void tie_store(const struct tie *tie, struct store *store, const char *guest);
void tie_unstore(const struct tie *tie, struct store *store, const char *guest);
/* Sends mullion-guest its ends. `adopted`: a predecessor had them. */
int tie_send(const struct tie *tie, struct channel *guest, bool adopted);
/* What the renderer has been stuck in for longer than the limit, for people; NULL: nothing. */
const char *tie_stuck(struct tie *tie, int64_t now_ns, int64_t limit_ns);

#endif
