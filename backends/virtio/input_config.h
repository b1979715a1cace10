/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_INPUT_CONFIG_H
#define BACKENDS_VIRTIO_INPUT_CONFIG_H

/* What an input device says of itself: its config space (virtio 1.2, 5.8.4). Pure. */

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_input.h>

#include "protocol/input.h"

/* Of `product`, above the head's number: guest-driver/udev/ and people tell devices by them. */
#define INPUT_VENDOR 0x4d75

struct input_identity {
	uint32_t device; /* protocol/input.h */
	uint32_t width_mm, height_mm; /* of its head; 0: unknown */
};

/* The answer to (select, subsel): size 0 if there is none. */
void input_config_make(const struct input_identity *identity, uint8_t select, uint8_t subsel,
	struct virtio_input_config *config);

#endif
