/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a recording, read and printed. The first byte says how it comes: as it
 * is, or its records alone behind a right header; so do the files in tests/data/record
 * make a corpus, behind a byte of 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/record.h"
#include "tools/record_print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is decoded says the same when it is encoded. */
static void check_round_trip(const uint8_t *bytes, size_t len, const struct record *record)
{
	uint8_t start[RECORD_START_MAX];
	size_t n = encode_record_start(record, start);

	if (n + record->len != len || memcmp(start, bytes, n) != 0)
		abort();
}

static void read_records(FILE *out, const uint8_t *data, size_t len)
{
	struct record record;
	const char *reason = NULL;
	int n;

	while ((n = decode_record(data, len, &record, &reason)) > 0) {
		if ((size_t)n > len || n > (int)(RECORD_HEAD_BYTES + RECORD_PAYLOAD_MAX))
			abort();
		check_round_trip(data, n, &record);
		record_print(out, &record);
		data += n;
		len -= n;
	}
	if (n < 0 && !reason)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static FILE *out;
	struct record_header header;
	const char *reason = NULL;
	int n = 0;

	if (!out)
		out = fopen("/dev/null", "w");
	if (!len)
		return 0;
	if (!(*data & 1))
		n = decode_record_header(data + 1, len - 1, &header, &reason);
	if (n < 0 && !reason)
		abort();
	if ((*data & 1) || n > 0)
		read_records(out, data + 1 + n, len - 1 - n);
	return 0;
}
