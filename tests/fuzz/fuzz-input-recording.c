/* SPDX-License-Identifier: MIT */
/* A recording of input: refused with a reason, or all that a guest gets of it is what it takes. */
#include <stdlib.h>

#include "backends/input_script.h"
#include "tools/input_player.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_recording recording;
	struct input_player player;
	struct input_frame frame;

	int ret = input_recording_read(&recording, (const char *)data, size);
	if (ret < 0 && !recording.reason[0])
		abort();
	for (uint32_t i = 0; ret == 0 && i < recording.n_frames; i++) {
		if (i == 0 && input_player_init(&player, &recording, 0) < 0)
			break;
		uint32_t device = input_player_frame(&player, i, &frame);
		for (uint32_t j = 0; j < frame.n; j++) {
			if (!input_script_takes(device, &frame.events[j]))
				abort();
		}
	}
	input_recording_finish(&recording);
	return 0;
}
