/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_SCREENSHOT_H
#define DAEMON_SCREENSHOT_H

/*
 * A copy of a picture in shared memory, in a memfd sealed in its size: rows from the top, no gaps.
 * A few rows are copied a turn of the loop, so that a large head stops no other.
 * The guest may draw on meanwhile: a copy is no more one moment than a photo of a
 * screen is.
 */

#include <stdint.h>

#include "backends/picture.h"

struct loop;
struct screenshot;

struct screenshot_result {
	int fd; /* the callee's; negative errno: reading the picture failed */
	uint32_t width_px, height_px;
	uint32_t stride_bytes;
	uint32_t fourcc;
};

/*
 * Copies the picture, which may go away meanwhile. Later either `done` is called,
 * never from within this call, and the screenshot is gone; or it is cancelled
 * before. Negative errno: the picture cannot be read (-ENOTSUP: only its GPU can,
 * see daemon/copy.h).
 */
int screenshot_start(struct screenshot **shot, struct loop *loop, const struct picture *picture,
	void (*done)(void *data, const struct screenshot_result *result), void *data);
void screenshot_cancel(struct screenshot *shot);

#endif
