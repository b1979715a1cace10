/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PAINTERS_H
#define COMPOSITOR_PAINT_PAINTERS_H

/*
 * Who paints: pixman, which is always there, and GL where it is wished for and works.
 * Screens look at `current` for each frame, and make new targets when it is another one
 * than before. GL that fails is made anew a second later; not for ever if that is all it does.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "compositor/config.h"
#include "compositor/paint/gl_probe.h"

struct painter;

struct painters {
	enum config_renderer wish;
	char *device;                /* of the GPU; NULL: in memory */
	struct painter *pixman, *gl; /* NULL: not there */
	struct painter *current;     /* one of the two */
	bool is_started;
	struct gl_probe probe; /* of the first start */
	struct loop_timer again;
	int64_t began_ns;    /* GL did */
	uint32_t n_failures; /* one after the other, none of which worked for long */
	/* Another one is current: all that is shown is to be painted. */
	void (*changed)(struct painters *painters);
};

/* 0 or negative errno; painters_finish is safe after it. */
int painters_init(
	struct painters *painters, struct loop *loop, void (*changed)(struct painters *painters));
/* After the screens. */
void painters_finish(struct painters *painters);

/*
 * GL, if it is to be: on the GPU of a card, which is tried first, as nobody knows how long
 * that takes, or on none (-1), at once. Not before there is a first picture.
 */
void painters_start(struct painters *painters, enum config_renderer wish, int card_fd);
/* The current one could not paint: pixman is the current one then. */
void painters_failed(struct painters *painters, int error);

#endif
