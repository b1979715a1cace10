/* SPDX-License-Identifier: MIT */
/* One guest's heads as windows of a Wayland compositor: the presenter's interface. */
#include "backends/wayland/presenter.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/wayland/buffer.h"

void presenter_arm_deliver(struct presenter *presenter)
{
	loop_hook_arm(presenter->loop, &presenter->deliver);
}

void presenter_arm_commit(struct presenter *presenter)
{
	loop_hook_arm(presenter->loop, &presenter->commit);
}

/*
 * Each of these says at most one thing, as its last act: the owner may have
 * destroyed the presenter by then.
 */
static bool presenter_deliver_import(struct presenter *presenter)
{
	if (list_empty(&presenter->imports_due))
		return false;
	struct import *import = container_of(presenter->imports_due.next, struct import, due_link);

	if (import->failure_due) {
		import->failure_due = false;
		if (!import->release_due)
			list_remove(&import->due_link);
		presenter->listener->failed(presenter->data, import->picture);
		return true;
	}
	import->release_due = false;
	list_remove(&import->due_link);
	presenter->listener->released(presenter->data, import->picture);
	return true;
}

static bool presenter_deliver_window(struct presenter *presenter, struct window *window)
{
	const struct presenter_listener *listener = presenter->listener;
	void *data = presenter->data;
	uint32_t head = window->head;
	struct feedback feedback;

	if (window->committed_due) {
		window->committed_due = false;
		listener->committed(data, head, window->committed_flush_ns);
		return true;
	}
	if (feedbacks_take(&window->feedbacks, &feedback)) {
		if (feedback.state == FEEDBACK_STATE_PRESENTED)
			listener->presented(data, head, feedback.flush_ns, feedback.presented_ns);
		else
			listener->discarded(data, head);
		return true;
	}
	if (window->frame.due) {
		window->frame.due = false;
		listener->frame_done(data, head, PRESENTER_PLANE_PRIMARY);
		return true;
	}
	if (window->cursor.frame.due) {
		window->cursor.frame.due = false;
		listener->frame_done(data, head, PRESENTER_PLANE_CURSOR);
		return true;
	}
	if (window->resized_due) {
		window->resized_due = false;
		listener->resized(data, head, window->told_width, window->told_height);
		return true;
	}
	if (window->closed_due) {
		window->closed_due = false;
		listener->closed(data, head);
		return true;
	}
	return false;
}

/* Armed before anything is said, so it comes again until there is nothing. */
static void presenter_deliver(struct loop_hook *hook)
{
	struct presenter *presenter = container_of(hook, struct presenter, deliver);

	presenter_arm_deliver(presenter);
	if (presenter_deliver_import(presenter))
		return;
	for (uint32_t i = 0; i < presenter->n_heads; i++) {
		if (presenter_deliver_window(presenter, &presenter->windows[i]))
			return;
	}
	loop_hook_disarm(&presenter->deliver);
}

static void presenter_work_orphans(struct presenter *presenter)
{
	struct buffer *buffer, *tmp;

	list_for_each_safe(buffer, tmp, &presenter->orphans, link) {
		if (buffer->busy || buffer->params)
			continue;
		if (!connection_has_room(&presenter->connection))
			return;
		buffer_destroy(buffer);
	}
}

static void presenter_work_imports(struct presenter *presenter)
{
	while (!list_empty(&presenter->imports_to_prepare)) {
		if (!connection_has_room(&presenter->connection))
			return;
		import_prepare(container_of(
			presenter->imports_to_prepare.next, struct import, prepare_link));
	}
}

static void presenter_commit(struct loop_hook *hook)
{
	struct presenter *presenter = container_of(hook, struct presenter, commit);
	struct connection *connection = &presenter->connection;

	if (!connection_is_ready(connection))
		return;
	presenter_work_orphans(presenter);
	presenter_work_imports(presenter);
	for (uint32_t i = 0; i < presenter->n_heads; i++) {
		if (!connection_has_room(connection))
			return;
		window_work(&presenter->windows[i]);
	}
	seats_work(&presenter->seats);
	connection_has_room(connection);
}

void presenter_connected(struct presenter *presenter)
{
	struct import *import;

	list_for_each(import, &presenter->imports, link) {
		if (import->picture->kind == PICTURE_KIND_DMABUF)
			list_append(&presenter->imports_to_prepare, &import->prepare_link);
	}
	presenter_arm_commit(presenter);
}

void presenter_disconnected(struct presenter *presenter)
{
	struct import *import;
	struct buffer *buffer, *tmp;

	for (uint32_t i = 0; i < presenter->n_heads; i++)
		window_drop(&presenter->windows[i]);
	list_for_each_safe(buffer, tmp, &presenter->orphans, link)
		buffer_destroy(buffer);
	list_for_each(import, &presenter->imports, link) {
		list_remove(&import->prepare_link);
		import_drop_buffers(import);
	}
	seats_finish(&presenter->seats);
	outputs_finish(&presenter->outputs);
}

void presenter_outputs_changed(struct presenter *presenter)
{
	presenter_arm_commit(presenter);
}

struct window *presenter_find_surface(struct presenter *presenter, struct wl_surface *surface)
{
	for (uint32_t i = 0; i < presenter->n_heads && surface; i++) {
		if (presenter->windows[i].root.surface == surface)
			return &presenter->windows[i];
	}
	return NULL;
}

void presenter_drop_import(struct presenter *presenter, struct import *import)
{
	for (uint32_t i = 0; i < presenter->n_heads; i++)
		window_drop_import(&presenter->windows[i], import);
	presenter_arm_commit(presenter);
}

void presenter_drop_plane(struct presenter *presenter, struct plane *plane)
{
	struct import *import;
	struct buffer *buffer, *tmp;

	list_for_each(import, &presenter->imports, link)
		import_drop_plane(import, plane);
	list_for_each_safe(buffer, tmp, &presenter->orphans, link) {
		if (buffer->plane == plane)
			buffer_destroy(buffer);
	}
}

bool presenter_has_import(const struct presenter *presenter, const struct import *import)
{
	for (uint32_t i = 0; i < presenter->n_heads; i++) {
		if (window_has_import(&presenter->windows[i], import))
			return true;
	}
	return false;
}

static void presenter_wayland_destroy(struct presenter *presenter)
{
	struct import *import, *tmp;

	if (!presenter)
		return;
	presenter_disconnected(presenter);
	for (uint32_t i = 0; i < presenter->n_heads; i++)
		window_finish(&presenter->windows[i]);
	painting_finish(&presenter->cover);
	connection_finish(&presenter->connection);
	list_for_each_safe(import, tmp, &presenter->imports, link)
		import_destroy(import);
	loop_hook_disarm(&presenter->deliver);
	loop_hook_disarm(&presenter->commit);
	free(presenter);
}

/* Now, not when it is needed: reading a file takes its time, and may fail. */
static void presenter_load_cover(struct presenter *presenter, const char *path)
{
	painting_init(&presenter->cover);
	int ret = path ? painting_load_png(&presenter->cover, path) : 0;
	if (ret < 0)
		log_error("guest %s: %s cannot be shown, words are instead: %s", presenter->guest,
			path, strerror(-ret));
}

static struct presenter *presenter_wayland_create(struct loop *loop,
	const struct presenter_config *config, const struct presenter_listener *listener,
	void *data)
{
	struct presenter *presenter = calloc(1, sizeof(*presenter));

	if (!presenter)
		return NULL;
	assert(config->n_heads <= LIMIT_HEADS);
	presenter->loop = loop;
	presenter->guest = config->guest;
	presenter->listener = listener;
	presenter->data = data;
	list_init(&presenter->imports);
	list_init(&presenter->imports_due);
	outputs_init(&presenter->outputs, presenter);
	seats_init(&presenter->seats, presenter);
	presenter->inputs = config->inputs;
	list_init(&presenter->imports_to_prepare);
	list_init(&presenter->orphans);
	loop_hook_init(&presenter->deliver, presenter_deliver);
	loop_hook_init(&presenter->commit, presenter_commit);
	presenter_load_cover(presenter, config->cover);
	connection_init(&presenter->connection, presenter, loop);
	int ret = 0;
	for (uint32_t i = 0; i < config->n_heads && ret == 0; i++) {
		ret = window_init(&presenter->windows[i], presenter, i, &config->heads[i]);
		fullscreen_init(&presenter->windows[i].fullscreen, config->outputs[i]);
		presenter->n_heads++;
	}
	if (ret == 0)
		ret = connection_start(&presenter->connection, config->wayland_display);
	if (ret == 0)
		return presenter;
	presenter_wayland_destroy(presenter);
	errno = -ret;
	return NULL;
}

static int presenter_wayland_import(struct presenter *presenter, struct picture *picture)
{
	assert(!picture->presenter_data);
	int ret = import_create(presenter, picture);
	if (ret < 0)
		return ret;
	struct import *import = picture->presenter_data;
	if (picture->kind == PICTURE_KIND_DMABUF && connection_is_ready(&presenter->connection)) {
		list_append(&presenter->imports_to_prepare, &import->prepare_link);
		presenter_arm_commit(presenter);
	}
	return 0;
}

static void presenter_wayland_forget(struct presenter *presenter, struct picture *picture)
{
	struct import *import = picture->presenter_data;

	if (!import)
		return;
	presenter_drop_import(presenter, import);
	import_destroy(import);
}

static struct window *presenter_find_window(struct presenter *presenter, uint32_t head)
{
	assert(head < presenter->n_heads);
	return &presenter->windows[head];
}

static void presenter_wayland_show(struct presenter *presenter, uint32_t head,
	struct picture *picture, const struct picture_box *damage, int64_t flush_ns)
{
	struct window *window = presenter_find_window(presenter, head);

	assert(picture->presenter_data);
	import_hold(picture->presenter_data);
	window_show(window, picture->presenter_data, damage, flush_ns);
	presenter_arm_commit(presenter);
}

static void presenter_wayland_blank(struct presenter *presenter, uint32_t head)
{
	window_blank(presenter_find_window(presenter, head));
	presenter_arm_commit(presenter);
}

static void presenter_wayland_cursor(struct presenter *presenter, uint32_t head,
	struct picture *picture, uint32_t hot_x, uint32_t hot_y)
{
	struct window *window = presenter_find_window(presenter, head);
	struct import *import = picture ? picture->presenter_data : NULL;

	if (import)
		import_hold(import);
	window_cursor(window, import, hot_x, hot_y);
	presenter_arm_commit(presenter);
}

static void presenter_wayland_cursor_move(
	struct presenter *presenter, uint32_t head, int32_t x, int32_t y)
{
	struct window *window = presenter_find_window(presenter, head);

	if (cursor_move(&window->cursor, x, y))
		seats_refresh(&presenter->seats, window);
	presenter_arm_commit(presenter);
}

static void presenter_wayland_notice(
	struct presenter *presenter, uint32_t head, const char *text, bool covers)
{
	window_notice(presenter_find_window(presenter, head), text, covers);
	presenter_arm_commit(presenter);
}

static void presenter_wayland_set_mode(
	struct presenter *presenter, uint32_t head, const struct presenter_head_config *mode)
{
	window_set_mode(presenter_find_window(presenter, head), mode);
	presenter_arm_commit(presenter);
}

static void presenter_wayland_open(struct presenter *presenter, uint32_t head)
{
	window_reopen(presenter_find_window(presenter, head));
	presenter_arm_commit(presenter);
}

static void presenter_wayland_describe(struct presenter *presenter, struct presenter_state *state)
{
	const struct connection *connection = &presenter->connection;

	state->what = connection->what;
	state->trouble = connection->trouble[0] ? connection->trouble : NULL;
	state->fullscreen = 0;
	for (uint32_t i = 0; i < presenter->n_heads; i++)
		state->fullscreen |= (uint32_t)presenter->windows[i].fullscreen.is_active << i;
}

const struct presenter_interface presenter_wayland = {
	.name = "wayland",
	.create = presenter_wayland_create,
	.destroy = presenter_wayland_destroy,
	.import = presenter_wayland_import,
	.forget = presenter_wayland_forget,
	.show = presenter_wayland_show,
	.blank = presenter_wayland_blank,
	.cursor = presenter_wayland_cursor,
	.cursor_move = presenter_wayland_cursor_move,
	.notice = presenter_wayland_notice,
	.set_mode = presenter_wayland_set_mode,
	.open = presenter_wayland_open,
	.describe = presenter_wayland_describe,
};
