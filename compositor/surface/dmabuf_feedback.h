/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_DMABUF_FEEDBACK_H
#define COMPOSITOR_SURFACE_DMABUF_FEEDBACK_H

/*
 * zwp_linux_dmabuf_feedback_v1: which formats and modifiers are best, in a table that all
 * clients share. First what a plane of the surface's screen shows as it is, if its window
 * has all of that; then all that can be painted.
 */

#include <stdint.h>
#include <sys/types.h>
#include <wayland-server-core.h>

struct formats;
struct surface;

struct dmabuf_feedback {
	const struct formats *formats; /* borrowed: those of the table */
	dev_t device;
	int table_fd; /* -1: none */
	uint32_t table_bytes;
	struct wl_list defaults, surfaces; /* of resources */
};

void dmabuf_feedback_init(struct dmabuf_feedback *feedback);
void dmabuf_feedback_finish(struct dmabuf_feedback *feedback);
/*
 * From now on; who has feedback is told. 0 or negative errno: then nobody is told of any, for
 * the formats before are those of a painter that may be gone.
 */
int dmabuf_feedback_set(
	struct dmabuf_feedback *feedback, const struct formats *formats, dev_t device);

void dmabuf_feedback_create_default(
	struct dmabuf_feedback *feedback, struct wl_resource *linux_dmabuf, uint32_t id);
void dmabuf_feedback_create_surface(struct dmabuf_feedback *feedback,
	struct wl_resource *linux_dmabuf, uint32_t id, struct surface *surface);
/* The surface is on another output. */
void dmabuf_feedback_surface_moved(struct surface *surface);
void dmabuf_feedback_surface_gone(struct surface *surface);

#endif
