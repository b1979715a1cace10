/* SPDX-License-Identifier: MIT */
/* What clients take for a screen. */
#include "compositor/output.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/layout.h"
#include "compositor/output_global.h"
#include "compositor/screen.h"
#include "compositor/screenshot.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/shell/xdg_output.h"
#include "compositor/surface/frames.h"
#include "compositor/surface/presentation.h"

/* -- damage -- */

void output_damage(struct output *output, const pixman_region32_t *damage)
{
	uint32_t scale_120 = output->screen->use.scale_120;
	int n;
	const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)damage, &n);

	for (int i = 0; i < n; i++) {
		/* Outwards, and by a pixel where one is made of several. */
		int32_t edge = scale_120 == 120 ? 0 : 1;
		pixman_box32_t box = {
			.x1 = (int64_t)boxes[i].x1 * scale_120 / 120 - edge,
			.y1 = (int64_t)boxes[i].y1 * scale_120 / 120 - edge,
			.x2 = ((int64_t)boxes[i].x2 * scale_120 + 119) / 120 + edge,
			.y2 = ((int64_t)boxes[i].y2 * scale_120 + 119) / 120 + edge,
		};
		box.x1 = box.x1 < 0 ? output->box.x1 : output->box.x1 + box.x1;
		box.y1 = box.y1 < 0 ? output->box.y1 : output->box.y1 + box.y1;
		box.x2 += output->box.x1;
		box.y2 += output->box.y1;
		if (box.x2 > output->box.x2)
			box.x2 = output->box.x2;
		if (box.y2 > output->box.y2)
			box.y2 = output->box.y2;
		screen_damage(output->screen, &box);
	}
}

void output_damage_all(struct output *output)
{
	screen_damage(output->screen, &output->box);
}

void outputs_damage(const struct server *server, const pixman_box32_t *box)
{
	struct output *output;
	pixman_region32_t region;

	list_for_each (output, &server->outputs, link) {
		pixman_region32_init_rect(
			&region, box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
		pixman_region32_intersect_rect(
			&region, &region, output->x, output->y, output->width, output->height);
		pixman_region32_translate(&region, -output->x, -output->y);
		if (pixman_region32_not_empty(&region))
			output_damage(output, &region);
		pixman_region32_fini(&region);
	}
}

/* -- where it is -- */

pixman_box32_t output_box_px(
	const struct output *output, double x, double y, double width, double height)
{
	double scale = output->screen->use.scale_120 / 120.0;

	return (pixman_box32_t){
		.x1 = output->box.x1 + (int32_t)round(x * scale),
		.y1 = output->box.y1 + (int32_t)round(y * scale),
		.x2 = output->box.x1 + (int32_t)round((x + width) * scale),
		.y2 = output->box.y1 + (int32_t)round((y + height) * scale),
	};
}

void output_locate(const struct output *output, double x_px, double y_px, double *x, double *y)
{
	uint32_t scale_120 = output->screen->use.scale_120;

	*x = output->x + (x_px - output->box.x1) * 120 / scale_120;
	*y = output->y + (y_px - output->box.y1) * 120 / scale_120;
}

struct output *output_find(const struct server *server, const char *name)
{
	struct output *output;

	list_for_each (output, &server->outputs, link) {
		if (strcmp(output->name, name) == 0)
			return output;
	}
	return NULL;
}

struct output *output_at(const struct server *server, double x, double y)
{
	struct output *output;

	list_for_each (output, &server->outputs, link) {
		if (x >= output->x && x < output->x + output->width && y >= output->y &&
			y < output->y + output->height)
			return output;
	}
	return NULL;
}

static double clamp(double at, int32_t from, int32_t length)
{
	double last = from + length - 1 / 256.0;

	return at < from ? from : at > last ? last : at;
}

void outputs_clamp(const struct server *server, double *x, double *y)
{
	const struct output *output;
	double nearest = INFINITY, from_x = *x, from_y = *y;

	list_for_each (output, &server->outputs, link) {
		double at_x = clamp(from_x, output->x, output->width);
		double at_y = clamp(from_y, output->y, output->height);
		double way = hypot(at_x - from_x, at_y - from_y);
		if (way >= nearest)
			continue;
		nearest = way;
		*x = at_x;
		*y = at_y;
	}
}

void outputs_next_place(const struct screen *screen, int32_t *x, int32_t *y)
{
	const struct output *output;

	*x = *y = 0;
	list_for_each (output, &screen->server->outputs, link) {
		if (output->screen != screen && output->x + output->width > *x)
			*x = output->x + output->width;
	}
}

void output_renew_backdrop(struct output *output)
{
	const struct config *config = output->screen->server->config;
	const struct config_output *own =
		config_find_screen(config, output->screen->name, &output->screen->identity);

	backdrop_renew(&output->backdrop, config_background_of(config, own));
}

static uint32_t side_in_px(uint32_t side, uint32_t scale_120)
{
	return (side * scale_120 + 60) / 120;
}

/* Whose px, as clients round them, are as many as the output has, if there is such a one. */
static int32_t side_in_scale(uint32_t side_px, uint32_t scale_120)
{
	uint32_t side = side_px * 120 / scale_120;

	if (side_in_px(side, scale_120) != side_px && side_in_px(side + 1, scale_120) == side_px)
		side++;
	return side > 0 ? side : 1;
}

static void output_place(struct output *output)
{
	const struct screen_use *use = &output->screen->use;
	const pixman_box32_t *box = &output->box;

	output->x = use->x + box->x1 * 120 / (int32_t)use->scale_120;
	output->y = use->y + box->y1 * 120 / (int32_t)use->scale_120;
	output->width = side_in_scale(box->x2 - box->x1, use->scale_120);
	output->height = side_in_scale(box->y2 - box->y1, use->scale_120);
}

/* -- life -- */

struct output *output_create(struct screen *screen, const char *name, const pixman_box32_t *box)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output)
		return NULL;
	output->screen = screen;
	output->box = *box;
	list_init(&output->feedbacks);
	wl_list_init(&output->frames);
	snprintf(output->name, sizeof(output->name), "%s", name);
	output_place(output);
	output->global = output_global_create(output);
	if (!output->global) {
		free(output);
		errno = ENOMEM;
		return NULL;
	}
	output_renew_backdrop(output);
	list_append(&screen->server->outputs, &output->link);
	list_append(&screen->outputs, &output->screen_link);
	layout_output_came(output);
	output_damage_all(output);
	return output;
}

static void output_change(struct output *output, const pixman_box32_t *box)
{
	screenshots_drop_output(&output->screen->server->screenshots, output);
	output->box = *box;
	output_place(output);
	xdg_output_send_description(output);
	output_send_description(output);
	layout_output_changed(output);
	output_damage_all(output);
}

/* -- those of a screen -- */

struct wanted_output {
	const char *name;
	pixman_box32_t box;
};

static uint32_t outputs_wanted(
	const struct screen *screen, struct wanted_output wanted[static CONFIG_REGIONS_MAX])
{
	const struct config_output *config =
		config_find_screen(screen->server->config, screen->name, &screen->identity);
	uint32_t width_px = screen_width_px(screen), height_px = screen_height_px(screen);
	uint32_t fitting = config ? config_fit_regions(config, width_px, height_px) : 0, n = 0;

	for (uint32_t i = 0; fitting && i < config->n_regions; i++) {
		const struct config_region *region = &config->regions[i];
		if (!(fitting & 1u << i))
			continue;
		if (screen_find(screen->server, region->name) ||
			config_find_output(screen->server->config, region->name)) {
			log_warn("output %s: region %s has the name of a screen: it is left out",
				screen->name, region->name);
			continue;
		}
		wanted[n++] = (struct wanted_output){
			.name = region->name,
			.box = {
				.x1 = region->x,
				.y1 = region->y,
				.x2 = region->x + region->width_px,
				.y2 = region->y + region->height_px,
			},
		};
	}
	if (n == 0)
		wanted[n++] = (struct wanted_output){
			.name = screen->name,
			.box = { 0, 0, width_px, height_px },
		};
	return n;
}

static struct output *output_find_on(const struct screen *screen, const char *name)
{
	struct output *output;

	list_for_each (output, &screen->outputs, screen_link) {
		if (strcmp(output->name, name) == 0)
			return output;
	}
	return NULL;
}

static bool outputs_want(const struct wanted_output *wanted, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++) {
		if (strncmp(wanted[i].name, name, OUTPUT_NAME_MAX - 1) == 0)
			return true;
	}
	return false;
}

int outputs_update(struct screen *screen, bool is_other)
{
	struct wanted_output wanted[CONFIG_REGIONS_MAX];
	uint32_t n = outputs_wanted(screen, wanted);
	struct output *output, *next;

	for (uint32_t i = 0; i < n; i++) {
		const pixman_box32_t *box = &wanted[i].box;
		output = output_find_on(screen, wanted[i].name);
		if (!output && !output_create(screen, wanted[i].name, box))
			return -errno;
		if (output && (is_other || memcmp(&output->box, box, sizeof(*box)) != 0))
			output_change(output, box);
	}
	list_for_each_safe (output, next, &screen->outputs, screen_link) {
		if (!outputs_want(wanted, n, output->name))
			output_destroy(output);
	}
	return 0;
}

void output_destroy(struct output *output)
{
	list_remove(&output->link);
	list_remove(&output->screen_link);
	screenshots_drop_output(&output->screen->server->screenshots, output);
	layout_output_gone(output);
	seat_drop_output(output->screen->server->seat, output);
	presentation_discard(&output->feedbacks);
	frames_ask(&output->frames, clock_now_ns());
	backdrop_finish(&output->backdrop);
	output_global_remove(output->global);
	free(output);
}
