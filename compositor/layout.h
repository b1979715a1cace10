/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_LAYOUT_H
#define COMPOSITOR_LAYOUT_H

/*
 * Which window is where. Each of the normal layer is full-screen on one output: where the
 * configuration says for its app-id, else where the client asks, else where it is seen already,
 * else on the first output without a window, else on the first. Of several on an output the newest
 * is seen; one that does not take the output's size lies in the middle. Windows of the
 * layer above are over those, all of them, each in its box. One that is not well is not
 * seen: the output's backdrop is, and says why.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

struct config_box;
struct config_window;
struct output;
struct server;
struct surface;
struct toplevel;

/* NULL: there are no outputs. */
struct output *layout_choose(const struct toplevel *toplevel);
/* The topmost there of the normal layer, well or not; NULL: none. */
struct toplevel *layout_top(const struct output *output);
bool layout_is_seen(const struct toplevel *toplevel);
/* Where a window is to be on its output; of no size: there is none. */
struct config_box layout_box(const struct toplevel *toplevel);
/* What the configuration says of it, or NULL. */
const struct config_window *layout_rule(const struct toplevel *toplevel);
/* Where a window's corner is on its output. */
void layout_corner(const struct toplevel *toplevel, int32_t *x, int32_t *y);
/* Calls for each surface that is seen there, the lowest first; its place is from the corner. */
void layout_walk(const struct output *output,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data);
/* Windows that belong there come; those that were there go elsewhere. */
void layout_output_came(struct output *output);
void layout_output_gone(struct output *output);
/* Its size or scale may be another one. */
void layout_output_changed(struct output *output);
/* The configuration is another one. */
void layout_renew(const struct server *server);
/* A window has a picture; it has none any more; its health is another. */
void layout_window_came(struct toplevel *toplevel);
void layout_window_left(struct toplevel *toplevel);
void layout_window_changed(struct toplevel *toplevel);
/* Whose surface it is, in part; NULL: of no window with a picture. */
struct toplevel *layout_window(const struct surface *surface);
/* Where a surface's corner is in the common space; false: it is nowhere. */
bool layout_locate(const struct surface *surface, double *x, double *y);
/*
 * What is seen at a place of the common space and takes input there, and the place on it;
 * NULL: nothing.
 */
struct surface *layout_at(
	const struct server *server, double x, double y, double *surface_x, double *surface_y);
/* A surface's picture is new there, if it is seen. */
void layout_damage(struct surface *surface, const pixman_region32_t *damage);

#endif
