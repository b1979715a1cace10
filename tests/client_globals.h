/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CLIENT_GLOBALS_H
#define TESTS_CLIENT_GLOBALS_H

/* What a Wayland client binds first. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wayland-client.h>

struct client_global {
	const struct wl_interface *interface;
	uint32_t version;
	void *proxy; /* where the proxy's address goes, if there is one */
};

/* Those that are there now. false: the connection ended. */
bool client_globals_bind(struct wl_display *display, const struct client_global *wanted, size_t n);

#endif
