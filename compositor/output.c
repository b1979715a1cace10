/* SPDX-License-Identifier: MIT */
/* Screens: wl_output, and the beat of frames. */
#include "compositor/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wayland-server-protocol.h>

#include "base/log.h"
#include "compositor/paint/paint.h"
#include "compositor/resource.h"
#include "compositor/server.h"

#define OUTPUT_VERSION 4

static struct log_limit failures;

/* -- the beat -- */

static void output_handle_repaint(struct loop_hook *hook)
{
	struct output *output = container_of(hook, struct output, repaint);
	pixman_region32_t damage;

	if (!output->wanted || output->busy)
		return;
	output->wanted = false;
	pixman_region32_init(&damage);
	pixman_region32_copy(&damage, &output->damage);
	pixman_region32_clear(&output->damage);
	paint_output(output, &damage);
	output->busy = true;
	int ret = output->interface->show(output, &damage);
	if (ret < 0) {
		output->busy = false;
		pixman_region32_union(&output->damage, &output->damage, &damage);
		presentation_discard(&output->feedbacks);
		log_limited(&failures, LOG_LEVEL_WARN, "output %s: a frame was not shown: %s",
			output->name, strerror(-ret));
	}
	pixman_region32_fini(&damage);
	server_flush(output->server);
}

void output_schedule(struct output *output)
{
	output->wanted = true;
	if (!output->busy)
		loop_hook_arm(&output->server->loop, &output->repaint);
}

void output_damage(struct output *output, const pixman_region32_t *damage)
{
	int n;
	const pixman_box32_t *boxes = pixman_region32_rectangles((pixman_region32_t *)damage, &n);

	for (int i = 0; i < n; i++) {
		/* Outwards, and by a pixel where one is made of several. */
		int32_t edge = output->scale_120 == 120 ? 0 : 1;
		int32_t x1 = (int64_t)boxes[i].x1 * output->scale_120 / 120 - edge;
		int32_t y1 = (int64_t)boxes[i].y1 * output->scale_120 / 120 - edge;
		int32_t x2 = ((int64_t)boxes[i].x2 * output->scale_120 + 119) / 120 + edge;
		int32_t y2 = ((int64_t)boxes[i].y2 * output->scale_120 + 119) / 120 + edge;
		pixman_region32_union_rect(
			&output->damage, &output->damage, x1, y1, x2 - x1, y2 - y1);
	}
	pixman_region32_intersect_rect(&output->damage, &output->damage, 0, 0,
		output->mode.width_px, output->mode.height_px);
	output_schedule(output);
}

void output_damage_all(struct output *output)
{
	pixman_region32_union_rect(&output->damage, &output->damage, 0, 0, output->mode.width_px,
		output->mode.height_px);
	output_schedule(output);
}

void output_presented(struct output *output, const struct presentation_time *time)
{
	output->busy = false;
	output->n_frames++;
	presentation_send(&output->feedbacks, output, time);
	if (output->wanted)
		output_schedule(output);
	server_flush(output->server);
}

void output_pause(struct output *output)
{
	output->busy = true;
	presentation_discard(&output->feedbacks);
}

void output_resume(struct output *output)
{
	output->busy = false;
	output_damage_all(output);
}

uint32_t output_refresh_ns(const struct output *output)
{
	return INT64_C(1000000000000) / output->mode.refresh_mhz;
}

/* -- wl_output -- */

struct output *output_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static void output_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static const struct wl_output_interface output_requests = {
	.release = resource_handle_destroy,
};

static void output_describe(const struct output *output, struct wl_resource *resource)
{
	uint32_t version = wl_resource_get_version(resource);

	wl_output_send_geometry(resource, output->x, output->y, output->width_mm, output->height_mm,
		WL_OUTPUT_SUBPIXEL_UNKNOWN, "Mullion", output->name, WL_OUTPUT_TRANSFORM_NORMAL);
	wl_output_send_mode(resource, WL_OUTPUT_MODE_CURRENT | WL_OUTPUT_MODE_PREFERRED,
		output->mode.width_px, output->mode.height_px, output->mode.refresh_mhz);
	if (version >= WL_OUTPUT_SCALE_SINCE_VERSION)
		wl_output_send_scale(resource, (output->scale_120 + 119) / 120);
	if (version >= WL_OUTPUT_NAME_SINCE_VERSION) {
		wl_output_send_name(resource, output->name);
		wl_output_send_description(resource, output->name);
	}
	if (version >= WL_OUTPUT_DONE_SINCE_VERSION)
		wl_output_send_done(resource);
}

static void output_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct output *output = data;
	struct wl_resource *resource = resource_create(client, &wl_output_interface, version, id,
		&output_requests, output, output_resource_free);

	if (!resource)
		return;
	wl_list_insert(&output->resources, wl_resource_get_link(resource));
	output_describe(output, resource);
}

void output_send_enter(struct output *output, struct wl_resource *surface)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->resources)
	{
		if (wl_resource_get_client(resource) == wl_resource_get_client(surface))
			wl_surface_send_enter(surface, resource);
	}
}

void output_send_leave(struct output *output, struct wl_resource *surface)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->resources)
	{
		if (wl_resource_get_client(resource) == wl_resource_get_client(surface))
			wl_surface_send_leave(surface, resource);
	}
}

/* -- life -- */

struct output *output_find(const struct server *server, const char *name)
{
	struct output *output;

	list_for_each (output, &server->outputs, link) {
		if (strcmp(output->name, name) == 0)
			return output;
	}
	return NULL;
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
	const struct output *other;

	output->width = side_in_scale(output->mode.width_px, output->scale_120);
	output->height = side_in_scale(output->mode.height_px, output->scale_120);
	list_for_each (other, &output->server->outputs, link)
		output->x = other->x + other->width;
}

int output_init(struct output *output, struct server *server,
	const struct output_interface *interface, const char *name, const struct output_mode *mode,
	uint32_t scale_120)
{
	output->server = server;
	output->interface = interface;
	output->mode = *mode;
	output->scale_120 = scale_120;
	list_init(&output->link);
	list_init(&output->feedbacks);
	wl_list_init(&output->resources);
	pixman_region32_init(&output->damage);
	loop_hook_init(&output->repaint, output_handle_repaint);
	snprintf(output->name, sizeof(output->name), "%s", name);
	output_place(output);
	output->picture =
		pixman_image_create_bits(PIXMAN_x8r8g8b8, mode->width_px, mode->height_px, NULL, 0);
	output->global = wl_global_create(
		server->display, &wl_output_interface, OUTPUT_VERSION, output, output_bind);
	if (!output->picture || !output->global)
		return -ENOMEM;
	list_append(&server->outputs, &output->link);
	output_damage_all(output);
	log_info("output %s: %ux%u, %u.%03u Hz", output->name, mode->width_px, mode->height_px,
		mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
	return 0;
}

void output_finish(struct output *output)
{
	loop_hook_disarm(&output->repaint);
	presentation_discard(&output->feedbacks);
	list_remove(&output->link);
	if (output->global)
		wl_global_destroy(output->global);
	if (output->picture)
		pixman_image_unref(output->picture);
	pixman_region32_fini(&output->damage);
}
