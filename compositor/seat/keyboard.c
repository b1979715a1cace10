/* SPDX-License-Identifier: MIT */
/* wl_keyboard. */
#include "compositor/seat/keyboard.h"

#include <unistd.h>
#include <wayland-server-protocol.h>

#include "compositor/config.h"
#include "compositor/resource.h"
#include "compositor/seat/seat.h"
#include "compositor/seat/session.h"
#include "compositor/server.h"
#include "compositor/surface/surface.h"

#define KEYMAP_PRIVATE_SINCE_VERSION 7 /* is mapped privately from then on */

struct wl_client *keyboard_client(const struct keyboard *keyboard)
{
	const struct surface *focus = keyboard->focus.surface;

	return focus ? wl_resource_get_client(focus->resource) : NULL;
}

#define keyboard_for_each(resource, keyboard, client)                                              \
	wl_resource_for_each(resource,                                                             \
		&(keyboard)->resources) if (wl_resource_get_client(resource) == (client))

/* -- what is said -- */

static void keyboard_send_modifiers(
	const struct keyboard *keyboard, struct wl_resource *resource, uint32_t serial)
{
	const struct keymap_modifiers *now = &keyboard->keymap.modifiers;

	wl_keyboard_send_modifiers(
		resource, serial, now->depressed, now->latched, now->locked, now->group);
}

static void keyboard_send_enter(
	const struct keyboard *keyboard, struct wl_resource *resource, uint32_t serial)
{
	struct wl_array keys = {
		.size = keyboard->n_keys * sizeof(keyboard->keys[0]),
		.data = (void *)keyboard->keys,
	};

	wl_keyboard_send_enter(resource, serial, keyboard->focus.surface->resource, &keys);
	keyboard_send_modifiers(keyboard, resource, serial);
}

static void keyboard_leave(struct keyboard *keyboard)
{
	struct wl_client *client = keyboard_client(keyboard);
	struct wl_resource *resource;

	if (!client)
		return;
	uint32_t serial = seat_next_serial(keyboard->seat, client);
	keyboard_for_each(resource, keyboard, client)
		wl_keyboard_send_leave(resource, serial, keyboard->focus.surface->resource);
}

void keyboard_set_focus(struct keyboard *keyboard, struct surface *surface)
{
	struct wl_resource *resource;

	if (keyboard->focus.surface == surface)
		return;
	struct wl_client *old = keyboard_client(keyboard);
	keyboard_leave(keyboard);
	surface_reference_set(&keyboard->focus, surface);
	struct wl_client *client = keyboard_client(keyboard);
	if (!client)
		return;
	if (client != old) {
		clipboard_tell(&keyboard->seat->clipboard, client);
		primary_selection_tell(&keyboard->seat->primary, client);
	}
	uint32_t serial = seat_next_serial(keyboard->seat, client);
	keyboard_for_each(resource, keyboard, client)
		keyboard_send_enter(keyboard, resource, serial);
}

/* -- keys -- */

static bool keyboard_note(struct keyboard *keyboard, uint32_t key, bool is_down)
{
	uint32_t i = 0;

	while (i < keyboard->n_keys && keyboard->keys[i] != key)
		i++;
	bool was_down = i < keyboard->n_keys;
	if (was_down == is_down || (is_down && keyboard->n_keys == KEYBOARD_KEYS_MAX))
		return false;
	if (is_down)
		keyboard->keys[keyboard->n_keys++] = key;
	else
		keyboard->keys[i] = keyboard->keys[--keyboard->n_keys];
	return true;
}

/* What is ours is not told to clients, nor that it is let go. */
static bool keyboard_take(struct keyboard *keyboard, uint32_t key, bool is_down)
{
	uint32_t terminal = keymap_terminal(&keyboard->keymap, key, is_down);

	struct session *session = keyboard->seat->session;
	if (!terminal || !session || !session->has_terminals)
		return false;
	session_switch(session, terminal);
	return true;
}

static void keyboard_light(const struct keyboard *keyboard, uint32_t leds_before)
{
	if (keyboard->keymap.leds != leds_before && keyboard->leds_changed)
		keyboard->leds_changed(keyboard->leds_data, keyboard->keymap.leds);
}

static void keyboard_update_state(struct keyboard *keyboard, uint32_t key, bool is_down)
{
	struct wl_client *client = keyboard_client(keyboard);
	uint32_t leds = keyboard->keymap.leds;
	struct wl_resource *resource;

	if (keymap_update(&keyboard->keymap, key, is_down) && client) {
		uint32_t serial = seat_next_serial(keyboard->seat, client);
		keyboard_for_each(resource, keyboard, client)
			keyboard_send_modifiers(keyboard, resource, serial);
	}
	keyboard_light(keyboard, leds);
}

void keyboard_handle_key(struct keyboard *keyboard, uint32_t time_ms, uint32_t key, bool is_down)
{
	struct wl_client *client = keyboard_client(keyboard);
	struct wl_resource *resource;

	bool wakes = idle_wake(&keyboard->seat->idle) && is_down;
	if (keyboard_take(keyboard, key, is_down) || wakes || !keyboard_note(keyboard, key, is_down))
		return;
	if (client) {
		uint32_t serial = seat_next_serial(keyboard->seat, client);
		keyboard_for_each(resource, keyboard, client)
			wl_keyboard_send_key(resource, serial, time_ms, key, is_down);
	}
	keyboard_update_state(keyboard, key, is_down);
	server_flush(keyboard->seat->server);
}

/* -- life -- */

static const struct wl_keyboard_interface keyboard_requests = {
	.release = resource_handle_destroy,
};

static void keyboard_resource_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void keyboard_send_keymap(const struct keyboard *keyboard, struct wl_resource *resource)
{
	const struct keymap *keymap = &keyboard->keymap;
	bool is_shared = wl_resource_get_version(resource) >= KEYMAP_PRIVATE_SINCE_VERSION;
	int fd = is_shared ? keymap->fd : keymap_copy(keymap);

	if (fd < 0) {
		wl_resource_post_no_memory(resource);
		return;
	}
	wl_keyboard_send_keymap(resource, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, fd, keymap->size_bytes);
	if (!is_shared)
		close(fd);
}

static void keyboard_send_repeat(const struct keyboard *keyboard, struct wl_resource *resource)
{
	const struct config_keyboard *config = &keyboard->seat->server->config->keyboard;

	if (wl_resource_get_version(resource) >= WL_KEYBOARD_REPEAT_INFO_SINCE_VERSION)
		wl_keyboard_send_repeat_info(
			resource, config->repeat_rate, config->repeat_delay_ms);
}

void keyboard_bind(
	struct keyboard *keyboard, struct wl_client *client, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = resource_create(client, &wl_keyboard_interface, version, id,
		&keyboard_requests, keyboard, keyboard_resource_free);

	if (!resource)
		return;
	wl_list_insert(&keyboard->resources, wl_resource_get_link(resource));
	keyboard_send_keymap(keyboard, resource);
	keyboard_send_repeat(keyboard, resource);
	if (keyboard_client(keyboard) == client)
		keyboard_send_enter(keyboard, resource, seat_next_serial(keyboard->seat, client));
}

int keyboard_start(struct keyboard *keyboard)
{
	if (keyboard->has_keymap)
		return 0;
	int ret = keymap_init(&keyboard->keymap, &keyboard->seat->server->config->keyboard);
	keyboard->has_keymap = ret == 0;
	if (ret < 0)
		keymap_finish(&keyboard->keymap);
	return ret;
}

void keyboard_renew(struct keyboard *keyboard)
{
	struct keymap keymap = { .fd = -1 };
	struct wl_resource *resource;

	if (!keyboard->has_keymap)
		return;
	if (keymap_init(&keymap, &keyboard->seat->server->config->keyboard) < 0) {
		keymap_finish(&keymap);
		return;
	}
	uint32_t leds = keyboard->keymap.leds;
	keymap_finish(&keyboard->keymap);
	keyboard->keymap = keymap;
	keyboard_light(keyboard, leds);
	wl_resource_for_each(resource, &keyboard->resources)
	{
		keyboard_send_keymap(keyboard, resource);
		keyboard_send_repeat(keyboard, resource);
		if (keyboard_client(keyboard) == wl_resource_get_client(resource))
			keyboard_send_modifiers(keyboard, resource,
				seat_next_serial(keyboard->seat, wl_resource_get_client(resource)));
	}
	server_flush(keyboard->seat->server);
}

void keyboard_init(struct keyboard *keyboard, struct seat *seat)
{
	keyboard->seat = seat;
	keyboard->keymap.fd = -1;
	wl_list_init(&keyboard->resources);
}

void keyboard_finish(struct keyboard *keyboard)
{
	surface_reference_set(&keyboard->focus, NULL);
	keymap_finish(&keyboard->keymap);
}
