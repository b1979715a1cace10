/* SPDX-License-Identifier: MIT */
/*
 * Recordings of evemu-record: lines of a letter, a colon and numbers; comments begin
 * with "#". Of a device: N: its name, P: bytes of properties, B: a type and bytes of its
 * codes (more such lines go on), A: an axis with its range. E: is an event. Since 1.2
 * there may be more to a line than is read here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/input_recording.h"

#define LINE_BYTES 1024
#define EVENT_BITS 8

struct evemu {
	struct input_recording *recording;
	size_t line;
	uint32_t n_property_bytes, n_code_bytes[EV_CNT];
};

static int evemu_refuse(struct evemu *evemu, const char *what)
{
	return recording_refuse(evemu->recording, evemu->line, "%s", what);
}

/* The next number of the line, of which `*at` goes on. */
static bool take_number(const char **at, int base, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(*at, &end, base);
	if (end == *at || errno || (*end && !strchr(" \t.", *end)))
		return false;
	*at = end;
	return true;
}

static bool is_empty(const char *text)
{
	return !text[strspn(text, " \t")];
}

/* Bits of a byte of a bitmap, of codes or, with type -1, of properties. */
static int evemu_add_bits(struct evemu *evemu, int64_t type, uint32_t byte, int64_t bits)
{
	int ret = 0;

	if (bits < 0 || bits > UINT8_MAX)
		return evemu_refuse(evemu, "expected bytes in hexadecimal");
	for (uint32_t i = 0; i < EVENT_BITS && ret == 0; i++) {
		int64_t code = (int64_t)byte * EVENT_BITS + i;
		if (!(bits >> i & 1))
			continue;
		if (type < 0)
			ret = recording_add_property(evemu->recording, evemu->line, code);
		else if (type > 0) /* 0 lists the types */
			ret = recording_add_code(evemu->recording, evemu->line, type, code);
	}
	return ret;
}

static int evemu_read_bits(struct evemu *evemu, const char *text, int64_t type, uint32_t *n_bytes)
{
	int64_t bits;

	while (!is_empty(text)) {
		if (!take_number(&text, 16, &bits))
			return evemu_refuse(evemu, "expected bytes in hexadecimal");
		int ret = evemu_add_bits(evemu, type, (*n_bytes)++, bits);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int evemu_read_codes(struct evemu *evemu, const char *text)
{
	int64_t type;

	if (!take_number(&text, 16, &type) || type < 0 || type > EV_MAX)
		return evemu_refuse(evemu, "expected a type of events");
	return evemu_read_bits(evemu, text, type, &evemu->n_code_bytes[type]);
}

static int evemu_read_range(struct evemu *evemu, const char *text)
{
	int64_t code, min, max;

	if (!take_number(&text, 16, &code) || !take_number(&text, 10, &min) ||
		!take_number(&text, 10, &max))
		return evemu_refuse(evemu, "expected an axis, its least and its most");
	return recording_add_range(evemu->recording, evemu->line, code, min, max);
}

static int evemu_read_event(struct evemu *evemu, const char *text)
{
	int64_t seconds, us, type, code, value;

	bool whole = take_number(&text, 10, &seconds) && *text++ == '.' &&
		     take_number(&text, 10, &us) && take_number(&text, 16, &type) &&
		     take_number(&text, 16, &code) && take_number(&text, 10, &value) &&
		     is_empty(text);

	if (!whole)
		return evemu_refuse(
			evemu, "expected an event: SECONDS.MICROSECONDS TYPE CODE VALUE");
	if (seconds < 0 || seconds > UINT32_MAX || us < 0 || us > 999999)
		return evemu_refuse(evemu, "that is no time");
	return recording_add_event(
		evemu->recording, evemu->line, seconds * 1000000 + us, type, code, value);
}

/* Without comment and end. */
static int evemu_read_line(struct evemu *evemu, char *text)
{
	const char *about = text + 2;

	if (is_empty(text))
		return 0;
	if (text[1] != ':')
		return evemu_refuse(evemu, "this is no line of evemu's");
	switch (text[0]) {
	case 'N':
		about += strspn(about, " \t");
		recording_set_name(evemu->recording, about, strlen(about));
		return 0;
	case 'P':
		return evemu_read_bits(evemu, about, -1, &evemu->n_property_bytes);
	case 'B':
		return evemu_read_codes(evemu, about);
	case 'A':
		return evemu_read_range(evemu, about);
	case 'E':
		return evemu_read_event(evemu, about);
	case 'I': /* its bus and makers */
	case 'L': /* LEDs and switches that are on */
	case 'S':
		return 0;
	}
	return evemu_refuse(evemu, "this is no line of evemu's");
}

int recording_read_evemu(struct input_recording *recording, const char *bytes, size_t len)
{
	struct evemu evemu = { .recording = recording };
	int ret = recording_add_device(recording, 0);

	while (len && ret == 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : len;
		const char *comment = memchr(bytes, '#', n);
		size_t n_text = comment ? (size_t)(comment - bytes) : n;
		char text[LINE_BYTES];

		evemu.line++;
		if (n_text >= sizeof(text) || memchr(bytes, '\0', n_text))
			return evemu_refuse(&evemu, "this is no line of evemu's");
		memcpy(text, bytes, n_text);
		text[n_text] = '\0';
		text[strcspn(text, "\r")] = '\0';
		ret = evemu_read_line(&evemu, text);
		n += end != NULL;
		bytes += n;
		len -= n;
	}
	return ret;
}
