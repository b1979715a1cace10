/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_STATE_H
#define PROTOCOL_STATE_H

/*
 * What must outlive mullion-guest: one sealed memfd, made and kept by mulliond,
 * in which mullion-guest keeps its tables in place. A successor finds here, beside
 * the descriptors that the daemon kept (LINK_KEEP), all that the guest was
 * promised; it reads every field as hostile. mulliond reads the counters and, restarted,
 * the heads' modes.
 *
 * Everything is an index, nothing a pointer. An id of 0 marks a free entry. The
 * file is sparse: a page costs memory once it was used.
 *
 * A process may be killed between any two instructions. What is written in several
 * steps is written so that each prefix of the steps can be told from the others:
 * STATE_STEP() keeps the compiler from mixing them (what a killed process has
 * stored, its processor still delivers). An entry gets its id, or seq, last.
 *
 *   a chain is taken     inflight[head].counter = taken; STEP; .inflight = 1; STEP; taken++
 *   a command acts       began = its counter; STEP; the tables
 *   it goes to a         a pending entry; STEP; remote.intent; STEP; the ring's
 *     renderer             submit_head, which the renderer sees
 *   the renderer's       pending.done; the answer; pending.seq = 0; STEP;
 *     answer               remote.complete_tail
 *   a chain is used      the answer's bytes; pushing = head; STEP; used->idx; STEP;
 *                          inflight[head] = {}; STEP; used_idx++; STEP; pushing = none
 *
 * So a chain that is in flight and has no pending entry is to be carried out, for
 * the first time or (its counter is `began`) again; and one with an entry that was
 * never sent likewise.
 */

#define STATE_STEP() atomic_signal_fence(memory_order_seq_cst)

#include <stdatomic.h>
#include <stdint.h>

#include "protocol/input.h"
#include "protocol/limits.h"
#include "protocol/link.h"
#include "protocol/render.h"

#define STATE_MAGIC 0x4e4f4c4cu
#define STATE_VERSION 3u

#define STATE_REGIONS 32u
#define STATE_QUEUES 2u
#define STATE_QUEUE_SIZE 1024u
#define STATE_CONTEXTS 4096u
#define STATE_RESOURCES 16384u
#define STATE_ATTACHMENTS 65536u
#define STATE_BLOCKS 65536u
#define STATE_BLOCK_ENTRIES 31u
#define STATE_REPLY_SEGMENTS 8u
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
	uint64_t counter; /* `taken` of the queue when it was: the order of the heads */
};

struct state_queue {
	uint32_t size;
	uint32_t enabled, started;
	uint32_t kick_known; /* SET_VRING_KICK came since the ring was stopped */
	uint64_t taken;      /* chains, counted; the low 16 bits are the next avail index */
	uint32_t pushing;    /* the head that goes to the used ring, and 1; 0: none */
	uint16_t used_idx;
	uint16_t reserved;
	uint64_t desc_addr, avail_addr, used_addr; /* the VMM's virtual addresses */
	struct state_inflight inflight[STATE_QUEUE_SIZE];
};

static inline uint16_t state_queue_last_avail(const struct state_queue *queue)
{
	return (uint16_t)queue->taken;
}

/* The count never goes back: what was taken before a reset stays older. */
static inline void state_queue_set_last_avail(struct state_queue *queue, uint16_t last_avail)
{
	queue->taken = (queue->taken | UINT16_MAX) + 1 + last_avail;
}

struct state_device {
	uint64_t features, protocol_features;
	uint32_t asked; /* the VMM was, on its channel, and its answer is still to come */
	/* Bytes of the VMM's request that was acted upon; 0: none (backends/vhost-user/journal.h). */
	uint32_t answered;
	struct state_queue queues[STATE_QUEUES];
};

/* An input device: what its driver was told is down. A successor lifts it. */
struct state_input {
	uint64_t serial; /* of link_guest_socket: whose this is; 0: nobody's */
	struct state_device device;
	struct state_region regions[STATE_REGIONS];
	uint8_t select, subsel; /* as the driver wrote them into the config space */
	uint16_t palms; /* contacts that were cancelled, a bit each */
	uint32_t leds;  /* that the driver has on, bit per LED_* */
	uint64_t keys[INPUT_KEY_WORDS];
	uint32_t contacts[INPUT_SLOTS]; /* tracking id, and 1; 0: none */
	uint64_t frames;  /* for people, as the next two */
	uint64_t coalesced, dropped;
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

/* A command of the control queue that waits for its answer: backends/virtio/gpu_pending.h. */
struct state_pending {
	uint64_t seq;    /* 0: free; at the index of its low bits */
	uint32_t done;   /* carried out; a fenced one may still wait for its turn */
	uint32_t response;
	uint32_t written; /* bytes of an answer with data, already in guest memory; else 0 */
	uint32_t created; /* resource to be forgotten if the answer is an error; 0: none */
	uint32_t type, flags; /* of the command's header, as the next three */
	uint64_t fence_id;
	uint32_t ctx_id, ring_idx;
	uint32_t head; /* of its chain */
	uint32_t n_segments;
	struct state_segment {
		uint64_t addr;
		uint32_t len;
		uint32_t reserved;
	} segments[STATE_REPLY_SEGMENTS]; /* where the answer goes */
};

/* mullion-guest's side of the ring to a renderer (protocol/render.h). */
struct state_remote {
	uint32_t state;         /* enum state_remote_state */
	uint32_t generation;    /* of the memory regions that it has */
	uint32_t complete_tail; /* completions that were dealt with */
	uint32_t moves;         /* other regions are being told to it */
	/*
	 * What goes to the ring now, or went last: intents[intent]. It went if the ring's
	 * submit_head is head_after.
	 */
	uint32_t intent;
	uint32_t reserved2;
	struct state_intent {
		uint64_t seq, seq_before;           /* the last ones that are not 0 */
		uint32_t head_before, head_after;   /* the ring's submit_head */
		uint32_t count_before, count_after; /* records */
	} intents[2];
};

enum state_remote_state {
	STATE_REMOTE_NONE,
	STATE_REMOTE_REPLAYING, /* it gets what the tables hold */
	STATE_REMOTE_RUNNING,
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
	uint64_t trace_bytes;    /* not read yet, of the trace that has most */
	uint64_t record_bytes;   /* of the longest recording that runs */
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
	uint32_t n_heads;       /* that the VMM gives the guest; 0: all */
	uint32_t modes_serial;  /* of LINK_GUEST_HEADS; 0: never started */
	uint32_t reserved;
	struct link_head modes[LIMIT_HEADS]; /* of that serial */
	uint64_t began;    /* the counter, and 1, of the control chain whose command acts */
	uint64_t next_seq; /* of the pending entries; 0 as 1 */
	struct state_ends {
		uint32_t resources, contexts, attachments, blocks;
	} ends; /* all entries that were ever used are below */
	struct state_remote remote;
	struct state_region regions[STATE_REGIONS];
	struct state_head heads[LIMIT_HEADS];
	struct state_pending pendings[RENDER_COMPLETIONS];
	struct state_context contexts[STATE_CONTEXTS];
	struct state_resource resources[STATE_RESOURCES];
	struct state_attachment attachments[STATE_ATTACHMENTS];
	struct state_block blocks[STATE_BLOCKS];
	struct state_input inputs[INPUT_DEVICES];
};

_Static_assert(sizeof(struct state_block) == 504, "block");
_Static_assert(sizeof(struct state_inflight) == 16, "inflight");

#endif
