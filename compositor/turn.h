/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_TURN_H
#define COMPOSITOR_TURN_H

/*
 * Turned and mirrored pictures (wl_output.transform): a buffer of a client, and a panel
 * as it is mounted. Both mean the same: 90 is counter-clockwise, a buffer with a panel's
 * transform has its pixels where the panel has them.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-protocol.h>

bool turn_is_on_side(enum wl_output_transform transform);
/*
 * From a point of the upright picture, `width` x `height` large, to where it is in the
 * turned one.
 */
void turn_from_upright(struct pixman_f_transform *matrix, enum wl_output_transform transform,
	double width, double height);
/* The smallest box of whole px around where the matrix takes this one, to which it is no turn
 * but by quarters. */
pixman_box32_t turn_box(const struct pixman_f_transform *matrix, const pixman_box32_t *box);

#endif
