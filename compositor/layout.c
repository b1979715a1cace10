/* SPDX-License-Identifier: MIT */
/* Which window is where. */
#include "compositor/layout.h"

#include <stdio.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/fractional_scale.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface.h"
#include "compositor/watch.h"
#include "compositor/shell/popup.h"
#include "compositor/shell/toplevel.h"
#include "compositor/shell/xdg_surface.h"

const struct config_window *layout_rule(const struct toplevel *toplevel)
{
	const struct config *config = toplevel->server->config;

	return config ? config_find_window(config, toplevel->app_id) : NULL;
}

static bool layout_is_above(const struct toplevel *toplevel)
{
	const struct config_window *rule = layout_rule(toplevel);

	return rule && rule->layer == CONFIG_LAYER_ABOVE;
}

struct toplevel *layout_top(const struct output *output)
{
	struct toplevel *toplevel;

	list_for_each (toplevel, &output->screen->server->mapped, mapped_link) {
		if (toplevel->output == output && !layout_is_above(toplevel))
			return toplevel;
	}
	return NULL;
}

bool layout_is_seen(const struct toplevel *toplevel)
{
	return toplevel->output && toplevel->health == TOPLEVEL_WELL &&
	       (layout_is_above(toplevel) || layout_top(toplevel->output) == toplevel);
}

static struct output *layout_configured(const struct toplevel *toplevel)
{
	const struct server *server = toplevel->server;
	const struct config_window *rule = layout_rule(toplevel);

	return rule ? output_find(server, rule->output) : NULL;
}

/* By another window, which may have no picture yet. */
static bool layout_is_taken(const struct output *output, const struct toplevel *but)
{
	const struct toplevel *toplevel;

	list_for_each (toplevel, &output->screen->server->toplevels, link) {
		if (toplevel != but && toplevel->output == output && toplevel->xdg &&
			toplevel->xdg->begun && !layout_is_above(toplevel))
			return true;
	}
	return false;
}

static struct output *layout_free(const struct toplevel *toplevel)
{
	const struct server *server = toplevel->server;
	struct output *output;

	list_for_each (output, &server->outputs, link) {
		if (!layout_is_taken(output, toplevel))
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

struct config_box layout_box(const struct toplevel *toplevel)
{
	const struct config_window *rule = layout_rule(toplevel);
	const struct output *output = toplevel->output;

	if (rule && rule->box.is_set)
		return rule->box;
	return (struct config_box){
		.width = output ? output->width : 0,
		.height = output ? output->height : 0,
	};
}

void layout_corner(const struct toplevel *toplevel, int32_t *x, int32_t *y)
{
	struct config_box box = layout_box(toplevel);

	*x = box.x + (box.width - toplevel->surface->width) / 2;
	*y = box.y + (box.height - toplevel->surface->height) / 2;
}

static void layout_walk_window(const struct toplevel *toplevel,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data)
{
	const struct popup *popup;
	int32_t x, y, popup_x, popup_y;

	if (!layout_is_seen(toplevel))
		return;
	layout_corner(toplevel, &x, &y);
	surface_walk(toplevel->surface, x, y, visit, data);
	list_for_each (popup, &toplevel->popups, mapped_link) {
		popup_offset(popup, &popup_x, &popup_y);
		surface_walk(popup->xdg->surface, x + popup_x, y + popup_y, visit, data);
	}
}

void layout_walk(const struct output *output,
	void (*visit)(struct surface *surface, int32_t x, int32_t y, void *data), void *data)
{
	const struct list *mapped = &output->screen->server->mapped;
	const struct toplevel *top = layout_top(output);

	if (top)
		layout_walk_window(top, visit, data);
	for (struct list *link = mapped->prev; link != mapped; link = link->prev) {
		const struct toplevel *toplevel = container_of(link, struct toplevel, mapped_link);
		if (toplevel != top && toplevel->output == output)
			layout_walk_window(toplevel, visit, data);
	}
}

/* -- what the backdrop says -- */

static const char *const complaints[] = {
	[TOPLEVEL_WELL] = "is gone",
	[TOPLEVEL_MUTE] = "does not answer",
	[TOPLEVEL_STALE] = "shows nothing new",
};

static void layout_say(struct output *output, const struct toplevel *of)
{
	static struct log_limit limit;
	char text[BACKDROP_TEXT_MAX];

	if (of)
		snprintf(text, sizeof(text), "%s\n%s", of->app_id[0] ? of->app_id : "A window",
			complaints[of->health]);
	if (!backdrop_say(&output->backdrop, of ? text : NULL, output->screen->use.scale_120))
		return;
	output_damage_all(output);
	if (of)
		log_limited(&limit, LOG_LEVEL_INFO, "output %s: %s %s", output->name,
			of->app_id[0] ? of->app_id : "a window", complaints[of->health]);
}

void layout_window_came(struct toplevel *toplevel)
{
	const struct toplevel *top = layout_top(toplevel->output);

	if (top)
		layout_say(toplevel->output, top->health == TOPLEVEL_WELL ? NULL : top);
}

/* Of one whose place this is, where no other one took it. */
void layout_window_left(struct toplevel *toplevel)
{
	const struct output *output = toplevel->output;
	bool belongs = layout_configured(toplevel) == output || toplevel->asked == output;

	toplevel->health = TOPLEVEL_WELL;
	if (layout_top(toplevel->output))
		layout_window_came(toplevel);
	else if (belongs && !layout_is_above(toplevel))
		layout_say(toplevel->output, toplevel);
}

void layout_window_changed(struct toplevel *toplevel)
{
	if (!toplevel->output)
		return;
	layout_window_came(toplevel);
	output_damage_all(toplevel->output);
}

/* -- outputs come and go -- */

static void layout_arrange(const struct server *server)
{
	struct toplevel *toplevel;

	list_for_each (toplevel, &server->toplevels, link) {
		if (layout_choose(toplevel) != toplevel->output)
			toplevel_arrange(toplevel);
	}
}

void layout_renew(const struct server *server)
{
	struct toplevel *toplevel;
	struct output *output;

	list_for_each (toplevel, &server->toplevels, link)
		toplevel_arrange(toplevel);
	list_for_each (output, &server->outputs, link)
		output_damage_all(output);
}

void layout_output_came(struct output *output)
{
	layout_arrange(output->screen->server);
}

static void layout_tell_scale(struct surface *surface, int32_t x, int32_t y, void *data)
{
	fractional_scale_send(surface);
}

void layout_output_changed(struct output *output)
{
	const struct popup *popup;
	struct toplevel *toplevel;

	list_for_each (toplevel, &output->screen->server->toplevels, link) {
		if (toplevel->output != output || !toplevel->surface)
			continue;
		surface_walk(toplevel->surface, 0, 0, layout_tell_scale, NULL);
		list_for_each (popup, &toplevel->popups, mapped_link)
			surface_walk(popup->xdg->surface, 0, 0, layout_tell_scale, NULL);
		toplevel_arrange(toplevel);
	}
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

static const struct popup *layout_popup(const struct surface *root)
{
	const struct xdg_surface *xdg = xdg_surface_find(root);

	return xdg ? xdg->popup : NULL;
}

struct toplevel *layout_window(const struct surface *surface)
{
	struct toplevel *toplevel;

	while (surface->subsurface && surface->subsurface->parent)
		surface = surface->subsurface->parent;
	const struct popup *popup = layout_popup(surface);
	if (popup)
		return popup->toplevel;
	list_for_each (toplevel, &surface->server->mapped, mapped_link) {
		if (toplevel->surface == surface)
			return toplevel;
	}
	return NULL;
}

/* From the window's corner; it has one. */
static void layout_offset(const struct surface *surface, int32_t *x, int32_t *y)
{
	int32_t from_root_x = 0, from_root_y = 0;

	for (; surface->subsurface && surface->subsurface->parent;
		surface = surface->subsurface->parent) {
		from_root_x += surface->subsurface->x;
		from_root_y += surface->subsurface->y;
	}
	popup_offset(layout_popup(surface), x, y);
	*x += from_root_x;
	*y += from_root_y;
}

bool layout_locate(const struct surface *surface, double *x, double *y)
{
	const struct toplevel *toplevel = layout_window(surface);
	int32_t corner_x, corner_y, offset_x, offset_y;

	if (!toplevel || !toplevel->output)
		return false;
	layout_corner(toplevel, &corner_x, &corner_y);
	layout_offset(surface, &offset_x, &offset_y);
	*x = toplevel->output->x + corner_x + offset_x;
	*y = toplevel->output->y + corner_y + offset_y;
	return true;
}

static struct surface *layout_window_at(
	const struct toplevel *toplevel, double x, double y, double *surface_x, double *surface_y)
{
	const struct output *output = toplevel->output;
	int32_t corner_x, corner_y, offset_x, offset_y;

	if (!layout_is_seen(toplevel))
		return NULL;
	layout_corner(toplevel, &corner_x, &corner_y);
	x -= output->x + corner_x;
	y -= output->y + corner_y;
	for (struct list *link = toplevel->popups.prev; link != &toplevel->popups;
		link = link->prev) {
		const struct popup *popup = container_of(link, struct popup, mapped_link);
		popup_offset(popup, &offset_x, &offset_y);
		struct surface *found = surface_at(
			popup->xdg->surface, x - offset_x, y - offset_y, surface_x, surface_y);
		if (found)
			return found;
	}
	return surface_at(toplevel->surface, x, y, surface_x, surface_y);
}

struct surface *layout_at(
	const struct server *server, double x, double y, double *surface_x, double *surface_y)
{
	const struct output *output = output_at(server, x, y);
	const struct toplevel *toplevel, *top = output ? layout_top(output) : NULL;

	list_for_each (toplevel, &server->mapped, mapped_link) {
		if (!output || toplevel->output != output || !layout_is_above(toplevel))
			continue;
		struct surface *found = layout_window_at(toplevel, x, y, surface_x, surface_y);
		if (found)
			return found;
	}
	return top ? layout_window_at(top, x, y, surface_x, surface_y) : NULL;
}

void layout_damage(struct surface *surface, const pixman_region32_t *damage)
{
	struct toplevel *toplevel = surface->output ? layout_window(surface) : NULL;
	struct seat *seat = surface->server->seat;
	pixman_region32_t placed;
	int32_t x, y, offset_x, offset_y;

	if (!toplevel && seat && surface->subsurface)
		drag_icon_show(&seat->drag.icon);
	if (!toplevel || !pixman_region32_not_empty((pixman_region32_t *)damage))
		return;
	watch_saw(toplevel);
	if (!layout_is_seen(toplevel))
		return;
	layout_corner(toplevel, &x, &y);
	layout_offset(surface, &offset_x, &offset_y);
	pixman_region32_init(&placed);
	pixman_region32_copy(&placed, (pixman_region32_t *)damage);
	pixman_region32_translate(&placed, x + offset_x, y + offset_y);
	output_damage(toplevel->output, &placed);
	pixman_region32_fini(&placed);
}
