/* SPDX-License-Identifier: MIT */
/* A seat's keyboard: keys to the guest's. */
#include "backends/wayland/keyboard.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>
#include <wayland-client.h>

#include "backends/input.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/seat.h"

enum {
	MODIFIER_CTRL = 3 << 0, /* left, right */
	MODIFIER_ALT = 3 << 2,
};

static const uint32_t modifier_keys[] = { KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT, KEY_RIGHTALT,
	KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTMETA, KEY_RIGHTMETA };

#define N_MODIFIERS (sizeof(modifier_keys) / sizeof(modifier_keys[0]))

void keyboard_init(struct keyboard *keyboard, struct seat *seat)
{
	*keyboard = (struct keyboard){ .seat = seat };
}

static struct input_port *keyboard_port(struct keyboard *keyboard)
{
	return &keyboard->seat->port;
}

/* The bit of a key; 0: it is no modifier. */
static uint32_t modifier_find(uint32_t key)
{
	for (size_t i = 0; i < N_MODIFIERS; i++) {
		if (modifier_keys[i] == key)
			return 1u << i;
	}
	return 0;
}

static void keyboard_press(struct keyboard *keyboard, uint32_t key, bool down)
{
	uint32_t modifier = modifier_find(key);

	keyboard->modifiers =
		down ? keyboard->modifiers | modifier : keyboard->modifiers & ~modifier;
	input_key(keyboard_port(keyboard), input_device(INPUT_KEYBOARD, 0), key, down);
}

static void keyboard_lift(struct keyboard *keyboard)
{
	input_lift(keyboard_port(keyboard), input_device(INPUT_KEYBOARD, 0));
}

static void keyboard_leave(struct keyboard *keyboard)
{
	if (!keyboard->focus)
		return;
	lock_leave(&keyboard->seat->lock, keyboard->focus);
	keyboard->seat->lock.frees = false;
	keyboard->focus = NULL;
	keyboard->modifiers = 0;
	keyboard_lift(keyboard);
}

static void keyboard_handle_keymap(void *data, struct wl_keyboard *wl_keyboard, uint32_t format,
	int32_t fd, uint32_t size_bytes)
{
	close(fd);
}

static void keyboard_handle_enter(void *data, struct wl_keyboard *wl_keyboard, uint32_t serial,
	struct wl_surface *surface, struct wl_array *keys)
{
	struct keyboard *keyboard = data;
	const uint32_t *key;

	keyboard_leave(keyboard);
	keyboard->focus = presenter_find_surface(keyboard->seat->presenter, surface);
	if (!keyboard->focus)
		return;
	wl_array_for_each(key, keys)
	{
		if (modifier_find(*key))
			keyboard_press(keyboard, *key, true);
	}
	input_frame(keyboard_port(keyboard), input_device(INPUT_KEYBOARD, 0));
}

static void keyboard_handle_leave(
	void *data, struct wl_keyboard *wl_keyboard, uint32_t serial, struct wl_surface *surface)
{
	keyboard_leave(data);
}

/* The guest has seen Ctrl and Alt go down: they go up, and G it never sees. */
static bool keyboard_take_chord(struct keyboard *keyboard, uint32_t key, bool down)
{
	if (key != KEY_G || !down || !(keyboard->modifiers & MODIFIER_CTRL) ||
		!(keyboard->modifiers & MODIFIER_ALT))
		return false;
	keyboard_lift(keyboard);
	lock_toggle(&keyboard->seat->lock, keyboard->focus);
	return true;
}

static void keyboard_handle_key(void *data, struct wl_keyboard *wl_keyboard, uint32_t serial,
	uint32_t time_ms, uint32_t key, uint32_t state)
{
	struct keyboard *keyboard = data;
	bool down = state == WL_KEYBOARD_KEY_STATE_PRESSED;

	if (!keyboard->focus || keyboard_take_chord(keyboard, key, down))
		return;
	keyboard_press(keyboard, key, down);
	input_frame(keyboard_port(keyboard), input_device(INPUT_KEYBOARD, 0));
}

static void keyboard_handle_modifiers(void *data, struct wl_keyboard *wl_keyboard, uint32_t serial,
	uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
}

static void keyboard_handle_repeat_info(
	void *data, struct wl_keyboard *wl_keyboard, int32_t rate, int32_t delay_ms)
{
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = keyboard_handle_keymap,
	.enter = keyboard_handle_enter,
	.leave = keyboard_handle_leave,
	.key = keyboard_handle_key,
	.modifiers = keyboard_handle_modifiers,
	.repeat_info = keyboard_handle_repeat_info,
};

void keyboard_start(struct keyboard *keyboard)
{
	if (keyboard->wl_keyboard)
		return;
	keyboard->wl_keyboard = wl_seat_get_keyboard(keyboard->seat->wl_seat);
	if (keyboard->wl_keyboard)
		wl_keyboard_add_listener(keyboard->wl_keyboard, &keyboard_listener, keyboard);
}

void keyboard_finish(struct keyboard *keyboard)
{
	keyboard_leave(keyboard);
	if (keyboard->wl_keyboard)
		wl_keyboard_release(keyboard->wl_keyboard);
	keyboard->wl_keyboard = NULL;
}

void keyboard_drop_window(struct keyboard *keyboard, const struct window *window)
{
	if (keyboard->focus == window)
		keyboard_leave(keyboard);
}
