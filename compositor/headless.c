/* SPDX-License-Identifier: MIT */
/* Outputs without screens. */
#include "compositor/headless.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/io.h"
#include "compositor/config.h"
#include "compositor/output.h"
#include "compositor/paint/painter.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/surface/presentation.h"

struct headless_screen {
	struct screen screen;
	struct target *picture;
	struct loop_timer beat;
	int64_t start_ns;
};

struct headless {
	uint32_t n_screens;
	struct headless_screen screens[CONFIG_OUTPUTS_MAX];
};

static void headless_handle_beat(struct loop_timer *timer)
{
	struct headless_screen *headless = container_of(timer, struct headless_screen, beat);
	uint32_t refresh_ns = screen_refresh_ns(&headless->screen);
	uint64_t sequence = (clock_now_ns() - headless->start_ns) / refresh_ns;
	struct presentation_time time = {
		.ns = headless->start_ns + (int64_t)sequence * refresh_ns,
		.refresh_ns = refresh_ns,
		.sequence = sequence,
	};

	screen_presented(&headless->screen, &time);
}

static int headless_show(struct screen *screen, const pixman_region32_t *damage)
{
	struct headless_screen *headless = container_of(screen, struct headless_screen, screen);
	int64_t refresh_ns = screen_refresh_ns(screen);

	int fence_fd = -1;

	int ret = target_paint(headless->picture, &screen->scene, damage, &fence_fd);
	fd_close(&fence_fd);
	if (ret < 0)
		return ret;
	loop_timer_set(
		&headless->beat, refresh_ns - (clock_now_ns() - headless->start_ns) % refresh_ns);
	return 0;
}

static int headless_capture(struct screen *screen, pixman_image_t *image)
{
	return target_read(container_of(screen, struct headless_screen, screen)->picture, image);
}

static const struct screen_interface headless_interface = {
	.show = headless_show,
	.capture = headless_capture,
};

static int headless_screen_init(struct headless_screen *headless, struct server *server,
	const char *name, const struct config_output *config)
{
	struct screen_use use = config_use_output(config);

	use.mode = config ? config->mode : (struct screen_mode){ 0 };
	if (use.mode.width_px == 0)
		use.mode = (struct screen_mode){ .width_px = 1280, .height_px = 720 };
	if (use.mode.refresh_mhz == 0)
		use.mode.refresh_mhz = HEADLESS_REFRESH_MHZ;
	headless->start_ns = clock_now_ns();
	int ret = loop_timer_init(&headless->beat, &server->loop, headless_handle_beat);
	int of_screen = screen_init(&headless->screen, server, &headless_interface, name, &use);
	headless->picture = target_create(
		server->painters.current, use.mode.width_px, use.mode.height_px);
	if (ret < 0 || of_screen < 0)
		return ret < 0 ? ret : of_screen;
	return headless->picture ? outputs_update(&headless->screen, false) : -ENOMEM;
}

struct headless *headless_create(struct server *server)
{
	const struct config *config = server->config;
	struct headless *headless = calloc(1, sizeof(*headless));
	int ret = 0;

	if (!headless)
		return NULL;
	for (uint32_t i = 0; ret == 0 && i < config->n_outputs; i++) {
		const struct config_output *output = &config->outputs[i];
		if (output->is_enabled)
			ret = headless_screen_init(&headless->screens[headless->n_screens++],
				server, output->name, output);
	}
	if (config->n_outputs == 0)
		ret = headless_screen_init(
			&headless->screens[headless->n_screens++], server, "HEADLESS-1", NULL);
	if (ret == 0)
		return headless;
	headless_destroy(headless);
	errno = -ret;
	return NULL;
}

void headless_destroy(struct headless *headless)
{
	if (!headless)
		return;
	for (uint32_t i = 0; i < headless->n_screens; i++) {
		struct headless_screen *screen = &headless->screens[i];
		loop_timer_finish(&screen->beat);
		screen_finish(&screen->screen);
		target_destroy(screen->picture);
	}
	free(headless);
}
