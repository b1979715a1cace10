/* SPDX-License-Identifier: MIT */
/*
 * A guest's heads shown to nobody: the beat of a screen, the last picture of each
 * head kept. All planes of a head share its beat.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "backends/presenter.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/loop.h"
#include "protocol/limits.h"

#define REFRESH_MHZ 60000
#define N_PLANES 2
#define NSEC_MHZ INT64_C(1000000000000) /* ns of a beat times its mHz */

/* A picture made known, in its presenter_data. */
struct import {
	struct list link;        /* in presenter.imports */
	struct list due_link;    /* in presenter.released while that is to be said */
	struct picture *picture; /* borrowed until forgotten */
	unsigned shown;          /* on so many planes */
};

struct plane {
	struct import *import; /* shown; borrowed; NULL: none */
	bool owed;             /* a show has not got its frame_done */
	bool due;              /* to be said at the end of the turn */
};

struct head {
	struct presenter *presenter;
	struct loop_timer beat;
	int64_t period_ns;
	int64_t last_ns; /* when the last beat was */
	bool beats;      /* the timer runs */
	bool committed_due, presented_due;
	int64_t flush_ns; /* of the picture shown last */
	struct plane planes[N_PLANES]; /* by enum presenter_plane */
};

struct presenter {
	struct loop *loop;
	const struct presenter_listener *listener;
	void *data;
	struct loop_hook deliver;
	struct list imports;  /* of import.link */
	struct list released; /* of import.due_link */
	uint32_t n_heads;
	struct head heads[LIMIT_HEADS];
};

static void presenter_arm(struct presenter *presenter)
{
	loop_hook_arm(presenter->loop, &presenter->deliver);
}

/* Says at most one thing, as its last act: the owner may destroy the presenter. */
static bool presenter_deliver_head(struct presenter *presenter, uint32_t index)
{
	struct head *head = &presenter->heads[index];

	if (head->committed_due) {
		head->committed_due = false;
		presenter->listener->committed(presenter->data, index, head->flush_ns);
		return true;
	}
	if (head->presented_due) {
		head->presented_due = false;
		presenter->listener->presented(presenter->data, index, head->flush_ns, 0);
		return true;
	}
	for (int i = 0; i < N_PLANES; i++) {
		if (!head->planes[i].due)
			continue;
		head->planes[i].due = false;
		presenter->listener->frame_done(presenter->data, index, i);
		return true;
	}
	return false;
}

static bool presenter_deliver_import(struct presenter *presenter)
{
	if (list_empty(&presenter->released))
		return false;
	struct import *import = container_of(presenter->released.next, struct import, due_link);

	list_remove(&import->due_link);
	presenter->listener->released(presenter->data, import->picture);
	return true;
}

/* Armed before anything is said, so it comes again until there is nothing. */
static void presenter_deliver(struct loop_hook *hook)
{
	struct presenter *presenter = container_of(hook, struct presenter, deliver);

	presenter_arm(presenter);
	if (presenter_deliver_import(presenter))
		return;
	for (uint32_t i = 0; i < presenter->n_heads; i++) {
		if (presenter_deliver_head(presenter, i))
			return;
	}
	loop_hook_disarm(&presenter->deliver);
}

static void head_beat(struct head *head, int64_t now_ns)
{
	head->last_ns = now_ns;
	head->beats = false;
	for (int i = 0; i < N_PLANES; i++) {
		struct plane *plane = &head->planes[i];
		plane->due = plane->due || plane->owed;
		plane->owed = false;
	}
	presenter_arm(head->presenter);
}

static void head_handle_beat(struct loop_timer *timer)
{
	struct head *head = container_of(timer, struct head, beat);

	/* By the clock of the screen, not by when the loop came round to it. */
	head_beat(head, head->last_ns + head->period_ns);
}

static void plane_set(struct presenter *presenter, struct plane *plane, struct import *import)
{
	struct import *previous = plane->import;

	if (import) {
		import->shown++;
		list_remove(&import->due_link);
	}
	plane->import = import;
	if (!previous || --previous->shown)
		return;
	list_append(&presenter->released, &previous->due_link);
	presenter_arm(presenter);
}

static void head_show(struct head *head, enum presenter_plane which, struct import *import)
{
	struct plane *plane = &head->planes[which];
	int64_t now_ns = clock_now_ns();

	plane_set(head->presenter, plane, import);
	plane->owed = true;
	plane->due = false;
	if (head->beats)
		return;
	if (now_ns - head->last_ns >= head->period_ns) {
		head_beat(head, now_ns);
		return;
	}
	head->beats = true;
	loop_timer_set(&head->beat, head->last_ns + head->period_ns - now_ns);
}

static void import_destroy(struct import *import)
{
	import->picture->presenter_data = NULL;
	list_remove(&import->link);
	list_remove(&import->due_link);
	free(import);
}

static void presenter_headless_destroy(struct presenter *presenter)
{
	struct import *import, *tmp;

	if (!presenter)
		return;
	loop_hook_disarm(&presenter->deliver);
	list_for_each_safe(import, tmp, &presenter->imports, link)
		import_destroy(import);
	for (uint32_t i = 0; i < presenter->n_heads; i++)
		loop_timer_finish(&presenter->heads[i].beat);
	free(presenter);
}

static void head_set_mode(struct head *head, const struct presenter_head_config *mode)
{
	head->period_ns = NSEC_MHZ / (mode->refresh_mhz ? mode->refresh_mhz : REFRESH_MHZ);
}

static struct presenter *presenter_headless_create(struct loop *loop,
	const struct presenter_config *config, const struct presenter_listener *listener,
	void *data)
{
	struct presenter *presenter = calloc(1, sizeof(*presenter));
	int ret = 0;

	if (!presenter)
		return NULL;
	assert(config->n_heads <= LIMIT_HEADS);
	presenter->loop = loop;
	presenter->listener = listener;
	presenter->data = data;
	list_init(&presenter->imports);
	list_init(&presenter->released);
	loop_hook_init(&presenter->deliver, presenter_deliver);
	while (ret == 0 && presenter->n_heads < config->n_heads) {
		struct head *head = &presenter->heads[presenter->n_heads];
		head->presenter = presenter;
		head_set_mode(head, &config->heads[presenter->n_heads]);
		presenter->n_heads++;
		ret = loop_timer_init(&head->beat, loop, head_handle_beat);
	}
	if (ret == 0)
		return presenter;
	presenter_headless_destroy(presenter);
	errno = -ret;
	return NULL;
}

static int presenter_headless_import(struct presenter *presenter, struct picture *picture)
{
	assert(!picture->presenter_data);
	/* Its pixels may be where only a GPU can read: nobody could look at the head. */
	if (picture->kind == PICTURE_KIND_DMABUF)
		return -ENOTSUP;
	struct import *import = calloc(1, sizeof(*import));
	if (!import)
		return -ENOMEM;
	import->picture = picture;
	list_init(&import->due_link);
	list_append(&presenter->imports, &import->link);
	picture->presenter_data = import;
	return 0;
}

static void presenter_headless_forget(struct presenter *presenter, struct picture *picture)
{
	struct import *import = picture->presenter_data;

	if (!import)
		return;
	for (uint32_t i = 0; i < presenter->n_heads && import->shown; i++) {
		for (int j = 0; j < N_PLANES; j++) {
			if (presenter->heads[i].planes[j].import == import)
				presenter->heads[i].planes[j].import = NULL;
		}
	}
	import_destroy(import);
}

static struct head *presenter_find_head(struct presenter *presenter, uint32_t head)
{
	assert(head < presenter->n_heads);
	return &presenter->heads[head];
}

static void presenter_headless_show(struct presenter *presenter, uint32_t head,
	struct picture *picture, const struct picture_box *damage, int64_t flush_ns)
{
	assert(picture->presenter_data);
	head_show(presenter_find_head(presenter, head), PRESENTER_PLANE_PRIMARY,
		picture->presenter_data);
	presenter->heads[head].committed_due = presenter->heads[head].presented_due = true;
	presenter->heads[head].flush_ns = flush_ns;
	presenter_arm(presenter);
}

static void presenter_headless_blank(struct presenter *presenter, uint32_t head)
{
	plane_set(presenter, &presenter_find_head(presenter, head)->planes[PRESENTER_PLANE_PRIMARY],
		NULL);
}

static void presenter_headless_cursor(struct presenter *presenter, uint32_t head,
	struct picture *picture, uint32_t hot_x, uint32_t hot_y)
{
	head_show(presenter_find_head(presenter, head), PRESENTER_PLANE_CURSOR,
		picture ? picture->presenter_data : NULL);
}

static void presenter_headless_cursor_move(
	struct presenter *presenter, uint32_t head, int32_t x, int32_t y)
{
}

static void presenter_headless_notice(
	struct presenter *presenter, uint32_t head, const char *text, bool covers)
{
}

static void presenter_headless_set_mode(
	struct presenter *presenter, uint32_t head, const struct presenter_head_config *mode)
{
	head_set_mode(presenter_find_head(presenter, head), mode);
}

/* There never was one. */
static void presenter_headless_open(struct presenter *presenter, uint32_t head)
{
}

static void presenter_headless_describe(struct presenter *presenter, struct presenter_state *state)
{
	*state = (struct presenter_state){ .what = "headless" };
}

const struct presenter_interface presenter_headless = {
	.name = "headless",
	.create = presenter_headless_create,
	.destroy = presenter_headless_destroy,
	.import = presenter_headless_import,
	.forget = presenter_headless_forget,
	.show = presenter_headless_show,
	.blank = presenter_headless_blank,
	.cursor = presenter_headless_cursor,
	.cursor_move = presenter_headless_cursor_move,
	.notice = presenter_headless_notice,
	.set_mode = presenter_headless_set_mode,
	.open = presenter_headless_open,
	.describe = presenter_headless_describe,
};
