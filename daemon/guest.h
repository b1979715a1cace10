/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_H
#define DAEMON_GUEST_H

/*
 * A configured guest: its socket, and while a VMM is connected its mullion-guest,
 * perhaps its mullion-render, its heads, and what is kept for it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/presenter.h"
#include "base/list.h"
#include "base/loop.h"
#include "daemon/agent.h"
#include "daemon/budget.h"
#include "daemon/client.h"
#include "daemon/copy.h"
#include "daemon/deaths.h"
#include "daemon/guest_info.h"
#include "daemon/guest_input.h"
#include "daemon/guest_modes.h"
#include "daemon/head.h"
#include "daemon/keep.h"
#include "daemon/mediator.h"
#include "daemon/memo.h"
#include "daemon/renderers.h"
#include "daemon/tie.h"
#include "daemon/tap.h"
#include "daemon/worker.h"

_Static_assert(LINK_DEVICES < 64, "devices are bits");

struct guest {
	struct list link; /* of daemon.guests */
	struct daemon *daemon;
	struct config_guest *config; /* borrowed; guest_change changes it */
	char socket_path[CONFIG_PATH_MAX];
	int listen_fd; /* owned */
	struct loop_source listen; /* waits until its render node is probed */
	struct render_node *node; /* NULL: 2D only */
	struct clients clients;   /* of a container; what follows is a VM's */
	bool running;             /* a mullion-guest serves a VMM */
	struct worker worker;
	struct deaths deaths;     /* of mullion-guest, while it serves this VMM */
	struct renderer_process *renderer; /* owned; NULL: none */
	struct tie tie;           /* of the two */
	struct budget budget;     /* of the renderer */
	uint64_t gpu_bytes;       /* that the kernel accounts to the renderer's files */
	uint64_t memory_was_bytes; /* its limit before, until it is under the new one */
	struct mediator_guest time;        /* on the GPU */
	struct deaths strikes;             /* hangs of its renderers, whoever connects */
	struct log_limit kills;            /* lines about renderers that are ended */
	struct memo memo;         /* of these, and of what it was told besides its configuration */
	struct mediator_client vm_time;    /* of its VM */
	struct deaths render_deaths;
	struct loop_timer pulse;  /* looks at the renderer's */
	bool renderer_expected; /* counted in its node's */
	bool renderer_wanted;
	uint32_t renderer_starts;
	pid_t vmm_pid;
	struct loop_source vmm;   /* its end, while there is no mullion-guest to see it */
	struct keep keep;
	uint64_t devices_due; /* that mullion-guest has yet to be sent, bit per LINK_DEVICE_* */
	const struct presenter_interface *interface;
	struct presenter *presenter;
	struct channel *links[HEAD_SOURCE_COUNT]; /* where heads answer; NULL: nobody */
	uint64_t resync[HEAD_SOURCE_COUNT]; /* of the LINK_RESYNC not answered yet; 0: none */
	struct guest_input input;
	struct guest_modes modes;
	struct agent agent; /* which tells of them where the VMM does not */
	struct head heads[LIMIT_HEADS]; /* modes.n of them */
	struct copies copies[HEAD_SOURCE_COUNT]; /* that its workers are to make */
	struct taps_waiting taps;
	struct log_limit refusals; /* of second VMMs */
	struct log_limit events;
	struct loop_timer watch; /* looks at its heads */
	bool watches;
};

/* NULL: no memory, or the presenter could not be made (said in the log). */
struct guest *guest_create(struct daemon *daemon, struct config_guest *config);
void guest_destroy(struct guest *guest);
/* Its processes go on, and another mulliond takes over. Only guest_destroy may follow. */
void guest_leave(struct guest *guest);

/* Its node is probed: the socket appears. Or a renderer became ready, or cannot be had. */
void guest_node_changed(struct guest *guest);

/* No VMM is connected any more: all that was there for it goes. */
void guest_stop(struct guest *guest);
/* Its end may be known here before mullion-guest has come to its own: a VM restarted at once. */
bool guest_vmm_hung_up(const struct guest *guest);
/* A VMM connects a device (LINK_DEVICE_GPU and so on); the first one starts a mullion-guest. */
void guest_connect(struct guest *guest, uint32_t device, int take_fd);
/* The VMM left that one. */
void guest_disconnect(struct guest *guest, uint32_t device);

/* guest_link.c */
extern const struct worker_config guest_worker;
/* A mullion-guest for the VMM that is kept. 0 or negative errno, and some of it may be there. */
int guest_start_worker(struct guest *guest, bool takeover);
/* The VMM's connections that are due; as much as the link takes, the rest when it does. */
void guest_send_devices(struct guest *guest);
/* Another mullion-guest goes on with what is kept, unless they die too often. */
void guest_take_over(struct guest *guest);
bool guest_handle_picture(struct guest *guest, enum head_source source, uint32_t type,
	const void *message, int fds[static IO_FDS_MAX]);

/* guest_renderer.c */
int guest_init_renderer(struct guest *guest);
/* It was an earlier mulliond's. */
void guest_restore_renderer(struct guest *guest);
/* Give it a renderer if it waits for one and one is ready. */
void guest_try_renderer(struct guest *guest);
void guest_expect_renderer(struct guest *guest, bool expect);
void guest_drop_renderer(struct guest *guest);

/* guest_change.c */
struct link_quota guest_quota(const struct guest *guest);
/* Its processes hear of its limits, which they may have others of. */
void guest_tell_quota(struct guest *guest);

/*
 * recall.c: with what an earlier mulliond was told of it, it gets GPU time. 0 or negative
 * errno. Strikes are noted as they come.
 */
int guest_recall(struct guest *guest);
void guest_remember_strikes(struct guest *guest);
void guest_finish_memo(struct guest *guest);

/* guest_hang.c */
uint32_t guest_hang_limit_ms(const struct guest *guest);
/* Its renderer does not come back, which was said and counted: it is to be ended. */
bool guest_renderer_hangs(struct guest *guest, struct budget *budget,
	struct mediator_client *time, const char *who);

/*
 * guest_memory_limit.c: of so much that the kernel accounts to its renderers: too much, which
 * was said: this one is to be ended.
 */
bool guest_memory_is_over(struct guest *guest, uint64_t gpu_bytes, const char *who);

int guest_watch_init(struct guest *guest);
/* Something of the guest changed: its windows say what there is to say. */
void guest_tell_heads(struct guest *guest);
/* Programs of it lost their renderer and do not know. */
bool guest_has_lost_contexts(const struct guest *guest);

/* Of its renderer. */
extern const struct renderer_owner guest_renderer_owner;

/*
 * guest_restore.c: what an earlier mulliond left of the guest; `worker` is how its
 * mullion-guest is watched. False: nothing that can be gone on with, guest_stop follows.
 */
bool guest_restore(struct guest *guest, const struct worker_config *worker);
/* The listening socket of a device that an earlier mulliond had at `path`; -1: none. */
int guest_take_listener(struct guest *guest, uint32_t device, const char *path);
/* A LINK_RESYNC_DONE of one of its workers. */
void guest_handle_resync(struct guest *guest, enum head_source source,
	const struct link_resync *message);
/* Puts into the store what makes a worker adoptable; or takes it out. */
void guest_store_worker(struct guest *guest, enum head_source source, const struct worker *worker);
void guest_unstore_worker(struct guest *guest, enum head_source source);

#endif
