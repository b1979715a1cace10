/* SPDX-License-Identifier: MIT */
/*
 * Recordings of `libinput record`: YAML of this shape, and more that is not read here.
 *
 *   version: 1
 *   devices:
 *   - evdev:
 *       name: "…"
 *       codes: {TYPE: [CODE, …], …}
 *       absinfo: {CODE: [MIN, MAX, FUZZ, FLAT, RESOLUTION], …}
 *       properties: [PROPERTY, …]
 *     events:
 *     - evdev:
 *       - [SECONDS, MICROSECONDS, TYPE, CODE, VALUE]
 *
 * What reads a value begins with its first event, the current one, and ends with its last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "tools/input_recording.h"

#define DEPTH_MAX 12

struct yaml_reader {
	struct input_recording *recording;
	yaml_parser_t parser;
	yaml_event_t event;
	uint32_t depth;
	bool has_version;
	int64_t key;        /* of the mapping of numbers that is read */
	int64_t numbers[5]; /* of the list of five that is read */
	uint32_t n_numbers;
};

typedef int yaml_read(struct yaml_reader *reader);

static size_t reader_line(const struct yaml_reader *reader)
{
	return reader->event.start_mark.line + 1;
}

static int reader_refuse(struct yaml_reader *reader, const char *what)
{
	return recording_refuse(reader->recording, reader_line(reader), "%s", what);
}

static int reader_next(struct yaml_reader *reader)
{
	yaml_event_delete(&reader->event);
	if (!yaml_parser_parse(&reader->parser, &reader->event)) {
		const char *problem = reader->parser.problem;
		return recording_refuse(reader->recording, reader->parser.problem_mark.line + 1,
			"neither evemu's nor YAML: %s", problem ? problem : "no memory");
	}
	switch (reader->event.type) {
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++reader->depth > DEPTH_MAX)
			return reader_refuse(reader, "deeper than any recording");
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		break;
	case YAML_ALIAS_EVENT: /* they make much of little */
		return reader_refuse(reader, "no recording has aliases");
	default:
		break;
	}
	return 0;
}

/* Of any shape. */
static int skip_value(struct yaml_reader *reader)
{
	bool nested = reader->event.type == YAML_SEQUENCE_START_EVENT ||
		      reader->event.type == YAML_MAPPING_START_EVENT;
	uint32_t depth = reader->depth - nested;
	int ret = 0;

	while (ret == 0 && reader->depth > depth)
		ret = reader_next(reader);
	return ret;
}

static int read_number(struct yaml_reader *reader, int64_t *number)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	char *end;

	errno = 0;
	if (reader->event.type == YAML_SCALAR_EVENT) {
		*number = strtoll(text, &end, 10);
		if (end != text && !*end && !errno)
			return 0;
	}
	return reader_refuse(reader, "expected a number");
}

/* Goes on to what is next, before an end of this type. False: that, or a failure. */
static bool reader_more(struct yaml_reader *reader, yaml_event_type_t end, int *ret)
{
	if (*ret == 0)
		*ret = reader_next(reader);
	return *ret == 0 && reader->event.type != end;
}

static int read_list(struct yaml_reader *reader, yaml_read *read)
{
	int ret = 0;

	if (reader->event.type != YAML_SEQUENCE_START_EVENT)
		return reader_refuse(reader, "expected a list");
	while (reader_more(reader, YAML_SEQUENCE_END_EVENT, &ret))
		ret = read(reader);
	return ret;
}

/* The key of each value is `reader->key`. */
static int read_numbered(struct yaml_reader *reader, yaml_read *read)
{
	int ret = 0;

	if (reader->event.type != YAML_MAPPING_START_EVENT)
		return reader_refuse(reader, "expected a mapping");
	while (reader_more(reader, YAML_MAPPING_END_EVENT, &ret)) {
		ret = read_number(reader, &reader->key);
		if (ret == 0)
			ret = reader_next(reader);
		if (ret == 0)
			ret = read(reader);
	}
	return ret;
}

struct yaml_member {
	const char *name; /* NULL ends them */
	yaml_read *read;
};

static yaml_read *find_member(const struct yaml_reader *reader, const struct yaml_member *members)
{
	const char *name = (const char *)reader->event.data.scalar.value;

	for (; members->name; members++) {
		if (strcmp(name, members->name) == 0)
			return members->read;
	}
	return skip_value;
}

static int read_members(struct yaml_reader *reader, const struct yaml_member *members)
{
	int ret = 0;

	if (reader->event.type != YAML_MAPPING_START_EVENT)
		return reader_refuse(reader, "expected a mapping");
	while (reader_more(reader, YAML_MAPPING_END_EVENT, &ret)) {
		if (reader->event.type != YAML_SCALAR_EVENT)
			return reader_refuse(reader, "expected a name");
		yaml_read *read = find_member(reader, members);
		ret = reader_next(reader);
		if (ret == 0)
			ret = read(reader);
	}
	return ret;
}

static int read_one_of_five(struct yaml_reader *reader)
{
	if (reader->n_numbers == 5)
		return reader_refuse(reader, "expected five numbers");
	return read_number(reader, &reader->numbers[reader->n_numbers++]);
}

/* What ranges and events are. */
static int read_five(struct yaml_reader *reader)
{
	reader->n_numbers = 0;
	int ret = read_list(reader, read_one_of_five);

	return ret < 0 || reader->n_numbers == 5 ? ret
						 : reader_refuse(reader, "expected five numbers");
}

/* -- a device -- */

static int read_name(struct yaml_reader *reader)
{
	if (reader->event.type != YAML_SCALAR_EVENT)
		return reader_refuse(reader, "expected a name");
	recording_set_name(reader->recording, (const char *)reader->event.data.scalar.value,
		reader->event.data.scalar.length);
	return 0;
}

static int read_code(struct yaml_reader *reader)
{
	int64_t code;
	int ret = read_number(reader, &code);

	return ret < 0 ? ret
		       : recording_add_code(
				 reader->recording, reader_line(reader), reader->key, code);
}

static int read_codes_of_type(struct yaml_reader *reader)
{
	return read_list(reader, read_code);
}

static int read_codes(struct yaml_reader *reader)
{
	return read_numbered(reader, read_codes_of_type);
}

static int read_range(struct yaml_reader *reader)
{
	int ret = read_five(reader);

	return ret < 0 ? ret
		       : recording_add_range(reader->recording, reader_line(reader), reader->key,
				 reader->numbers[0], reader->numbers[1]);
}

static int read_ranges(struct yaml_reader *reader)
{
	return read_numbered(reader, read_range);
}

static int read_property(struct yaml_reader *reader)
{
	int64_t property;
	int ret = read_number(reader, &property);

	return ret < 0 ? ret
		       : recording_add_property(reader->recording, reader_line(reader), property);
}

static int read_properties(struct yaml_reader *reader)
{
	return read_list(reader, read_property);
}

static int read_description(struct yaml_reader *reader)
{
	static const struct yaml_member members[] = {
		{ "name", read_name },
		{ "codes", read_codes },
		{ "absinfo", read_ranges },
		{ "properties", read_properties },
		{ 0 },
	};

	return read_members(reader, members);
}

/* -- what it did -- */

static int read_event(struct yaml_reader *reader)
{
	const int64_t *numbers = reader->numbers;
	int ret = read_five(reader);

	if (ret < 0)
		return ret;
	if (numbers[0] < 0 || numbers[0] > UINT32_MAX || numbers[1] < 0 || numbers[1] > 999999)
		return reader_refuse(reader, "that is no time");
	return recording_add_event(reader->recording, reader_line(reader),
		numbers[0] * 1000000 + numbers[1], numbers[2], numbers[3], numbers[4]);
}

static int read_evdev(struct yaml_reader *reader)
{
	return read_list(reader, read_event);
}

/* Of the kernel's, libinput's, or of others. */
static int read_happening(struct yaml_reader *reader)
{
	static const struct yaml_member members[] = { { "evdev", read_evdev }, { 0 } };

	return read_members(reader, members);
}

/* Nothing at all if there were none. */
static int read_events(struct yaml_reader *reader)
{
	return reader->event.type == YAML_SCALAR_EVENT ? 0 : read_list(reader, read_happening);
}

/* -- the whole -- */

static int read_device(struct yaml_reader *reader)
{
	static const struct yaml_member members[] = {
		{ "evdev", read_description },
		{ "events", read_events },
		{ 0 },
	};
	int ret = recording_add_device(reader->recording, reader_line(reader));

	return ret < 0 ? ret : read_members(reader, members);
}

static int read_devices(struct yaml_reader *reader)
{
	return read_list(reader, read_device);
}

static int read_version(struct yaml_reader *reader)
{
	int64_t version;
	int ret = read_number(reader, &version);

	if (ret == 0 && version != 1)
		ret = reader_refuse(reader, "a later version of the format, which is not known");
	reader->has_version = true;
	return ret;
}

static int read_recording(struct yaml_reader *reader)
{
	static const struct yaml_member members[] = {
		{ "version", read_version },
		{ "devices", read_devices },
		{ 0 },
	};
	int ret = 0;

	while (ret == 0 && reader->event.type != YAML_MAPPING_START_EVENT) {
		ret = reader_next(reader);
		if (ret == 0 && reader->event.type != YAML_STREAM_START_EVENT &&
			reader->event.type != YAML_DOCUMENT_START_EVENT &&
			reader->event.type != YAML_MAPPING_START_EVENT)
			ret = reader_refuse(reader, "no recording of evemu or libinput");
	}
	if (ret == 0)
		ret = read_members(reader, members);
	if (ret == 0 && !reader->has_version)
		ret = reader_refuse(reader, "no recording of libinput: it has no version");
	return ret;
}

int recording_read_libinput(struct input_recording *recording, const char *bytes, size_t len)
{
	struct yaml_reader reader = { .recording = recording };

	if (!yaml_parser_initialize(&reader.parser)) {
		recording_refuse(recording, 0, "there is no memory for it");
		return -ENOMEM;
	}
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, len);
	int ret = read_recording(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return ret;
}
