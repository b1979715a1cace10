/* SPDX-License-Identifier: MIT */
/* Whether clients answer. */
#include "compositor/shell/ping.h"

#include <stdlib.h>

#include "base/clock.h"
#include "compositor/server.h"

#include "xdg-shell-server-protocol.h"

#define PING_LIMIT_NS (5 * NSEC_PER_SEC)
#define PING_AGAIN_NS (5 * NSEC_PER_SEC) /* after the last one was sent */

struct ping *ping_create(struct server *server, struct wl_resource *wm_base)
{
	struct ping *ping = calloc(1, sizeof(*ping));

	if (!ping) {
		wl_resource_post_no_memory(wm_base);
		return NULL;
	}
	ping->wm_base = wm_base;
	list_append(&server->pings, &ping->link);
	return ping;
}

void ping_destroy(struct ping *ping)
{
	if (!ping)
		return;
	list_remove(&ping->link);
	free(ping);
}

void ping_answered(struct ping *ping, uint32_t serial)
{
	if (!ping || ping->sent_ns == 0 || serial != ping->serial)
		return;
	ping->sent_ns = 0;
	ping->is_mute = false;
}

void pings_check(struct server *server, int64_t now_ns)
{
	struct ping *ping;

	list_for_each (ping, &server->pings, link) {
		if (ping->sent_ns > 0) {
			ping->is_mute = now_ns - ping->sent_ns > PING_LIMIT_NS;
			continue;
		}
		if (now_ns < ping->again_ns)
			continue;
		ping->serial = wl_display_next_serial(server->display);
		ping->sent_ns = now_ns;
		ping->again_ns = now_ns + PING_AGAIN_NS;
		xdg_wm_base_send_ping(ping->wm_base, ping->serial);
	}
	server_flush(server);
}

bool ping_is_mute(const struct server *server, const struct wl_client *client)
{
	const struct ping *ping;

	list_for_each (ping, &server->pings, link) {
		if (ping->is_mute && wl_resource_get_client(ping->wm_base) == client)
			return true;
	}
	return false;
}
