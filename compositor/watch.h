/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_WATCH_H
#define COMPOSITOR_WATCH_H

/*
 * Whether windows live. One whose client does not answer, or that must draw and does not
 * (stale-after), is not seen until it does: a frozen picture is worse than none.
 */

#include "base/loop.h"

struct server;
struct toplevel;

/* 0 or negative errno; watch_finish is safe after it. */
int watch_init(struct loop_timer *watch, struct server *server);
/* A window is mapped. */
void watch_start(struct toplevel *toplevel);
/* A new picture of it came. */
void watch_saw(struct toplevel *toplevel);

#endif
