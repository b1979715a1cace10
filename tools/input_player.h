/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_INPUT_PLAYER_H
#define TOOLS_INPUT_PLAYER_H

/*
 * A recording as frames for devices of a guest: which device plays which of the
 * recording's follows from what that has; axes become as long as the guest's.
 */

#include "tools/input_recording.h"

struct input_player {
	const struct input_recording *recording; /* borrowed */
	struct {
		uint32_t device; /* the guest's (protocol/input.h) */
		bool single;     /* a touch screen that knows of one contact */
		bool beyond;     /* the slot that is spoken of is none of the guest's */
	} parts[RECORDING_DEVICES_MAX];
	char reason[RECORDING_REASON_BYTES];
};

/* For touch screens and pointers of head `head`. 0, or -EINVAL with a reason. */
int input_player_init(
	struct input_player *player, const struct input_recording *recording, uint32_t head);
/*
 * Frame number `index` of the recording, in turn: the guest's device, and what it gets,
 * which may be nothing.
 */
uint32_t input_player_frame(struct input_player *player, uint32_t index, struct input_frame *frame);

#endif
