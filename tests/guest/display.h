/* SPDX-License-Identifier: MIT */
#ifndef GUEST_DISPLAY_H
#define GUEST_DISPLAY_H

/*
 * The VMM's end of the GPU socket (docs/interop/vhost-user-gpu.rst in QEMU):
 * answers the back end's questions as QEMU does, and keeps the pictures and
 * the cursor that the back end sends, or only counts them.
 *
 * Dispatched from the waits of struct vmm, or by a thread of its own; then the
 * fields are read under the lock.
 */

#include <linux/virtio_gpu.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISPLAY_MAX_SCANOUTS 16
#define DISPLAY_CURSOR_PX 64

struct display_scanout {
	uint32_t width_px, height_px;
	uint32_t *pixels; /* x8r8g8b8, width_px to a line; NULL when counting only */
	uint64_t updates;
	struct virtio_gpu_rect last_update;
	bool dmabuf;
};

struct display_cursor {
	uint32_t scanout, x, y, hot_x, hot_y;
	uint32_t pixels[DISPLAY_CURSOR_PX * DISPLAY_CURSOR_PX];
	uint64_t updates, moves;
	bool visible;
};

struct display {
	int fd; /* owned; -1 while there is none */

	/* What it answers to GET_DISPLAY_INFO and GET_EDID. */
	uint32_t head_count;
	struct virtio_gpu_rect heads[DISPLAY_MAX_SCANOUTS];

	bool count_only;
	struct display_scanout scanouts[DISPLAY_MAX_SCANOUTS];
	struct display_cursor cursor;
	uint64_t protocol_features; /* as the back end set them */
	uint64_t messages, bytes, unknown;
	bool closed; /* the back end hung up */

	uint8_t *message; /* the one being received: header and payload */
	size_t received_bytes, capacity_bytes;
	int received_fd;

	pthread_mutex_t lock;
	pthread_t thread;
	int stop_fd; /* the thread runs while this is not -1 */
};

void display_init(
	struct display *display, uint32_t head_count, uint32_t width_px, uint32_t height_px);
void display_finish(struct display *display);

/* Makes a socket pair, keeps one end, returns the other (caller owns) or a negative errno. */
int display_open(struct display *display);
void display_close(struct display *display);

/* Handles all that has arrived, without blocking. */
void display_dispatch(struct display *display);

int display_thread_start(struct display *display);
/* Processor time that the thread used, in ns. */
uint64_t display_thread_stop(struct display *display);

/* 0 outside the picture or without one. */
uint32_t display_pixel(const struct display *display, uint32_t scanout, uint32_t x, uint32_t y);

#endif
