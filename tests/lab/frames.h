/* SPDX-License-Identifier: MIT */
#ifndef LAB_FRAMES_H
#define LAB_FRAMES_H

/* A guest's input, for scenarios to compare. */

#include <stdio.h>

#include "protocol/input.h"

/* input_devices.send: a line on stdout, the device's name and TYPE/CODE=VALUE of each event. */
static inline void say_frame(void *data, uint32_t device, const struct input_frame *frame)
{
	char name[INPUT_NAME_BYTES];

	input_device_name(device, name);
	fputs(name, stdout);
	for (uint32_t i = 0; i < frame->n; i++)
		printf(" %d/%d=%d", frame->events[i].type, frame->events[i].code,
			frame->events[i].value);
	putchar('\n');
	fflush(stdout);
}

#endif
