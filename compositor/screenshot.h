/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SCREENSHOT_H
#define COMPOSITOR_SCREENSHOT_H

/*
 * What an output shows, as people see it: copied in bands of rows, of which no turn of the
 * loop does more than for a short time, so that other screens and all clients go on. Until
 * a picture is whole its screen begins no other frame; between two pictures it does. One
 * is copied at a time, the others wait and cost nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"

struct output;

/* Embedded in the server. */
struct screenshots {
	struct loop_timer timer;
	struct list waiting; /* of screenshot.link; the first is under way */
};

/* Rows from the top, four bytes a pixel (XR24), in a memfd sealed in its size. */
struct screenshot {
	struct list link;
	struct output *output;
	int fd;
	uint32_t width_px, height_px;
	uint32_t stride_bytes;
	int64_t first_ns; /* since when it is the first; 0: it is not yet */
	bool is_begun;
	uint32_t n_rows; /* copied */
	void *band;      /* of as many rows as are copied at once, twice */
	/* 0 or negative errno. The callee finishes it, and may take the fd before. */
	void (*done)(struct screenshot *shot, int ret);
};

/* 0 or negative errno; finish is safe after it. */
int screenshots_init(struct screenshots *screenshots, struct loop *loop);
/* Nobody waits any more. */
void screenshots_finish(struct screenshots *screenshots);
/* What is asked for of it fails: it goes, or is of another size or place on its screen. */
void screenshots_drop_output(struct screenshots *screenshots, const struct output *output);

/* `done` is called later, and once, unless it is finished before. */
void screenshot_start(struct screenshot *shot, struct output *output,
	void (*done)(struct screenshot *shot, int ret));
void screenshot_finish(struct screenshot *shot);

#endif
