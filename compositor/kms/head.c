/* SPDX-License-Identifier: MIT */
/* A screen of a card. */
#include "compositor/kms/head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/backlight.h"
#include "compositor/formats.h"
#include "compositor/output.h"
#include "compositor/server.h"
#include "compositor/surface/presentation.h"

#include "presentation-time-server-protocol.h"

/* Any refresh is shorter, by far. */
#define FLIP_LIMIT_NS (2 * NSEC_PER_SEC)

static struct kms_head *head_of(struct screen *screen)
{
	return container_of(screen, struct kms_head, screen);
}

/* A client's picture that fills the screen, whatever else is above it. */
static bool scene_is_filled(const struct scene *scene, const struct screen_mode *mode)
{
	for (uint32_t i = 0; i < scene->n_items; i++) {
		const struct scene_item *item = &scene->items[i];
		if (item->surface && item->clip.x1 <= 0 && item->clip.y1 <= 0 &&
			item->clip.x2 >= (int32_t)mode->width_px &&
			item->clip.y2 >= (int32_t)mode->height_px)
			return true;
	}
	return false;
}

static bool kms_head_wants_vrr(const struct kms_head *head)
{
	const struct kms_device *device = head->device;

	return head->screen.use.vrr && !head->refuses_vrr &&
	       device->connectors[head->state.connector].has_vrr &&
	       device->crtcs[head->state.crtc].properties[KMS_CRTC_VRR_ENABLED] &&
	       scene_is_filled(&head->screen.scene, &head->mode);
}

/* The driver is asked for less. false: there is nothing that it could be. */
static bool kms_head_give_up(struct kms_head *head)
{
	if (kms_planes_give_up(&head->planes))
		return true;
	if (!head->state.has_vrr)
		return false;
	log_warn("screen %s: the driver refuses that refreshes wait for frames", head->screen.name);
	head->refuses_vrr = true;
	return true;
}

static int kms_head_flip(struct kms_head *head, const pixman_region32_t *damage, int *shown_fd)
{
	struct kms_planes *planes = &head->planes;
	int fence_fd = -1, ret = 0;

	head->state.has_vrr = kms_head_wants_vrr(head);
	kms_planes_spread(planes, &head->screen.scene, damage, &head->state,
		kms_canvas_framebuffer(&head->canvas));
	if (planes->allocation.is_composed)
		ret = kms_canvas_paint(&head->canvas, &planes->rest, &planes->damage,
			&head->state.picture.framebuffer, &fence_fd);
	if (ret == 0)
		ret = kms_state_flip(head->device, &head->state, fence_fd,
			kms_pictures_want_fence(&planes->pictures) ? shown_fd : NULL,
			head->event_data);
	fd_close(&fence_fd);
	return ret;
}

static void kms_head_tell_ways(struct kms_head *head)
{
	static struct log_limit limit;
	struct screen *screen = &head->screen;
	struct ways before = screen->ways;

	kms_planes_given(&head->planes, &head->state, &screen->scene, &screen->ways);
	if (ways_differ(&before, &screen->ways))
		ways_log(&screen->ways, screen->name, &limit);
}

static int kms_head_show(struct screen *screen, const pixman_region32_t *damage)
{
	struct kms_head *head = head_of(screen);
	struct kms_state_head before = head->state;
	int shown_fd = -1, ret;

	do {
		ret = kms_head_flip(head, damage, &shown_fd);
	} while ((ret == -EINVAL || ret == -ERANGE || ret == -ENOSPC) && kms_head_give_up(head));
	if (ret < 0) {
		kms_canvas_refuse(&head->canvas, ret);
		head->state = before;
		return ret;
	}
	if (head->planes.allocation.is_composed)
		kms_canvas_swap(&head->canvas);
	kms_head_tell_ways(head);
	kms_pictures_fence(&head->planes.pictures, shown_fd);
	fd_close(&shown_fd);
	screen->beat.is_variable = head->state.has_vrr;
	head->is_due = true;
	loop_timer_set(&head->overdue, FLIP_LIMIT_NS);
	return 0;
}

/* What is on planes comes above what was painted. */
static int kms_head_capture(
	struct screen *screen, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	struct kms_head *head = head_of(screen);

	int ret = kms_canvas_read(&head->canvas, image, x_px, y_px);
	return ret < 0 || !kms_planes_are_used(&head->planes)
		       ? ret
		       : kms_planes_capture(&head->planes, screen->server->painters.current, image,
				 x_px, y_px);
}

/* While the card is another's it is only noted. */
static int kms_head_set_power(struct screen *screen, bool is_on)
{
	struct kms_head *head = head_of(screen);

	head->state.is_off = !is_on;
	int ret = head->is_paused ? 0 : kms_state_set_power(head->device, &head->state);
	if (ret < 0)
		head->state.is_off = is_on;
	return ret;
}

static int kms_head_set_brightness(struct screen *screen, uint32_t percent)
{
	return backlight_set("/sys", screen->device, screen->name, percent);
}

static const struct screen_interface kms_head_interface = {
	.show = kms_head_show,
	.set_brightness = kms_head_set_brightness,
	.set_power = kms_head_set_power,
	.capture = kms_head_capture,
};

void kms_head_pause(struct kms_head *head)
{
	head->is_due = false;
	head->is_paused = true;
	loop_timer_set(&head->overdue, 0);
	screen_pause(&head->screen);
}

void kms_head_resume(struct kms_head *head)
{
	head->is_paused = false;
	screen_resume(&head->screen);
}

void kms_head_flipped(
	struct kms_head *head, uint32_t sequence, uint32_t seconds, uint32_t microseconds)
{
	struct presentation_time time = {
		.ns = seconds * NSEC_PER_SEC + microseconds * NSEC_PER_USEC,
		/* Of no length where it waits for frames (wp_presentation_feedback.presented). */
		.refresh_ns = head->state.has_vrr ? 0 : screen_refresh_ns(&head->screen),
		.sequence = sequence,
		.is_at_once = sequence == 0, /* what drivers without refreshes say */
	};

	if (!head->is_due)
		return;
	head->is_due = false;
	if (!time.is_at_once)
		time.flags = WP_PRESENTATION_FEEDBACK_KIND_VSYNC |
			     WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK |
			     WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION;
	loop_timer_set(&head->overdue, 0);
	kms_planes_shown(&head->planes, &head->state);
	screen_presented(&head->screen, &time);
}

static void kms_head_handle_overdue(struct loop_timer *timer)
{
	static struct log_limit limit;
	struct kms_head *head = container_of(timer, struct kms_head, overdue);

	if (head->screen.busy)
		log_limited(&limit, LOG_LEVEL_WARN,
			"screen %s: the driver never told of a frame: going on without",
			head->screen.name);
	head->is_due = false;
	screen_resume(&head->screen);
}

static int kms_head_make_mode(struct kms_head *head, const struct kms_connector *connector)
{
	const drmModeModeInfo *timings = kms_connector_find_mode(connector, &head->mode);

	if (!timings)
		return -EINVAL;
	head->timings = *timings;
	return drmModeCreatePropertyBlob(
		       head->device->fd, timings, sizeof(*timings), &head->state.mode_blob) < 0
		       ? -errno
		       : 0;
}

/* The colour of the first picture. */
static uint32_t kms_head_ground(const struct kms_head *head, const struct config *config)
{
	const struct kms_connector *connector = &head->device->connectors[head->state.connector];
	const struct config_output *own =
		config_find_screen(config, connector->name, &connector->identity);

	return config_background_of(config, own)->colour;
}

struct kms_head *kms_head_create(struct kms_device *device, struct server *server,
	uint32_t connector, const struct kms_plan_head *plan)
{
	const struct screen_mode *mode = &plan->modes[plan->mode];
	struct kms_head *head = calloc(1, sizeof(*head));

	if (!head)
		return NULL;
	head->device = device;
	head->mode = *mode;
	head->overdue.source.fd = -1;
	head->state = (struct kms_state_head){
		.connector = connector,
		.crtc = plan->crtc,
		.plane = plan->plane,
		.width_px = mode->width_px,
		.height_px = mode->height_px,
	};
	int ret = kms_planes_init(&head->planes, device);
	if (ret == 0)
		ret = kms_head_make_mode(head, &device->connectors[connector]);
	if (ret == 0)
		ret = kms_canvas_init(&head->canvas, &server->painters,
			&device->planes[plan->plane].formats, device->fd, mode->width_px,
			mode->height_px);
	if (ret == 0) {
		kms_canvas_fill(&head->canvas, kms_head_ground(head, server->config));
		kms_state_show(&head->state, kms_canvas_framebuffer(&head->canvas));
		return head;
	}
	kms_head_destroy(head);
	errno = -ret;
	return NULL;
}

static struct screen_use kms_head_use(const struct kms_head *head, const struct config *config)
{
	const struct kms_connector *connector = &head->device->connectors[head->state.connector];
	struct screen_use use =
		config_use_output(config_find_screen(config, connector->name, &connector->identity),
			connector->mounted);

	use.mode = head->mode;
	return use;
}

/* As the panel says. true: it is another one than before. */
static bool kms_head_identify(struct kms_head *head)
{
	const struct kms_connector *connector = &head->device->connectors[head->state.connector];
	struct screen *screen = &head->screen;
	bool is_other =
		memcmp(&screen->identity, &connector->identity, sizeof(screen->identity)) != 0 ||
		screen->width_mm != connector->width_mm ||
		screen->height_mm != connector->height_mm;

	screen->identity = connector->identity;
	screen->width_mm = connector->width_mm;
	screen->height_mm = connector->height_mm;
	return is_other;
}

int kms_head_start(struct kms_head *head, struct server *server, void *event_data)
{
	const struct kms_connector *connector = &head->device->connectors[head->state.connector];
	struct screen_use use = kms_head_use(head, server->config);

	kms_head_identify(head);
	int ret = loop_timer_init(&head->overdue, &server->loop, kms_head_handle_overdue);
	if (ret < 0)
		return ret;
	head->has_screen = true;
	head->event_data = event_data;
	head->screen.device = head->device->number;
	ret = screen_init(&head->screen, server, &kms_head_interface, connector->name, &use);
	if (ret < 0)
		return ret;
	if (connector->identity.make[0])
		log_info("screen %s: %s, %s, %s", connector->name, connector->identity.make,
			connector->identity.model, connector->identity.serial);
	head->screen.scanout_formats = &head->device->planes[head->state.plane].formats;
	return outputs_update(&head->screen, false);
}

void kms_head_replace(struct kms_head *head, struct kms_head *fresh)
{
	struct kms_head old = *head;

	head->state = fresh->state;
	head->state.is_off = old.state.is_off;
	head->mode = fresh->mode;
	head->timings = fresh->timings;
	head->canvas = fresh->canvas;
	fresh->state = old.state;
	fresh->canvas = old.canvas;
	kms_planes_forget(&head->planes);
	screen_damage_all(&head->screen);
	kms_head_destroy(fresh);
}

/* Its planes above the primary one are anybody's. */
static void kms_head_leave_planes(struct kms_head *head)
{
	for (uint32_t i = 0; i < head->device->n_others; i++) {
		if (head->device->others[i].crtc == head->state.crtc)
			head->device->others[i].crtc = KMS_NONE;
	}
}

void kms_head_place(struct kms_head *head, uint32_t crtc, uint32_t plane, bool keeps_planes)
{
	/* What ended with the commit is told of the CRTC that was its own. */
	if (head->is_due && head->state.crtc != crtc) {
		kms_head_pause(head);
		kms_head_resume(head);
	}
	if (!keeps_planes || head->state.crtc != crtc || head->state.plane != plane) {
		kms_head_leave_planes(head);
		kms_state_show(&head->state, kms_canvas_framebuffer(&head->canvas));
		kms_planes_forget(&head->planes);
		screen_damage_all(&head->screen);
	}
	head->state.crtc = crtc;
	head->state.plane = plane;
	head->canvas.formats = head->screen.scanout_formats = &head->device->planes[plane].formats;
}

int kms_head_update(struct kms_head *head)
{
	struct screen_use use = kms_head_use(head, head->screen.server->config);
	bool is_other_panel = kms_head_identify(head);

	int ret = screen_set_use(&head->screen, &use);
	return ret == 0 && is_other_panel ? outputs_update(&head->screen, true) : ret;
}

void kms_head_destroy(struct kms_head *head)
{
	if (!head)
		return;
	loop_timer_finish(&head->overdue);
	if (head->has_screen) {
		kms_head_leave_planes(head);
		screen_finish(&head->screen);
	}
	kms_planes_finish(&head->planes);
	kms_canvas_finish(&head->canvas);
	if (head->state.mode_blob)
		drmModeDestroyPropertyBlob(head->device->fd, head->state.mode_blob);
	free(head);
}
