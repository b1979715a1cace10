/* SPDX-License-Identifier: MIT */
/* Outputs on the screens of a card. */
#include "compositor/kms/kms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/kms/head.h"
#include "compositor/server.h"
#include "compositor/seat/session.h"

#define CARDS_MAX 16

struct kms {
	struct server *server;
	struct session session;
	struct session_listener session_listener;
	struct loop_source events;
	int fd, device_id; /* -1: none */
	struct kms_device device;
	struct kms_plan plan;
	struct kms_head heads[KMS_HEADS_MAX]; /* by connector */
	bool is_lit[KMS_HEADS_MAX];
};

/* -- all screens together -- */

static int kms_ask(struct kms *kms, bool only_test)
{
	struct kms_state_head states[KMS_HEADS_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		if (kms->is_lit[i])
			states[n++] = kms->heads[i].state;
	}
	return only_test ? kms_state_test(&kms->device, states, n)
			 : kms_state_commit(&kms->device, states, n, kms);
}

static void kms_drop_heads(struct kms *kms)
{
	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		if (kms->is_lit[i])
			kms_head_finish(&kms->heads[i]);
		kms->is_lit[i] = false;
	}
}

static int kms_make_heads(struct kms *kms)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < kms->device.n_connectors; i++) {
		if (kms->plan.heads[i].mode == KMS_NONE)
			continue;
		kms->is_lit[i] = true;
		ret = kms_head_init(&kms->heads[i], &kms->device, &kms->server->painters, i,
			&kms->plan.heads[i]);
	}
	return ret;
}

static void kms_say_refused(const struct kms *kms, int error)
{
	char line[512] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		const struct screen_mode *mode = &kms->heads[i].mode;
		if (kms->is_lit[i] && len < sizeof(line))
			len += snprintf(line + len, sizeof(line) - len, " %s %ux%u",
				kms->device.connectors[i].name, mode->width_px, mode->height_px);
	}
	log_warn("the driver refuses%s: %s", line, strerror(-error));
}

/* The first plan that the driver takes. */
static int kms_settle(struct kms *kms)
{
	int ret;

	kms_plan_start(&kms->plan);
	do {
		ret = kms_make_heads(kms);
		if (ret == 0)
			ret = kms_ask(kms, true);
		if (ret == 0)
			return 0;
		kms_say_refused(kms, ret);
		kms_drop_heads(kms);
	} while (kms_plan_fall_back(&kms->plan));
	return ret;
}

static void kms_plan_head_fill(struct kms_plan_head *head, const struct kms_connector *connector,
	const struct config_output *output)
{
	uint32_t wished = KMS_NONE;

	head->possible_crtcs = output && !output->is_enabled ? 0 : connector->possible_crtcs;
	head->n_modes = connector->n_modes;
	for (uint32_t i = 0; i < connector->n_modes; i++)
		head->modes[i] = (struct screen_mode){
			.width_px = connector->modes[i].hdisplay,
			.height_px = connector->modes[i].vdisplay,
			.refresh_mhz = kms_mode_refresh_mhz(&connector->modes[i]),
		};
	if (output && output->mode.width_px) {
		wished = kms_plan_find_mode(head, &output->mode);
		if (wished == KMS_NONE)
			log_warn("output %s has no mode %ux%u: its own is used", connector->name,
				output->mode.width_px, output->mode.height_px);
	}
	kms_plan_sort(head, wished == KMS_NONE ? connector->preferred : wished);
}

static void kms_plan_fill(struct kms *kms)
{
	const struct kms_device *device = &kms->device;

	kms->plan.n_heads = device->n_connectors;
	for (uint32_t i = 0; i < device->n_connectors; i++)
		kms_plan_head_fill(&kms->plan.heads[i], &device->connectors[i],
			config_find_output(kms->server->config, device->connectors[i].name));
	kms->plan.n_planes = device->n_planes;
	for (uint32_t i = 0; i < device->n_planes; i++)
		kms->plan.plane_crtcs[i] = device->planes[i].possible_crtcs;
}

static int kms_start(struct kms *kms)
{
	const struct config *config = kms->server->config;

	kms_plan_fill(kms);
	int ret = kms_settle(kms);
	if (ret == 0)
		ret = kms_ask(kms, false);
	for (uint32_t i = 0; ret == 0 && i < kms->device.n_connectors; i++) {
		const char *name = kms->device.connectors[i].name;
		const struct config_output *output = config_find_output(config, name);
		if (kms->is_lit[i])
			ret = kms_head_start(&kms->heads[i], kms->server, kms);
		else if (output && !output->is_enabled)
			log_info("output %s stays dark, as configured", name);
		else
			log_warn("output %s stays dark: the card has not enough for it", name);
	}
	for (uint32_t i = 0; ret == 0 && i < config->n_outputs; i++) {
		const struct config_output *output = &config->outputs[i];
		if (output->is_enabled && !screen_find(kms->server, output->name))
			log_warn("there is no output %s", output->name);
	}
	return ret;
}

/* -- events -- */

static void kms_handle_flip(int fd, unsigned int sequence, unsigned int seconds,
	unsigned int microseconds, unsigned int crtc_id, void *data)
{
	struct kms *kms = data;

	/* Of a flip before the card was taken: nothing is shown until it is back. */
	if (!kms->session.active)
		return;
	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		struct kms_head *head = &kms->heads[i];
		if (kms->is_lit[i] && kms->device.crtcs[head->state.crtc].id == crtc_id)
			kms_head_flipped(head, sequence, seconds, microseconds);
	}
}

static void kms_handle_events(struct loop_source *source, uint32_t events)
{
	drmEventContext context = { .version = 3, .page_flip_handler2 = kms_handle_flip };

	drmHandleEvent(source->fd, &context);
}

static void kms_handle_disabled(struct session_listener *listener)
{
	struct kms *kms = container_of(listener, struct kms, session_listener);

	log_info("the screens are another session's");
	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		if (kms->is_lit[i])
			kms_head_pause(&kms->heads[i]);
	}
}

/* To the same picture, whatever was shown meanwhile. */
static void kms_handle_enabled(struct session_listener *listener)
{
	struct kms *kms = container_of(listener, struct kms, session_listener);

	int ret = kms_ask(kms, false);
	if (ret < 0)
		log_error("the screens cannot be taken again: %s", strerror(-ret));
	else
		log_info("the screens are ours again");
	for (uint32_t i = 0; i < kms->device.n_connectors; i++) {
		if (!kms->is_lit[i])
			continue;
		if (ret == 0)
			kms_head_wait(&kms->heads[i]);
		else
			screen_resume(&kms->heads[i].screen);
	}
}

static const struct session_listener kms_session_listener = {
	.enabled = kms_handle_enabled,
	.disabled = kms_handle_disabled,
};

/* -- life -- */

static int kms_open_card(struct kms *kms, const char *path)
{
	int fd = session_open_device(&kms->session, path, &kms->device_id);
	if (fd < 0)
		return fd;
	int ret = kms_device_read(&kms->device, fd);
	if (ret == 0) {
		log_info("%s: %u screens", path, kms->device.n_connectors);
		kms->fd = fd;
	} else {
		session_close_device(&kms->session, kms->device_id, fd);
	}
	return ret;
}

static int kms_open_any_card(struct kms *kms)
{
	char path[32];

	for (int i = 0; i < CARDS_MAX; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		if (access(path, F_OK) < 0)
			continue;
		int ret = kms_open_card(kms, path);
		if (ret == 0)
			return 0;
		log_info("%s is left alone: %s", path, strerror(-ret));
	}
	return -ENODEV;
}

struct session *kms_session(struct kms *kms)
{
	return &kms->session;
}

struct kms *kms_create(struct server *server)
{
	struct kms *kms = calloc(1, sizeof(*kms));

	if (!kms)
		return NULL;
	kms->server = server;
	kms->session_listener = kms_session_listener;
	kms->fd = -1;
	int ret = session_open(&kms->session, &server->loop);
	if (ret < 0)
		goto fail;
	session_listen(&kms->session, &kms->session_listener);
	ret = server->config->device[0] ? kms_open_card(kms, server->config->device)
					: kms_open_any_card(kms);
	if (ret < 0) {
		log_error("no card with a screen: %s", strerror(-ret));
		goto fail;
	}
	ret = loop_add(&server->loop, &kms->events, kms->fd, EPOLLIN, kms_handle_events);
	if (ret == 0)
		ret = kms_start(kms);
	if (ret < 0)
		goto fail;
	return kms;
fail:
	kms_destroy(kms);
	errno = -ret;
	return NULL;
}

void kms_destroy(struct kms *kms)
{
	if (!kms)
		return;
	kms_drop_heads(kms);
	loop_remove(&kms->events);
	if (kms->fd >= 0)
		session_close_device(&kms->session, kms->device_id, kms->fd);
	session_close(&kms->session);
	free(kms);
}
