/* SPDX-License-Identifier: MIT */
/* Outputs without screens. */
#include "compositor/headless.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "compositor/backend.h"
#include "compositor/config.h"
#include "compositor/output.h"
#include "compositor/paint/painter.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/surface/presentation.h"

struct headless_screen {
	struct list link; /* of headless.screens */
	struct screen screen;
	struct target *picture;
	struct loop_timer beat;
	int64_t start_ns;
};

struct headless {
	struct backend backend;
	struct server *server;
	struct list screens; /* of headless_screen.link */
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

static int headless_capture(
	struct screen *screen, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	struct target *picture = container_of(screen, struct headless_screen, screen)->picture;

	return picture ? target_read(picture, image, x_px, y_px) : -ENODEV;
}

static const struct screen_interface headless_interface = {
	.show = headless_show,
	.capture = headless_capture,
};

static void headless_screen_destroy(struct headless_screen *headless)
{
	if (!headless)
		return;
	list_remove(&headless->link);
	loop_timer_finish(&headless->beat);
	screen_finish(&headless->screen);
	target_destroy(headless->picture);
	free(headless);
}

static int headless_screen_start(struct headless_screen *headless, struct server *server,
	const char *name, const struct screen_use *use)
{
	int ret = loop_timer_init(&headless->beat, &server->loop, headless_handle_beat);
	int of_screen = screen_init(&headless->screen, server, &headless_interface, name, use);

	if (ret < 0 || of_screen < 0)
		return ret < 0 ? ret : of_screen;
	ret = headless_make_picture(headless);
	if (ret < 0) {
		painters_failed(&server->painters, ret);
		ret = headless_make_picture(headless);
	}
	return ret < 0 ? ret : outputs_update(&headless->screen, false);
}

/* -- as configured -- */

static struct screen_use headless_use(const struct config_output *config)
{
	struct screen_use use = config_use_output(config, WL_OUTPUT_TRANSFORM_NORMAL);

	use.mode = config->mode;
	if (use.mode.width_px == 0)
		use.mode = (struct screen_mode){ .width_px = 1280, .height_px = 720 };
	if (use.mode.refresh_mhz == 0)
		use.mode.refresh_mhz = HEADLESS_REFRESH_MHZ;
	return use;
}

static int headless_add(struct headless *headless, const struct config_output *config)
{
	struct headless_screen *screen = calloc(1, sizeof(*screen));
	struct screen_use use = headless_use(config);

	if (!screen)
		return -ENOMEM;
	screen->start_ns = clock_now_ns();
	screen->beat.source.fd = -1;
	list_append(&headless->screens, &screen->link);
	int ret = headless_screen_start(screen, headless->server, config->name, &use);
	if (ret < 0)
		headless_screen_destroy(screen);
	return ret;
}

static int headless_change(struct headless_screen *headless, const struct config_output *config)
{
	struct screen_use use = headless_use(config);
	const struct screen_mode *mode = &headless->screen.use.mode;
	bool is_other =
		mode->width_px != use.mode.width_px || mode->height_px != use.mode.height_px;

	int ret = screen_set_use(&headless->screen, &use);
	return ret == 0 && is_other ? headless_make_picture(headless) : ret;
}

static struct headless_screen *headless_find(const struct headless *headless, const char *name)
{
	struct headless_screen *screen;

	list_for_each (screen, &headless->screens, link) {
		if (strcmp(screen->screen.name, name) == 0)
			return screen;
	}
	return NULL;
}

static int headless_follow(struct headless *headless, const struct config_output *config)
{
	struct headless_screen *screen = headless_find(headless, config->name);

	if (screen && config->is_enabled)
		return headless_change(screen, config);
	if (config->is_enabled)
		return headless_add(headless, config);
	headless_screen_destroy(screen);
	return 0;
}

static int headless_renew(struct backend *backend)
{
	static const struct config_output standard = {
		.name = "HEADLESS-1", .is_enabled = true, .scale_120 = 120
	};
	struct headless *headless = container_of(backend, struct headless, backend);
	const struct config *config = headless->server->config;
	struct headless_screen *screen, *next;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < config->n_outputs; i++)
		ret = headless_follow(headless, &config->outputs[i]);
	if (config->n_outputs == 0)
		ret = headless_follow(headless, &standard);
	list_for_each_safe (screen, next, &headless->screens, link) {
		if (config->n_outputs > 0 && !config_find_output(config, screen->screen.name))
			headless_screen_destroy(screen);
	}
	if (ret < 0)
		log_error("not all screens are there: %s", strerror(-ret));
	return ret;
}

/* -- life -- */

struct headless *headless_create(struct server *server)
{
	struct headless *headless = calloc(1, sizeof(*headless));

	if (!headless)
		return NULL;
	headless->server = server;
	headless->backend.renew = headless_renew;
	list_init(&headless->screens);
	painters_start(&server->painters, server->config->renderer, -1);
	int ret = headless_renew(&headless->backend);
	if (ret == 0) {
		server->backend = &headless->backend;
		return headless;
	}
	headless_destroy(headless);
	errno = -ret;
	return NULL;
}

void headless_destroy(struct headless *headless)
{
	struct headless_screen *screen, *next;

	if (!headless)
		return;
	list_for_each_safe (screen, next, &headless->screens, link)
		headless_screen_destroy(screen);
	free(headless);
}
