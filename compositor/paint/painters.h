/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PAINTERS_H
#define COMPOSITOR_PAINT_PAINTERS_H

/*
 * Who paints: pixman, which is always there. Screens look at `current` for each frame,
 * and make new targets when it is another one than before.
 */

struct painter;

struct painters {
	struct painter *pixman;
	struct painter *current; /* one of the others */
};

/* 0 or negative errno; painters_finish is safe after it. */
int painters_init(struct painters *painters);
/* After the screens. */
void painters_finish(struct painters *painters);

#endif
