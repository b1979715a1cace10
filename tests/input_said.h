/* SPDX-License-Identifier: MIT */
#ifndef TESTS_INPUT_SAID_H
#define TESTS_INPUT_SAID_H

/* Frames for a guest's devices as text, to be looked at. After tests/unit.h. */

#include <stdio.h>

#include "protocol/input.h"

static char said[8192]; /* "touch0: slot=0 id=0 …", a line a frame: since the last look */

static inline const char *said_code(const struct input_frame_event *event)
{
	static char name[32];

	if (event->type == EV_ABS) {
		switch (event->code) {
		case ABS_MT_SLOT:
			return "slot";
		case ABS_MT_TRACKING_ID:
			return "id";
		case ABS_MT_POSITION_X:
			return "mx";
		case ABS_MT_POSITION_Y:
			return "my";
		case ABS_MT_TOUCH_MAJOR:
			return "major";
		case ABS_MT_TOUCH_MINOR:
			return "minor";
		case ABS_MT_ORIENTATION:
			return "turn";
		case ABS_MT_TOOL_TYPE:
			return "tool";
		case ABS_X:
			return "x";
		case ABS_Y:
			return "y";
		}
	}
	snprintf(name, sizeof(name), "%s%u", event->type == EV_KEY ? "key" : "rel", event->code);
	return name;
}

/* What there is no room for is left out. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	size_t n = strlen(said);
	va_list args;

	va_start(args, format);
	vsnprintf(said + n, sizeof(said) - n, format, args);
	va_end(args);
}

static inline void say_frame(void *data, uint32_t device, const struct input_frame *frame)
{
	char name[INPUT_NAME_BYTES];

	assert_true(frame->n > 0 && frame->n <= INPUT_FRAME_EVENTS);
	input_device_name(device, name);
	say("%s:", name);
	for (uint32_t i = 0; i < frame->n; i++)
		say(" %s=%d", said_code(&frame->events[i]), frame->events[i].value);
	say("\n");
}

static inline void assert_said_at(const char *expected, int line)
{
	if (strcmp(said, expected))
		fail_msg("line %d: said\n%s", line, said);
	said[0] = '\0';
}
#define assert_said(expected) assert_said_at(expected, __LINE__)

#endif
