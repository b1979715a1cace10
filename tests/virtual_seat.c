/* SPDX-License-Identifier: MIT */
/* A seat for a compositor without any. The protocols' requests are listed by hand. */
#include "tests/virtual_seat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

static const struct wl_interface *no_types[8];

enum { POINTER_MOTION, POINTER_MOTION_ABSOLUTE, POINTER_BUTTON, POINTER_AXIS, POINTER_FRAME,
	POINTER_AXIS_SOURCE, POINTER_AXIS_STOP, POINTER_AXIS_DISCRETE, POINTER_DESTROY };

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

enum { KEYBOARD_KEYMAP, KEYBOARD_KEY, KEYBOARD_MODIFIERS, KEYBOARD_DESTROY };

static const struct wl_message keyboard_requests[] = {
	[KEYBOARD_KEYMAP] = { "keymap", "uhu", no_types },
	[KEYBOARD_KEY] = { "key", "uuu", no_types },
	[KEYBOARD_MODIFIERS] = { "modifiers", "uuuu", no_types },
	[KEYBOARD_DESTROY] = { "destroy", "", no_types },
};

static const struct wl_interface keyboard_interface = {
	"zwp_virtual_keyboard_v1", 1, KEYBOARD_DESTROY + 1, keyboard_requests, 0, NULL,
};

/* Of either manager. */
enum { MANAGER_CREATE, POINTER_MANAGER_DESTROY };

static const struct wl_interface *pointer_types[] = { &wl_seat_interface, &pointer_interface };
static const struct wl_interface *keyboard_types[] = { &wl_seat_interface, &keyboard_interface };

static const struct wl_message pointer_manager_requests[] = {
	[MANAGER_CREATE] = { "create_virtual_pointer", "?on", pointer_types },
	[POINTER_MANAGER_DESTROY] = { "destroy", "", no_types },
};

static const struct wl_message keyboard_manager_requests[] = {
	[MANAGER_CREATE] = { "create_virtual_keyboard", "on", keyboard_types },
};

static const struct wl_interface pointer_manager_interface = {
	"zwlr_virtual_pointer_manager_v1", 1, 2, pointer_manager_requests, 0, NULL,
};

static const struct wl_interface keyboard_manager_interface = {
	"zwp_virtual_keyboard_manager_v1", 1, 1, keyboard_manager_requests, 0, NULL,
};

static const char keymap[] = "xkb_keymap {\n"
			     "xkb_keycodes { include \"evdev\" };\n"
			     "xkb_types { include \"complete\" };\n"
			     "xkb_compat { include \"complete\" };\n"
			     "xkb_symbols { include \"pc+us+inet(evdev)\" };\n"
			     "};\n";
#define KEYMAP_FORMAT_XKB_V1 1

static void handle_capabilities(void *data, struct wl_seat *wl_seat, uint32_t capabilities)
{
}

static void handle_name(void *data, struct wl_seat *wl_seat, const char *name)
{
	struct virtual_seat *seat = data;

	if (strcmp(name, seat->name) == 0)
		seat->wl_seat = wl_seat;
	else
		wl_seat_destroy(wl_seat);
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = handle_capabilities,
	.name = handle_name,
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct virtual_seat *seat = data;

	if (strcmp(interface, wl_seat_interface.name) == 0)
		wl_seat_add_listener(wl_registry_bind(registry, name, &wl_seat_interface, 2),
			&seat_listener, seat);
	if (strcmp(interface, pointer_manager_interface.name) == 0)
		seat->pointer_manager =
			wl_registry_bind(registry, name, &pointer_manager_interface, 1);
	if (strcmp(interface, keyboard_manager_interface.name) == 0)
		seat->keyboard_manager =
			wl_registry_bind(registry, name, &keyboard_manager_interface, 1);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

/* What was asked for is done. */
static void virtual_seat_sync(struct virtual_seat *seat)
{
	assert_true(wl_display_roundtrip(seat->display) >= 0);
}

static void virtual_seat_send_keymap(struct virtual_seat *seat)
{
	int fd = memfd_create("keymap", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, keymap, sizeof(keymap)), sizeof(keymap));
	wl_proxy_marshal_flags(seat->keyboard, KEYBOARD_KEYMAP, NULL, 1, 0, KEYMAP_FORMAT_XKB_V1,
		fd, (uint32_t)sizeof(keymap));
	virtual_seat_sync(seat);
	close(fd);
}

void virtual_seat_init(struct virtual_seat *seat, const char *socket, const char *name)
{
	*seat = (struct virtual_seat){ .display = wl_display_connect(socket), .name = name };
	assert_non_null(seat->display);
	seat->registry = wl_display_get_registry(seat->display);
	wl_registry_add_listener(seat->registry, &registry_listener, seat);
	virtual_seat_sync(seat);
	virtual_seat_sync(seat);
	assert_true(seat->wl_seat && seat->pointer_manager && seat->keyboard_manager);
	seat->pointer = wl_proxy_marshal_flags(seat->pointer_manager, MANAGER_CREATE,
		&pointer_interface, 1, 0, seat->wl_seat, NULL);
	seat->keyboard = wl_proxy_marshal_flags(seat->keyboard_manager, MANAGER_CREATE,
		&keyboard_interface, 1, 0, seat->wl_seat, NULL);
	virtual_seat_send_keymap(seat);
}

void virtual_seat_finish(struct virtual_seat *seat)
{
	wl_proxy_marshal_flags(seat->pointer, POINTER_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	wl_proxy_marshal_flags(seat->keyboard, KEYBOARD_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
	wl_proxy_marshal_flags(seat->pointer_manager, POINTER_MANAGER_DESTROY, NULL, 1,
		WL_MARSHAL_FLAG_DESTROY);
	wl_proxy_destroy(seat->keyboard_manager);
	wl_seat_destroy(seat->wl_seat);
	wl_registry_destroy(seat->registry);
	wl_display_roundtrip(seat->display);
	wl_display_disconnect(seat->display);
}

static void virtual_seat_frame(struct virtual_seat *seat)
{
	wl_proxy_marshal_flags(seat->pointer, POINTER_FRAME, NULL, 1, 0);
	virtual_seat_sync(seat);
}

void virtual_seat_point(struct virtual_seat *seat, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height)
{
	wl_proxy_marshal_flags(
		seat->pointer, POINTER_MOTION_ABSOLUTE, NULL, 1, 0, 0, x, y, width, height);
	virtual_seat_frame(seat);
}

void virtual_seat_push(struct virtual_seat *seat, double dx, double dy)
{
	wl_proxy_marshal_flags(seat->pointer, POINTER_MOTION, NULL, 1, 0, 0,
		wl_fixed_from_double(dx), wl_fixed_from_double(dy));
	virtual_seat_frame(seat);
}

void virtual_seat_button(struct virtual_seat *seat, uint32_t button, bool down)
{
	wl_proxy_marshal_flags(
		seat->pointer, POINTER_BUTTON, NULL, 1, 0, 0, button, (uint32_t)down);
	virtual_seat_frame(seat);
}

void virtual_seat_scroll(struct virtual_seat *seat, int32_t detents)
{
	wl_proxy_marshal_flags(seat->pointer, POINTER_AXIS_SOURCE, NULL, 1, 0,
		WL_POINTER_AXIS_SOURCE_WHEEL);
	wl_proxy_marshal_flags(seat->pointer, POINTER_AXIS_DISCRETE, NULL, 1, 0, 0,
		WL_POINTER_AXIS_VERTICAL_SCROLL, wl_fixed_from_int(15 * detents), detents);
	virtual_seat_frame(seat);
}

void virtual_seat_key(struct virtual_seat *seat, uint32_t key, bool down)
{
	wl_proxy_marshal_flags(seat->keyboard, KEYBOARD_KEY, NULL, 1, 0, 0, key, (uint32_t)down);
	virtual_seat_sync(seat);
}

void virtual_seat_modify(struct virtual_seat *seat, uint32_t modifiers)
{
	wl_proxy_marshal_flags(
		seat->keyboard, KEYBOARD_MODIFIERS, NULL, 1, 0, modifiers, 0, 0, 0);
	virtual_seat_sync(seat);
}
