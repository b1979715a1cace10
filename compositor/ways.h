/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_WAYS_H
#define COMPOSITOR_WAYS_H

/*
 * Which way the pictures of a frame went to the screen, and why not a better one: for
 * people.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#define WAYS_MAX 16 /* of one frame; of more there is only the number */

struct log_limit;

enum way {
	WAY_PAINTED, /* into what the primary plane shows */
	WAY_PRIMARY, /* from here on as it is, on a plane */
	WAY_OVERLAY,
	WAY_CURSOR,
	WAY_HIDDEN, /* something opaque is above all of it */
};

enum way_reason {
	WAY_REASON_NONE,
	WAY_REASON_NO_DMABUF,
	WAY_REASON_TURNED,
	WAY_REASON_FORMAT,
	WAY_REASON_NO_FRAMEBUFFER,
	WAY_REASON_COVERED,
	WAY_REASON_NO_PLANE_LEFT,
	WAY_REASON_REFUSED,
	WAY_REASON_FLIP_REFUSED,
	WAY_REASON_NEW,
	WAY_REASON_MANY,
	WAY_REASON_NOT_ALL,
	WAY_REASON_NO_CURSOR_PLANE,
	WAY_REASON_LARGE,
	WAY_REASON_CUT,
};

struct way_of {
	enum way way;
	enum way_reason reason; /* why it is no better one */
	uint32_t plane_id;      /* 0: none */
	pixman_box32_t box;     /* px of the framebuffer */
};

struct ways {
	struct way_of items[WAYS_MAX]; /* the lowest first */
	uint32_t n;                    /* of the frame's; may be more than the array has */
	bool is_composed;              /* something was painted, into what the screen shows */
	/* Frames, and those of them for which nothing was painted. */
	uint64_t n_frames, n_scanned_out;
};

/* "scanned out on an overlay plane" */
const char *way_text(enum way way);
/* "it is no dma-buf"; NULL: there is none. */
const char *way_reason_text(enum way_reason reason);
/* Another way, for the same reason, on the same plane, of as many? Places do not matter. */
bool ways_differ(const struct ways *a, const struct ways *b);
/* A line at debug level for each. */
void ways_log(const struct ways *ways, const char *screen, struct log_limit *limit);

#endif
