/* SPDX-License-Identifier: MIT */
/* A guest's head in the daemon: from workers' pictures to the presenter. */
#include "daemon/head.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pace.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

static struct log_limit head_log_limit;

void head_init(struct head *head, uint32_t index, const struct presenter_interface *interface,
	struct presenter *presenter, struct channel *const *links)
{
	*head = (struct head){
		.index = index,
		.interface = interface,
		.presenter = presenter,
		.links = links,
		.source = -1,
		.owner = -1,
	};
	list_init(&head->orphans);
	for (uint32_t p = 0; p < LINK_PLANE_COUNT; p++)
		head->planes[p].busy_source = -1;
}

/* -- to the workers -- */

static void tell_frame_done(struct head *head, int source, uint32_t plane)
{
	struct link_frame_done message = {
		.type = LINK_FRAME_DONE, .head = head->index, .plane = plane,
	};

	if (source >= 0 && head->links[source])
		channel_send(head->links[source], &message, sizeof(message), NULL, 0);
}

static void tell_of_picture(const struct head_picture *picture, enum link_type type)
{
	struct link_picture_released message = {
		.type = type,
		.head = picture->head->index,
		.plane = picture->plane,
		.slot = picture->slot,
		.generation = picture->generation,
	};

	if (picture->source >= 0 && picture->head->links[picture->source])
		channel_send(picture->head->links[picture->source], &message, sizeof(message), NULL, 0);
}

static void tell_released(struct head_picture *picture)
{
	picture->taken = false;
	tell_of_picture(picture, LINK_PICTURE_RELEASED);
}

/* No frame of it will be seen: what is a dma-buf can come in shared memory instead. */
static void picture_refuse(struct head_picture *picture, const char *why)
{
	bool is_dmabuf = picture->picture.kind == PICTURE_KIND_DMABUF;

	picture->refused = true;
	log_limited(&head_log_limit, is_dmabuf ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
		"head %u: %s cannot be shown%s: %s", picture->head->index,
		is_dmabuf ? "a dma-buf" : "a picture", is_dmabuf ? ", it is copied" : "", why);
	if (is_dmabuf)
		tell_of_picture(picture, LINK_PICTURE_REFUSED);
}

static void picture_destroy(struct head_picture *picture)
{
	struct head *head = picture->head;

	if (picture->imported)
		head->interface->forget(head->presenter, &picture->picture);
	fd_close(&picture->picture.fd);
	list_remove(&picture->link);
	free(picture);
}

/*
 * Back to its worker, or an orphan's end, once neither the presenter nor a screenshot may
 * look at it.
 */
static void release_if_idle(struct head_picture *picture)
{
	const struct head_plane *plane = &picture->head->planes[picture->plane];

	if (!picture->taken || picture->presented || plane->shown == picture ||
		plane->next == picture)
		return;
	if (picture->source >= 0)
		tell_released(picture);
	else
		picture_destroy(picture);
}

/* -- showing -- */

static void plane_show(struct head *head, uint32_t index, struct head_picture *picture)
{
	struct head_plane *plane = &head->planes[index];
	struct head_picture *before = plane->shown;

	plane->busy = true;
	plane->busy_ns = clock_now_ns();
	plane->busy_source = picture->source;
	plane->shown = picture;
	picture->presented = true;
	if (index == LINK_PLANE_CURSOR) {
		head->interface->cursor(head->presenter, head->index, &picture->picture,
			picture->hot_x, picture->hot_y);
	} else {
		head->source = picture->source;
		stale_saw_frame(&head->stale, clock_now_ns());
		head->interface->show(head->presenter, head->index, &picture->picture,
			&picture->damage, picture->flush_ns);
	}
	if (before && before != picture)
		release_if_idle(before);
}

/* A frame that nobody will see: its worker goes on at once. */
static void frame_drop(struct head_picture *picture)
{
	if (picture->plane == LINK_PLANE_PRIMARY)
		picture->head->stats.dropped++;
	release_if_idle(picture);
	tell_frame_done(picture->head, picture->source, picture->plane);
}

/* What is shown goes; what waits is shown in its turn. */
static void plane_clear(struct head *head, uint32_t index)
{
	struct head_plane *plane = &head->planes[index];
	struct head_picture *shown = plane->shown;

	plane->shown = NULL;
	if (index == LINK_PLANE_CURSOR)
		head->interface->cursor(head->presenter, head->index, NULL, 0, 0);
	else
		head->interface->blank(head->presenter, head->index);
	if (shown)
		release_if_idle(shown);
}

static void plane_blank(struct head *head, uint32_t index)
{
	struct head_picture *next = head->planes[index].next;

	head->planes[index].next = NULL;
	plane_clear(head, index);
	if (next)
		frame_drop(next);
}

/* -- what workers send -- */

bool head_format_known(uint32_t fourcc)
{
	return fourcc == DRM_FORMAT_XRGB8888 || fourcc == DRM_FORMAT_ARGB8888 ||
		fourcc == DRM_FORMAT_XBGR8888 || fourcc == DRM_FORMAT_ABGR8888;
}

static bool picture_sound(const struct link_picture_add *m, int fd)
{
	uint64_t end = (uint64_t)m->stride_bytes * m->height_px + m->offset_bytes;

	if (!m->width_px || !m->height_px || m->width_px > LIMIT_PICTURE_PX ||
		m->height_px > LIMIT_PICTURE_PX || !head_format_known(m->fourcc) ||
		m->stride_bytes < m->width_px * 4 || m->stride_bytes > LIMIT_STRIDE_BYTES)
		return false;
	if (m->kind == LINK_PICTURE_SHM)
		return memfd_check_sealed(fd, end) == 0;
	return m->kind == LINK_PICTURE_DMABUF;
}

static struct head_picture **picture_slot(
	struct head *head, enum head_source source, uint32_t plane, uint32_t slot)
{
	if (plane >= LINK_PLANE_COUNT || slot >= LIMIT_SLOTS)
		return NULL;
	return &head->planes[plane].pictures[source][slot];
}

static struct head_picture *picture_at(
	struct head *head, enum head_source source, uint32_t plane, uint32_t slot)
{
	struct head_picture **at = picture_slot(head, source, plane, slot);
	return at ? *at : NULL;
}

bool head_handle_add(struct head *head, enum head_source source,
	const struct link_picture_add *message, int *fd)
{
	struct head_picture **at = picture_slot(head, source, message->plane, message->slot);

	if (!at || *at || !picture_sound(message, *fd))
		return false;
	struct head_picture *picture = calloc(1, sizeof(*picture));
	if (!picture)
		return false; /* nobody else could tell the worker */
	*at = picture;
	*picture = (struct head_picture){
		.picture = {
			.kind = message->kind == LINK_PICTURE_SHM ? PICTURE_KIND_SHM :
								    PICTURE_KIND_DMABUF,
			.fd = *fd,
			.width_px = message->width_px,
			.height_px = message->height_px,
			.stride_bytes = message->stride_bytes,
			.offset_bytes = message->offset_bytes,
			.fourcc = message->fourcc,
			.modifier = message->modifier,
			.bottom_up = message->bottom_up,
		},
		.head = head,
		.source = source,
		.plane = message->plane,
		.slot = message->slot,
		.generation = message->generation,
	};
	list_init(&picture->link);
	*fd = -1;
	int ret = head->interface->import(head->presenter, &picture->picture);
	picture->imported = ret == 0;
	if (ret < 0)
		picture_refuse(picture, strerror(-ret));
	return true;
}

static void picture_drop(struct head_picture *picture)
{
	struct head *head = picture->head;
	struct head_plane *plane = &head->planes[picture->plane];

	if (plane->next == picture) {
		plane->next = NULL;
		tell_frame_done(head, picture->source, picture->plane);
	}
	if (plane->shown == picture)
		plane->shown = NULL;
	plane->pictures[picture->source][picture->slot] = NULL;
	picture_destroy(picture);
}

bool head_handle_remove(struct head *head, enum head_source source,
	const struct link_picture_remove *message)
{
	struct head_picture *picture = picture_at(head, source, message->plane, message->slot);

	if (!picture)
		return false;
	picture_drop(picture);
	return true;
}

bool head_handle_frame(struct head *head, enum head_source source, const struct link_frame *message)
{
	struct head_picture *picture = picture_at(head, source, message->plane, message->slot);
	int64_t now_ns = clock_now_ns();
	uint32_t width, height;

	if (!picture || picture->taken)
		return false;
	width = picture->picture.width_px;
	height = picture->picture.height_px;
	if (message->damage_x > width || message->damage_width > width - message->damage_x ||
		message->damage_y > height || message->damage_height > height - message->damage_y ||
		message->hot_x > width || message->hot_y > height)
		return false;

	struct head_plane *plane = &head->planes[message->plane];
	picture->taken = true;
	picture->hot_x = message->hot_x;
	picture->hot_y = message->hot_y;
	/* A worker's word: it is subtracted from other times. */
	picture->flush_ns = now_ns;
	if (message->flush_ns > 0 && message->flush_ns < now_ns)
		picture->flush_ns = message->flush_ns;
	picture->damage = (struct picture_box){
		.x = message->damage_x,
		.y = message->damage_y,
		.width = message->damage_width,
		.height = message->damage_height,
	};
	if (picture->refused || message->serial < plane->serial) {
		frame_drop(picture);
		return true;
	}
	plane->serial = message->serial;
	if (!plane->busy) {
		plane_show(head, message->plane, picture);
		return true;
	}
	/* Another worker's frame is on its way: the newest follows it. */
	struct head_picture *older = plane->next;
	plane->next = picture;
	if (older)
		frame_drop(older);
	return true;
}

void head_handle_scanout(struct head *head, const struct link_scanout *message)
{
	struct head_plane *plane = &head->planes[LINK_PLANE_PRIMARY];

	int owner = message->remote ? HEAD_SOURCE_RENDER : HEAD_SOURCE_GUEST;

	if (message->serial < plane->serial)
		return;
	head->blob = message->blob;
	head->width_px = message->width_px;
	head->height_px = message->height_px;
	if (!message->width_px)
		owner = -1;
	if (owner != head->owner || owner < 0)
		plane->serial = message->serial;
	head->owner = owner;
	head->was_on = true;
	if (owner >= 0)
		return;
	stale_stop(&head->stale);
	head->source = -1;
	plane_blank(head, LINK_PLANE_PRIMARY);
}

void head_handle_cursor(struct head *head, const struct link_cursor_move *message)
{
	if (message->visible)
		head->interface->cursor_move(head->presenter, head->index, message->x, message->y);
	else if (head->cursor_visible)
		plane_blank(head, LINK_PLANE_CURSOR);
	head->cursor_visible = message->visible;
}

/* Its place is free for another worker's. It is taken: it was shown. */
static void picture_orphan(struct head_picture *picture)
{
	struct head_plane *plane = &picture->head->planes[picture->plane];

	plane->pictures[picture->source][picture->slot] = NULL;
	picture->source = -1;
	list_append(&picture->head->orphans, &picture->link);
}

static void plane_source_gone(struct head_plane *plane, enum head_source source)
{
	for (uint32_t i = 0; i < LIMIT_SLOTS; i++) {
		if (plane->pictures[source][i])
			picture_drop(plane->pictures[source][i]);
	}
	if (plane->busy_source == (int)source)
		plane->busy_source = -1;
}

void head_source_lost(struct head *head, enum head_source source)
{
	for (uint32_t p = 0; p < LINK_PLANE_COUNT; p++) {
		struct head_plane *plane = &head->planes[p];
		if (plane->shown && plane->shown->source == (int)source)
			picture_orphan(plane->shown);
		plane_source_gone(plane, source);
	}
}

void head_source_gone(struct head *head, enum head_source source)
{
	struct head_picture *orphan, *next;

	for (uint32_t p = 0; p < LINK_PLANE_COUNT; p++) {
		struct head_plane *plane = &head->planes[p];
		bool shows = plane->shown &&
			(plane->shown->source == (int)source || plane->shown->source < 0);
		if (shows)
			plane_clear(head, p);
		plane_source_gone(plane, source);
		/* A successor counts its serials from the start. */
		if (source == HEAD_SOURCE_GUEST)
			plane->serial = 0;
	}
	list_for_each_safe(orphan, next, &head->orphans, link)
		picture_destroy(orphan);
	if (head->source == (int)source)
		head->source = -1;
	if (source == HEAD_SOURCE_GUEST) {
		head->width_px = head->height_px = 0;
		head->owner = -1;
		/* Its renderer may have taken back the picture that the screen still has. */
		for (uint32_t p = 0; p < LINK_PLANE_COUNT; p++)
			plane_blank(head, p);
	}
}

/* -- what the presenter says -- */

void head_frame_done(struct head *head, enum presenter_plane index)
{
	uint32_t p = index == PRESENTER_PLANE_CURSOR ? LINK_PLANE_CURSOR : LINK_PLANE_PRIMARY;
	struct head_plane *plane = &head->planes[p];
	int source = plane->busy_source;

	if (!plane->busy)
		return;
	plane->busy = false;
	plane->busy_source = -1;
	if (plane->next) {
		struct head_picture *picture = plane->next;
		plane->next = NULL;
		plane_show(head, p, picture);
	}
	tell_frame_done(head, source, p);
}

void head_committed(struct head *head, int64_t flush_ns)
{
	histogram_add(&head->stats.sent, clock_now_ns() - flush_ns);
}

void head_discarded(struct head *head)
{
	head->stats.discarded++;
}

void head_presented(struct head *head, int64_t flush_ns, int64_t presented_ns)
{
	struct head_stats *stats = &head->stats;
	int64_t now = clock_now_ns();
	int64_t elapsed = now - stats->window_start_ns;

	stats->presented++;
	if (presented_ns)
		histogram_add(&stats->seen, presented_ns - flush_ns);
	if (elapsed >= NSEC_PER_SEC) {
		stats->rate_mhz = elapsed < 3 * NSEC_PER_SEC ?
			stats->window_frames * 1000 * NSEC_PER_SEC / elapsed : 0;
		stats->window_start_ns = now;
		stats->window_frames = 0;
	}
	stats->window_frames++;
}

enum head_pacing head_pacing(const struct head *head)
{
	const struct head_plane *plane = &head->planes[LINK_PLANE_PRIMARY];

	if (head->source < 0 || (plane->busy && clock_now_ns() - plane->busy_ns > PACE_LIMIT_NS))
		return HEAD_PACING_NOTHING;
	if (head->blob)
		return HEAD_PACING_FLUSHES;
	return head->source == HEAD_SOURCE_RENDER ? HEAD_PACING_FENCES : HEAD_PACING_DROPS;
}

uint32_t head_rate_mhz(const struct head *head)
{
	if (clock_now_ns() - head->stats.window_start_ns > 3 * NSEC_PER_SEC)
		return 0;
	return head->stats.rate_mhz;
}

void head_closed(struct head *head)
{
	head->closed = true;
}

void head_open(struct head *head)
{
	head->closed = false;
	head->interface->open(head->presenter, head->index);
}

void head_picture_released(struct picture *picture)
{
	struct head_picture *mine = container_of(picture, struct head_picture, picture);

	mine->presented = false;
	release_if_idle(mine);
}

void head_picture_failed(struct picture *picture)
{
	struct head_picture *mine = container_of(picture, struct head_picture, picture);
	struct head_plane *plane = &mine->head->planes[mine->plane];

	mine->presented = false; /* no release follows */
	picture_refuse(mine, "the compositor does not take it");
	if (plane->next == mine) {
		plane->next = NULL;
		frame_drop(mine);
		return;
	}
	release_if_idle(mine);
}
