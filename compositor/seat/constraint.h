/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_CONSTRAINT_H
#define COMPOSITOR_SEAT_CONSTRAINT_H

/*
 * zwp_locked_pointer_v1 and zwp_confined_pointer_v1: a surface that wants the pointer to
 * stay where it is, or within a region. It does so while the pointer is there and the
 * surface's window is the one that was clicked last, or has the keyboard without.
 */

#include <pixman.h>
#include <stdbool.h>
#include <wayland-server-core.h>

struct constraint;
struct pointer;
struct surface;

extern const struct global constraint_global;

/* Whose turn it is, when `window` is the one that has the keyboard (NULL: none). */
void constraint_choose(struct pointer *pointer, const struct surface *window);
/* May the pointer not move at all? */
bool constraint_locks(const struct constraint *constraint);
/* To the nearest place that it allows, in the common space. */
void constraint_clamp(const struct constraint *constraint, double *x, double *y);
/* The surface's commit: region and hint become what was asked for. */
void constraint_commit(struct surface *surface);
void constraint_surface_gone(struct surface *surface);

#endif
