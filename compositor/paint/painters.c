/* SPDX-License-Identifier: MIT */
/* Who paints. */
#include "compositor/paint/painters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/paint/gl_painter.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/pixman_painter.h"

#define AGAIN_NS NSEC_PER_SEC
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
static bool gl_is_wished_for(const struct painters *painters)
{
	switch (painters->wish) {
	case CONFIG_RENDERER_AUTO:
		return painters->card_fd >= 0 && has_gpu();
	case CONFIG_RENDERER_GL:
		return true;
	case CONFIG_RENDERER_PIXMAN:
		return false;
	}
	return false;
}

static void painters_make_gl(struct painters *painters)
{
	painters->gl = gl_painter_create(painters->card_fd, painters->wish == CONFIG_RENDERER_GL);
	if (!painters->gl)
		return;
	painters->began_ns = clock_now_ns();
	painters->current = painters->gl;
	painters->changed(painters);
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
		.card_fd = -1,
		.pixman = pixman_painter_create(),
		.changed = changed,
	};
	painters->current = painters->pixman;
	int ret = loop_timer_init(&painters->again, loop, painters_handle_again);
	return painters->pixman ? ret : -ENOMEM;
}

void painters_finish(struct painters *painters)
{
	loop_timer_finish(&painters->again);
	painter_destroy(painters->gl);
	painter_destroy(painters->pixman);
	painters->gl = painters->pixman = painters->current = NULL;
}

void painters_start(struct painters *painters, enum config_renderer wish, int card_fd)
{
	painters->wish = wish;
	painters->card_fd = card_fd;
	painters->is_started = true;
	if (gl_is_wished_for(painters))
		painters_make_gl(painters);
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
