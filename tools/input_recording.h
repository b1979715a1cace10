/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_INPUT_RECORDING_H
#define TOOLS_INPUT_RECORDING_H

/*
 * What devices did, as `libinput record` (YAML) or evemu-record (lines) wrote it down.
 * All of a file is read and checked before any of it is used; a file is hostile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/input.h>

#include "protocol/input.h"

#define RECORDING_BYTES_MAX (256u << 20)
#define RECORDING_EVENTS_MAX (4u << 20)
#define RECORDING_DEVICES_MAX 16
#define RECORDING_NAME_BYTES 64
#define RECORDING_REASON_BYTES 160

struct recording_device {
	/* Printable ASCII. */
	char name[RECORDING_NAME_BYTES];
	uint64_t keys[KEY_CNT / 64], relative, absolute, properties; /* bits */
	bool has_range[ABS_CNT];
	struct {
		int32_t min, max; /* max is more than min */
	} ranges[ABS_CNT];
};

/* What a device did at once. */
struct recording_frame {
	int64_t time_us; /* since whenever */
	uint32_t device;
	uint32_t first, n; /* of the events; n is at most INPUT_FRAME_EVENTS */
};

struct input_recording {
	struct recording_device *devices;
	struct recording_frame *frames;   /* by time */
	struct input_frame_event *events; /* keys, relative and absolute axes */
	uint32_t n_devices, n_frames, n_events;
	uint32_t size_frames, size_events;
	char reason[RECORDING_REASON_BYTES]; /* why it cannot be played */
};

/* From bytes of a file. 0, or negative errno: -EINVAL and -ENOMEM with a reason. */
int input_recording_read(struct input_recording *recording, const char *bytes, size_t len);
/* From a file. The same, and what opening and reading give. */
int input_recording_load(struct input_recording *recording, const char *path);
void input_recording_finish(struct input_recording *recording);

/* -- for who reads a format; -EINVAL and -ENOMEM with a reason, else 0 -- */

/* -EINVAL. `line` 0: of no line. */
__attribute__((format(printf, 3, 4))) int recording_refuse(
	struct input_recording *recording, size_t line, const char *fmt, ...);
/* The newest is the one that the rest is about. */
int recording_add_device(struct input_recording *recording, size_t line);
void recording_set_name(struct input_recording *recording, const char *name, size_t len);
int recording_add_code(struct input_recording *recording, size_t line, int64_t type, int64_t code);
int recording_add_property(struct input_recording *recording, size_t line, int64_t property);
int recording_add_range(
	struct input_recording *recording, size_t line, int64_t code, int64_t min, int64_t max);
int recording_add_event(struct input_recording *recording, size_t line, int64_t time_us,
	int64_t type, int64_t code, int64_t value);

int recording_read_evemu(struct input_recording *recording, const char *bytes, size_t len);
int recording_read_libinput(struct input_recording *recording, const char *bytes, size_t len);

#endif
