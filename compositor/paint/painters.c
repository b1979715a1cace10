/* SPDX-License-Identifier: MIT */
/* Who paints. */
#include "compositor/paint/painters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/paint/gl_context.h"
#include "compositor/paint/gl_painter.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/pixman_painter.h"

#define AGAIN_NS NSEC_PER_SEC
#define PROBE_LIMIT_NS (60 * NSEC_PER_SEC)
#define FAILURES_MAX 8
#define WORKED_NS (60 * NSEC_PER_SEC)
#define RENDER_NODE_FIRST 128
#define RENDER_NODE_LAST 191

/* Without one Mesa would paint by software, and is not worth loading. */
static bool has_gpu(void)
{
	char path[32];

	for (int i = RENDER_NODE_FIRST; i <= RENDER_NODE_LAST; i++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", i);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* By software pixman is the faster one. */
static bool gl_is_wished_for(enum config_renderer wish, int card_fd)
{
	switch (wish) {
	case CONFIG_RENDERER_AUTO:
		return card_fd >= 0 && has_gpu();
	case CONFIG_RENDERER_GL:
		return true;
	case CONFIG_RENDERER_PIXMAN:
		return false;
	}
	return false;
}

static bool takes_software(const struct painters *painters)
{
	return painters->wish == CONFIG_RENDERER_GL;
}

static void painters_make_gl(struct painters *painters)
{
	painters->gl = gl_painter_create(painters->device, takes_software(painters));
	if (!painters->gl)
		return;
	log_info("GL paints: %s", painters->gl->name);
	painters->began_ns = clock_now_ns();
	painters->current = painters->gl;
	painters->changed(painters);
}

static void painters_handle_probe(struct gl_probe *probe, bool is_good)
{
	if (is_good)
		painters_make_gl(container_of(probe, struct painters, probe));
}

/* Later. false: it failed too often. */
static bool painters_wait(struct painters *painters)
{
	if (++painters->n_failures >= FAILURES_MAX)
		return false;
	loop_timer_set(&painters->again, AGAIN_NS);
	return true;
}

/* A GPU that was reset may take its time. */
static void painters_handle_again(struct loop_timer *timer)
{
	struct painters *painters = container_of(timer, struct painters, again);

	painters_make_gl(painters);
	if (!painters->gl)
		painters_wait(painters);
}

int painters_init(
	struct painters *painters, struct loop *loop, void (*changed)(struct painters *painters))
{
	*painters = (struct painters){
		.pixman = pixman_painter_create(),
		.changed = changed,
	};
	painters->current = painters->pixman;
	int of_probe = gl_probe_init(&painters->probe, loop, painters_handle_probe);
	int ret = loop_timer_init(&painters->again, loop, painters_handle_again);
	return !painters->pixman ? -ENOMEM : ret < 0 ? ret : of_probe;
}

void painters_finish(struct painters *painters)
{
	gl_probe_finish(&painters->probe);
	loop_timer_finish(&painters->again);
	free(painters->device);
	painters->device = NULL;
	painter_destroy(painters->gl);
	painter_destroy(painters->pixman);
	painters->gl = painters->pixman = painters->current = NULL;
}

void painters_start(struct painters *painters, enum config_renderer wish, int card_fd)
{
	painters->wish = wish;
	painters->is_started = true;
	if (!gl_is_wished_for(wish, card_fd))
		return;
	if (card_fd < 0) {
		painters_make_gl(painters);
		return;
	}
	painters->device = gl_device_find(card_fd);
	int ret = painters->device ? gl_probe_start(&painters->probe, painters->device,
					     takes_software(painters), PROBE_LIMIT_NS)
				   : -ENODEV;
	if (ret < 0)
		log_warn("no GL: %s", strerror(-ret));
}

void painters_failed(struct painters *painters, int error)
{
	if (painters->current != painters->gl)
		return;
	if (clock_now_ns() - painters->began_ns > WORKED_NS)
		painters->n_failures = 0;
	log_warn("GL cannot paint: %s: pixman does%s", strerror(-error),
		painters_wait(painters) ? " until it can" : "");
	painters->current = painters->pixman;
	painters->changed(painters);
	painter_destroy(painters->gl);
	painters->gl = NULL;
}
