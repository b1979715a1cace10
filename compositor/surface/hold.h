/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_HOLD_H
#define COMPOSITOR_SURFACE_HOLD_H

/*
 * What was committed waits until its pictures are drawn: a client, and the GPU that draws
 * for it, may be as late as they like, and no screen is. Until then the surface shows what
 * it showed. A commit that waits is not given up for a later one, which waits behind it;
 * of several that wait behind only the newest counts. A client for which nobody can wait ends:
 * what is not drawn goes to no screen.
 */

#include <stdbool.h>

#include "base/loop.h"
#include "compositor/surface/surface_state.h"

struct surface;
struct tally;

struct hold {
	struct loop_source source; /* a picture of what is cached; its fd is owned */
	struct tally *tally;       /* where that is counted: a reference, while it is held */
	bool is_held;
	struct surface_state late; /* committed since */
	bool has_late;
};

void hold_init(struct hold *hold);
void hold_finish(struct hold *hold);
/* What is pending becomes cached, or late. */
void hold_take(struct surface *surface);
/* What is cached is applied, with that of synchronized subsurfaces, once all of it is drawn. */
void hold_apply(struct surface *surface);
/* It is to be applied now: what is late becomes cached, and nothing is waited for. */
void hold_end(struct surface *surface);

#endif
