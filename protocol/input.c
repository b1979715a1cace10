/* SPDX-License-Identifier: MIT */
/* Names of input devices. */
#include "protocol/input.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[INPUT_KIND_COUNT] = {
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
		snprintf(name, INPUT_NAME_BYTES, "%s%u", kind_names[kind],
			input_device_head(device) % LIMIT_HEADS);
	else
		snprintf(name, INPUT_NAME_BYTES, "%s", kind_names[kind]);
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
