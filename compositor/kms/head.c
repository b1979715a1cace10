/* SPDX-License-Identifier: MIT */
/* A screen of a card. */
#include "compositor/kms/head.h"

#include <errno.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/output.h"
#include "compositor/server.h"
#include "compositor/surface/presentation.h"

#include "presentation-time-server-protocol.h"

/* Any refresh is shorter, by far. */
#define FLIP_LIMIT_NS (2 * NSEC_PER_SEC)
#define RETRY_NS (100 * NSEC_PER_MSEC)

static struct kms_head *head_of(struct screen *screen)
{
	return container_of(screen, struct kms_head, screen);
}

static int kms_head_show(struct screen *screen, const pixman_region32_t *damage)
{
	struct kms_head *head = head_of(screen);
	int fence_fd = -1;

	int ret = kms_canvas_paint(
		&head->canvas, &screen->scene, damage, &head->state.framebuffer, &fence_fd);
	if (ret == 0)
		ret = kms_state_flip(head->device, &head->state, head->event_data);
	fd_close(&fence_fd);
	if (ret < 0) {
		head->state.framebuffer = kms_canvas_framebuffer(&head->canvas);
		loop_timer_set(&head->overdue, RETRY_NS);
		return ret;
	}
	kms_canvas_swap(&head->canvas);
	kms_head_wait(head);
	return 0;
}

static int kms_head_capture(struct screen *screen, pixman_image_t *image)
{
	return kms_canvas_read(&head_of(screen)->canvas, image);
}

static const struct screen_interface kms_head_interface = {
	.show = kms_head_show,
	.capture = kms_head_capture,
};

void kms_head_wait(struct kms_head *head)
{
	loop_timer_set(&head->overdue, FLIP_LIMIT_NS);
}

void kms_head_pause(struct kms_head *head)
{
	loop_timer_set(&head->overdue, 0);
	screen_pause(&head->screen);
}

void kms_head_flipped(
	struct kms_head *head, uint32_t sequence, uint32_t seconds, uint32_t microseconds)
{
	struct presentation_time time = {
		.ns = seconds * NSEC_PER_SEC + microseconds * NSEC_PER_USEC,
		.refresh_ns = screen_refresh_ns(&head->screen),
		.sequence = sequence,
		.is_at_once = sequence == 0, /* what drivers without refreshes say */
	};

	if (!head->has_screen || !head->screen.busy)
		return;
	if (!time.is_at_once)
		time.flags = WP_PRESENTATION_FEEDBACK_KIND_VSYNC |
			     WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK |
			     WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION;
	loop_timer_set(&head->overdue, 0);
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
	screen_resume(&head->screen);
}

int kms_head_init(struct kms_head *head, const struct kms_device *device,
	const struct painters *painters, uint32_t connector, const struct kms_plan_head *plan)
{
	const struct kms_connector *of = &device->connectors[connector];
	const struct screen_mode *mode = &plan->modes[plan->mode];

	*head = (struct kms_head){
		.device = device,
		.mode = *mode,
		.overdue.source.fd = -1,
		.state = {
			.connector = connector,
			.crtc = plan->crtc,
			.plane = plan->plane,
			.width_px = mode->width_px,
			.height_px = mode->height_px,
		},
	};
	for (uint32_t i = 0; i < of->n_modes && !head->state.mode_blob; i++) {
		if (of->modes[i].hdisplay != mode->width_px ||
			of->modes[i].vdisplay != mode->height_px ||
			kms_mode_refresh_mhz(&of->modes[i]) != mode->refresh_mhz)
			continue;
		if (drmModeCreatePropertyBlob(device->fd, &of->modes[i], sizeof(of->modes[i]),
			    &head->state.mode_blob) < 0)
			return -errno;
	}
	int ret = kms_canvas_init(
		&head->canvas, painters, device->fd, mode->width_px, mode->height_px);
	head->state.framebuffer = kms_canvas_framebuffer(&head->canvas);
	return ret;
}

int kms_head_start(struct kms_head *head, struct server *server, void *event_data)
{
	const struct kms_connector *connector = &head->device->connectors[head->state.connector];
	const struct config_output *config = config_find_output(server->config, connector->name);
	struct screen_use use = config_use_output(config);

	int ret = loop_timer_init(&head->overdue, &server->loop, kms_head_handle_overdue);
	if (ret < 0)
		return ret;
	head->has_screen = true;
	head->event_data = event_data;
	use.mode = head->mode;
	ret = screen_init(&head->screen, server, &kms_head_interface, connector->name, &use);
	if (ret < 0)
		return ret;
	head->screen.width_mm = connector->width_mm;
	head->screen.height_mm = connector->height_mm;
	ret = outputs_create(&head->screen, config);
	head->screen.busy = true;
	kms_head_wait(head);
	return ret;
}

void kms_head_finish(struct kms_head *head)
{
	loop_timer_finish(&head->overdue);
	if (head->has_screen)
		screen_finish(&head->screen);
	kms_canvas_finish(&head->canvas);
	if (head->state.mode_blob)
		drmModeDestroyPropertyBlob(head->device->fd, head->state.mode_blob);
	*head = (struct kms_head){ .overdue.source.fd = -1 };
}
