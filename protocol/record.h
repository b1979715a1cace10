/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_RECORD_H
#define PROTOCOL_RECORD_H

/*
 * What a guest sent to its GPU, as bytes: a header, then records, each in the order
 * and with the time in which mullion-guest took it. One format for a trace that
 * is read while it goes on and for a recording in a file, see mullion-record(5).
 * Little-endian, without padding. Whoever reads it believes nothing: lengths are
 * bounded here, ids and offsets are the reader's to check.
 *
 * What a command reads of guest memory comes before it as data of the resource
 * that the memory backs. So the addresses in commands mean nothing to a reader.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/limits.h"
#include "protocol/virtio_gpu.h"

#define RECORD_VERSION 1u
#define RECORD_MAGIC_BYTES 8u
#define RECORD_HEADER_MAX 2048u

enum record_flag {
	RECORD_FLAG_DATA = 1 << 0, /* with guest memory: it can be replayed */
	RECORD_FLAG_LATE = 1 << 1, /* the guest was running when it began */
};

struct record_head {
	uint32_t width_px, height_px;
	uint32_t refresh_mhz;
	uint32_t enabled;
};

struct record_capset {
	uint32_t id, version, size;
};

struct record_header {
	uint32_t flags;        /* enum record_flag */
	uint64_t features;     /* of virtio-gpu that the driver has taken; 0: not yet */
	char name[LIMIT_NAME]; /* the guest's, terminated */
	uint32_t n_heads, n_capsets;
	struct record_head heads[LIMIT_HEADS];
	struct record_capset capsets[LIMIT_CAPSETS];
};

enum record_kind {
	RECORD_INVALID,
	RECORD_COMMAND,
	RECORD_DATA,
	RECORD_REFUSED,  /* a command was answered with an error */
	RECORD_FEATURES, /* the driver takes these features of virtio-gpu */
	RECORD_RESET,    /* the driver starts anew: no resource, no context is left */
	RECORD_CONTEXT,  /* a context made before the recording: its content is not known */
	RECORD_LOST,     /* the reader was too slow: so much was left out here */
	RECORD_END,
	RECORD_KIND_COUNT,
};

enum record_end {
	RECORD_END_GUEST,   /* the guest's VM is gone */
	RECORD_END_STOPPED, /* by whoever recorded */
	RECORD_END_LOST,    /* the reader was too slow, and it is of no use with a hole */
	RECORD_END_FULL,    /* it became as long as the guest's configuration allows */
	RECORD_END_COUNT,
};

#define RECORD_HEAD_BYTES 16u /* kind, length, time */
#define RECORD_DATA_BYTES 24u /* before the data itself */
#define RECORD_COMMAND_BYTES 8u
#define RECORD_PAYLOAD_MAX (VIRTIO_GPU_COMMAND_MAX + 64u)

enum record_command_flag {
	RECORD_COMMAND_MADE = 1 << 0, /* not the guest's: it tells what was there before */
};

/* Rows of bytes of the memory behind a resource, `stride` apart. */
struct record_data {
	uint32_t resource;
	uint32_t rows;
	uint64_t offset; /* of the first row */
	uint32_t row_bytes, stride;
};

/* One record, a view of its bytes. Only the member that the kind names is written. */
struct record {
	enum record_kind kind;
	uint64_t time_ns; /* since the header was written */
	union {
		struct {
			uint32_t queue; /* enum virtio_gpu_queue */
			uint32_t flags; /* enum record_command_flag */
		} command;
		struct record_data data;
		struct {
			uint32_t type, response; /* of virtio-gpu */
		} refused;
		struct {
			uint64_t bits;
		} features;
		struct {
			uint32_t id;
		} context;
		struct {
			uint64_t records, bytes;
		} lost;
		struct {
			enum record_end why;
		} end;
	};
	const uint8_t *bytes; /* borrowed: the command, the rows; NULL for others */
	size_t len;
};

/* Its length; 0: `size` is too small (RECORD_HEADER_MAX never is). */
size_t encode_record_header(const struct record_header *header, void *bytes, size_t size);

/*
 * Bytes of the record's start, without record->bytes, which follow it: at most
 * RECORD_START_MAX. The length in it counts record->len.
 */
#define RECORD_START_MAX (RECORD_HEAD_BYTES + RECORD_DATA_BYTES)
size_t encode_record_start(const struct record *record, uint8_t bytes[static RECORD_START_MAX]);

/*
 * Bytes that the header took; 0: more are needed than these `len`; -1: no header
 * that this program knows, `*reason` says why.
 */
int decode_record_header(
	const void *bytes, size_t len, struct record_header *header, const char **reason);

/* The same of the next record; it borrows the bytes. At most RECORD_HEAD_BYTES +
 * RECORD_PAYLOAD_MAX. */
int decode_record(const void *bytes, size_t len, struct record *record, const char **reason);

#endif
