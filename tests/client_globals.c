/* SPDX-License-Identifier: MIT */
/* What a Wayland client binds first. */
#include "client_globals.h"

#include <string.h>

struct globals {
	const struct client_global *wanted;
	size_t n;
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	const struct globals *globals = data;

	for (size_t i = 0; i < globals->n; i++) {
		const struct client_global *wanted = &globals->wanted[i];
		if (strcmp(interface, wanted->interface->name) == 0)
			*(void **)wanted->proxy = wl_registry_bind(
				registry, name, wanted->interface, wanted->version);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

bool client_globals_bind(struct wl_display *display, const struct client_global *wanted, size_t n)
{
	struct globals globals = { wanted, n };
	struct wl_registry *registry = wl_display_get_registry(display);

	wl_registry_add_listener(registry, &registry_listener, &globals);
	bool is_there = wl_display_roundtrip(display) >= 0;
	wl_registry_destroy(registry);
	return is_there;
}
