/* SPDX-License-Identifier: MIT */
/* Outputs on the screens of a card. */
#include "compositor/kms/kms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/backend.h"
#include "compositor/config.h"
#include "compositor/kms/hotplug.h"
#include "compositor/kms/probe.h"
#include "compositor/kms/setup.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/seat/session.h"

#define CARDS_MAX 16
#define AGAIN_NS (500 * NSEC_PER_MSEC)
#define PROBE_LIMIT_NS (10 * NSEC_PER_SEC)

struct kms {
	struct backend backend;
	struct server *server;
	struct session session;
	struct session_listener session_listener;
	struct kms_hotplug hotplug;
	struct kms_probe probe;
	struct loop_source events;
	struct loop_timer again; /* the screens could not be taken yet */
	int fd, device_id;       /* -1: none */
	struct kms_setup setup;
};

/* -- events -- */

static void kms_handle_flip(int fd, unsigned int sequence, unsigned int seconds,
	unsigned int microseconds, unsigned int crtc_id, void *data)
{
	struct kms *kms = data;

	/* Of a flip before the card was taken: nothing is shown until it is back. */
	if (!kms->session.active)
		return;
	struct kms_head *head = kms_setup_find_head(&kms->setup, crtc_id);
	if (head)
		kms_head_flipped(head, sequence, seconds, microseconds);
}

static void kms_handle_events(struct loop_source *source, uint32_t events)
{
	drmEventContext context = { .version = 3, .page_flip_handler2 = kms_handle_flip };
	struct kms *kms = container_of(source, struct kms, events);

	drmHandleEvent(source->fd, &context);
	/* There is a first picture; GL may take its time now. */
	if (!kms->server->painters.is_started)
		painters_start(&kms->server->painters, kms->server->config->renderer, kms->fd);
}

static void kms_pause(struct kms *kms)
{
	for (uint32_t i = 0; i < KMS_HEADS_MAX; i++) {
		if (kms->setup.heads[i])
			kms_head_pause(kms->setup.heads[i]);
	}
}

static void kms_handle_disabled(struct session_listener *listener)
{
	struct kms *kms = container_of(listener, struct kms, session_listener);

	log_info("the screens are another session's");
	kms->setup.is_again = false;
	loop_timer_set(&kms->again, 0);
	kms_pause(kms);
}

/* To the same picture, whatever was shown meanwhile, on what is plugged in now. */
static void kms_take_screens(struct kms *kms)
{
	kms_device_look(&kms->setup.device, 0, KMS_ASK_SCREEN);
	int ret = kms_setup_change(&kms->setup);
	for (uint32_t i = 0; ret == 0 && i < KMS_HEADS_MAX; i++) {
		if (kms->setup.heads[i])
			kms_head_resume(kms->setup.heads[i]);
	}
	if (ret == 0) {
		kms->setup.is_again = false;
		log_info("the screens are ours again");
		return;
	}
	if (!kms->setup.is_again)
		log_error("the screens cannot be taken again yet: %s", strerror(-ret));
	kms->setup.is_again = true;
	loop_timer_set(&kms->again, AGAIN_NS);
}

static void kms_handle_again(struct loop_timer *timer)
{
	kms_take_screens(container_of(timer, struct kms, again));
}

static void kms_handle_enabled(struct session_listener *listener)
{
	kms_take_screens(container_of(listener, struct kms, session_listener));
}

static const struct session_listener kms_session_listener = {
	.enabled = kms_handle_enabled,
	.disabled = kms_handle_disabled,
};

/* While the card is another's it cannot be changed; when it is back all is looked at. */
static void kms_handle_hotplug(struct kms_hotplug *hotplug, uint32_t connector_id)
{
	struct kms *kms = container_of(hotplug, struct kms, hotplug);

	if (kms->session.active)
		kms_probe_start(&kms->probe, connector_id);
}

static void kms_handle_probe(struct kms_probe *probe, uint32_t connector_id)
{
	struct kms *kms = container_of(probe, struct kms, probe);

	if (!kms->session.active ||
		!kms_device_look(&kms->setup.device, connector_id, KMS_ASK_KERNEL))
		return;
	if (kms_setup_change(&kms->setup) < 0)
		log_warn("the screens stay as they were");
	/* One that is gone is not waited for. */
	server_check_ready(kms->server);
}

static int kms_renew(struct backend *backend)
{
	struct kms *kms = container_of(backend, struct kms, backend);

	/* When the card is back all is looked at. */
	return kms->session.active ? kms_setup_change(&kms->setup) : 0;
}

/* -- life -- */

static void kms_close_card(struct kms *kms)
{
	kms_device_finish(&kms->setup.device);
	if (kms->fd >= 0)
		session_close_device(&kms->session, kms->device_id, kms->fd);
	kms->fd = -1;
}

static int kms_open_card(struct kms *kms, const char *path)
{
	int fd = session_open_device(&kms->session, path, &kms->device_id);
	if (fd < 0)
		return fd;
	kms->fd = fd;
	int ret = kms_device_read(&kms->setup.device, fd);
	if (ret < 0)
		kms_close_card(kms);
	return ret;
}

static int kms_open_first_card(struct kms *kms, bool with_screen)
{
	char path[32];

	for (int i = 0; i < CARDS_MAX; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		if (access(path, F_OK) < 0)
			continue;
		int ret = kms_open_card(kms, path);
		if (ret == 0 && (!with_screen || kms_device_has_screen(&kms->setup.device))) {
			log_info("the card is %s", path);
			return 0;
		}
		kms_close_card(kms);
		log_info("%s is left alone: %s", path, ret < 0 ? strerror(-ret) : "no screen");
	}
	return -ENODEV;
}

/* Where no screen is plugged in yet, one may be. */
static int kms_open_any_card(struct kms *kms)
{
	int ret = kms_open_first_card(kms, true);

	return ret < 0 ? kms_open_first_card(kms, false) : 0;
}

static int kms_start(struct kms *kms)
{
	struct loop *loop = &kms->server->loop;

	int ret = loop_add(loop, &kms->events, kms->fd, EPOLLIN, kms_handle_events);
	if (ret == 0)
		ret = loop_timer_init(&kms->again, loop, kms_handle_again);
	if (ret == 0)
		ret = kms_probe_init(&kms->probe, loop, kms->fd, PROBE_LIMIT_NS, kms_handle_probe);
	if (ret == 0)
		ret = kms_setup_change(&kms->setup);
	if (ret < 0)
		return ret;
	int of_hotplug =
		kms_hotplug_init(&kms->hotplug, loop, kms->setup.device.number, kms_handle_hotplug);
	if (of_hotplug < 0)
		log_warn("nobody tells of screens that come and go: %s", strerror(-of_hotplug));
	return 0;
}

struct session *kms_session(struct kms *kms)
{
	return &kms->session;
}

struct kms *kms_create(struct server *server)
{
	const char *path = server->config->device;
	struct kms *kms = calloc(1, sizeof(*kms));

	if (!kms)
		return NULL;
	kms->server = kms->setup.server = server;
	kms->setup.event_data = kms;
	kms->backend.renew = kms_renew;
	kms->again.source.fd = -1;
	kms->session_listener = kms_session_listener;
	kms->fd = -1;
	int ret = session_open(&kms->session, &server->loop);
	if (ret < 0)
		goto fail;
	session_listen(&kms->session, &kms->session_listener);
	ret = path[0] ? kms_open_card(kms, path) : kms_open_any_card(kms);
	if (ret < 0) {
		log_error("%s%sno card that has screens: %s", path, path[0] ? ": " : "",
			strerror(-ret));
		goto fail;
	}
	ret = kms_start(kms);
	if (ret < 0)
		goto fail;
	server->backend = &kms->backend;
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
	kms_hotplug_finish(&kms->hotplug);
	kms_probe_finish(&kms->probe);
	kms_setup_finish(&kms->setup);
	loop_timer_finish(&kms->again);
	loop_remove(&kms->events);
	kms_close_card(kms);
	session_close(&kms->session);
	free(kms);
}
