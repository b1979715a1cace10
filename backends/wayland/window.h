/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_WINDOW_H
#define WAYLAND_WINDOW_H

/*
 * A head's window. What it should show is kept here whether or not there is a
 * compositor; window_work brings the compositor to that.
 *
 *   a picture that fills the window     root: the picture
 *   another shape or size               root: black     content: the picture, scaled
 *   no picture (yet)                    root: dark
 *
 * a notice over that, or in place of a picture, and the cursor over all. The window
 * has the picture's size, in the screen's own pixels, unless the compositor says
 * otherwise.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/presenter.h"
#include "backends/wayland/cursor.h"
#include "backends/wayland/feedback.h"
#include "backends/wayland/frame.h"
#include "backends/wayland/fullscreen.h"
#include "backends/wayland/layout.h"
#include "backends/wayland/notice.h"
#include "backends/wayland/plane.h"
#include "backends/wayland/solid.h"
#include "base/loop.h"

struct import;

enum window_state {
	WINDOW_STATE_NONE,    /* no compositor that could show it */
	WINDOW_STATE_WAITING, /* for its first configure */
	WINDOW_STATE_OPEN,
	WINDOW_STATE_CLOSING, /* the user wants so */
	WINDOW_STATE_CLOSED,
};

enum window_content {
	WINDOW_CONTENT_NOTHING, /* the dark placeholder */
	WINDOW_CONTENT_PICTURE,
	WINDOW_CONTENT_LEFTOVER, /* of a forgotten picture, until something replaces it */
};

struct window_configure {
	int32_t width, height; /* 0: as the window likes */
	bool fullscreen;
	bool pinned;           /* maximized, fullscreen, tiled: exactly that size */
	uint32_t serial;
	bool pending; /* to be acknowledged */
};

struct window {
	struct presenter *presenter;
	uint32_t head;
	enum window_state state;
	struct plane root, content;
	struct notice notice;
	struct cursor cursor;
	struct solid solid;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct fullscreen fullscreen;
	struct zxdg_toplevel_decoration_v1 *decoration; /* NULL: the compositor has none */
	struct window_configure next;                   /* told, with the next commit in force */
	uint32_t head_width, head_height; /* the last picture's, at first the configured */
	struct wp_fractional_scale_v1 *fractional; /* NULL: the compositor has none */
	uint32_t scale;                            /* px of a logical one, in 120ths */
	bool follows;                     /* the window's size is the head's */
	int32_t width, height;            /* else it is this */
	struct layout layout;             /* as committed last */

	enum window_content shows;
	struct import *import; /* WINDOW_CONTENT_PICTURE: which; borrowed */
	bool pending;          /* the content changed since the last commit */
	bool damage_all;
	struct picture_box damage;
	bool relayout; /* sizes changed since the last commit */
	struct frame frame;
	struct loop_timer beat; /* in place of frame callbacks while there is no window */
	int64_t period_ns;
	bool beats;
	bool fresh;         /* the picture was not committed yet; one that comes back was */
	int64_t flush_ns;   /* its */
	struct feedbacks feedbacks;
	bool committed_due; /* to be said at the end of the turn */
	int64_t committed_flush_ns;
	bool closed_due;
	bool off; /* the guest has no such head: there is no window */
	int32_t told_width, told_height; /* of its own size, last; 0: it had none */
	bool resized_due;
};

/* 0 or negative errno, then to be finished too. */
int window_init(struct window *window, struct presenter *presenter, uint32_t head,
	const struct presenter_head_config *config);
/* After window_drop. */
void window_finish(struct window *window);
/* The connection is gone, or the presenter goes. */
void window_drop(struct window *window);
void window_set_mode(struct window *window, const struct presenter_head_config *mode);
/* One that is there has its name as title, and more. */
void window_set_title(struct window *window, const char *more);
/* If it was closed. */
void window_reopen(struct window *window);

void window_show(struct window *window, struct import *import, const struct picture_box *damage,
	int64_t flush_ns);
void window_blank(struct window *window);
void window_notice(struct window *window, const char *text, bool covers);
void window_cursor(struct window *window, struct import *import, uint32_t hot_x, uint32_t hot_y);
/* Nothing of it may be shown any more; what the compositor has stays. */
void window_drop_import(struct window *window, struct import *import);
/* It is what the window shows, or would if it could. */
bool window_has_import(const struct window *window, const struct import *import);

/* What there is to do, as far as the connection allows. Only with a ready connection. */
void window_work(struct window *window);

#endif
