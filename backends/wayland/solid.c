/* SPDX-License-Identifier: MIT */
/* Buffers of one colour. */
#include "backends/wayland/solid.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <wayland-client.h>

#include "backends/wayland/connection.h"
#include "backends/wayland/shm_buffer.h"
#include "base/io.h"

/* A descriptor, or negative errno. */
static int solid_create_memory(uint32_t colour, size_t count)
{
	int fd = memfd_create_sealed("solid", count * sizeof(colour));
	if (fd < 0)
		return fd;
	uint32_t *pixels = memfd_map(fd, count * sizeof(colour), PROT_READ | PROT_WRITE);
	if (!pixels) {
		fd_close(&fd);
		return fd;
	}
	for (size_t i = 0; i < count; i++)
		pixels[i] = colour;
	munmap(pixels, count * sizeof(colour));
	return fd;
}

static struct wl_buffer *solid_create(
	struct wl_shm *shm, uint32_t colour, int32_t width_px, int32_t height_px)
{
	size_t count = (size_t)width_px * height_px;
	int fd = solid_create_memory(colour, count);
	if (fd < 0)
		return NULL;
	struct wl_buffer *wl_buffer =
		shm_buffer_create(shm, fd, WL_SHM_FORMAT_XRGB8888, width_px, height_px);
	fd_close(&fd);
	return wl_buffer;
}

int solid_set(struct solid *solid, struct connection *connection, uint32_t colour, int32_t width_px,
	int32_t height_px)
{
	if (connection->globals.viewporter)
		width_px = height_px = 1;
	if (solid->wl_buffer && solid->colour == colour && solid->width_px == width_px &&
		solid->height_px == height_px)
		return 0;
	struct wl_buffer *wl_buffer =
		solid_create(connection->globals.shm, colour, width_px, height_px);
	if (!wl_buffer)
		return -ENOMEM;
	solid_settle(solid);
	*solid = (struct solid){
		.wl_buffer = wl_buffer,
		.retired = solid->wl_buffer,
		.colour = colour,
		.width_px = width_px,
		.height_px = height_px,
	};
	return 0;
}

void solid_settle(struct solid *solid)
{
	if (solid->retired)
		wl_buffer_destroy(solid->retired);
	solid->retired = NULL;
}

void solid_finish(struct solid *solid)
{
	solid_settle(solid);
	if (solid->wl_buffer)
		wl_buffer_destroy(solid->wl_buffer);
	solid->wl_buffer = NULL;
}
