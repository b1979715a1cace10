/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_RENDER_H
#define PROTOCOL_RENDER_H

/*
 * Between mullion-guest and its mullion-render: one memfd with a ring of records
 * (guest to render) and a ring of completions (render to guest), two eventfds,
 * and a SEQPACKET socket for the descriptors of guest memory.
 *
 *   struct render_page | completions | records ...............................
 *
 * Each side reads the other's indices as hostile: it bounds them before use.
 * Each index has one writer and only grows (modulo 2^32); the offset is the index
 * modulo the size. Records are in place, 8-aligned and never wrap: what would
 * not fit before the end is preceded by a record of kind RENDER_PAD; where not even
 * its header fits, the last 8 bytes are skipped.
 *
 * Sleeping: before it sleeps the consumer sets `asleep`, then looks once more;
 * the producer publishes its index, then signals the eventfd if it finds and
 * clears `asleep`. Sequentially consistent both.
 *
 * Completions: one for each record with RENDER_WANT_EXECUTED or
 * RENDER_WANT_FENCED. The guest process keeps at most RENDER_COMPLETIONS of them
 * in flight, so the ring of completions cannot overflow. Those with
 * RENDER_WANT_FENCED complete in order among themselves.
 */

#include <stdatomic.h>
#include <stdint.h>

#define RENDER_COMPLETIONS 2048u           /* a power of two */
#define RENDER_RECORDS_BYTES (4u << 20)    /* a power of two */
#define RENDER_RECORD_MAX ((1u << 20) + 16u) /* header and the largest virtio-gpu command */

struct render_index {
	_Alignas(64) _Atomic uint32_t value;
};

struct render_page {
	struct render_index submit_head;    /* bytes written, by mullion-guest */
	struct render_index submit_tail;    /* bytes consumed, by mullion-render */
	struct render_index submit_asleep;  /* mullion-render sleeps */
	struct render_index complete_head;  /* completions written, by mullion-render */
	struct render_index complete_tail;  /* completions consumed, by mullion-guest */
	struct render_index complete_asleep;
};

struct render_completion {
	uint64_t seq;      /* of the record */
	uint32_t response; /* virtio-gpu response type */
	uint32_t reserved;
};

#define RENDER_COMPLETIONS_OFFSET 4096u
#define RENDER_RECORDS_OFFSET (RENDER_COMPLETIONS_OFFSET + RENDER_COMPLETIONS * 16u)
#define RENDER_RING_BYTES (RENDER_RECORDS_OFFSET + RENDER_RECORDS_BYTES)

_Static_assert(sizeof(struct render_page) <= RENDER_COMPLETIONS_OFFSET, "page");
_Static_assert(sizeof(struct render_completion) == 16, "completion");

enum render_kind {
	RENDER_PAD,
	RENDER_COMMAND, /* a virtio-gpu command as it is on the wire (protocol/virtio_gpu.h) */
	RENDER_REGIONS, /* apply the socket's region messages up to this generation */
	RENDER_RESET,   /* destroy all contexts and resources, forget all scanouts */
	RENDER_SCANOUT,
	RENDER_FLUSH,
	RENDER_CURSOR,
	RENDER_KIND_COUNT,
};

enum render_want {
	RENDER_WANT_EXECUTED = 1 << 0, /* complete when carried out */
	RENDER_WANT_FENCED = 1 << 1,   /* complete when the GPU is done with it */
};

struct render_record {
	uint32_t bytes; /* with this header, before padding to 8 */
	uint16_t kind;
	uint16_t want;
	uint64_t seq;   /* comes back in the completion */
};

struct render_regions {
	uint32_t generation;
	uint32_t reserved;
};

/* The head shows this resource from now on; resource 0: this renderer no longer shows it. */
struct render_scanout {
	uint32_t head;
	uint32_t resource;
	uint32_t x, y, width_px, height_px;
	uint64_t serial; /* of link_frame */
};

struct render_flush {
	uint32_t head;
	uint32_t x, y, width_px, height_px; /* within the scanout's rectangle */
	uint32_t reserved;
	int64_t flush_ns;
};

/* Show 64x64 of the resource as the head's cursor; resource 0: no longer from here. */
struct render_cursor {
	uint32_t head;
	uint32_t resource;
	uint32_t hot_x, hot_y;
	uint64_t serial;
};

/* Over the socket, each with the fd of the region's memory (SET), or none. */
enum render_message_type {
	RENDER_MESSAGE_INVALID,
	RENDER_MESSAGE_REGION_SET,
	RENDER_MESSAGE_REGIONS_DONE, /* the set is complete: it replaces the one before */
	RENDER_MESSAGE_COUNT,
};

struct render_message_region {
	uint32_t type;
	uint32_t reserved;
	uint64_t guest_addr;
	uint64_t size_bytes;
	uint64_t fd_offset;
};

struct render_message_regions_done {
	uint32_t type;
	uint32_t generation;
};

#endif
