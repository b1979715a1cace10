/* SPDX-License-Identifier: MIT */
/* Clients' buffers. */
#include "compositor/surface/buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <wayland-server-protocol.h>

#include "base/list.h"
#include "compositor/surface/dmabuf.h"
#include "compositor/surface/linux_dmabuf.h"
#include "compositor/surface/single_pixel.h"

static const struct buffer_format {
	uint32_t shm;
	pixman_format_code_t pixman;
	uint32_t bytes_px;
} formats[] = {
	{ WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8, 4 },
	{ WL_SHM_FORMAT_XRGB8888, PIXMAN_x8r8g8b8, 4 },
	{ WL_SHM_FORMAT_ABGR8888, PIXMAN_a8b8g8r8, 4 },
	{ WL_SHM_FORMAT_XBGR8888, PIXMAN_x8b8g8r8, 4 },
	{ WL_SHM_FORMAT_RGB565, PIXMAN_r5g6b5, 2 },
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct buffer_format *format_find(uint32_t shm)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		if (formats[i].shm == shm)
			return &formats[i];
	}
	return NULL;
}

/* Of memory that a client shares. */
static const struct buffer_format *format_of(const struct buffer *buffer)
{
	return format_find(wl_shm_buffer_get_format(wl_shm_buffer_get(buffer->resource)));
}

int buffer_offer_formats(struct wl_display *display)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		if (formats[i].shm > WL_SHM_FORMAT_XRGB8888 &&
			!wl_display_add_shm_format(display, formats[i].shm))
			return -ENOMEM;
	}
	return 0;
}

static void buffer_handle_destroyed(struct wl_listener *listener, void *data)
{
	struct buffer *buffer = container_of(listener, struct buffer, destroyed);

	buffer->resource = NULL;
	if (buffer->kind != BUFFER_DMABUF)
		buffer->kind = BUFFER_GONE;
}

/* libwayland takes a stride that is too small for four bytes a pixel. */
static bool buffer_check_shm(struct wl_resource *resource, struct wl_shm_buffer *shm)
{
	const struct buffer_format *format = format_find(wl_shm_buffer_get_format(shm));
	int64_t width_px = wl_shm_buffer_get_width(shm);
	int32_t stride_bytes = wl_shm_buffer_get_stride(shm);

	if (format && stride_bytes >= width_px * format->bytes_px && stride_bytes % 4 == 0)
		return true;
	wl_resource_post_error(resource, WL_SHM_ERROR_INVALID_STRIDE, "%s",
		format ? "a row does not fit the stride, or that is no multiple of 4"
		       : "a format that was not offered");
	return false;
}

static struct buffer *buffer_create(struct wl_resource *resource)
{
	struct wl_shm_buffer *shm = wl_shm_buffer_get(resource);
	struct dmabuf *dmabuf = dmabuf_of(resource);

	if (shm && !buffer_check_shm(resource, shm))
		return NULL;
	struct buffer *buffer = calloc(1, sizeof(*buffer));
	if (!buffer) {
		wl_resource_post_no_memory(resource);
		return NULL;
	}
	wl_signal_init(&buffer->gone);
	buffer->resource = resource;
	if (shm) {
		buffer->kind = BUFFER_SHM;
		buffer->width_px = wl_shm_buffer_get_width(shm);
		buffer->height_px = wl_shm_buffer_get_height(shm);
	} else if (dmabuf) {
		buffer->kind = BUFFER_DMABUF;
		buffer->dmabuf = dmabuf_ref(dmabuf);
		buffer->width_px = dmabuf->width_px;
		buffer->height_px = dmabuf->height_px;
	} else {
		buffer->kind = BUFFER_COLOUR;
		buffer->width_px = buffer->height_px = 1;
		buffer->colour = *single_pixel_colour(resource);
	}
	buffer->destroyed.notify = buffer_handle_destroyed;
	wl_resource_add_destroy_listener(resource, &buffer->destroyed);
	return buffer;
}

struct buffer *buffer_get(struct wl_resource *resource)
{
	struct wl_listener *listener =
		wl_resource_get_destroy_listener(resource, buffer_handle_destroyed);
	struct buffer *buffer = listener ? container_of(listener, struct buffer, destroyed)
					 : buffer_create(resource);

	return buffer ? buffer_ref(buffer) : NULL;
}

struct buffer *buffer_create_picture(pixman_image_t *image)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	wl_signal_init(&buffer->gone);
	buffer->kind = BUFFER_PICTURE;
	buffer->picture = pixman_image_ref(image);
	buffer->width_px = pixman_image_get_width(image);
	buffer->height_px = pixman_image_get_height(image);
	return buffer_ref(buffer);
}

struct buffer *buffer_create_colour(const pixman_color_t *colour)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	wl_signal_init(&buffer->gone);
	buffer->kind = BUFFER_COLOUR;
	buffer->colour = *colour;
	buffer->width_px = buffer->height_px = 1;
	return buffer_ref(buffer);
}

struct buffer *buffer_ref(struct buffer *buffer)
{
	buffer->n_refs++;
	return buffer;
}

bool buffer_has_picture(const struct buffer *buffer)
{
	return buffer && buffer->kind != BUFFER_GONE;
}

bool buffer_is_opaque(const struct buffer *buffer)
{
	switch (buffer->kind) {
	case BUFFER_GONE:
		return false;
	case BUFFER_SHM:
		return !PIXMAN_FORMAT_A(format_of(buffer)->pixman);
	case BUFFER_COLOUR:
		return buffer->colour.alpha == 0xffff;
	case BUFFER_PICTURE:
		return !PIXMAN_FORMAT_A(pixman_image_get_format(buffer->picture));
	case BUFFER_DMABUF:
		return !format_without_alpha(buffer->dmabuf->format.fourcc);
	}
	return false;
}

bool buffer_is_upside_down(const struct buffer *buffer)
{
	return buffer->dmabuf && buffer->dmabuf->is_upside_down;
}

void buffer_unref(struct buffer *buffer)
{
	if (!buffer || --buffer->n_refs > 0)
		return;
	wl_signal_emit(&buffer->gone, buffer);
	if (buffer->resource)
		wl_list_remove(&buffer->destroyed.link);
	if (buffer->picture)
		pixman_image_unref(buffer->picture);
	dmabuf_unref(buffer->dmabuf);
	free(buffer);
}

void buffer_use(struct buffer *buffer)
{
	if (buffer)
		buffer->n_uses++;
}

void buffer_unuse(struct buffer *buffer)
{
	if (buffer && --buffer->n_uses == 0 && buffer->resource)
		wl_buffer_send_release(buffer->resource);
}

static pixman_image_t *shm_begin(struct buffer *buffer)
{
	struct wl_shm_buffer *shm = wl_shm_buffer_get(buffer->resource);

	wl_shm_buffer_begin_access(shm);
	pixman_image_t *image = pixman_image_create_bits_no_clear(format_of(buffer)->pixman,
		buffer->width_px, buffer->height_px, wl_shm_buffer_get_data(shm),
		wl_shm_buffer_get_stride(shm));
	if (!image)
		wl_shm_buffer_end_access(shm);
	return image;
}

pixman_image_t *buffer_begin(struct buffer *buffer)
{
	switch (buffer->kind) {
	case BUFFER_GONE:
		return NULL;
	case BUFFER_SHM:
		return shm_begin(buffer);
	case BUFFER_COLOUR:
		return pixman_image_create_solid_fill(&buffer->colour);
	case BUFFER_PICTURE:
		/* Another one each time, as it is used in different ways. */
		return pixman_image_create_bits_no_clear(pixman_image_get_format(buffer->picture),
			buffer->width_px, buffer->height_px, pixman_image_get_data(buffer->picture),
			pixman_image_get_stride(buffer->picture));
	case BUFFER_DMABUF:
		return dmabuf_begin(buffer->dmabuf);
	}
	return NULL;
}

void buffer_end(struct buffer *buffer, pixman_image_t *image)
{
	pixman_image_unref(image);
	if (buffer->kind == BUFFER_SHM)
		wl_shm_buffer_end_access(wl_shm_buffer_get(buffer->resource));
	if (buffer->kind == BUFFER_DMABUF)
		dmabuf_end(buffer->dmabuf);
}
