/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_CORE_H
#define COMPOSITOR_SURFACE_CORE_H

/* wl_compositor: where surfaces and regions come from. */

struct server;

int core_offer(struct server *server);

#endif
