/* SPDX-License-Identifier: MIT */
/* A panel, and the beat of its frames. */
#include "compositor/screen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/output.h"
#include "compositor/server.h"
#include "compositor/surface/frames.h"
#include "compositor/surface/presentation.h"
#include "compositor/turn.h"

#define RETRY_NS (100 * NSEC_PER_MSEC)

static struct log_limit failures;

/* -- the beat -- */

/* The frame under way is not seen: nobody waits for it. */
static void screen_drop_frame(struct screen *screen)
{
	struct output *output;

	list_for_each (output, &screen->outputs, screen_link) {
		presentation_discard(&output->feedbacks);
		frames_shown(output, clock_now_ns());
	}
}

/* Later, however often clients draw until then. */
static void screen_try_again(struct screen *screen, int error)
{
	/* A session that is taken away loses its card before it is told. */
	enum log_level level = error == -EACCES ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN;

	screen->busy = false;
	screen->wanted = true;
	loop_timer_set(&screen->begin, RETRY_NS);
	screen_drop_frame(screen);
	log_limited(&failures, level, "screen %s: a frame was not shown: %s", screen->name,
		strerror(-error));
}

static void screen_handle_repaint(struct loop_hook *hook)
{
	struct screen *screen = container_of(hook, struct screen, repaint);
	int64_t begun_ns = clock_now_ns();
	pixman_region32_t damage;

	if (!screen->wanted || screen->busy || screen->is_held || screen->is_off)
		return;
	screen->wanted = false;
	pixman_region32_init(&damage);
	pixman_region32_copy(&damage, &screen->damage);
	pixman_region32_clear(&screen->damage);
	scene_build(&screen->scene, screen);
	scene_tell(&screen->scene, begun_ns);
	screen->busy = true;
	int ret = screen->interface->show(screen, &damage);
	beat_given(&screen->beat, clock_now_ns());
	if (ret < 0) {
		pixman_region32_union(&screen->damage, &screen->damage, &damage);
		screen_try_again(screen, ret);
	}
	pixman_region32_fini(&damage);
	server_flush(screen->server);
}

static void screen_handle_begin(struct loop_timer *timer)
{
	struct screen *screen = container_of(timer, struct screen, begin);

	loop_hook_arm(&screen->server->loop, &screen->repaint);
}

static void screen_plan(struct screen *screen, int64_t wanted_ns)
{
	int64_t left_ns = beat_begin(&screen->beat, wanted_ns) - clock_now_ns();

	if (left_ns > 0)
		loop_timer_set(&screen->begin, left_ns);
	else
		loop_hook_arm(&screen->server->loop, &screen->repaint);
}

void screen_schedule(struct screen *screen)
{
	if (screen->wanted)
		return;
	screen->wanted = true;
	if (!screen->busy)
		screen_plan(screen, clock_now_ns());
}

void screen_hold(struct screen *screen)
{
	screen->is_held = true;
}

void screen_release(struct screen *screen)
{
	screen->is_held = false;
	if (screen->wanted && !screen->busy)
		screen_plan(screen, clock_now_ns());
}

void screen_damage(struct screen *screen, const pixman_box32_t *box)
{
	struct pixman_f_transform matrix;

	screen_from_upright(screen, &matrix);
	pixman_box32_t turned = turn_box(&matrix, box);
	if (turned.x2 > turned.x1 && turned.y2 > turned.y1)
		pixman_region32_union_rect(&screen->damage, &screen->damage, turned.x1, turned.y1,
			turned.x2 - turned.x1, turned.y2 - turned.y1);
	pixman_region32_intersect_rect(&screen->damage, &screen->damage, 0, 0,
		screen->use.mode.width_px, screen->use.mode.height_px);
	screen_schedule(screen);
}

void screen_damage_all(struct screen *screen)
{
	pixman_region32_union_rect(&screen->damage, &screen->damage, 0, 0,
		screen->use.mode.width_px, screen->use.mode.height_px);
	screen_schedule(screen);
}

void screens_damage_all(const struct server *server)
{
	struct screen *screen;

	list_for_each (screen, &server->screens, link)
		screen_damage_all(screen);
}

void screen_presented(struct screen *screen, const struct presentation_time *time)
{
	struct output *output;

	screen->busy = false;
	if (screen->n_frames++ == 0)
		server_check_ready(screen->server);
	if (beat_shown(&screen->beat, time->ns, time->is_at_once))
		screen->n_late++;
	list_for_each (output, &screen->outputs, screen_link) {
		presentation_send(&output->feedbacks, output, time);
		frames_shown(output, clock_now_ns());
	}
	if (screen->wanted)
		screen_plan(screen, time->ns);
	server_flush(screen->server);
}

void screen_pause(struct screen *screen)
{
	screen->busy = true;
	beat_lose(&screen->beat);
	screen_drop_frame(screen);
}

void screen_resume(struct screen *screen)
{
	screen->busy = screen->wanted = false;
	beat_lose(&screen->beat);
	screen_damage_all(screen);
}

int screen_set_power(struct screen *screen, bool is_on)
{
	if (screen->is_off == !is_on)
		return 0;
	int ret = screen->interface->set_power ? screen->interface->set_power(screen, is_on) : 0;
	if (ret < 0)
		return ret;
	screen->is_off = !is_on;
	log_info("screen %s: %s", screen->name, is_on ? "on" : "off");
	screen_drop_frame(screen);
	beat_lose(&screen->beat);
	screen->wanted = false;
	screen_damage_all(screen);
	return 0;
}

int screen_set_brightness(struct screen *screen, uint32_t percent)
{
	return screen->interface->set_brightness
		       ? screen->interface->set_brightness(screen, percent)
		       : -ENOTSUP;
}

/* -- where things are -- */

uint32_t screen_refresh_ns(const struct screen *screen)
{
	return INT64_C(1000000000000) / screen->use.mode.refresh_mhz;
}

uint32_t screen_width_px(const struct screen *screen)
{
	const struct screen_mode *mode = &screen->use.mode;

	return turn_is_on_side(screen->use.transform) ? mode->height_px : mode->width_px;
}

uint32_t screen_height_px(const struct screen *screen)
{
	const struct screen_mode *mode = &screen->use.mode;

	return turn_is_on_side(screen->use.transform) ? mode->width_px : mode->height_px;
}

void screen_from_upright(const struct screen *screen, struct pixman_f_transform *matrix)
{
	turn_from_upright(
		matrix, screen->use.transform, screen_width_px(screen), screen_height_px(screen));
}

void screen_to_upright(const struct screen *screen, double u, double v, double *x_px, double *y_px)
{
	struct pixman_f_transform matrix;
	struct pixman_f_vector at = { {
		u * screen->use.mode.width_px,
		v * screen->use.mode.height_px,
		1,
	} };

	screen_from_upright(screen, &matrix);
	pixman_f_transform_invert(&matrix, &matrix);
	pixman_f_transform_point(&matrix, &at);
	*x_px = at.v[0];
	*y_px = at.v[1];
}

struct output *screen_locate(const struct screen *screen, double u, double v, double *x, double *y)
{
	struct output *output;
	double x_px, y_px;

	screen_to_upright(screen, u, v, &x_px, &y_px);
	list_for_each (output, &screen->outputs, screen_link) {
		const pixman_box32_t *box = &output->box;
		if (x_px < box->x1 || x_px >= box->x2 || y_px < box->y1 || y_px >= box->y2)
			continue;
		output_locate(output, x_px, y_px, x, y);
		return output;
	}
	return NULL;
}

/* -- life -- */

struct screen *screen_find(const struct server *server, const char *name)
{
	struct screen *screen;

	list_for_each (screen, &server->screens, link) {
		if (strcmp(screen->name, name) == 0)
			return screen;
	}
	return NULL;
}

static void screen_place(struct screen *screen)
{
	if (!screen->use.is_placed)
		outputs_next_place(screen, &screen->use.x, &screen->use.y);
}

static void screen_say(const struct screen *screen)
{
	const struct screen_mode *mode = &screen->use.mode;

	log_info("screen %s: %ux%u, %u.%03u Hz", screen->name, mode->width_px, mode->height_px,
		mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
}

/* As configured. */
static void screen_light(struct screen *screen)
{
	uint32_t percent = screen->use.brightness_percent;
	int ret = percent ? screen_set_brightness(screen, percent) : 0;

	if (ret < 0)
		log_warn("screen %s: its brightness cannot be set: %s", screen->name,
			ret == -ENOTSUP ? "it has no light that can be" : strerror(-ret));
}

int screen_set_use(struct screen *screen, const struct screen_use *use)
{
	const struct screen_mode *mode = &screen->use.mode;
	struct screen_use old = screen->use;
	uint32_t old_width_px = screen_width_px(screen), old_height_px = screen_height_px(screen);

	screen->use = *use;
	/* One that is as large as before stays where it was put. */
	if (!use->is_placed) {
		screen->use.x = old.x;
		screen->use.y = old.y;
	}
	if (old.is_placed || old_width_px != screen_width_px(screen) ||
		old_height_px != screen_height_px(screen) || old.scale_120 != use->scale_120)
		screen_place(screen);
	if (old.brightness_percent != use->brightness_percent)
		screen_light(screen);
	bool is_other = old.transform != use->transform || old.scale_120 != use->scale_120 ||
			old.x != screen->use.x || old.y != screen->use.y ||
			old.mode.width_px != mode->width_px ||
			old.mode.height_px != mode->height_px ||
			old.mode.refresh_mhz != mode->refresh_mhz;
	if (is_other) {
		beat_init(&screen->beat, screen_refresh_ns(screen));
		pixman_region32_clear(&screen->damage);
		screen_damage_all(screen);
		screen_say(screen);
	}
	return outputs_update(screen, is_other);
}

int screen_init(struct screen *screen, struct server *server,
	const struct screen_interface *interface, const char *name, const struct screen_use *use)
{
	screen->server = server;
	screen->interface = interface;
	screen->use = *use;
	list_init(&screen->link);
	list_init(&screen->outputs);
	scene_init(&screen->scene);
	pixman_region32_init(&screen->damage);
	loop_hook_init(&screen->repaint, screen_handle_repaint);
	int ret = loop_timer_init(&screen->begin, &server->loop, screen_handle_begin);
	beat_init(&screen->beat, screen_refresh_ns(screen));
	snprintf(screen->name, sizeof(screen->name), "%s", name);
	screen_place(screen);
	list_append(&server->screens, &screen->link);
	screen_damage_all(screen);
	screen_say(screen);
	screen_light(screen);
	return ret;
}

void screen_finish(struct screen *screen)
{
	/* They ask for frames yet as they go. */
	while (!list_empty(&screen->outputs))
		output_destroy(container_of(screen->outputs.next, struct output, screen_link));
	loop_timer_finish(&screen->begin);
	loop_hook_disarm(&screen->repaint);
	scene_finish(&screen->scene);
	list_remove(&screen->link);
	pixman_region32_fini(&screen->damage);
}
