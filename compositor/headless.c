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

/* Of another painter than before: black. */
static int headless_make_picture(struct headless_screen *headless)
{
	const struct screen *screen = &headless->screen;

	target_destroy(headless->picture);
	headless->picture = target_create(screen->server->painters.current,
		screen->use.mode.width_px, screen->use.mode.height_px, NULL);
	return headless->picture ? 0 : -errno;
}

static int headless_paint(struct headless_screen *headless, const pixman_region32_t *damage)
{
	const struct screen *screen = &headless->screen;
	const struct screen_mode *mode = &screen->use.mode;
	const struct painter *painter = screen->server->painters.current;
	pixman_region32_t all;
	int fence_fd = -1, ret = 0;

	pixman_region32_init_rect(&all, 0, 0, mode->width_px, mode->height_px);
	if (!headless->picture || headless->picture->painter != painter) {
		ret = headless_make_picture(headless);
		damage = &all;
	}
	if (ret == 0)
		ret = target_paint(headless->picture, &screen->scene, damage, &fence_fd);
	fd_close(&fence_fd);
	pixman_region32_fini(&all);
	return ret;
}

static int headless_show(struct screen *screen, const pixman_region32_t *damage)
{
	struct headless_screen *headless = container_of(screen, struct headless_screen, screen);
	struct painters *painters = &screen->server->painters;
	int64_t refresh_ns = screen_refresh_ns(screen);

	int ret = headless_paint(headless, damage);
	if (ret < 0 && painters->current != painters->pixman) {
		painters_failed(painters, ret);
		ret = headless_paint(headless, damage);
	}
	if (ret < 0)
		return ret;
	loop_timer_set(
		&headless->beat, refresh_ns - (clock_now_ns() - headless->start_ns) % refresh_ns);
	return 0;
}

static int headless_capture(struct screen *screen, pixman_image_t *image)
{
	struct target *picture = container_of(screen, struct headless_screen, screen)->picture;

	return picture ? target_read(picture, image) : -ENODEV;
}

static const struct screen_interface headless_interface = {
	.show = headless_show,
	.capture = headless_capture,
};

static int headless_screen_init(struct headless_screen *headless, struct server *server,
	const char *name, const struct config_output *config)
{
	struct screen_use use = config_use_output(config, WL_OUTPUT_TRANSFORM_NORMAL);

	use.mode = config ? config->mode : (struct screen_mode){ 0 };
	if (use.mode.width_px == 0)
		use.mode = (struct screen_mode){ .width_px = 1280, .height_px = 720 };
	if (use.mode.refresh_mhz == 0)
		use.mode.refresh_mhz = HEADLESS_REFRESH_MHZ;
	headless->start_ns = clock_now_ns();
	int ret = loop_timer_init(&headless->beat, &server->loop, headless_handle_beat);
	int of_screen = screen_init(&headless->screen, server, &headless_interface, name, &use);
	if (ret < 0 || of_screen < 0)
		return ret < 0 ? ret : of_screen;
	ret = headless_make_picture(headless);
	if (ret < 0) {
		painters_failed(&server->painters, ret);
		ret = headless_make_picture(headless);
	}
	return ret < 0 ? ret : outputs_update(&headless->screen, false);
}

struct headless *headless_create(struct server *server)
{
	const struct config *config = server->config;
	struct headless *headless = calloc(1, sizeof(*headless));
	int ret = 0;

	if (!headless)
		return NULL;
	painters_start(&server->painters, config->renderer, -1);
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
