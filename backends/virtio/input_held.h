/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_INPUT_HELD_H
#define BACKENDS_VIRTIO_INPUT_HELD_H

/* What is down on an input device: its keys, its contacts and where they are. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/input.h"

struct input_held {
	uint64_t keys[INPUT_KEY_WORDS];
	struct input_held_contact {
		uint32_t id; /* as state_input.contacts */
		int32_t x, y;
	} contacts[INPUT_SLOTS];
};

/* What of the frame changes something, and that it did; nothing that such a device has not. */
void input_held_change(struct input_held *held, enum input_kind kind,
	const struct input_frame *frame, struct input_frame *changes);

#endif
