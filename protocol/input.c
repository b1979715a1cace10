/* SPDX-License-Identifier: MIT */
/* Names of input devices, and what they have. */
#include "protocol/input.h"

#include <stdio.h>
#include <string.h>

const char *const input_kind_names[INPUT_KIND_COUNT] = {
	[INPUT_TOUCH] = "touch",
	[INPUT_POINTER] = "pointer",
	[INPUT_KEYBOARD] = "keyboard",
	[INPUT_MOUSE] = "mouse",
	[INPUT_KEYS] = "keys",
};

void input_device_name(uint32_t device, char name[static INPUT_NAME_BYTES])
{
	enum input_kind kind = input_device_kind(device);

	if (kind <= INPUT_POINTER)
		snprintf(name, INPUT_NAME_BYTES, "%s%u", input_kind_names[kind],
			input_device_head(device) % LIMIT_HEADS);
	else
		snprintf(name, INPUT_NAME_BYTES, "%s", input_kind_names[kind]);
}

bool input_device_find(const char *name, uint32_t *device)
{
	char other[INPUT_NAME_BYTES];

	for (*device = 0; *device < INPUT_DEVICES; ++*device) {
		input_device_name(*device, other);
		if (!strcmp(name, other))
			return true;
	}
	return false;
}

/* Codes that a kind of device has: ranges, a table of them a kind. */
struct code_range {
	uint16_t type, first, last;
};

#define KEYS                                                                                       \
	{ EV_KEY, KEY_ESC, BTN_MISC - 1 }, { EV_KEY, KEY_OK, BTN_DPAD_UP - 1 },                    \
	{ EV_KEY, KEY_ALS_TOGGLE, BTN_TRIGGER_HAPPY - 1 }
#define BUTTONS { EV_KEY, BTN_LEFT, BTN_TASK }
#define WHEELS                                                                                     \
	{ EV_REL, REL_HWHEEL, REL_HWHEEL }, { EV_REL, REL_WHEEL, REL_WHEEL },                      \
	{ EV_REL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES }
#define END { EV_MAX, 0, 0 }

#define RANGES_MAX 8

static const struct code_range kind_codes[INPUT_KIND_COUNT][RANGES_MAX] = {
	[INPUT_TOUCH] = {
		{ EV_KEY, BTN_TOUCH, BTN_TOUCH },
		{ EV_ABS, ABS_X, ABS_Y },
		{ EV_ABS, ABS_MT_SLOT, ABS_MT_TOUCH_MINOR },
		{ EV_ABS, ABS_MT_ORIENTATION, ABS_MT_TOOL_TYPE },
		{ EV_ABS, ABS_MT_TRACKING_ID, ABS_MT_TRACKING_ID },
		END,
	},
	[INPUT_POINTER] = { BUTTONS, { EV_ABS, ABS_X, ABS_Y }, WHEELS, END },
	[INPUT_KEYBOARD] = {
		KEYS, { EV_LED, LED_NUML, LED_KANA }, { EV_REP, REP_DELAY, REP_PERIOD }, END,
	},
	[INPUT_MOUSE] = { BUTTONS, { EV_REL, REL_X, REL_Y }, WHEELS, END },
	/* Its keys are no typist's: a desktop is not to take it for a keyboard. */
	[INPUT_KEYS] = {
		{ EV_KEY, KEY_F1, KEY_F10 },
		{ EV_KEY, KEY_HOME, BTN_MISC - 1 },
		{ EV_KEY, BTN_0, BTN_9 },
		{ EV_KEY, KEY_OK, BTN_DPAD_UP - 1 },
		{ EV_REL, REL_HWHEEL, REL_MISC },
		{ EV_REL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES },
		END,
	},
};

bool input_kind_has(enum input_kind kind, uint16_t type, uint16_t code)
{
	for (const struct code_range *range = kind_codes[kind]; range->type != EV_MAX; range++) {
		if (range->type == type && range->first <= code && code <= range->last)
			return true;
	}
	return false;
}
