/* SPDX-License-Identifier: MIT */
/* Words in a head's window. */
#include "backends/wayland/notice.h"

#include <stdio.h>
#include <string.h>
#include <wayland-client.h>

#include "backends/wayland/connection.h"
#include "backends/wayland/shm_buffer.h"

void notice_init(struct notice *notice, const struct painting *cover)
{
	*notice = (struct notice){ .cover = cover };
	painting_init(&notice->words);
}

void notice_finish(struct notice *notice)
{
	painting_finish(&notice->words);
}

void notice_drop(struct notice *notice)
{
	plane_finish(&notice->plane);
	notice_settle(notice);
	if (notice->wl_buffer)
		wl_buffer_destroy(notice->wl_buffer);
	notice->wl_buffer = NULL;
	notice->pending = true;
}

bool notice_set(struct notice *notice, const char *text, bool covers)
{
	if (!text)
		text = "";
	if (strncmp(notice->text, text, NOTICE_MAX - 1) == 0 && notice->covers == covers)
		return false;
	snprintf(notice->text, sizeof(notice->text), "%s", text);
	notice->covers = covers;
	notice->pending = true;
	notice->scale = 0;
	return true;
}

static bool notice_shows_cover(const struct notice *notice)
{
	return notice->covers && notice->cover && notice->cover->fd >= 0;
}

/* What is to be seen of it, or NULL. */
static const struct painting *notice_paint(struct notice *notice, uint32_t scale)
{
	if (!notice->text[0])
		return NULL;
	if (notice_shows_cover(notice))
		return notice->cover;
	if (notice->scale == scale && notice->words.fd >= 0)
		return &notice->words;
	if (painting_write(&notice->words, notice->text, scale) < 0)
		return NULL;
	notice->scale = scale;
	notice->pending = true;
	return &notice->words;
}

/* As it is if the window has room; in the middle, or above the picture's. */
static struct layout_box notice_place(const struct notice *notice, const struct painting *painting,
	const struct layout *layout, uint32_t scale, bool alone)
{
	int32_t width = layout_logical(painting->width_px, scale);
	int32_t height = layout_logical(painting->height_px, scale);
	bool fits = width <= layout->width && height <= layout->height;
	struct layout_box box = {
		.x = (layout->width - width) / 2,
		.y = (layout->height - height) / 2,
		.width = width,
		.height = height,
	};

	if (!fits || notice_shows_cover(notice))
		box = layout_fit(layout->width, layout->height, painting->width_px,
			painting->height_px, scale, layout->scales)
			      .picture;
	if (!alone)
		box.y = layout->picture.y > 0 ? layout->picture.y : 0;
	return box;
}

void notice_commit(struct notice *notice, struct connection *connection,
	const struct layout *layout, const struct plane *root, uint32_t scale, bool alone)
{
	const struct painting *painting = notice_paint(notice, scale);
	struct plane *plane = &notice->plane;

	if (!painting && plane->mapped)
		plane_hide(plane, root);
	if (painting && (notice->pending || !plane->mapped)) {
		struct wl_buffer *wl_buffer = shm_buffer_create(connection->globals.shm,
			painting->fd, WL_SHM_FORMAT_ARGB8888, painting->width_px,
			painting->height_px);
		if (!wl_buffer)
			return;
		notice_settle(notice);
		notice->retired = notice->wl_buffer;
		notice->wl_buffer = wl_buffer;
		plane_attach_own(plane, wl_buffer, painting->width_px, painting->height_px);
	}
	if (painting) {
		struct layout_box box = notice_place(notice, painting, layout, scale, alone);
		plane_place(plane, &box);
	}
	plane_commit(plane);
	notice->pending = false;
}

void notice_settle(struct notice *notice)
{
	if (notice->retired)
		wl_buffer_destroy(notice->retired);
	notice->retired = NULL;
}
