/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_KEYMAP_H
#define COMPOSITOR_SEAT_KEYMAP_H

/* What keys mean (xkbcommon): a keymap, which modifiers are down, which LEDs are lit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_keyboard;
struct xkb_context;
struct xkb_keymap;
struct xkb_state;

struct keymap_modifiers {
	uint32_t depressed, latched, locked, group;
};

struct keymap {
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	struct xkb_state *held; /* of all keys, those too that no window is told of */
	int fd; /* its text, with the zero at the end, which nobody can change; -1: none */
	size_t size_bytes;
	struct keymap_modifiers modifiers;
	uint32_t leds; /* bits by evdev's LED_*, below 8 */
};

/*
 * Names that are none are said, and XKB's own default is there in their place. 0 or
 * negative errno; finish is safe after a failure too, and on one that is zero but for
 * the descriptor.
 */
int keymap_init(struct keymap *keymap, const struct config_keyboard *config);
void keymap_finish(struct keymap *keymap);
/* The same text in a descriptor of the caller's own, which may be mapped to be changed; or
 * negative errno. */
int keymap_copy(const struct keymap *keymap);

/* Of evdev's key; does `modifiers` differ then? */
bool keymap_update(struct keymap *keymap, uint32_t key, bool is_down);
/*
 * Which virtual terminal is asked for when that key is down, from 1; 0: none. It is to be told of
 * each key.
 */
uint32_t keymap_terminal(struct keymap *keymap, uint32_t key, bool is_down);

#endif
