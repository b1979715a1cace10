/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_INPUT_SENDER_H
#define TOOLS_INPUT_SENDER_H

/*
 * Frames to a guest's devices, over one connection: as that ends, all that is down is
 * lifted. Frames gather until they are flushed, or are too many. Each function but the
 * first says what went wrong; EXIT_OK goes on.
 */

#include "protocol/input.h"
#include "tools/ctl.h"

struct input_sender {
	const struct ctl *ctl;
	const char *guest;
	struct varlink_client client;
	uint32_t device;            /* of the frames that wait */
	struct json_object *frames; /* owned; NULL: none wait */
	uint32_t n_events;
};

enum exit_status input_sender_init(
	struct input_sender *sender, const struct ctl *ctl, const char *guest);
void input_sender_finish(struct input_sender *sender);
/* One without events is none. */
enum exit_status input_sender_add(
	struct input_sender *sender, uint32_t device, const struct input_frame *frame);
enum exit_status input_sender_flush(struct input_sender *sender);

#endif
