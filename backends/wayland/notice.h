/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_NOTICE_H
#define WAYLAND_NOTICE_H

/*
 * What is said of a head in its window: words over the picture, or alone in place of
 * it; or, in place of it, a picture from a file.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/wayland/layout.h"
#include "base/painting.h"
#include "backends/wayland/plane.h"

struct connection;
struct wl_buffer;

#define NOTICE_MAX 400

struct notice {
	struct plane plane;
	char text[NOTICE_MAX]; /* empty: nothing is said */
	bool covers;           /* the picture is not to be seen */
	const struct painting *cover; /* in place of words that cover; borrowed; NULL: none */
	struct painting words;        /* what of `text` was painted last */
	uint32_t scale;               /* for this scale; 0: nothing yet */
	struct wl_buffer *wl_buffer, *retired; /* the latter until the surface has the other */
	bool pending;
};

void notice_init(struct notice *notice, const struct painting *cover);
void notice_finish(struct notice *notice);
/* Its window is gone, or the connection is. */
void notice_drop(struct notice *notice);

/* `text` NULL: nothing. False: it says that already. */
bool notice_set(struct notice *notice, const char *text, bool covers);
/*
 * With the commit of `root` that follows. `scale` is the px of a logical one in 120ths;
 * `alone`: no picture is to be seen.
 */
void notice_commit(struct notice *notice, struct connection *connection,
	const struct layout *layout, const struct plane *root, uint32_t scale, bool alone);
/* After that commit. */
void notice_settle(struct notice *notice);

#endif
