/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_HEADLESS_H
#define COMPOSITOR_HEADLESS_H

/* Screens without a panel: pictures in memory; a timer is their beat, HEADLESS-n their names. */

struct headless;
struct server;

#define HEADLESS_REFRESH_MHZ 60000

/* NULL with errno. Those that are configured; none: one output of 1280x720. */
struct headless *headless_create(struct server *server);
/* After the clients. */
void headless_destroy(struct headless *headless);

#endif
