/* SPDX-License-Identifier: MIT */
/* Records from a descriptor. */
#include "tools/record_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One that is as long as can be, and more to read at a time. */
#define READER_BYTES (2 * (RECORD_HEAD_BYTES + RECORD_PAYLOAD_MAX))

int record_reader_init(struct record_reader *reader)
{
	*reader = (struct record_reader){ .buffer = malloc(READER_BYTES) };
	return reader->buffer ? 0 : -ENOMEM;
}

void record_reader_finish(struct record_reader *reader)
{
	free(reader->buffer);
	*reader = (struct record_reader){ 0 };
}

void record_reader_restart(struct record_reader *reader)
{
	*reader = (struct record_reader){ .buffer = reader->buffer };
}

static void reader_drop_taken(struct record_reader *reader)
{
	memmove(reader->buffer, reader->buffer + reader->taken, reader->used - reader->taken);
	reader->used -= reader->taken;
	reader->taken = 0;
}

int record_reader_fill(struct record_reader *reader, int fd)
{
	reader_drop_taken(reader);
	ssize_t n = read(fd, reader->buffer + reader->used, READER_BYTES - reader->used);
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	reader->used += n;
	return n > 0;
}

bool record_reader_start(struct record_reader *reader)
{
	const char *reason;

	if (reader->started)
		return true;
	int n = decode_record_header(reader->buffer, reader->used, &reader->header, &reason);

	if (n < 0)
		reader->reason = reason;
	if (n <= 0)
		return false;
	reader->taken = n;
	reader->started = true;
	return true;
}

bool record_reader_next(struct record_reader *reader, struct record *record)
{
	const char *reason;

	if (reader->reason || reader->ended || !record_reader_start(reader))
		return false;
	int n = decode_record(
		reader->buffer + reader->taken, reader->used - reader->taken, record, &reason);
	if (n < 0)
		reader->reason = reason;
	if (n <= 0)
		return false;
	reader->taken += n;
	if (record->kind == RECORD_END) {
		reader->ended = true;
		reader->why = record->end.why;
	}
	return true;
}

void record_reader_write_taken(struct record_reader *reader, FILE *out)
{
	fwrite(reader->buffer, 1, reader->taken, out);
	reader_drop_taken(reader);
}

bool record_reader_is_cut(const struct record_reader *reader)
{
	return !reader->started || reader->taken < reader->used;
}
