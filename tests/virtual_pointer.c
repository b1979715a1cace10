/* SPDX-License-Identifier: MIT */
/* A pointer for a compositor without any. The protocol's requests are listed by hand. */
#include "tests/virtual_pointer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <wayland-client.h>

enum { MANAGER_CREATE, MANAGER_DESTROY };
enum { POINTER_MOTION, POINTER_MOTION_ABSOLUTE, POINTER_BUTTON, POINTER_AXIS, POINTER_FRAME,
	POINTER_AXIS_SOURCE, POINTER_AXIS_STOP, POINTER_AXIS_DISCRETE, POINTER_DESTROY };

static const struct wl_interface *no_types[8];

static const struct wl_message pointer_requests[] = {
	[POINTER_MOTION] = { "motion", "uff", no_types },
	[POINTER_MOTION_ABSOLUTE] = { "motion_absolute", "uuuuu", no_types },
	[POINTER_BUTTON] = { "button", "uuu", no_types },
	[POINTER_AXIS] = { "axis", "uuf", no_types },
	[POINTER_FRAME] = { "frame", "", no_types },
	[POINTER_AXIS_SOURCE] = { "axis_source", "u", no_types },
	[POINTER_AXIS_STOP] = { "axis_stop", "uu", no_types },
	[POINTER_AXIS_DISCRETE] = { "axis_discrete", "uufi", no_types },
	[POINTER_DESTROY] = { "destroy", "", no_types },
};

static const struct wl_interface pointer_interface = {
	"zwlr_virtual_pointer_v1", 1, POINTER_DESTROY + 1, pointer_requests, 0, NULL,
};

static const struct wl_interface *create_types[] = { &wl_seat_interface, &pointer_interface };

static const struct wl_message manager_requests[] = {
	[MANAGER_CREATE] = { "create_virtual_pointer", "?on", create_types },
	[MANAGER_DESTROY] = { "destroy", "", no_types },
};

static const struct wl_interface manager_interface = {
	"zwlr_virtual_pointer_manager_v1", 1, MANAGER_DESTROY + 1, manager_requests, 0, NULL,
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct virtual_pointer *pointer = data;

	if (strcmp(interface, manager_interface.name) == 0)
		pointer->manager = wl_registry_bind(registry, name, &manager_interface, 1);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

void virtual_pointer_init(struct virtual_pointer *pointer, const char *socket)
{
	*pointer = (struct virtual_pointer){ .display = wl_display_connect(socket) };
	assert_non_null(pointer->display);
	pointer->registry = wl_display_get_registry(pointer->display);
	wl_registry_add_listener(pointer->registry, &registry_listener, pointer);
	assert_true(wl_display_roundtrip(pointer->display) >= 0);
	assert_non_null(pointer->manager);
	pointer->pointer = wl_proxy_marshal_flags(
		pointer->manager, MANAGER_CREATE, &pointer_interface, 1, 0, NULL, NULL);
	assert_true(wl_display_roundtrip(pointer->display) >= 0);
}

void virtual_pointer_finish(struct virtual_pointer *pointer)
{
	wl_proxy_marshal_flags(
		pointer->pointer, POINTER_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	wl_proxy_marshal_flags(
		pointer->manager, MANAGER_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	wl_registry_destroy(pointer->registry);
	wl_display_roundtrip(pointer->display);
	wl_display_disconnect(pointer->display);
}

void virtual_pointer_move(struct virtual_pointer *pointer, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height)
{
	wl_proxy_marshal_flags(
		pointer->pointer, POINTER_MOTION_ABSOLUTE, NULL, 1, 0, 0, x, y, width, height);
	wl_proxy_marshal_flags(pointer->pointer, POINTER_FRAME, NULL, 1, 0);
	assert_true(wl_display_roundtrip(pointer->display) >= 0);
}
