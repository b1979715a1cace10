/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OUTPUT_H
#define COMPOSITOR_OUTPUT_H

/*
 * A screen: wl_output, and the beat of its frames. A frame is painted at the end of the
 * turn that asked for it, shown by the back end, and the next one waits until that tells
 * when it came on the screen: one under way, never two.
 *
 * The picture is kept in memory of our own, whole; a back end copies what is new of it.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "base/loop.h"
#include "compositor/surface/presentation.h"

#define OUTPUT_NAME_MAX 32
#define OUTPUT_SIDE_MAX 16384

struct server;
struct output;

struct output_mode {
	uint32_t width_px, height_px;
	uint32_t refresh_mhz;
};

/* What a back end does for an output. */
struct output_interface {
	/*
	 * The picture is new within `damage` (px, of this frame): show it, and call
	 * output_presented once it is. 0 or negative errno: not this time.
	 */
	int (*show)(struct output *output, const pixman_region32_t *damage);
};

struct output {
	struct list link;
	struct server *server;
	const struct output_interface *interface;
	char name[OUTPUT_NAME_MAX];
	struct output_mode mode;
	uint32_t width_mm, height_mm; /* 0: not known */
	uint32_t scale_120;           /* in 120ths */
	int32_t x, y, width, height;  /* in the space that all outputs share */
	pixman_image_t *picture;      /* x8r8g8b8, as large as the mode */
	pixman_region32_t damage;     /* px; not painted yet */
	struct wl_global *global;
	struct wl_list resources;
	struct loop_hook repaint;
	bool wanted; /* a frame is */
	bool busy;   /* one is under way, or the screen is not ours */
	uint64_t n_frames;
	struct list feedbacks; /* of presentation_feedback.link: of the frame under way */
};

/*
 * To the right of those there are. 0 or negative errno; the name (cut to fit) and the
 * scale are checked by the caller. output_finish is safe after a failure too.
 */
int output_init(struct output *output, struct server *server,
	const struct output_interface *interface, const char *name, const struct output_mode *mode,
	uint32_t scale_120);
void output_finish(struct output *output);
/* NULL: there is none of this name. */
struct output *output_find(const struct server *server, const char *name);
/* Outputs go after the clients. */
struct output *output_of(struct wl_resource *resource);

/* A frame, soon: for what was damaged, or for those who wait for its beat. */
void output_schedule(struct output *output);
/* In the outputs' common space, from the output's own corner. */
void output_damage(struct output *output, const pixman_region32_t *damage);
void output_damage_all(struct output *output);
/* By the back end: the frame under way is on the screen. */
void output_presented(struct output *output, const struct presentation_time *time);
/* The screen is not ours any more; it is again, and all is to be shown. */
void output_pause(struct output *output);
void output_resume(struct output *output);

uint32_t output_refresh_ns(const struct output *output);
void output_send_enter(struct output *output, struct wl_resource *surface);
void output_send_leave(struct output *output, struct wl_resource *surface);

#endif
