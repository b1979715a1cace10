/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OFFERS_H
#define COMPOSITOR_OFFERS_H

/* All protocols, but for outputs and the seat, which bring their own. */

struct server;

/* 0 or -ENOMEM. */
int server_offer(struct server *server);

#endif
