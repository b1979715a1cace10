/* SPDX-License-Identifier: MIT */
/* Which window is where. */
#include "compositor/layout.h"

#include <string.h>

#include "compositor/output.h"
#include "compositor/server.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface.h"
#include "compositor/shell/toplevel.h"

struct toplevel *layout_top(const struct output *output)
{
	struct toplevel *toplevel;

	list_for_each (toplevel, &output->server->toplevels, link) {
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

struct output *layout_choose(const struct toplevel *toplevel)
{
	struct output *output = layout_configured(toplevel);

	if (!output)
		output = toplevel->asked;
	return output ? output : layout_free(toplevel);
}

void layout_corner(const struct toplevel *toplevel, int32_t *x, int32_t *y)
{
	*x = (toplevel->output->width - toplevel->surface->width) / 2;
	*y = (toplevel->output->height - toplevel->surface->height) / 2;
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
