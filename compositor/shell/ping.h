/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SHELL_PING_H
#define COMPOSITOR_SHELL_PING_H

/* xdg_wm_base.ping: whether a client that has windows still answers. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct server;

struct ping {
	struct list link; /* of server.pings */
	struct wl_resource *wm_base;
	uint32_t serial;
	int64_t sent_ns;  /* 0: none is unanswered */
	int64_t again_ns; /* not earlier */
	bool is_mute;
};

/* For this object of a client's, as long as that is; NULL: the client was told. */
struct ping *ping_create(struct server *server, struct wl_resource *wm_base);
void ping_destroy(struct ping *ping);
void ping_answered(struct ping *ping, uint32_t serial);

/* Each client is asked again, or found not to answer. */
void pings_check(struct server *server, int64_t now_ns);
bool ping_is_mute(const struct server *server, const struct wl_client *client);

#endif
