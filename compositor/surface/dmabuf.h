/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_DMABUF_H
#define COMPOSITOR_SURFACE_DMABUF_H

/*
 * A picture of a client's that need not be copied: memory that its descriptors name. It
 * lives as long as anybody shows it, whatever becomes of the wl_buffer. Who makes something
 * of its own of it (an EGLImage, a framebuffer) keeps that until `destroyed`.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/formats.h"

#define DMABUF_PLANES_MAX 4

struct dmabuf_plane {
	int fd; /* -1: none */
	uint32_t offset_bytes, stride_bytes;
};

struct dmabuf {
	uint32_t n_refs;
	uint32_t width_px, height_px;
	struct format format;
	bool is_upside_down; /* its first row is the lowest */
	uint32_t n_planes;
	struct dmabuf_plane planes[DMABUF_PLANES_MAX];
	void *pixels; /* of the first plane, to be read; NULL: not mapped */
	size_t mapped_bytes;
	struct wl_signal destroyed; /* with the dmabuf; who is told does not listen any more */
};

/* One reference, or NULL: then the descriptors stay the caller's. */
struct dmabuf *dmabuf_create(uint32_t width_px, uint32_t height_px, struct format format,
	const struct dmabuf_plane take_planes[], uint32_t n_planes);
struct dmabuf *dmabuf_ref(struct dmabuf *dmabuf);
void dmabuf_unref(struct dmabuf *dmabuf);

/*
 * false: the rows of its first plane are longer than from one to the next, and the last one
 * may end beyond the memory; or they begin within a px. Of a modifier of its own nobody but
 * the driver knows.
 */
bool dmabuf_rows_fit(const struct dmabuf *dmabuf);
/* The fence of those who draw to it, the caller's; negative errno: there is none to be had. */
int dmabuf_export_fence(const struct dmabuf *dmabuf);
/*
 * One of its descriptors that becomes readable when somebody has drawn, as its implicit fences
 * say; -1: all have. Does not wait.
 */
int dmabuf_find_busy(const struct dmabuf *dmabuf);

/*
 * For the processor: -EINVAL where it cannot be read by rows of this format, or is none, or
 * another negative errno. What is mapped stays so.
 */
int dmabuf_map(struct dmabuf *dmabuf);
/* Its px as they are, between begin and end. NULL: it has none, or somebody draws to it. */
pixman_image_t *dmabuf_begin(struct dmabuf *dmabuf);
void dmabuf_end(const struct dmabuf *dmabuf);
/* What dmabuf_map reads. 0 or negative errno. */
int dmabuf_add_mapped_formats(struct formats *formats);

#endif
