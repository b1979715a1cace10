/* SPDX-License-Identifier: MIT */
/* Which window is where. */
#include "compositor/layout.h"

#include <string.h>

#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface.h"
#include "compositor/shell/toplevel.h"

struct toplevel *layout_top(const struct output *output)
{
	struct toplevel *toplevel;

	list_for_each (toplevel, &output->screen->server->mapped, mapped_link) {
		if (toplevel->output == output)
			return toplevel;
	}
	return NULL;
}

static struct output *layout_configured(const struct toplevel *toplevel)
{
	const struct server *server = toplevel->server;

	for (uint32_t i = 0; i < server->n_places; i++) {
		if (strcmp(server->places[i].app_id, toplevel->app_id) == 0)
			return output_find(server, server->places[i].output);
	}
	return NULL;
}

static struct output *layout_free(const struct toplevel *toplevel)
{
	const struct server *server = toplevel->server;
	struct output *output;

	list_for_each (output, &server->outputs, link) {
		const struct toplevel *top = layout_top(output);
		if (!top || top == toplevel)
			return output;
	}
	return list_empty(&server->outputs)
		       ? NULL
		       : container_of(server->outputs.next, struct output, link);
}

/* Where it is, if that is there, and if it is seen there. */
static struct output *layout_present(const struct toplevel *toplevel)
{
	struct output *output;

	list_for_each (output, &toplevel->server->outputs, link) {
		if (output == toplevel->output && layout_top(output) == toplevel)
			return output;
	}
	return NULL;
}

struct output *layout_choose(const struct toplevel *toplevel)
{
	struct output *output = layout_configured(toplevel);

	if (!output)
		output = toplevel->asked;
	if (!output)
		output = layout_present(toplevel);
	return output ? output : layout_free(toplevel);
}

void layout_corner(const struct toplevel *toplevel, int32_t *x, int32_t *y)
{
	*x = (toplevel->output->width - toplevel->surface->width) / 2;
	*y = (toplevel->output->height - toplevel->surface->height) / 2;
}

void layout_walk(const struct output *output,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data)
{
	const struct toplevel *top = layout_top(output);
	int32_t x, y;

	if (!top)
		return;
	layout_corner(top, &x, &y);
	surface_walk(top->surface, x, y, visit, data);
}

static void layout_arrange(const struct server *server)
{
	struct toplevel *toplevel;

	list_for_each (toplevel, &server->toplevels, link) {
		if (layout_choose(toplevel) != toplevel->output)
			toplevel_arrange(toplevel);
	}
}

void layout_output_came(struct output *output)
{
	layout_arrange(output->screen->server);
}

void layout_output_gone(struct output *output)
{
	struct server *server = output->screen->server;
	struct toplevel *toplevel;

	list_for_each (toplevel, &server->toplevels, link) {
		if (toplevel->asked == output)
			toplevel->asked = NULL;
	}
	layout_arrange(server);
	list_for_each (toplevel, &server->toplevels, link) {
		if (toplevel->output == output)
			toplevel->output = NULL;
	}
}

void layout_damage(struct surface *surface, const pixman_region32_t *damage)
{
	struct surface *root = subsurface_root(surface);
	struct toplevel *top = surface->output ? layout_top(surface->output) : NULL;
	pixman_region32_t placed;
	int32_t x, y;

	if (!top || top->surface != root || !pixman_region32_not_empty((pixman_region32_t *)damage))
		return;
	layout_corner(top, &x, &y);
	for (; surface != root; surface = surface->subsurface->parent) {
		x += surface->subsurface->x;
		y += surface->subsurface->y;
	}
	pixman_region32_init(&placed);
	pixman_region32_copy(&placed, (pixman_region32_t *)damage);
	pixman_region32_translate(&placed, x, y);
	output_damage(top->output, &placed);
	pixman_region32_fini(&placed);
}
