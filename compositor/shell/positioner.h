/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_POSITIONER_H
#define COMPOSITOR_SHELL_POSITIONER_H

/* xdg_positioner: where a popup is to be, and what may be done for it to be seen whole. */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

struct positioner {
	int32_t width, height; /* 0: not said */
	int32_t anchor_x, anchor_y, anchor_width, anchor_height;
	uint32_t anchor, gravity; /* xdg_positioner.anchor; gravity has the same values */
	uint32_t adjustment;
	int32_t offset_x, offset_y;
};

void positioner_create(struct wl_client *client, uint32_t version, uint32_t id);
const struct positioner *positioner_of(struct wl_resource *resource);
bool positioner_is_complete(const struct positioner *positioner);
/* The popup's box within `target`, if that can be; both from the parent's upper left corner. */
pixman_box32_t positioner_place(const struct positioner *positioner, const pixman_box32_t *target);

#endif
