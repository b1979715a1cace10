/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_TIE_H
#define DAEMON_TIE_H

/*
 * What ties a guest's two processes together (protocol/render.h): the memory of their
 * rings, an eventfd for each way, a socket. mulliond keeps mullion-guest's ends, so that
 * the renderer does not notice that one's death and its successor gets them.
 */

#include <stdbool.h>
#include <stdint.h>

struct channel;
struct link_render_start;
struct store;

struct tie {
	int fds[4]; /* as LINK_GUEST_RENDERER has them; owned; -1: there is none */
};

void tie_init(struct tie *tie);
void tie_finish(struct tie *tie);

/* Makes it, and sends a renderer its ends and its budget with `start`. 0 or negative errno. */
int tie_make(struct tie *tie, struct channel *render, const struct link_render_start *start,
	int budget_fd);
/* Takes up what an earlier mulliond had stored, if it did. */
void tie_restore(struct tie *tie, struct store *store, const char *guest);
void tie_store(const struct tie *tie, struct store *store, const char *guest);
void tie_unstore(const struct tie *tie, struct store *store, const char *guest);
/* Sends mullion-guest its ends. `adopted`: a predecessor had them. */
int tie_send(const struct tie *tie, struct channel *guest, bool adopted);

#endif
