/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OUTPUT_H
#define COMPOSITOR_OUTPUT_H

/*
 * What clients take for a screen (wl_output): all of one, or a region of it. It has a
 * place in the space that all outputs share, in which windows and pointers have theirs.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"
#include "compositor/backdrop.h"

#define OUTPUT_NAME_MAX 32

struct config_output;
struct screen;
struct server;

struct output {
	struct list link;        /* of server.outputs */
	struct list screen_link; /* of screen.outputs */
	struct screen *screen;
	char name[OUTPUT_NAME_MAX];
	pixman_box32_t box;           /* in px of the screen's upright picture */
	int32_t x, y, width, height;  /* in the space that all outputs share */
	struct output_global *global; /* what clients see of it */
	struct backdrop backdrop;     /* what is seen where there are no windows */
	struct wl_list frames;        /* of wl_callback resources: asked when the frame is shown */
	int64_t asked_ns;             /* when they last were */
	struct list feedbacks;        /* of presentation_feedback.link: of the frame under way */
};

/*
 * The box lies within the screen's upright picture and in no other output's. NULL with
 * errno. The name is cut to fit. Windows that wait for it come to it.
 */
struct output *output_create(struct screen *screen, const char *name, const pixman_box32_t *box);
/* Windows on it go elsewhere; what clients have of it stays, and has no effect any more. */
void output_destroy(struct output *output);
/*
 * Those of a screen: its regions, or all of it under its own name where none is configured
 * or none can be. Those of a name that was there stay, and are told of where the screen is
 * used otherwise; others go. 0 or negative errno.
 */
int outputs_update(struct screen *screen, bool is_other);
/* As the configuration has it now. */
void output_renew_backdrop(struct output *output);

/* NULL: there is none of this name. */
struct output *output_find(const struct server *server, const char *name);
/* NULL: none is there. */
struct output *output_at(const struct server *server, double x, double y);
/* To the nearest place on an output. */
void outputs_clamp(const struct server *server, double *x, double *y);
/* Where a screen goes that has no place of its own: to the right of all others. */
void outputs_next_place(const struct screen *screen, int32_t *x, int32_t *y);

/* In the outputs' common space, from the output's own corner. */
void output_damage(struct output *output, const pixman_region32_t *damage);
void output_damage_all(struct output *output);
/* A box of the space that all outputs share. */
void outputs_damage(const struct server *server, const pixman_box32_t *box);
/* Where a box in px of the output's own corner, as clients count, is on the screen: upright px. */
pixman_box32_t output_box_px(
	const struct output *output, double x, double y, double width, double height);
/* From px of the upright picture to the space that all outputs share, beyond its edges too. */
void output_locate(const struct output *output, double x_px, double y_px, double *x, double *y);

#endif
