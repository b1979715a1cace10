/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_STATE_H
#define PROTOCOL_STATE_H

/*
 * What must outlive mullion-guest: one sealed memfd, made and kept by mulliond,
 * in which mullion-guest keeps its tables in place. A successor finds here, beside
 * the descriptors that the daemon kept (LINK_KEEP), all that the guest was
 * promised; it reads every field as hostile. mulliond reads the counters alone.
 *
 * Everything is an index, nothing a pointer. An id of 0 marks a free entry. The
 * file is sparse: a page costs memory once it was used.
 */

#include <stdint.h>

#include "protocol/limits.h"

#define STATE_MAGIC 0x4e4f4c4cu
#define STATE_VERSION 1u

#define STATE_REGIONS 32u
#define STATE_QUEUES 2u
#define STATE_QUEUE_SIZE 1024u
#define STATE_CONTEXTS 4096u
#define STATE_RESOURCES 16384u
#define STATE_ATTACHMENTS 65536u
#define STATE_BLOCKS 65536u
#define STATE_BLOCK_ENTRIES 31u
#define STATE_NONE UINT32_MAX

struct state_region {
	uint64_t guest_addr, size_bytes, user_addr, fd_offset;
	uint32_t used; /* its descriptor is kept under LINK_KEEP_REGION and this index */
	uint32_t reserved;
};

/* The in-flight log, in the shape of vhost-user's inflight buffer for split rings. */
struct state_inflight {
	uint8_t inflight;
	uint8_t reserved[5];
	uint16_t next;
	uint64_t counter; /* in which order the heads were taken */
};

struct state_queue {
	uint32_t size;
	uint32_t enabled, started;
	uint16_t last_avail, used_idx;
	uint64_t desc_addr, avail_addr, used_addr; /* the VMM's virtual addresses */
	uint64_t counter;
	struct state_inflight inflight[STATE_QUEUE_SIZE];
};

struct state_device {
	uint64_t features, protocol_features;
	struct state_queue queues[STATE_QUEUES];
};

struct state_head {
	uint64_t serial; /* of its last SET_SCANOUT */
	uint32_t resource; /* 0: off */
	uint32_t x, y, width_px, height_px;
	uint32_t format, stride_bytes, offset_bytes; /* of a blob's picture */
	uint64_t cursor_serial; /* of its last UPDATE_CURSOR */
	uint32_t cursor_resource, cursor_hot_x, cursor_hot_y;
	int32_t cursor_x, cursor_y;
	uint32_t reserved;
};

struct state_context {
	uint32_t id;
	uint32_t context_init;
	uint32_t lost; /* its renderer died: what it held is gone */
	uint32_t name_len;
	char name[64];
	uint64_t create_seq; /* of CTX_CREATE: if that one fails, this goes */
};

/* A linked block of a resource's backing. */
struct state_block {
	uint32_t next; /* block index or STATE_NONE */
	uint32_t used;
	struct state_backing {
		uint64_t addr;
		uint32_t len;
		uint32_t reserved;
	} entries[STATE_BLOCK_ENTRIES];
};

enum state_resource_kind {
	STATE_RESOURCE_2D,
	STATE_RESOURCE_3D,
	STATE_RESOURCE_2D_REMOTE, /* created as 2D, lives where 3D ones do */
	STATE_RESOURCE_BLOB,      /* guest memory as it is; the fields below but backing are 0 */
};

struct state_resource {
	uint32_t id;
	uint32_t kind;
	uint32_t target, format, bind, width, height, depth, array_size, last_level, nr_samples,
		flags; /* RESOURCE_CREATE_3D; width, height, format of a 2D one */
	uint32_t backing;   /* first block or STATE_NONE */
	uint32_t n_entries; /* 0 with a backing: attached, but empty */
	uint64_t bytes;     /* charged to the quota; a blob's size */
	uint64_t create_seq; /* of RESOURCE_CREATE_3D: if that one fails, this goes */
	uint32_t has_uuid;
	uint8_t uuid[16]; /* version 4, as RESOURCE_ASSIGN_UUID told it */
};

struct state_attachment {
	uint32_t context, resource; /* ids */
};

enum state_config_change {
	STATE_CONFIG_CHANGE_NONE, /* there was none, or the VMM has not answered */
	STATE_CONFIG_CHANGE_TAKEN,
	STATE_CONFIG_CHANGE_REFUSED, /* the VMM owns the config space */
	STATE_CONFIG_CHANGE_MISSING, /* it gave no channel for it */
};

/* Numbers for people; nobody decides by them. */
struct state_counters {
	uint64_t commands;
	uint64_t commands_3d;
	uint64_t refused;        /* answered with an error */
	uint64_t refused_streams; /* of them, SUBMIT_3D that failed the decoder */
	uint64_t flushes[LIMIT_HEADS];
	uint64_t resources, contexts;
	uint64_t contexts_lost; /* of them: their renderer died, and the guest has them still */
	uint64_t bytes_used;
	uint64_t backing_entries;
	uint64_t fences;         /* fenced commands in flight */
	uint32_t virgl;          /* the driver took the feature */
	uint32_t driver_ready;   /* rings are running */
	uint32_t heads;          /* that the VMM gives the guest */
	uint32_t heads_serial;   /* of LINK_GUEST_HEADS: the newest that the guest has asked for */
	uint32_t config_change;  /* enum state_config_change: what the VMM did with the newest */
	char trouble[160];       /* what is wrong and what to do, terminated; empty: nothing */
};

struct state {
	uint32_t magic, version;
	uint64_t bytes;
	struct state_counters counters;
	struct state_device gpu;
	uint32_t config_events; /* events_read of the config space: not cleared by the driver */
	uint32_t reserved;
	struct state_region regions[STATE_REGIONS];
	struct state_head heads[LIMIT_HEADS];
	struct state_context contexts[STATE_CONTEXTS];
	struct state_resource resources[STATE_RESOURCES];
	struct state_attachment attachments[STATE_ATTACHMENTS];
	struct state_block blocks[STATE_BLOCKS];
};

_Static_assert(sizeof(struct state_block) == 504, "block");
_Static_assert(sizeof(struct state_inflight) == 16, "inflight");

#endif
