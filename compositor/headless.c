/* SPDX-License-Identifier: MIT */
/* Outputs without screens. */
#include "compositor/headless.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "compositor/server.h"

struct headless_output {
	struct output output;
	struct loop_timer beat;
	int64_t start_ns;
};

struct headless {
	uint32_t n_outputs;
	struct headless_output outputs[OUTPUT_SPECS_MAX];
};

static void headless_handle_beat(struct loop_timer *timer)
{
	struct headless_output *headless = container_of(timer, struct headless_output, beat);
	uint32_t refresh_ns = output_refresh_ns(&headless->output);
	uint64_t sequence = (clock_now_ns() - headless->start_ns) / refresh_ns;
	struct presentation_time time = {
		.ns = headless->start_ns + (int64_t)sequence * refresh_ns,
		.refresh_ns = refresh_ns,
		.sequence = sequence,
	};

	output_presented(&headless->output, &time);
}

static int headless_show(struct output *output, const pixman_region32_t *damage)
{
	struct headless_output *headless = container_of(output, struct headless_output, output);
	int64_t refresh_ns = output_refresh_ns(output);

	loop_timer_set(
		&headless->beat, refresh_ns - (clock_now_ns() - headless->start_ns) % refresh_ns);
	return 0;
}

static const struct output_interface headless_interface = {
	.show = headless_show,
};

static int headless_output_init(
	struct headless_output *headless, struct server *server, const struct output_spec *spec)
{
	struct output_mode mode = spec->mode;

	if (mode.refresh_mhz == 0)
		mode.refresh_mhz = HEADLESS_REFRESH_MHZ;
	headless->start_ns = clock_now_ns();
	int ret = loop_timer_init(&headless->beat, &server->loop, headless_handle_beat);
	int of_output = output_init(
		&headless->output, server, &headless_interface, spec->name, &mode, spec->scale_120);
	return ret < 0 ? ret : of_output;
}

struct headless *headless_create(
	struct server *server, const struct output_spec *specs, uint32_t n_specs)
{
	static const struct output_spec standard = { .mode = { 1280, 720, 0 }, .scale_120 = 120 };
	struct headless *headless = calloc(1, sizeof(*headless));

	if (!headless)
		return NULL;
	if (n_specs == 0) {
		specs = &standard;
		n_specs = 1;
	}
	for (uint32_t i = 0; i < n_specs; i++) {
		struct output_spec spec = specs[i];
		if (!spec.name[0])
			snprintf(spec.name, sizeof(spec.name), "HEADLESS-%u", i + 1);
		headless->n_outputs++;
		int ret = headless_output_init(&headless->outputs[i], server, &spec);
		if (ret < 0) {
			headless_destroy(headless);
			errno = -ret;
			return NULL;
		}
	}
	return headless;
}

void headless_destroy(struct headless *headless)
{
	if (!headless)
		return;
	for (uint32_t i = 0; i < headless->n_outputs; i++) {
		loop_timer_finish(&headless->outputs[i].beat);
		output_finish(&headless->outputs[i].output);
	}
	free(headless);
}
