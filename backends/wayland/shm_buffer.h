/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_SHM_BUFFER_H
#define WAYLAND_SHM_BUFFER_H

#include <stdint.h>

struct wl_buffer;
struct wl_shm;

/* A wl_buffer of the descriptor, borrowed: rows of 4 bytes a px without gaps. NULL: no memory. */
struct wl_buffer *shm_buffer_create(
	struct wl_shm *shm, int fd, uint32_t format, int32_t width_px, int32_t height_px);

#endif
