/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_INPUT_SCRIPT_H
#define BACKENDS_INPUT_SCRIPT_H

/*
 * A source that is given whole frames, of evdev's events as a device of the guest has
 * them: a test's, a recording's. It says:
 *
 *   touchN     ABS_MT_*, by slots; what single-touch readers get follows from them
 *   pointerN   ABS_X, ABS_Y, buttons, wheels
 *   mouse      REL_X, REL_Y, buttons, wheels
 *   keyboard   keys; the guest's driver repeats them
 *   keys       keys, REL_DIAL and its like, wheels
 *
 * A wheel is REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES; whole detents follow from them. Pure.
 */

#include "backends/input.h"

struct input_script_slot {
	bool down, begins, moved, shaped, turned;
	/* As with evdev, the next contact has them until it says others. */
	bool has_shape, has_turn;
	int32_t x, y, major, minor, orientation;
	bool is_palm; /* its contact, and the next unless that says otherwise */
};

struct input_script_head {
	uint32_t slot; /* that is spoken of */
	struct input_script_slot slots[INPUT_SLOTS];
	int32_t x, y; /* of its pointer */
};

struct input_script {
	struct input_port port;
	struct input_script_head heads[LIMIT_HEADS];
};

/* Finish its port when done. */
void input_script_init(struct input_script *script, struct input_devices *devices);
/* The device has this and takes it from a script, with this value. */
bool input_script_takes(uint32_t device, const struct input_frame_event *event);
/* Each event of it is one that it takes. */
void input_script_play(
	struct input_script *script, uint32_t device, const struct input_frame *frame);

#endif
