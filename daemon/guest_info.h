/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_INFO_H
#define DAEMON_GUEST_INFO_H

/*
 * What the control interface asks of the guests. A snapshot: everything is
 * copied or static, nothing in it outlives the next turn of the loop. Strings
 * may come from a worker, so whoever prints them cleans them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backends/picture.h"
#include "daemon/config.h"
#include "protocol/input.h"
#include "protocol/limits.h"

struct daemon; /* whoever has the guests */
struct guest;
struct copy;
struct events;
struct input_devices;
struct screenshot_result;

enum guest_state {
	GUEST_STATE_WAITING,   /* no VMM is connected */
	GUEST_STATE_CONNECTED, /* a VMM is, but the guest's driver does not use the device */
	GUEST_STATE_RUNNING,
	GUEST_STATE_PAUSED, /* it ran; the VMM has stopped the rings */
	GUEST_STATE_FAILED, /* given up; `trouble` says why */
};

struct guest_head_info {
	uint32_t width_px, height_px, refresh_mhz; /* the mode now */
	bool enabled;                              /* the guest scans out something */
	bool stale;              /* frozen, by the configuration's stale-after */
	uint64_t stale_times;    /* that it became so */
	uint32_t wanted_width_px, wanted_height_px; /* the mode that it is to have */
	bool wanted;                               /* false: the head was removed */
	const char *note; /* why it has not; static; NULL: it has, or no guest runs */
	bool fullscreen;         /* its window is */
	bool closed;             /* its window was closed by the user */
	const char *paced_by;    /* "flushes", "fences", "drops", "nothing" */
	const char *source;      /* who draws it: "virgl", "pixman"; NULL: nobody yet */
	uint64_t frames_flushed; /* by the guest */
	uint64_t frames_presented;
	uint64_t frames_dropped; /* replaced by a newer one before they were shown */
	uint64_t latency_p50_us, latency_p99_us; /* from the guest's flush to wl_surface.commit */
	uint64_t frames_discarded;               /* given to the screen, never seen */
	uint64_t seen_p50_us, seen_p99_us;       /* from the guest's flush to the screen */
	uint32_t rate_mhz;       /* frames presented over the last second or so, in mHz */
};

struct guest_info {
	const struct config_guest *config; /* borrowed */
	enum guest_state state;
	uint64_t features;         /* acknowledged by the guest's driver, virtio bits */
	char renderer_device[128]; /* GL_RENDERER; empty while no renderer runs */
	const char *render_node;   /* in use: a path or "none"; NULL: the configuration's */
	char presenter[128];       /* "wayland (wayland-1)" */
	char trouble[256];         /* what the user should know or do; empty: nothing */
	pid_t vmm_pid, guest_pid, render_pid; /* 0: none */
	uint32_t renderer_starts;
	uint64_t renderer_deaths, guest_deaths; /* while this VMM was connected */
	uint32_t hang_limit_ms;
	uint64_t hangs;   /* of its renderers */
	bool quarantined; /* they hung too often: it gets none */
	uint64_t commands, commands_refused;
	uint64_t memory_bytes; /* of resources, against config->memory_bytes */
	uint32_t resources, contexts, backing_entries, fences; /* against config->max_... */
	uint64_t trace_bytes, record_bytes; /* against those of the config */
	uint32_t n_heads;
	struct guest_head_info heads[LIMIT_HEADS];
};

/* A program of a container. */
struct guest_client_info {
	pid_t pid, render_pid; /* 0: none */
	char program[16];
	uint64_t memory_bytes;
};

/* One of its own input devices. */
struct guest_input_info {
	char name[INPUT_NAME_BYTES]; /* "touch0" */
	bool connected;              /* a VMM is */
	uint64_t frames;             /* that changed something, for its driver */
	uint64_t coalesced, dropped; /* of them: motions that became one; more than waits at once */
};

/* A device of the host, or a part of one, that is given to it. Borrowed. */
struct guest_given_info {
	const char *name, *device;
	bool here;
	const char *trouble; /* why it is not, though it is there; empty: it is, or is not there */
};

/* What happened to them. */
struct events *daemon_events(struct daemon *daemon);
/* In the configuration's order; NULL for the first, NULL after the last. */
struct guest *guest_next(struct daemon *daemon, const struct guest *previous);
struct guest *guest_find(struct daemon *daemon, const char *name);
void guest_describe(const struct guest *guest, struct guest_info *info);
/* Number `index` of them, in the order in which they came. False: there are not so many. */
bool guest_describe_client(
	const struct guest *guest, uint32_t index, struct guest_client_info *info);
/* The same of its input devices, by number. */
bool guest_describe_input(
	const struct guest *guest, uint32_t index, struct guest_input_info *info);
/* The same of what it is given, in the configuration's order. */
bool guest_describe_given(
	const struct guest *guest, uint32_t index, struct guest_given_info *info);
/* Switches the head on or off, in another mode unless that is NULL. */
void guest_head_set(struct guest *guest, uint32_t head, const struct config_head *mode, bool on);
/* The same with the first head that is off. Its number, or -ENOSPC: all are on. */
int guest_head_add(struct guest *guest, const struct config_head *mode);
/* A VM's, of which its configuration says which there are. */
struct input_devices *guest_inputs(struct guest *guest);
/* A VMM has connected this one. */
bool guest_input_connected(const struct guest *guest, uint32_t device);
/* The head's window again, if it was closed. */
void guest_view(struct guest *guest, uint32_t head);
/*
 * Takes what may change at once (daemon/config_keys.h): all of it, or, on failure, nothing.
 * -EINVAL: a reservation beyond its cap; -ENOSPC: beyond what others leave of the GPU.
 */
int guest_change(struct guest *guest, const struct config_guest *wanted);
/* Of the GPU, what others leave for its reservation. */
uint32_t guest_reservable_ppm(const struct guest *guest);
/* The same of [mulliond]. */
void daemon_change(struct daemon *daemon, const struct config *wanted);
/*
 * The next mulliond knows as well that a key that may change at once was set to this text,
 * of the guest, or (NULL) of [mulliond].
 */
void daemon_remember(
	struct daemon *daemon, struct guest *guest, const char *key, const char *text);
/* Its renderers may hang again. False: it was not given up. */
bool guest_release(struct guest *guest);
/*
 * Ends the guest's processes; others take over. Those that were given up are tried again.
 * False: no VMM is connected, there is nothing to restart.
 */
bool guest_restart(struct guest *guest);
/* What the head shows now, or NULL. Borrowed until the end of the turn. */
const struct picture *guest_picture(const struct guest *guest, uint32_t head);
/*
 * Has the renderer copy what the head shows, as copy_start does. -ENOTSUP: it is not
 * a renderer's.
 */
int guest_copy(struct guest *guest, uint32_t head, struct copy **copy,
	void (*done)(void *data, const struct screenshot_result *result), void *data);
/*
 * `*fd` is then a socket from which records of what the guest sends are read
 * (protocol/record.h); the caller's. It ends with the guest's VM; until one is
 * connected it `*waits`. 0 or negative errno.
 */
int guest_tap(struct guest *guest, bool data, int *fd, bool *waits);

#endif
