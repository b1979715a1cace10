/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_KEYBOARD_H
#define COMPOSITOR_SEAT_KEYBOARD_H

/* wl_keyboard: all keyboards are one, with one keymap. */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "compositor/seat/keymap.h"
#include "compositor/surface/reference.h"

#define KEYBOARD_KEYS_MAX 64

struct seat;

struct keyboard {
	struct seat *seat;
	struct keymap keymap;
	bool has_keymap;
	struct wl_list resources;
	struct surface_reference focus;
	uint32_t keys[KEYBOARD_KEYS_MAX]; /* down, in evdev's codes */
	uint32_t n_keys;
	/* Which LEDs are to be lit; NULL: nobody has any. */
	void (*leds_changed)(void *data, uint32_t leds);
	void *leds_data;
};

void keyboard_init(struct keyboard *keyboard, struct seat *seat);
void keyboard_finish(struct keyboard *keyboard);
/* Before the first device. 0 or negative errno: there is no keymap to be had. */
int keyboard_start(struct keyboard *keyboard);
/* The configuration is another one: clients get the keymap that it has. */
void keyboard_renew(struct keyboard *keyboard);
void keyboard_bind(
	struct keyboard *keyboard, struct wl_client *client, uint32_t version, uint32_t id);

void keyboard_handle_key(struct keyboard *keyboard, uint32_t time_ms, uint32_t key, bool is_down);
/* Whose it is, or NULL. */
struct wl_client *keyboard_client(const struct keyboard *keyboard);
/* NULL: nobody. */
void keyboard_set_focus(struct keyboard *keyboard, struct surface *surface);

#endif
