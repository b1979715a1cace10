/* SPDX-License-Identifier: MIT */
/* Frames that are played. */
#include "tools/replay/frames.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/png_write.h"

/* FNV-1a of the colours, a pixel at a time: what lies in the unused byte does not count. */
static uint64_t picture_checksum(const uint32_t *pixels, const struct virtio_gpu_area *area)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	size_t n = (size_t)area->width * area->height;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (pixels[i] & 0xffffff)) * UINT64_C(0x100000001b3);
	return sum;
}

static int picture_write(
	const char *path, const uint32_t *pixels, const struct virtio_gpu_area *area)
{
	struct image image = {
		.pixels = (const uint8_t *)pixels,
		.width_px = area->width,
		.height_px = area->height,
		.stride_bytes = area->width * 4,
		.format = "XR24",
	};
	FILE *out = fopen(path, "wb");

	if (!out)
		return -errno;
	int ret = image_write_png(out, &image);
	if (fclose(out) != 0 && ret == 0)
		ret = -EIO;
	return ret;
}

static void frames_tell(struct frames *frames, uint32_t head, const char *what, uint64_t n,
	const uint32_t *pixels, const struct virtio_gpu_area *area)
{
	char path[PATH_MAX];

	if (!pixels) {
		printf("head %u %s %" PRIu64 ": no picture\n", head, what, n);
		return;
	}
	printf("head %u %s %" PRIu64 ": %ux%u %016" PRIx64 "\n", head, what, n, area->width,
		area->height, picture_checksum(pixels, area));
	if (!frames->png || frames->error)
		return;
	snprintf(path, sizeof(path), "%s/head%u-%06" PRIu64 ".png", frames->png, head, n);
	frames->error = picture_write(path, pixels, area);
}

void frames_flushed(struct frames *frames, struct player *player, uint32_t head)
{
	struct frames_head *mine = &frames->heads[head];

	mine->n++;
	if (!frames->every || mine->n % frames->every)
		return;
	uint32_t *pixels = player_picture(player, head);
	frames_tell(frames, head, "frame", mine->n, pixels, &player->heads[head].area);
	free(pixels);
}

void frames_hiding(struct frames *frames, struct player *player, uint32_t head)
{
	struct frames_head *mine = &frames->heads[head];

	if (mine->n == mine->n_last)
		return;
	free(mine->last);
	mine->last = player_picture(player, head);
	mine->area = player->heads[head].area;
	mine->n_last = mine->n;
}

void frames_restart(struct frames *frames)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		free(frames->heads[i].last);
		frames->heads[i] = (struct frames_head){ 0 };
	}
}

void frames_end(struct frames *frames, struct player *player)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		struct frames_head *mine = &frames->heads[i];
		if (player->heads[i].resource)
			frames_hiding(frames, player, i);
		if (mine->n_last)
			frames_tell(frames, i, "last frame", mine->n_last, mine->last, &mine->area);
	}
	frames_restart(frames);
}
