/* SPDX-License-Identifier: MIT */
/* What waits until it is drawn. */
#include "compositor/surface/hold.h"

#include "base/io.h"
#include "compositor/server.h"
#include "compositor/surface/dmabuf.h"
#include "compositor/surface/fence.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface.h"
#include "compositor/surface/tally.h"

void hold_init(struct hold *hold)
{
	*hold = (struct hold){ .source.fd = -1 };
	surface_state_init(&hold->late);
}

static void hold_stop(struct hold *hold)
{
	loop_remove(&hold->source);
	fd_close(&hold->source.fd);
	if (hold->tally)
		tally_give_one(hold->tally);
	hold->tally = NULL;
	hold->is_held = false;
}

void hold_finish(struct hold *hold)
{
	hold_stop(hold);
	buffer_unuse(hold->late.buffer);
	surface_state_finish(&hold->late);
}

void hold_take(struct surface *surface)
{
	struct hold *hold = &surface->hold;

	surface_state_move(hold->is_held ? &hold->late : &surface->cached, &surface->pending);
	subsurfaces_commit(surface);
	hold->has_late = hold->is_held;
}

/* With its parent's a surface shows what is late, if that has another picture (hold_end). */
static const struct surface_state *hold_newest(const struct surface *surface)
{
	const struct hold *hold = &surface->hold;

	return hold->has_late && hold->late.attached ? &hold->late : &surface->cached;
}

/* What becomes readable when somebody has drawn to the picture, borrowed; -1: all have. */
static int state_find_busy(const struct surface_state *next)
{
	const struct dmabuf *dmabuf = next->attached && next->buffer ? next->buffer->dmabuf : NULL;

	if (next->acquire && !fence_is_signalled(next->acquire->fd))
		return next->acquire->fd;
	return dmabuf ? dmabuf_find_busy(dmabuf) : -1;
}

/* The same of all that would be applied. */
static int hold_find(const struct surface *surface, const struct surface_state *next)
{
	int busy_fd = state_find_busy(next);
	const struct surface_node *node;

	if (busy_fd >= 0)
		return busy_fd;
	list_for_each (node, &surface->cached_stack, cached_link) {
		if (node->surface == surface ||
			!subsurface_is_synchronized(node->surface->subsurface))
			continue;
		busy_fd = hold_find(node->surface, hold_newest(node->surface));
		if (busy_fd >= 0)
			return busy_fd;
	}
	return -1;
}

static void hold_handle_ready(struct loop_source *source, uint32_t events)
{
	struct surface *surface =
		container_of(container_of(source, struct hold, source), struct surface, hold);

	/* With its parent's, if it was made to wait for that meanwhile. */
	if (surface->subsurface && subsurface_is_synchronized(surface->subsurface)) {
		hold_end(surface);
		return;
	}
	hold_stop(&surface->hold);
	hold_apply(surface);
}

/* false: nobody would tell. */
static bool hold_wait(struct surface *surface, int busy_fd)
{
	struct hold *hold = &surface->hold;

	hold->tally = tally_take_one(wl_resource_get_client(surface->resource));
	/* Another surface may wait for the same. */
	int fd = hold->tally ? fd_dup(busy_fd) : -1;
	/* The fd is the source's, also where that cannot be added. */
	hold->is_held = fd >= 0 && loop_add(&surface->server->loop, &hold->source, fd, EPOLLIN,
					   hold_handle_ready) == 0;
	if (!hold->is_held)
		hold_stop(hold);
	return hold->is_held;
}

void hold_apply(struct surface *surface)
{
	struct hold *hold = &surface->hold;
	bool has_late;

	if (hold->is_held)
		return;
	do {
		int busy_fd = hold_find(surface, &surface->cached);
		if (busy_fd >= 0) {
			if (!hold_wait(surface, busy_fd))
				wl_client_post_no_memory(wl_resource_get_client(surface->resource));
			return;
		}
		has_late = hold->has_late;
		hold->has_late = false;
		surface_apply(surface);
		if (has_late)
			surface_state_move(&surface->cached, &hold->late);
	} while (has_late);
}

void hold_end(struct surface *surface)
{
	struct hold *hold = &surface->hold;

	hold_stop(hold);
	if (hold->has_late)
		surface_state_move(&surface->cached, &hold->late);
	hold->has_late = false;
}
