/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_HEAD_H
#define DAEMON_HEAD_H

/*
 * A guest's head in the daemon: the pictures that workers handed over, which of
 * them is shown, and the flow between workers and presenter. Two workers may
 * send frames of one head (2D from mullion-guest, 3D from mullion-render); the
 * one with the highest scanout serial is shown.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/picture.h"
#include "backends/presenter.h"
#include "base/channel.h"
#include "base/histogram.h"
#include "base/list.h"
#include "daemon/stale.h"
#include "protocol/limits.h"
#include "protocol/link.h"

/* Who sends pictures. */
enum head_source {
	HEAD_SOURCE_GUEST,
	HEAD_SOURCE_RENDER,
	HEAD_SOURCE_COUNT,
};

/* What is said of a head in its window. */
enum head_word {
	HEAD_WORD_NONE,
	HEAD_WORD_FAILED,   /* its guest's process was given up */
	HEAD_WORD_WAITING,  /* for a VMM */
	HEAD_WORD_STARTING, /* the guest has not turned it on */
	HEAD_WORD_OFF,      /* it turned it off */
	HEAD_WORD_STALE,
	HEAD_WORD_QUARANTINED, /* what draws it hung too often */
	HEAD_WORD_LOST, /* what drew it lost its contexts */
};

struct head;

struct head_picture {
	struct picture picture;
	struct head *head;
	int source;       /* -1: an orphan, of a worker that is gone; it stays while it is shown */
	struct list link; /* of head.orphans, if it is one */
	uint32_t plane, slot, generation;
	bool imported;  /* the presenter knows it */
	bool refused;   /* and does not show it, or does not know it */
	bool taken;     /* a frame of it is here: the worker must not write */
	bool presented; /* the presenter reads it */
	uint32_t hot_x, hot_y;
	struct picture_box damage;
	int64_t flush_ns;
};

struct head_plane {
	struct head_picture *pictures[HEAD_SOURCE_COUNT][LIMIT_SLOTS]; /* owned; NULL: empty */
	struct head_picture *shown; /* the newest that went to the presenter */
	struct head_picture *next;  /* waits for the presenter */
	bool busy;                  /* the presenter owes a frame_done */
	int64_t busy_ns;            /* since then */
	int busy_source;            /* whose frame that is, -1: nobody's any more */
	uint64_t serial;            /* of the newest frame */
};

struct head_stats {
	uint64_t presented, discarded, dropped;
	struct histogram sent; /* from the guest's flush to the commit */
	struct histogram seen; /* from the flush to when it was on the screen */
	int64_t window_start_ns; /* frames are counted over a second */
	uint32_t window_frames;
	uint32_t rate_mhz;       /* over the last whole window */
};

struct head {
	uint32_t index;
	const struct presenter_interface *interface;
	struct presenter *presenter; /* borrowed */
	/* Where to answer each source: borrowed, NULL while it does not run. */
	struct channel *const *links;
	uint32_t width_px, height_px; /* that the guest scans out; 0: nothing */
	int source;                   /* of the shown picture, -1: none */
	int owner;                    /* whose frames count, by the last scanout; -1: nobody's */
	bool cursor_visible;
	bool blob;   /* what is scanned out is one */
	bool was_on; /* since its VMM came */
	enum head_word word;
	struct stale stale;
	bool closed; /* the user closed its window */
	struct head_plane planes[LINK_PLANE_COUNT];
	struct list orphans; /* of head_picture.link; owned */
	struct head_stats stats;
};

/* `links` has HEAD_SOURCE_COUNT entries. */
void head_init(struct head *head, uint32_t index, const struct presenter_interface *interface,
	struct presenter *presenter, struct channel *const *links);

/* Messages of a worker. The head is checked, the rest is not. False: the worker lies. */
bool head_handle_add(struct head *head, enum head_source source,
	const struct link_picture_add *message, int *fd);
bool head_handle_remove(struct head *head, enum head_source source,
	const struct link_picture_remove *message);
bool head_handle_frame(struct head *head, enum head_source source,
	const struct link_frame *message);
void head_handle_scanout(struct head *head, const struct link_scanout *message);
void head_handle_cursor(struct head *head, const struct link_cursor_move *message);
/* The worker is gone: with it all that it handed over. */
void head_source_gone(struct head *head, enum head_source source);
/* The worker is gone, and another one comes: what is shown of it stays until that one draws. */
void head_source_lost(struct head *head, enum head_source source);

/* Calls of the presenter. */
void head_frame_done(struct head *head, enum presenter_plane plane);
void head_committed(struct head *head, int64_t flush_ns);
void head_presented(struct head *head, int64_t flush_ns, int64_t presented_ns);
void head_discarded(struct head *head);
void head_closed(struct head *head);
void head_picture_released(struct picture *picture);
void head_picture_failed(struct picture *picture);

/* Its window again, if it was closed. */
void head_open(struct head *head);

/* A picture may have this format. */
bool head_format_known(uint32_t fourcc);

/* What keeps its guest at its screen's pace. */
enum head_pacing {
	HEAD_PACING_NOTHING, /* nobody sees it */
	HEAD_PACING_FLUSHES, /* of blobs: answered when the screen has the frame */
	HEAD_PACING_FENCES,  /* of 3D submissions, until the screen has the frame before */
	HEAD_PACING_DROPS,   /* frames that the screen is not ready for are not shown */
};
enum head_pacing head_pacing(const struct head *head);

/* Frames a second now, in mHz. */
uint32_t head_rate_mhz(const struct head *head);

#endif
