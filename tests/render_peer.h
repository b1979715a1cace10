/* SPDX-License-Identifier: MIT */
#ifndef RENDER_PEER_H
#define RENDER_PEER_H

/*
 * Plays mulliond and mullion-guest to one real mullion-render: starts it, gives
 * it a ring and 64 MiB of guest memory, writes records and reads completions,
 * frames and pictures. What fails here fails the test that runs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/io.h"
#include "protocol/link.h"
#include "protocol/render.h"

#define PEER_MEMORY_BYTES (UINT64_C(64) << 20)
#define PEER_MEMORY_ADDR UINT64_C(0x100000000)
#define PEER_QUOTA_BYTES (UINT64_C(256) << 20)
#define PEER_WAIT_MS 5000

struct peer_picture {
	struct link_picture_add add;
	uint8_t *pixels; /* NULL: not known */
	size_t bytes;
};

struct peer {
	pid_t pid;
	int link_fd, socket_fd, submit_fd, complete_fd;
	struct render_page *page; /* NULL before peer_serve */
	uint8_t *ring;
	uint8_t *memory; /* of the guest */
	int memory_fd;
	uint64_t seq;
	uint32_t generation;
	struct link_render_ready ready;
	void *capsets;
	int64_t ready_ns; /* from exec to LINK_RENDER_READY */
	struct peer_picture pictures[LIMIT_HEADS][LINK_PLANE_COUNT][LIMIT_SLOTS];
	uint32_t n_removed; /* pictures taken back */
};

/*
 * Starts the program ($MULLION_BUILD_ROOT/daemon/mullion-render) on the device
 * $MULLION_RENDER_NODE, if that is set, and waits until it is ready.
 */
void peer_start(struct peer *peer);
/* Gives it a ring and, by RENDER_REGIONS, the guest's memory. */
void peer_serve(struct peer *peer, uint64_t quota_bytes);
/* peer_serve without memory: for peer_send_region. */
void peer_serve_bare(struct peer *peer, uint64_t quota_bytes);
/* Closes the link; the program must end by itself with this status. */
void peer_finish(struct peer *peer, int status);
/* Ends by itself with this status. */
void peer_expect_exit(struct peer *peer, int status);
/* Only our side of it: the program is gone. */
void peer_forget(struct peer *peer);
bool peer_is_alive(struct peer *peer);

void peer_send_region(
	struct peer *peer, int fd, uint64_t guest_addr, uint64_t size_bytes, uint64_t fd_offset);
/* Ends the set and puts RENDER_REGIONS into the ring. */
void peer_send_regions_done(struct peer *peer);

/* One record of header and up to two parts of payload; its sequence number. */
uint64_t peer_put(struct peer *peer, uint16_t kind, uint16_t want, const void *payload, size_t len,
	const void *tail, size_t tail_len);
/* The ring as it is, with nothing put: wakes the program. */
void peer_wake(struct peer *peer);
/* False: none within the time. */
bool peer_completion(struct peer *peer, struct render_completion *completion, int wait_ms);
/* A record with RENDER_WANT_EXECUTED, and its response. */
uint32_t peer_execute(struct peer *peer, uint16_t kind, const void *payload, size_t len,
	const void *tail, size_t tail_len);

/*
 * The next LINK_FRAME within the time. Pictures added and removed on the way are
 * noted. The frame's picture is known.
 */
bool peer_frame(struct peer *peer, struct link_frame *frame, int wait_ms);
/* Asks for a copy of the head and takes the answer; `*fd` is the caller's, or -1. */
void peer_copy(struct peer *peer, uint32_t head, struct link_copy *copy, int *fd);
void peer_frame_done(struct peer *peer, uint32_t head, uint32_t plane);
void peer_release(struct peer *peer, const struct link_frame *frame);
uint32_t peer_pixel(struct peer *peer, const struct link_frame *frame, uint32_t x, uint32_t y);

/* A line of /proc/PID/status in kB. */
long peer_status_kb(const struct peer *peer, const char *name);

#endif
