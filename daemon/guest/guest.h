/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_GUEST_H
#define DAEMON_GUEST_GUEST_H

/*
 * mullion-guest: all that one guest has in its process. The daemon's link brings
 * it to life, a VMM's connection gives it rings and memory, the device ties them
 * to the renderers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/pixman/renderer.h"
#include "backends/remote/renderer.h"
#include "backends/vhost-user/connection.h"
#include "backends/virtio/gpu.h"
#include "base/channel.h"
#include "base/loop.h"
#include "daemon/guest/input.h"
#include "daemon/guest/tap.h"
#include "protocol/limits.h"
#include "protocol/link.h"

struct guest_process {
	struct loop loop;
	struct channel link; /* to mulliond */
	struct link_resync resync; /* serial not 0: to be answered when the link takes it */
	struct state *state; /* mapped; NULL before LINK_GUEST_START */
	void *capsets;       /* mapped or NULL */
	uint32_t capsets_bytes;
	bool connected;      /* a VMM is there */
	/* From LINK_GUEST_START to LINK_GUEST_SOCKET: what a predecessor had. */
	struct journal journal; /* until a VMM is there */
	struct takeover {
		bool on;
		struct vhost_user_kept kept;
		int renderer[4]; /* as LINK_GUEST_RENDERER has them; -1: none */
	} takeover;
	struct vhost_user_connection connection;
	struct pixman_renderer local;
	struct remote_renderer remote;
	struct gpu gpu;
	struct guest_inputs inputs;
	struct loop_timer want;  /* a renderer, where one could not be had */
	struct loop_timer again; /* queues that have more than one turn took */
	uint32_t again_queues;
	struct log_limit resets;
	struct taps taps;
	/* What the daemon is to be told at the end of the turn, newest only. */
	struct loop_hook tell;
	uint32_t scanouts_changed, cursors_moved; /* bit per head */
	struct loop_timer cursor_pause;
	bool cursor_paused;     /* and the timer runs */
	int64_t cursor_told_ns; /* when cursors were last told */
};

/* link.c */
int link_open(struct guest_process *guest, int take_fd);
/* `device` as LINK_DEVICE_GPU. */
bool link_keep(struct guest_process *guest, uint32_t device, enum vhost_user_keep kind,
	uint32_t index, int fd);
/* LINK_RENDERER_EXPECTED, LINK_RENDERER_WANTED or LINK_RENDERER_BROKEN. */
void link_ask_for_renderer(struct guest_process *guest, uint32_t type);
void link_tell_later(struct guest_process *guest);

/* front.c: between the VMM's connection, the device and the link. */
int front_init(struct guest_process *guest, const struct gpu_config *config);
int front_connect(struct guest_process *guest, int take_fd);
void front_set_heads(struct guest_process *guest, const struct link_guest_heads *heads);
void front_finish(struct guest_process *guest);

/* takeover.c: from a mullion-guest that died. */
void takeover_init(struct takeover *takeover);
void takeover_finish(struct takeover *takeover);
void kept_init(struct vhost_user_kept *kept);
void kept_finish(struct vhost_user_kept *kept);
/* Takes `*fd` if there is such a place (LINK_KEEP_*). */
void kept_put(struct vhost_user_kept *kept, uint32_t kind, uint32_t index, int *fd);
/* Goes on with the VMM at `take_fd`. 0 or negative errno. */
int takeover_begin(struct guest_process *guest, int take_fd);
extern const struct vhost_user_device front_device;

/* sandbox.c */
/* Nothing but memory, the rings and the sockets it is given. 0 or negative errno. */
int sandbox_lock(void);

#endif
