/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RECORD_READER_H
#define TOOLS_RECORD_READER_H

/*
 * Records from a descriptor or a file, whole ones at a time, in a buffer of
 * fixed size. What is no record ends it with a reason.
 */

#include <stdbool.h>
#include <stdio.h>

#include "protocol/record.h"

struct record_reader {
	uint8_t *buffer;             /* owned */
	size_t used;                 /* bytes in it */
	size_t taken;                /* of them, whole records that were given out */
	struct record_header header; /* once started */
	bool started;
	bool ended; /* by a record that says so */
	enum record_end why;
	const char *reason; /* why it cannot be read on; NULL: it can */
};

/* 0 or -ENOMEM. */
int record_reader_init(struct record_reader *reader);
void record_reader_finish(struct record_reader *reader);
/* From the start of another input. */
void record_reader_restart(struct record_reader *reader);

/*
 * Drops what was taken and reads more. 1: something came, 0: the end of the
 * input, or negative errno. Records that were given out are no longer valid.
 */
int record_reader_fill(struct record_reader *reader, int fd);
/* The header is there whole. False: fill first, or `reason` is set. */
bool record_reader_start(struct record_reader *reader);
/* The next record that is there whole. False: fill first, or `reason` is set, or all is read. */
bool record_reader_next(struct record_reader *reader, struct record *record);
/* All that was taken and not yet dropped, as it came; it is dropped then. */
void record_reader_write_taken(struct record_reader *reader, FILE *out);
/* The input ends within a record. */
bool record_reader_is_cut(const struct record_reader *reader);

#endif
