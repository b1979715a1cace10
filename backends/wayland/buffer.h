/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_BUFFER_H
#define WAYLAND_BUFFER_H

/*
 * Pictures as the compositor knows them. An import is a picture that the owner
 * made known; a buffer is a wl_buffer of it for one surface, because the release
 * of a wl_buffer that is attached to two is undefined (wl_buffer.release).
 *
 *   picture --presenter_data--> import --buffers--> buffer ... buffer
 *                                  forget  \
 *                                           `--> presenter.orphans, until released
 *
 * A wl_buffer that goes before its release leaves the surface's content undefined,
 * therefore the orphans: their picture is forgotten, the compositor still reads.
 *
 * The last picture of a plane is held until another replaces it, whatever the
 * compositor released: it is attached again when the window's shape changes, or
 * when the compositor comes back. Two pictures a plane are therefore the least.
 */

#include <stdbool.h>

#include "backends/picture.h"
#include "base/list.h"

struct plane;
struct presenter;
struct wl_buffer;
struct zwp_linux_buffer_params_v1;

struct import {
	struct list link;         /* in presenter.imports */
	struct list due_link;     /* in presenter.imports_due while something is to be said */
	struct list prepare_link; /* in presenter.imports_to_prepare */
	struct presenter *presenter;
	struct picture *picture; /* borrowed until forgotten */
	struct list buffers;     /* of buffer.link */
	bool held;               /* shown since its release was last due */
	bool release_due;
	bool failed; /* for good: it is never shown */
	bool failure_due;
};

struct buffer {
	struct list link;      /* in import.buffers or presenter.orphans */
	struct import *import; /* NULL: an orphan */
	struct presenter *presenter;
	struct plane *plane;                       /* whose surface it is for; NULL: nobody's yet */
	bool opaque;                               /* alpha is left out */
	bool busy;                                 /* attached and not released */
	struct wl_buffer *wl_buffer;               /* NULL while the compositor decides */
	struct zwp_linux_buffer_params_v1 *params; /* only then */
};

/* 0 or negative errno: what would be an error of the protocol is refused here. */
int import_create(struct presenter *presenter, struct picture *picture);
/* Its buffers become orphans. */
void import_destroy(struct import *import);

/* A dma-buf's first buffer is asked for before it is needed: the answer takes a while. */
void import_prepare(struct import *import);
/* For the plane's surface. NULL: the compositor has not decided yet, or `failed`. */
struct buffer *import_get_buffer(struct import *import, struct plane *plane, bool opaque);
/* It is shown: one release will follow, for this and every show before it. */
void import_hold(struct import *import);
/* Says the release if nobody reads the picture, nor will. */
void import_update(struct import *import);
/* The connection is gone, and all wl_buffers with it. */
void import_drop_buffers(struct import *import);
/* The plane's surface is gone: what was made for it is not read any more. */
void import_drop_plane(struct import *import, struct plane *plane);

void buffer_destroy(struct buffer *buffer);

#endif
