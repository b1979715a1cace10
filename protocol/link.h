/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_LINK_H
#define PROTOCOL_LINK_H

/*
 * Messages between mulliond and its workers (mullion-guest, mullion-render)
 * over a SEQPACKET socket that each worker is born with. Sizes are exact, byte
 * order is the host's. The daemon believes no number in them; nothing waits for
 * a reply.
 *
 * Pictures: a worker adds a picture once with its descriptor, under a slot
 * number of (head, plane); afterwards a frame is a slot number. The worker may
 * write into a slot that it has not handed over, or that was released to it.
 * After LINK_FRAME on a plane it waits for LINK_FRAME_DONE of that plane
 * before it sends the next: the newest content wins, older is never queued.
 *
 * A dma-buf that the presenter cannot show is refused, at once or later: no frame of
 * it is seen. The worker sends the same content in shared memory instead.
 *
 * A screenshot of a dma-buf is made by whoever sent it: LINK_COPY_WANTED is answered
 * by one LINK_COPY with the same head and id. An answer may come late, never unasked.
 *
 * A mulliond that takes over from another one (daemon/store.h) says LINK_RESYNC to each
 * worker first. The worker answers LINK_RESYNC_DONE with its serial, then tells all
 * again as if nothing had been told: what it keeps, pictures, frames, scanouts, cursors,
 * whether it waits for a renderer. What comes of pictures before the answer is of the
 * daemon's old life and means nothing.
 *
 * A mullion-guest that takes over from one that died (LINK_GUEST_TAKEOVER) gets the same
 * state memfd, then with LINK_GUEST_KEPT what that one had kept, then the renderer that it
 * had if that lives, then the VMM's socket: with that it begins.
 *
 * Which worker shows a head: every change of a head's scanout has a serial from
 * mullion-guest, and frames carry it. When the head goes dark or to the other
 * worker, frames of older serials are late and never shown. Between pictures of one
 * worker (page flips) its frames are all good: a slow renderer is not starved.
 */

#include <stdint.h>

#include "protocol/input.h"
#include "protocol/limits.h"

/*
 * Of all that is in this file. A mulliond that finds workers of another version ends them
 * and goes on from what is kept.
 */
#define LINK_VERSION 5u

enum link_type {
	LINK_INVALID,

	/* mulliond to mullion-guest */
	LINK_GUEST_START,      /* fds: state memfd, [capsets memfd] */
	LINK_GUEST_HEADS,      /* the guest's heads are now these */
	LINK_GUEST_QUOTA,      /* from now on */
	LINK_GUEST_SOCKET,     /* fd: a VMM's connection of a device */
	LINK_GUEST_KEPT,       /* fd: what a predecessor had kept of it; before the socket */
	LINK_GUEST_JOURNAL,    /* fds: two pipes, as backends/vhost-user/journal.h has them; likewise */
	LINK_GUEST_INPUT,      /* a frame */
	LINK_GUEST_UDMABUF,    /* fd: /dev/udmabuf, where the host has it */
	LINK_GUEST_RENDERER,   /* fds: ring memfd, submit eventfd, complete eventfd, render socket */
	LINK_GUEST_RENDERER_GONE,
	LINK_GUEST_TAP,        /* fd: a stream socket that gets records (protocol/record.h) */

	/* mulliond to mullion-render */
	LINK_RENDER_START,     /* fds as LINK_GUEST_RENDERER, the other end of the socket; budget memfd */

	LINK_RENDER_MEMORY,    /* from now on */
	LINK_RENDER_CLIENT,    /* fds: a vtest connection, budget memfd, memory memfd */

	/* mulliond to either worker */
	LINK_RESYNC,

	/* mulliond to mullion-render and back: look at the page (protocol/budget.h) */
	LINK_BUDGET,

	/* mulliond to whoever sent the picture */
	LINK_FRAME_DONE,
	LINK_PICTURE_RELEASED,
	LINK_PICTURE_REFUSED,
	LINK_COPY_WANTED,

	/* mullion-guest to mulliond */
	LINK_KEEP,             /* fd: to be kept under (kind, index), replacing what was there */
	LINK_FORGET,
	LINK_SOCKET_CLOSED,    /* of an input device: its VMM's connection ended; with the last a VM does */
	LINK_INPUT_LEDS,
	LINK_RENDERER_EXPECTED, /* the driver took 3D: it will be wanted soon */
	LINK_RENDERER_WANTED,
	LINK_RENDERER_BROKEN,   /* it lies, or does not take what it must: to be ended */
	LINK_SCANOUT,
	LINK_CURSOR_MOVE,

	/* mullion-render to mulliond */
	LINK_RENDER_READY,     /* fd: capsets memfd */
	LINK_CLIENT_ENDED,     /* its client left, or broke a rule: both end */

	/* either worker to mulliond */
	LINK_RESYNC_DONE,
	LINK_PICTURE_ADD,      /* fd: memfd sealed against shrinking, or dma-buf */
	LINK_PICTURE_REMOVE,
	LINK_FRAME,
	LINK_COPY,             /* fd: memfd sealed against shrinking, if it was made */

	LINK_TYPE_COUNT,
};

enum link_plane {
	LINK_PLANE_PRIMARY,
	LINK_PLANE_CURSOR,
	LINK_PLANE_COUNT,
};

enum link_guest_flag {
	LINK_GUEST_VIRGL = 1 << 0,    /* 3D is offered to the guest */
	LINK_GUEST_TAKEOVER = 1 << 1, /* the state is that of a process that died */
};

struct link_head {
	uint32_t width_px, height_px;
	uint32_t refresh_mhz;
	uint32_t enabled;
};

/* What one guest may have; one more is answered with OUT_OF_MEMORY. */
struct link_quota {
	uint64_t memory_bytes; /* of all resources: 2D and 3D content, blobs */
	uint32_t contexts, resources;
	uint32_t backing_entries; /* of all resources */
	uint32_t fences;          /* fenced commands in flight */
};

struct link_guest_start {
	uint32_t type;
	uint32_t flags;
	char name[LIMIT_NAME]; /* terminated */
	uint32_t n_heads;
	uint32_t heads_serial;
	struct link_quota quota;
	struct link_head heads[LIMIT_HEADS];
};

struct link_guest_heads {
	uint32_t type;
	uint32_t serial; /* counts up with each change */
	struct link_head heads[LIMIT_HEADS]; /* n_heads of link_guest_start */
};

struct link_guest_quota {
	uint32_t type;
	uint32_t reserved;
	struct link_quota quota;
};

/* The GPU, and behind it the input devices of protocol/input.h. */
#define LINK_DEVICE_GPU 0
#define LINK_DEVICE_INPUT 1
#define LINK_DEVICES (LINK_DEVICE_INPUT + INPUT_DEVICES)

struct link_guest_socket { /* and _SOCKET_CLOSED */
	uint32_t type;
	uint32_t device;
	uint64_t serial; /* of this connection, not 0; a predecessor may have had the same */
};

struct link_guest_input {
	uint32_t type;
	uint32_t device; /* of protocol/input.h */
	struct input_frame frame;
};

struct link_input_leds {
	uint32_t type;
	uint32_t leds; /* bit per LED_*, of the keyboard */
};

struct link_guest_udmabuf {
	uint32_t type;
	uint32_t reserved;
};

struct link_guest_renderer {
	uint32_t type;
	uint32_t ring_bytes;
	uint32_t adopted; /* a predecessor had it: with LINK_GUEST_TAKEOVER only */
	uint32_t reserved;
};

struct link_guest_journal {
	uint32_t type;
	uint32_t device;
};

struct link_guest_renderer_gone {
	uint32_t type;
	uint32_t reserved;
};

struct link_guest_tap {
	uint32_t type;
	uint32_t data;         /* with guest memory: a recording; else a trace */
	uint64_t buffer_bytes; /* held for a reader that is slow */
	uint64_t limit_bytes;  /* of all records together */
};

struct link_render_start {
	uint32_t type;
	uint32_t ring_bytes;
	char name[LIMIT_NAME];
	uint64_t memory_bytes;
};

struct link_render_memory {
	uint32_t type;
	uint32_t reserved;
	uint64_t memory_bytes; /* as at its start */
};

struct link_render_client {
	uint32_t type;
	uint32_t slot; /* of the memory page: this client's */
	char name[LIMIT_NAME];
	uint64_t memory_bytes; /* of all clients of the guest */
};

#define LINK_REASON_BYTES 96

struct link_client_ended {
	uint32_t type;
	uint32_t over_memory; /* for the memory limit of its guest */
	char reason[LINK_REASON_BYTES]; /* terminated; of any other cause; empty: it left */
};

struct link_budget {
	uint32_t type;
	uint32_t reserved;
};

struct link_resync { /* and _DONE */
	uint32_t type;
	uint32_t has_renderer; /* to mullion-guest: what it knows of is there */
	uint64_t serial;       /* not 0; another one each time */
	uint64_t devices;      /* from mullion-guest: those of input that it serves, bit per device */
};

struct link_frame_done {
	uint32_t type;
	uint32_t head;
	uint32_t plane;
	uint32_t reserved;
};

struct link_picture_released { /* and _REFUSED */
	uint32_t type;
	uint32_t head;
	uint32_t plane;
	uint32_t slot;
	uint32_t generation; /* of link_picture_add: an older one no longer matters */
	uint32_t reserved;
};

enum link_keep_kind {
	LINK_KEEP_GPU_SOCKET,     /* of VHOST_USER_GPU_SET_SOCKET */
	LINK_KEEP_BACKEND_SOCKET, /* of VHOST_USER_SET_BACKEND_REQ_FD */
	LINK_KEEP_REGION,         /* index: slot of the region in the state */
	LINK_KEEP_KICK,           /* index: queue */
	LINK_KEEP_CALL,
	LINK_KEEP_ERR,
	LINK_KEEP_KIND_COUNT,
};

struct link_keep { /* and _GUEST_KEPT */
	uint32_t type;
	uint32_t device;
	uint32_t kind;
	uint32_t index;
};

struct link_forget {
	uint32_t type;
	uint32_t device;
	uint32_t kind;
	uint32_t index;
};

struct link_renderer_wanted { /* and _EXPECTED, _BROKEN */
	uint32_t type;
	uint32_t reserved;
};

struct link_scanout {
	uint32_t type;
	uint32_t head;
	uint64_t serial;
	uint32_t width_px, height_px; /* 0: the head shows nothing */
	uint32_t remote;              /* its frames come from mullion-render */
	uint32_t blob;                /* its guest waits for its fenced flushes */
};

struct link_cursor_move {
	uint32_t type;
	uint32_t head;
	int32_t x, y;
	uint32_t visible;
	uint32_t reserved;
};

/*
 * The memfd, sealed against shrinking and writing: LIMIT_CAPSETS entries of struct
 * link_capset, then the data of each at its offset.
 */
struct link_capset {
	uint32_t id; /* 0: none */
	uint32_t version;
	uint32_t offset, size;
};

struct link_render_ready {
	uint32_t type;
	uint32_t dmabuf; /* pictures leave as dma-bufs */
	uint32_t capsets_bytes;
	uint32_t reserved;
	char renderer[128]; /* GL_RENDERER, terminated */
};

struct link_copy_wanted {
	uint32_t type;
	uint32_t head;
	uint64_t id; /* counts from 1 */
};

enum link_copy_status {
	LINK_COPY_MADE,
	LINK_COPY_DARK,   /* the head shows nothing from here */
	LINK_COPY_FAILED, /* it cannot be read, or there is no memory */
};

/* What the head shows, without the cursor: rows from the top, no gaps, 4 bytes a pixel. */
struct link_copy {
	uint32_t type;
	uint32_t head;
	uint64_t id; /* of link_copy_wanted */
	uint32_t status;
	uint32_t width_px, height_px; /* 0 as the format, unless it was made */
	uint32_t fourcc;              /* one of those of link_picture_add */
};

enum link_picture_kind {
	LINK_PICTURE_SHM,
	LINK_PICTURE_DMABUF,
};

struct link_picture_add {
	uint32_t type;
	uint32_t head;
	uint32_t plane;
	uint32_t slot; /* below LIMIT_SLOTS */
	uint32_t kind;
	uint32_t width_px, height_px;
	uint32_t stride_bytes, offset_bytes;
	uint32_t fourcc; /* DRM_FORMAT_XRGB8888, ARGB8888, XBGR8888, ABGR8888 */
	uint64_t modifier;
	uint32_t bottom_up; /* rows start at the bottom */
	uint32_t generation; /* the sender's; comes back in link_picture_released */
};

struct link_picture_remove {
	uint32_t type;
	uint32_t head;
	uint32_t plane;
	uint32_t slot;
};

struct link_frame {
	uint32_t type;
	uint32_t head;
	uint32_t plane;
	uint32_t slot;
	uint64_t serial;
	int64_t flush_ns; /* when the guest's flush was read: CLOCK_MONOTONIC */
	uint32_t damage_x, damage_y, damage_width, damage_height;
	uint32_t hot_x, hot_y; /* cursor plane */
};

#endif
