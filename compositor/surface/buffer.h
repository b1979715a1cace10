/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_BUFFER_H
#define COMPOSITOR_SURFACE_BUFFER_H

/*
 * A client's wl_buffer while a surface has it, or a picture of our own. A client may
 * destroy its own at any time; then it has no picture, unless it is a dma-buf.
 *
 * References keep the object; uses (what was committed) keep the client from drawing:
 * with the last one it is told wl_buffer.release.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

struct dmabuf;

enum buffer_kind {
	BUFFER_GONE, /* destroyed */
	BUFFER_SHM,
	BUFFER_COLOUR,  /* one px, as large as one likes */
	BUFFER_PICTURE, /* of our own */
	BUFFER_DMABUF,
};

struct buffer {
	enum buffer_kind kind;
	struct wl_resource *resource; /* NULL: of our own, or destroyed */
	struct wl_listener destroyed;
	uint32_t n_refs, n_uses;
	int32_t width_px, height_px;
	pixman_color_t colour;   /* premultiplied */
	pixman_image_t *picture; /* a reference, or NULL */
	struct dmabuf *dmabuf;   /* a reference, or NULL */
	struct wl_signal gone;   /* with its last reference */
};

/* A new reference, or NULL where the client was told what is wrong with it. */
struct buffer *buffer_get(struct wl_resource *resource);
/* Of our own: the image, of which it takes a reference. One reference, or NULL. */
struct buffer *buffer_create_picture(pixman_image_t *image);
struct buffer *buffer_create_colour(const pixman_color_t *colour);
struct buffer *buffer_ref(struct buffer *buffer);
bool buffer_has_picture(const struct buffer *buffer);
/* No px of it lets see what is beneath. */
bool buffer_is_opaque(const struct buffer *buffer);
bool buffer_is_upside_down(const struct buffer *buffer);
void buffer_unref(struct buffer *buffer);
void buffer_use(struct buffer *buffer);
void buffer_unuse(struct buffer *buffer);

/*
 * Its pixels, between begin and end, for one buffer at a time: a client that cuts its
 * memory short gets an error and zeros are read. NULL: there is no picture.
 */
pixman_image_t *buffer_begin(struct buffer *buffer);
void buffer_end(struct buffer *buffer, pixman_image_t *image);

/* Formats beyond the two that everybody has. 0 or -ENOMEM. */
int buffer_offer_formats(struct wl_display *display);

#endif
