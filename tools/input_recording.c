/* SPDX-License-Identifier: MIT */
/* What devices did: the recording, whatever its format. */
#include "tools/input_recording.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In which a recording may lie: a century. */
#define TIME_MAX_US (INT64_C(100) * 366 * 24 * 3600 * 1000000)

int recording_refuse(struct input_recording *recording, size_t line, const char *fmt, ...)
{
	va_list args;
	int n = 0;

	if (line)
		n = snprintf(recording->reason, sizeof(recording->reason), "line %zu: ", line);
	va_start(args, fmt);
	vsnprintf(recording->reason + n, sizeof(recording->reason) - n, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int recording_no_memory(struct input_recording *recording)
{
	recording_refuse(recording, 0, "there is no memory for it");
	return -ENOMEM;
}

/* -- devices -- */

/* Events behind the last frame are of the one that comes. */
static uint32_t frames_end(const struct input_recording *recording)
{
	if (!recording->n_frames)
		return 0;
	const struct recording_frame *last = &recording->frames[recording->n_frames - 1];
	return last->first + last->n;
}

static struct recording_device *newest_device(struct input_recording *recording)
{
	return &recording->devices[recording->n_devices - 1];
}

int recording_add_device(struct input_recording *recording, size_t line)
{
	if (recording->n_devices == RECORDING_DEVICES_MAX)
		return recording_refuse(
			recording, line, "more than %u devices", RECORDING_DEVICES_MAX);
	if (!recording->devices)
		recording->devices = calloc(RECORDING_DEVICES_MAX, sizeof(*recording->devices));
	if (!recording->devices)
		return recording_no_memory(recording);
	recording->n_devices++;
	recording->n_events = frames_end(recording);
	return 0;
}

void recording_set_name(struct input_recording *recording, const char *name, size_t len)
{
	struct recording_device *device = newest_device(recording);
	size_t n = len < sizeof(device->name) - 1 ? len : sizeof(device->name) - 1;

	for (size_t i = 0; i < n; i++)
		device->name[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	device->name[n] = '\0';
}

/* One that is beyond what Linux has is refused; of types that are not played, ignored. */
int recording_add_code(struct input_recording *recording, size_t line, int64_t type, int64_t code)
{
	struct recording_device *device = newest_device(recording);

	if (type < 0 || type > EV_MAX || code < 0 || code > KEY_MAX ||
		(type == EV_REL && code > REL_MAX) || (type == EV_ABS && code > ABS_MAX))
		return recording_refuse(recording, line,
			"there is no event of type %lld, code %lld", (long long)type,
			(long long)code);
	if (type == EV_KEY)
		device->keys[code / 64] |= UINT64_C(1) << code % 64;
	else if (type == EV_REL)
		device->relative |= UINT64_C(1) << code;
	else if (type == EV_ABS)
		device->absolute |= UINT64_C(1) << code;
	return 0;
}

int recording_add_property(struct input_recording *recording, size_t line, int64_t property)
{
	if (property < 0 || property > INPUT_PROP_MAX)
		return recording_refuse(
			recording, line, "there is no property %lld", (long long)property);
	newest_device(recording)->properties |= UINT64_C(1) << property;
	return 0;
}

int recording_add_range(
	struct input_recording *recording, size_t line, int64_t code, int64_t min, int64_t max)
{
	struct recording_device *device = newest_device(recording);

	if (code < 0 || code > ABS_MAX)
		return recording_refuse(
			recording, line, "there is no absolute axis %lld", (long long)code);
	if (min < INT32_MIN || max > INT32_MAX || min > max)
		return recording_refuse(recording, line, "an axis cannot go from %lld to %lld",
			(long long)min, (long long)max);
	/* Both 0 where the driver does not know. */
	device->has_range[code] = min < max;
	device->ranges[code].min = min;
	device->ranges[code].max = max;
	return recording_add_code(recording, line, EV_ABS, code);
}

/* -- frames -- */

/* With room for one more, or NULL: `array` is as it was. */
static void *array_grow(void *array, uint32_t n, uint32_t *size, size_t element_bytes)
{
	uint32_t wanted = *size ? 2 * *size : 1024;

	if (n < *size)
		return array;
	array = reallocarray(array, wanted, element_bytes);
	if (array)
		*size = wanted;
	return array;
}

static int recording_end_frame(struct input_recording *recording, int64_t time_us)
{
	uint32_t first = frames_end(recording);

	if (first == recording->n_events)
		return 0;
	struct recording_frame *frames = array_grow(recording->frames, recording->n_frames,
		&recording->size_frames, sizeof(*recording->frames));
	if (!frames)
		return recording_no_memory(recording);
	recording->frames = frames;
	frames[recording->n_frames++] = (struct recording_frame){
		.time_us = time_us,
		.device = recording->n_devices - 1,
		.first = first,
		.n = recording->n_events - first,
	};
	return 0;
}

int recording_add_event(struct input_recording *recording, size_t line, int64_t time_us,
	int64_t type, int64_t code, int64_t value)
{
	if (time_us < 0 || time_us > TIME_MAX_US)
		return recording_refuse(recording, line, "that is no time");
	if (type == EV_SYN && code == SYN_REPORT)
		return recording_end_frame(recording, time_us);
	if (type == EV_SYN && code == SYN_MT_REPORT)
		return recording_refuse(
			recording, line, "contacts without slots (protocol A), which no guest has");
	if (value < INT32_MIN || value > INT32_MAX)
		return recording_refuse(
			recording, line, "%lld is no event's value", (long long)value);
	int ret = recording_add_code(recording, line, type, code);
	if (ret < 0)
		return ret;
	if (type != EV_KEY && type != EV_REL && type != EV_ABS)
		return 0;
	if (recording->n_events - frames_end(recording) == INPUT_FRAME_EVENTS)
		return recording_refuse(
			recording, line, "more than %d events happen at once", INPUT_FRAME_EVENTS);
	if (recording->n_events == RECORDING_EVENTS_MAX)
		return recording_refuse(
			recording, line, "more than %u events", RECORDING_EVENTS_MAX);
	struct input_frame_event *events = array_grow(recording->events, recording->n_events,
		&recording->size_events, sizeof(*recording->events));
	if (!events)
		return recording_no_memory(recording);
	recording->events = events;
	events[recording->n_events++] =
		(struct input_frame_event){ .type = type, .code = code, .value = value };
	return 0;
}

static int compare_frames(const void *a, const void *b)
{
	const struct recording_frame *one = a, *other = b;

	if (one->time_us != other->time_us)
		return one->time_us < other->time_us ? -1 : 1;
	return one->first < other->first ? -1 : one->first > other->first;
}

/* -- a file -- */

/* What comes first after comments and white space says which it is. */
static bool is_evemu(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len;) {
		const char *end = memchr(bytes + i, '\n', len - i);
		size_t next = end ? (size_t)(end - bytes) + 1 : len;

		if (len - i >= 7 && !memcmp(bytes + i, "# EVEMU", 7))
			return true;
		if (bytes[i] != '#' && bytes[i] != '\n' && bytes[i] != '\r')
			return len - i > 1 && strchr("NIPBALSE", bytes[i]) && bytes[i + 1] == ':';
		i = next;
	}
	return false;
}

int input_recording_read(struct input_recording *recording, const char *bytes, size_t len)
{
	*recording = (struct input_recording){ 0 };
	int ret = is_evemu(bytes, len) ? recording_read_evemu(recording, bytes, len)
				       : recording_read_libinput(recording, bytes, len);

	if (ret == 0 && !recording->n_frames)
		ret = recording_refuse(recording, 0, "nothing happens in it");
	if (ret == 0)
		qsort(recording->frames, recording->n_frames, sizeof(*recording->frames),
			compare_frames);
	return ret;
}

/* All of it, up to a byte too much. */
static int file_read(FILE *file, char **bytes, size_t *len)
{
	size_t size = 0;

	*bytes = NULL;
	*len = 0;
	do {
		size = size ? 2 * size : 65536;
		char *grown = realloc(*bytes, size);
		if (!grown)
			return -ENOMEM;
		*bytes = grown;
		*len += fread(*bytes + *len, 1, size - *len, file);
	} while (*len == size && *len <= RECORDING_BYTES_MAX);
	return ferror(file) ? -errno : 0;
}

int input_recording_load(struct input_recording *recording, const char *path)
{
	FILE *file = fopen(path, "re");
	char *bytes;
	size_t len;

	*recording = (struct input_recording){ 0 };
	if (!file)
		return -errno;
	int ret = file_read(file, &bytes, &len);
	if (ret == 0 && len > RECORDING_BYTES_MAX)
		ret = recording_refuse(
			recording, 0, "it has more than %u MiB", RECORDING_BYTES_MAX >> 20);
	else if (ret == 0)
		ret = input_recording_read(recording, bytes, len);
	free(bytes);
	fclose(file);
	return ret;
}

void input_recording_finish(struct input_recording *recording)
{
	free(recording->devices);
	free(recording->frames);
	free(recording->events);
	*recording = (struct input_recording){ 0 };
}
