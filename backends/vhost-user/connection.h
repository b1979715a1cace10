/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VHOST_USER_CONNECTION_H
#define BACKENDS_VHOST_USER_CONNECTION_H

/*
 * One VMM's vhost-user connection for one device: handshake, memory, rings.
 * Every request is answered from memory, at once. Whatever breaks the protocol
 * ends the connection; a ring that the driver corrupts does not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "backends/guest_memory.h"
#include "backends/vhost-user/backend_channel.h"
#include "backends/vhost-user/journal.h"
#include "backends/virtqueue.h"
#include "base/io.h"
#include "base/log.h"
#include "base/loop.h"
#include "protocol/state.h"
#include "protocol/vhost_user.h"

/* What is offered of the rings and of the protocol, whatever the device. */
#define VHOST_USER_RING_FEATURES                                                                      \
	(1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC |                         \
		1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VHOST_USER_F_PROTOCOL_FEATURES)

#define VHOST_USER_PROTOCOL_FEATURES                                                                  \
	(1ull << VHOST_USER_PROTOCOL_F_REPLY_ACK | 1ull << VHOST_USER_PROTOCOL_F_BACKEND_REQ |      \
		1ull << VHOST_USER_PROTOCOL_F_CONFIG |                                              \
		1ull << VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS)

/* Descriptors whose duplicates must outlive this process. */
enum vhost_user_keep {
	VHOST_USER_KEEP_GPU_SOCKET,
	VHOST_USER_KEEP_BACKEND_SOCKET,
	VHOST_USER_KEEP_REGION,
	VHOST_USER_KEEP_KICK,
	VHOST_USER_KEEP_CALL,
	VHOST_USER_KEEP_ERR,
};

/* What the connection serves. `data` is passed back. */
struct vhost_user_device {
	const char *const *queue_names;
	uint32_t n_queues;
	/* Device features that are offered; those of the rings and of vhost-user are added. */
	uint64_t (*features)(void *data);
	void (*set_features)(void *data, uint64_t features);
	/* The config space: `len` bytes at `offset`, which fit config_bytes. */
	uint32_t config_bytes;
	void (*config_read)(void *data, uint32_t offset, void *to, uint32_t len);
	void (*config_write)(void *data, uint32_t offset, const void *from, uint32_t len);
	/* The ring may hold chains. */
	void (*kicked)(void *data, uint32_t queue);
	void (*stopped)(void *data, uint32_t queue);
	/* Guest memory was replaced: nothing that pointed into it holds. */
	void (*memory_changed)(void *data);
	/* The guest started afresh. Rings do not run. */
	void (*reset)(void *data);
	/*
	 * fd -1: no longer to be kept. False: it cannot be just now; the request that brought it
	 * is not answered before vhost_user_keep_due, which is to follow.
	 */
	bool (*keep)(void *data, enum vhost_user_keep kind, uint32_t index, int fd);
	/* What became of vhost_user_config_changed. */
	void (*config_told)(void *data, enum backend_channel_result result);
	/* What a person must know, or "" when all is well. */
	void (*trouble)(void *data, const char *what);
	/* The VMM went away (NULL), or why it was dropped. Last call; may free all. */
	void (*closed)(void *data, const char *why);
};

struct vhost_user_connection {
	const struct vhost_user_device *device;
	void *data;
	struct loop *loop;
	struct loop_source source;
	int fd; /* owned */
	struct state_device *state;
	struct state_region *region_states; /* STATE_REGIONS of them */
	struct guest_memory memory;
	struct virtqueue queues[STATE_QUEUES];
	struct vhost_user_ring {
		struct vhost_user_connection *connection;
		struct loop_source kick;
		struct loop_hook notify;
		bool kick_seen;  /* the driver kicked at least once */
		bool kick_is_read; /* its descriptor fills up */
	} rings[STATE_QUEUES];
	struct journal journal; /* none: a death over a request of the VMM may cost that */
	bool replies_later;     /* replies go to the journal, which sends them (journal.h) */
	uint64_t keeps_due;     /* not 0: vhost_user_keep_due is to follow (keep.c) */
	uint32_t unsettled;     /* bytes of a request that waits for it, acted upon and not answered */
	bool repeats;           /* the first request may have been acted upon by a predecessor */
	bool memory_doubted;    /* `trouble` says that it is not shared */
	int gpu_fd; /* owned */
	struct backend_channel backend;
	struct log_limit refusals;
	/* The message being received. */
	struct vhost_user_header header;
	uint8_t payload[VHOST_USER_PAYLOAD_MAX];
	size_t received;
	int fds[IO_FDS_MAX];
	size_t n_fds;
};

/* So that finish is safe before open. */
void vhost_user_connection_init(struct vhost_user_connection *connection);
/*
 * One that was initialized, or finished. `take_fd` is the VMM's socket. Takes the journal's descriptors. `state` and `regions` are
 * borrowed. 0 or negative errno.
 */
int vhost_user_connection_open(struct vhost_user_connection *connection, struct loop *loop,
	int take_fd, struct journal *take_journal, struct state_device *state, struct state_region *regions,
	const struct vhost_user_device *device, void *data);
/* Descriptors that were kept for a successor; -1: none. */
struct vhost_user_kept {
	int gpu, backend;
	int regions[STATE_REGIONS];
	int kicks[STATE_QUEUES], calls[STATE_QUEUES], errs[STATE_QUEUES];
};

/*
 * The connection of a process that died, from its state, which is checked. Takes all of
 * `kept` and leaves -1 there. Rings run as they did, but the device hears of none before
 * vhost_user_connection_run. 0 or negative errno; -EPROTO: the state makes no sense.
 */
int vhost_user_connection_adopt(struct vhost_user_connection *connection, struct loop *loop,
	int take_fd, struct journal *take_journal, struct state_device *state,
	struct state_region *regions, struct vhost_user_kept *kept, const struct vhost_user_device *device, void *data);
/* Kicks each ring that runs, and tells its driver: what was told before a death may be lost. */
void vhost_user_connection_run(struct vhost_user_connection *connection);
void vhost_user_connection_finish(struct vhost_user_connection *connection);

/* There may be room: what could not be kept is, and a request that waited for it is answered. */
void vhost_user_keep_due(struct vhost_user_connection *connection);
/* Has every descriptor kept again. */
void vhost_user_keep_all(struct vhost_user_connection *connection);

/* The guest is to read its config space again. */
void vhost_user_config_changed(struct vhost_user_connection *connection);
/* Notify the driver of this queue at the end of the turn. */
void vhost_user_notify_later(struct vhost_user_connection *connection, uint32_t queue);

#endif
