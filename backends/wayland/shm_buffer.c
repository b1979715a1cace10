/* SPDX-License-Identifier: MIT */
/* Buffers of our own pixels. */
#include "backends/wayland/shm_buffer.h"

#include <stddef.h>
#include <wayland-client.h>

struct wl_buffer *shm_buffer_create(
	struct wl_shm *shm, int fd, uint32_t format, int32_t width_px, int32_t height_px)
{
	int32_t stride_bytes = width_px * 4;
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, stride_bytes * height_px);

	if (!pool)
		return NULL;
	struct wl_buffer *wl_buffer =
		wl_shm_pool_create_buffer(pool, 0, width_px, height_px, stride_bytes, format);
	wl_shm_pool_destroy(pool);
	return wl_buffer;
}
