/* SPDX-License-Identifier: MIT */
/* A copy of a picture in a sealed memfd. */
#include "daemon/screenshot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"

#define SCREENSHOT_STEP_NS (500 * 1000)
#define MODIFIER_LINEAR 0 /* DRM_FORMAT_MOD_LINEAR */

struct screenshot {
	struct loop_timer timer; /* comes with the next turn */
	struct picture picture;  /* its fd is our own */
	const uint8_t *from;
	size_t from_bytes;
	uint8_t *to;
	size_t to_bytes;
	struct screenshot_result result;
	uint32_t row; /* the next one */
	void (*done)(void *data, const struct screenshot_result *result);
	void *data;
};

static void screenshot_destroy(struct screenshot *shot)
{
	loop_timer_finish(&shot->timer);
	if (shot->from)
		munmap((void *)shot->from, shot->from_bytes);
	if (shot->to)
		munmap(shot->to, shot->to_bytes);
	fd_close(&shot->picture.fd);
	fd_close(&shot->result.fd);
	free(shot);
}

void screenshot_cancel(struct screenshot *shot)
{
	if (shot)
		screenshot_destroy(shot);
}

/* A GPU may hold a dma-buf's pixels elsewhere unless told (DMA_BUF_IOCTL_SYNC). */
static void picture_sync(const struct picture *picture, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags | DMA_BUF_SYNC_READ };

	if (picture->kind == PICTURE_KIND_DMABUF)
		ioctl(picture->fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static void screenshot_copy_rows(struct screenshot *shot)
{
	const struct picture *picture = &shot->picture;
	uint32_t stride = shot->result.stride_bytes;
	int64_t end_ns = clock_now_ns() + SCREENSHOT_STEP_NS;

	picture_sync(picture, DMA_BUF_SYNC_START);
	for (; shot->row < picture->height_px && clock_now_ns() < end_ns; shot->row++) {
		uint32_t source =
			picture->bottom_up ? picture->height_px - 1 - shot->row : shot->row;
		memcpy(shot->to + (size_t)shot->row * stride,
			shot->from + picture->offset_bytes + (size_t)source * picture->stride_bytes,
			stride);
	}
	picture_sync(picture, DMA_BUF_SYNC_END);
}

static void screenshot_step(struct loop_timer *timer)
{
	struct screenshot *shot = container_of(timer, struct screenshot, timer);

	screenshot_copy_rows(shot);
	if (shot->row < shot->picture.height_px) {
		loop_timer_set(&shot->timer, 1);
		return;
	}
	/* A mapping that may write would forbid the seal. */
	munmap(shot->to, shot->to_bytes);
	shot->to = NULL;
	fcntl(shot->result.fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL);
	lseek(shot->result.fd, 0, SEEK_SET);

	struct screenshot_result result = shot->result;
	shot->result.fd = -1;
	void (*done)(void *, const struct screenshot_result *) = shot->done;
	void *data = shot->data;
	screenshot_destroy(shot);
	done(data, &result);
}

/* Its rows lie within its descriptor, whose size does not change. */
static bool picture_fits(const struct picture *picture, size_t *bytes)
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
	*bytes = picture->offset_bytes + rows + picture->width_px * 4;
	return *bytes <= (uint64_t)size;
}

static int screenshot_map(struct screenshot *shot)
{
	struct screenshot_result *result = &shot->result;

	shot->from = memfd_map(shot->picture.fd, shot->from_bytes, PROT_READ);
	if (!shot->from)
		return -errno;
	result->width_px = shot->picture.width_px;
	result->height_px = shot->picture.height_px;
	result->stride_bytes = shot->picture.width_px * 4;
	result->fourcc = shot->picture.fourcc;
	shot->to_bytes = (size_t)result->stride_bytes * result->height_px;
	result->fd = memfd_create_sealed("mullion-screenshot", shot->to_bytes);
	if (result->fd < 0)
		return result->fd;
	shot->to = memfd_map(result->fd, shot->to_bytes, PROT_READ | PROT_WRITE);
	return shot->to ? 0 : -errno;
}

int screenshot_start(struct screenshot **shot_out, struct loop *loop, const struct picture *picture,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	size_t bytes;

	if (picture->kind == PICTURE_KIND_DMABUF && picture->modifier != MODIFIER_LINEAR)
		return -ENOTSUP;
	if (!picture_fits(picture, &bytes))
		return -EINVAL;
	struct screenshot *shot = calloc(1, sizeof(*shot));
	if (!shot)
		return -ENOMEM;
	shot->timer.source.fd = -1;
	shot->result.fd = -1;
	shot->from_bytes = bytes;
	shot->done = done;
	shot->data = data;
	shot->picture = *picture;
	int ret = shot->picture.fd = fd_dup(picture->fd);
	if (ret < 0)
		goto fail;
	ret = screenshot_map(shot);
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
