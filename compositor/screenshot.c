/* SPDX-License-Identifier: MIT */
/* What an output shows. */
#include "compositor/screenshot.h"

#include <errno.h>
#include <pixman.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/turn.h"

#define BAND_BYTES (128 * 1024) /* that stay in the processor's cache */
#define TURN_NS NSEC_PER_MSEC
#define WAIT_NS NSEC_PER_MSEC
#define WAIT_LIMIT_NS (250 * NSEC_PER_MSEC)

/* -- rows -- */

static uint32_t band_rows(const struct screenshot *shot)
{
	uint32_t n = BAND_BYTES / shot->stride_bytes;

	return n > 0 ? n : 1;
}

static int screenshot_make(struct screenshot *shot)
{
	const pixman_box32_t *box = &shot->output->box;

	shot->width_px = box->x2 - box->x1;
	shot->height_px = box->y2 - box->y1;
	shot->stride_bytes = shot->width_px * 4;
	shot->band = malloc((size_t)2 * shot->stride_bytes * band_rows(shot));
	shot->fd = memfd_create_sealed(
		"mullion-screenshot", (size_t)shot->stride_bytes * shot->height_px);
	if (shot->fd < 0)
		return shot->fd;
	return shot->band ? 0 : -ENOMEM;
}

/* Of the px from there on which the matrix leads to. */
static void image_turn(pixman_image_t *from, pixman_image_t *to,
	const struct pixman_f_transform *matrix, const pixman_box32_t *box,
	const pixman_box32_t *turned)
{
	struct pixman_f_transform of_part = *matrix;
	struct pixman_transform transform;

	pixman_f_transform_translate(&of_part, NULL, -turned->x1, -turned->y1);
	pixman_transform_from_pixman_f_transform(&transform, &of_part);
	pixman_image_set_transform(from, &transform);
	pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, box->x1, box->y1, 0, 0, 0, 0,
		box->x2 - box->x1, box->y2 - box->y1);
}

/* Those of the output's box, upright, into the band. */
static int screenshot_draw(struct screenshot *shot, const pixman_box32_t *box)
{
	struct screen *screen = shot->output->screen;
	bool is_turned = screen->use.transform != WL_OUTPUT_TRANSFORM_NORMAL;
	size_t bytes = (size_t)shot->stride_bytes * (box->y2 - box->y1);
	void *as_shown = (char *)shot->band + (is_turned ? bytes : 0);
	struct pixman_f_transform matrix;

	screen_from_upright(screen, &matrix);
	pixman_box32_t turned = turn_box(&matrix, box);
	int32_t width_px = turned.x2 - turned.x1;
	pixman_image_t *from = pixman_image_create_bits_no_clear(
		PIXMAN_x8r8g8b8, width_px, turned.y2 - turned.y1, as_shown, width_px * 4);
	pixman_image_t *to = pixman_image_create_bits_no_clear(
		PIXMAN_x8r8g8b8, shot->width_px, box->y2 - box->y1, shot->band, shot->stride_bytes);
	int ret = from && to ? screen->interface->capture(screen, from, turned.x1, turned.y1)
			     : -ENOMEM;
	if (ret == 0 && is_turned)
		image_turn(from, to, &matrix, box, &turned);
	if (from)
		pixman_image_unref(from);
	if (to)
		pixman_image_unref(to);
	return ret;
}

static int screenshot_copy_band(struct screenshot *shot)
{
	const pixman_box32_t *all = &shot->output->box;
	uint32_t left = shot->height_px - shot->n_rows, n = band_rows(shot);
	pixman_box32_t box = *all;

	if (n > left)
		n = left;
	box.y1 += shot->n_rows;
	box.y2 = box.y1 + n;
	int ret = screenshot_draw(shot, &box);
	if (ret < 0)
		return ret;
	size_t bytes = (size_t)shot->stride_bytes * n;
	ssize_t written =
		pwrite(shot->fd, shot->band, bytes, (off_t)shot->stride_bytes * shot->n_rows);
	if (written < 0 || (size_t)written < bytes)
		return written < 0 ? -errno : -ENOSPC;
	shot->n_rows += n;
	return 0;
}

/* -- turns -- */

/*
 * What is wanted already is shown first, if it can be; so who asks again and again does not
 * stop a screen.
 */
static bool screenshot_may_begin(struct screenshot *shot)
{
	const struct screen *screen = shot->output->screen;
	int64_t now_ns = clock_now_ns();

	if (shot->first_ns == 0)
		shot->first_ns = now_ns;
	return screen->busy || screen->is_off || !screen->wanted ||
	       now_ns - shot->first_ns > WAIT_LIMIT_NS;
}

static int screenshot_copy(struct screenshot *shot)
{
	int64_t until_ns = clock_now_ns() + TURN_NS;
	int ret = 0;

	if (!shot->is_begun) {
		shot->is_begun = true;
		screen_hold(shot->output->screen);
		ret = screenshot_make(shot);
	}
	while (ret == 0 && shot->n_rows < shot->height_px && clock_now_ns() < until_ns)
		ret = screenshot_copy_band(shot);
	return ret;
}

static struct screenshot *screenshots_first(const struct screenshots *screenshots)
{
	return list_empty(&screenshots->waiting)
		       ? NULL
		       : container_of(screenshots->waiting.next, struct screenshot, link);
}

static void screenshot_leave(struct screenshot *shot)
{
	if (shot->is_begun)
		screen_release(shot->output->screen);
	shot->is_begun = false;
	list_remove(&shot->link);
}

static void screenshot_end(struct screenshot *shot, int ret)
{
	screenshot_leave(shot);
	shot->done(shot, ret);
}

static void screenshots_handle(struct loop_timer *timer)
{
	struct screenshots *screenshots = container_of(timer, struct screenshots, timer);
	struct screenshot *shot = screenshots_first(screenshots);
	int64_t next_ns = 1;

	if (!shot)
		return;
	if (shot->is_begun || screenshot_may_begin(shot)) {
		int ret = screenshot_copy(shot);
		if (ret < 0 || shot->n_rows == shot->height_px)
			screenshot_end(shot, ret);
	} else {
		next_ns = WAIT_NS;
	}
	if (screenshots_first(screenshots))
		loop_timer_set(timer, next_ns);
}

int screenshots_init(struct screenshots *screenshots, struct loop *loop)
{
	list_init(&screenshots->waiting);
	return loop_timer_init(&screenshots->timer, loop, screenshots_handle);
}

void screenshots_finish(struct screenshots *screenshots)
{
	loop_timer_finish(&screenshots->timer);
}

void screenshots_drop_output(struct screenshots *screenshots, const struct output *output)
{
	struct screenshot *shot, *next;

	list_for_each_safe (shot, next, &screenshots->waiting, link) {
		if (shot->output == output)
			screenshot_end(shot, -ENODEV);
	}
}

void screenshot_start(struct screenshot *shot, struct output *output,
	void (*done)(struct screenshot *shot, int ret))
{
	struct screenshots *screenshots = &output->screen->server->screenshots;

	*shot = (struct screenshot){ .output = output, .fd = -1, .done = done };
	list_append(&screenshots->waiting, &shot->link);
	loop_timer_set(&screenshots->timer, 1);
}

void screenshot_finish(struct screenshot *shot)
{
	screenshot_leave(shot);
	free(shot->band);
	shot->band = NULL;
	fd_close(&shot->fd);
}
