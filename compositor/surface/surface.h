/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_SURFACE_H
#define COMPOSITOR_SURFACE_SURFACE_H

/*
 * wl_surface: what a client said since its last commit is pending; a commit moves it to
 * cached; cached becomes current at once, or with the parent's state where the surface is
 * a synchronized subsurface. Coordinates are surface-local unless a name says px.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-protocol.h>

#include "base/list.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/frames.h"
#include "compositor/surface/hold.h"
#include "compositor/surface/surface_state.h"

#define SURFACE_SIDE_MAX (1 << 20)

struct constraint;
struct output;
struct server;
struct subsurface;
struct surface;

struct surface_role {
	const char *name;
	/* Before anything is taken over; false: the client broke a rule, and was told. */
	bool (*check)(struct surface *surface);
	/* The current state is new. */
	void (*commit)(struct surface *surface);
	/* The surface goes; its role's object stays, and does nothing more. */
	void (*gone)(struct surface *surface);
};

/* A place in the stacking order of a parent and its subsurfaces. */
struct surface_node {
	struct list link, cached_link, pending_link;
	struct surface *surface;
};

struct surface {
	struct server *server;
	struct wl_resource *resource;
	const struct surface_role *role; /* NULL: none yet; never another one */
	void *role_object;               /* NULL: there is none (any more) */
	struct surface_state pending, cached, current;
	struct hold hold; /* of what is cached, and what comes behind it */
	struct frames frames;
	int32_t width, height;   /* 0: no picture */
	pixman_region32_t fresh; /* px of the buffer: newer than a copy that painters have */
	struct surface_node self;
	/* Of surface_node, the lowest first; `self` is in; as the states of those names. */
	struct list stack, cached_stack, pending_stack;
	struct subsurface *subsurface; /* the role's object, if it is that */
	struct output *output;         /* where its window is shown; NULL: nowhere */
	/* Their objects, or NULL. */
	struct wl_resource *viewport, *fractional_scale, *shortcuts_inhibitor, *synchronization;
	struct constraint *constraint; /* of the pointer */
	struct list dmabuf_feedbacks;  /* of surface_feedback.link (dmabuf_feedback.c) */
};

struct surface *surface_create(
	struct server *server, struct wl_client *client, uint32_t version, uint32_t id);
struct surface *surface_of(struct wl_resource *resource);
/* false, with this error on the resource, where it has another role or an object of it. */
bool surface_take_role(struct surface *surface, const struct surface_role *role, void *object,
	struct wl_resource *resource, uint32_t error);
/* What is cached becomes current, with that of its synchronized subsurfaces. */
void surface_apply(struct surface *surface);
bool surface_has_picture(const struct surface *surface);
/* Whether its client says that nothing is seen through any of it. */
bool surface_is_opaque(const struct surface *surface);

/* The window is shown on another output (NULL: on none): all its surfaces are told. */
void surface_set_output(struct surface *surface, struct output *output);
/* All of it and of what is above it is to be drawn again. */
void surface_damage_tree(struct surface *surface);
/* Calls for each surface with a picture, the lowest first; its place is from (x, y). */
void surface_walk(struct surface *surface, int32_t x, int32_t y,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data);

/* Whether input at that place is the surface's. */
bool surface_takes_input(const struct surface *surface, double x, double y);
/*
 * The topmost of the tree that takes input there, and the place on it. NULL: none does,
 * and the place is not written.
 */
struct surface *surface_at(
	struct surface *surface, double x, double y, double *surface_x, double *surface_y);

/* A surface's size and the source within its buffer, before scale and transform. */
void surface_source(
	const struct surface *surface, double *x, double *y, double *width, double *height);

#endif
