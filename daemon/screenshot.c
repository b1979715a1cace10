/* SPDX-License-Identifier: MIT */
/* A copy of a picture in shared memory, in a sealed memfd. */
#include "daemon/screenshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/loop.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"

#define SCREENSHOT_STEP_BYTES (64 * 1024)

struct screenshot {
	struct loop_timer timer; /* comes with the next turn */
	struct picture picture;  /* its fd is our own */
	struct screenshot_result result;
	uint32_t row; /* the next one */
	void (*done)(void *data, const struct screenshot_result *result);
	void *data;
};

static void screenshot_destroy(struct screenshot *shot)
{
	loop_timer_finish(&shot->timer);
	fd_close(&shot->picture.fd);
	fd_close(&shot->result.fd);
	free(shot);
}

void screenshot_cancel(struct screenshot *shot)
{
	if (shot)
		screenshot_destroy(shot);
}

/*
 * The next `n` rows, from where they lie in the picture. By write(2): should the
 * picture's memory fail, it says so, where a memcpy would end the daemon.
 */
static int screenshot_write_rows(struct screenshot *shot, const uint8_t *pixels, uint32_t n)
{
	const struct picture *picture = &shot->picture;
	size_t stride = shot->result.stride_bytes;

	for (uint32_t i = 0; i < n; i++, shot->row++) {
		size_t row = picture->bottom_up ? n - 1 - i : i;
		ssize_t written = pwrite(shot->result.fd, pixels + row * picture->stride_bytes,
			stride, shot->row * stride);
		if (written < 0)
			return -errno;
		if ((size_t)written != stride)
			return -EIO;
	}
	return 0;
}

/* Maps no more than it copies: taking a large mapping down takes as long as a copy. */
static int screenshot_copy_some(struct screenshot *shot)
{
	const struct picture *picture = &shot->picture;
	uint32_t left = picture->height_px - shot->row;
	uint32_t n = SCREENSHOT_STEP_BYTES / picture->stride_bytes + 1;

	if (n > left)
		n = left;
	uint32_t first = picture->bottom_up ? left - n : shot->row;
	uint64_t offset = picture->offset_bytes + (uint64_t)first * picture->stride_bytes;
	size_t skip = offset % sysconf(_SC_PAGESIZE);
	size_t len = skip + (size_t)(n - 1) * picture->stride_bytes + shot->result.stride_bytes;
	uint8_t *map = mmap(NULL, len, PROT_READ, MAP_SHARED, picture->fd, offset - skip);
	if (map == MAP_FAILED)
		return -errno;
	int ret = screenshot_write_rows(shot, map + skip, n);
	munmap(map, len);
	return ret;
}

static void screenshot_step(struct loop_timer *timer)
{
	struct screenshot *shot = container_of(timer, struct screenshot, timer);

	int ret = screenshot_copy_some(shot);
	if (ret == 0 && shot->row < shot->picture.height_px) {
		loop_timer_set(&shot->timer, 1);
		return;
	}
	struct screenshot_result result = shot->result;
	void (*done)(void *, const struct screenshot_result *) = shot->done;
	void *data = shot->data;
	if (ret == 0)
		shot->result.fd = -1; /* the callee's now */
	else
		result.fd = ret;
	screenshot_destroy(shot);
	done(data, &result);
}

/* Its rows lie within its descriptor, whose size does not change. */
static bool picture_fits(const struct picture *picture)
{
	uint64_t rows;
	off_t size = lseek(picture->fd, 0, SEEK_END);

	if (!picture->width_px || picture->width_px > LIMIT_PICTURE_PX)
		return false;
	if (!picture->height_px || picture->height_px > LIMIT_PICTURE_PX)
		return false;
	if (picture->stride_bytes < picture->width_px * 4 || size < 0)
		return false;
	if (!mul_fits(picture->stride_bytes, picture->height_px - 1, &rows))
		return false;
	return range_fits(picture->offset_bytes, rows + picture->width_px * 4, size);
}

static int screenshot_open(struct screenshot *shot)
{
	struct screenshot_result *result = &shot->result;

	result->width_px = shot->picture.width_px;
	result->height_px = shot->picture.height_px;
	result->stride_bytes = shot->picture.width_px * 4;
	result->fourcc = shot->picture.fourcc;
	result->fd = memfd_create_sealed(
		"mullion-screenshot", (size_t)result->stride_bytes * result->height_px);
	return result->fd < 0 ? result->fd : 0;
}

int screenshot_start(struct screenshot **shot_out, struct loop *loop, const struct picture *picture,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	if (picture->kind != PICTURE_KIND_SHM)
		return -ENOTSUP;
	if (!picture_fits(picture))
		return -EINVAL;
	struct screenshot *shot = calloc(1, sizeof(*shot));
	if (!shot)
		return -ENOMEM;
	shot->timer.source.fd = -1;
	shot->result.fd = -1;
	shot->done = done;
	shot->data = data;
	shot->picture = *picture;
	int ret = shot->picture.fd = fd_dup(picture->fd);
	if (ret < 0)
		goto fail;
	ret = screenshot_open(shot);
	if (ret < 0)
		goto fail;
	ret = loop_timer_init(&shot->timer, loop, screenshot_step);
	if (ret < 0)
		goto fail;
	loop_timer_set(&shot->timer, 1);
	*shot_out = shot;
	return 0;
fail:
	screenshot_destroy(shot);
	return ret;
}
