/* SPDX-License-Identifier: MIT */
/* The compositor's outputs. */
#include "backends/wayland/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "backends/wayland/presenter.h"

static void output_handle_geometry(void *data, struct wl_output *wl_output, int32_t x, int32_t y,
	int32_t width_mm, int32_t height_mm, int32_t subpixel, const char *make, const char *model,
	int32_t transform)
{
}

static void output_handle_mode(void *data, struct wl_output *wl_output, uint32_t flags,
	int32_t width, int32_t height, int32_t refresh)
{
}

static void output_handle_done(void *data, struct wl_output *wl_output)
{
}

static void output_handle_scale(void *data, struct wl_output *wl_output, int32_t factor)
{
}

/* Said once, before the first done; nothing else of it is of use here. */
static void output_handle_name(void *data, struct wl_output *wl_output, const char *name)
{
	struct output *output = data;

	snprintf(output->name, sizeof(output->name), "%s", name);
	presenter_outputs_changed(output->presenter);
}

static void output_handle_description(
	void *data, struct wl_output *wl_output, const char *description)
{
}

static const struct wl_output_listener output_listener = {
	.geometry = output_handle_geometry,
	.mode = output_handle_mode,
	.done = output_handle_done,
	.scale = output_handle_scale,
	.name = output_handle_name,
	.description = output_handle_description,
};

static void output_destroy(struct output *output)
{
	if (output->wl_output)
		wl_output_release(output->wl_output);
	list_remove(&output->link);
	free(output);
}

void outputs_init(struct outputs *outputs, struct presenter *presenter)
{
	*outputs = (struct outputs){ .presenter = presenter };
	list_init(&outputs->all);
}

void outputs_finish(struct outputs *outputs)
{
	struct output *output, *tmp;

	list_for_each_safe(output, tmp, &outputs->all, link)
		output_destroy(output);
	outputs->n = 0;
}

void outputs_add(struct outputs *outputs, struct wl_registry *registry, uint32_t global,
	uint32_t version)
{
	if (version < WL_OUTPUT_NAME_SINCE_VERSION || outputs->n == OUTPUTS_MAX)
		return;
	struct output *output = calloc(1, sizeof(*output));
	if (!output)
		return;
	output->presenter = outputs->presenter;
	output->global = global;
	list_append(&outputs->all, &output->link);
	outputs->n++;
	output->wl_output = wl_registry_bind(
		registry, global, &wl_output_interface, WL_OUTPUT_NAME_SINCE_VERSION);
	if (output->wl_output)
		wl_output_add_listener(output->wl_output, &output_listener, output);
}

void outputs_remove(struct outputs *outputs, uint32_t global)
{
	struct output *output, *tmp;

	list_for_each_safe(output, tmp, &outputs->all, link) {
		if (output->global != global)
			continue;
		output_destroy(output);
		outputs->n--;
		presenter_outputs_changed(outputs->presenter);
	}
}

const struct output *outputs_find(const struct outputs *outputs, const char *name)
{
	const struct output *output;

	list_for_each(output, &outputs->all, link) {
		if (output->wl_output && strcmp(output->name, name) == 0)
			return output;
	}
	return NULL;
}
