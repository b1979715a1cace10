/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_LAYOUT_H
#define COMPOSITOR_LAYOUT_H

/*
 * Which window is where. Each is full-screen on one output: where the configuration
 * says for its app-id, else where the client asks, else where it is seen already, else on
 * the first output without a window, else on the first. Of several on an output the newest
 * is seen; one that does not take the output's size lies in the middle, on black.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

struct output;
struct server;
struct surface;
struct toplevel;

/* NULL: there are no outputs. */
struct output *layout_choose(const struct toplevel *toplevel);
/* What is seen there; NULL: nothing. */
struct toplevel *layout_top(const struct output *output);
/* Where a window's corner is on its output. */
void layout_corner(const struct toplevel *toplevel, int32_t *x, int32_t *y);
/* Calls for each surface that is seen there, the lowest first; its place is from the corner. */
void layout_walk(const struct output *output,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data);
/* Windows that belong there come; those that were there go elsewhere. */
void layout_output_came(struct output *output);
void layout_output_gone(struct output *output);
/* A surface's picture is new there, if it is seen. */
void layout_damage(struct surface *surface, const pixman_region32_t *damage);

#endif
