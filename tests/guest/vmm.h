/* SPDX-License-Identifier: MIT */
#ifndef GUEST_VMM_H
#define GUEST_VMM_H

/*
 * A vhost-user front end (docs/interop/vhost-user.rst in QEMU), written from
 * the specification and from what QEMU and User Mode Linux really send; it
 * shares no header with the back end under test.
 *
 * Every wait has a limit and meanwhile serves what the back end may ask: the
 * GPU socket (struct display) and the back end's own request channel.
 */

#include <linux/virtio_gpu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "display.h"
#include "memory.h"
#include "ring.h"

#define VMM_QUEUES 2
#define VMM_MAX_FDS 16
#define VMM_MAX_PAYLOAD_BYTES 4096
#define VMM_TIMEOUT_MS 5000

enum vmm_request {
	VMM_REQUEST_GET_FEATURES = 1,
	VMM_REQUEST_SET_FEATURES = 2,
	VMM_REQUEST_SET_OWNER = 3,
	VMM_REQUEST_RESET_OWNER = 4,
	VMM_REQUEST_SET_MEM_TABLE = 5,
	VMM_REQUEST_SET_LOG_BASE = 6,
	VMM_REQUEST_SET_VRING_NUM = 8,
	VMM_REQUEST_SET_VRING_ADDR = 9,
	VMM_REQUEST_SET_VRING_BASE = 10,
	VMM_REQUEST_GET_VRING_BASE = 11,
	VMM_REQUEST_SET_VRING_KICK = 12,
	VMM_REQUEST_SET_VRING_CALL = 13,
	VMM_REQUEST_SET_VRING_ERR = 14,
	VMM_REQUEST_GET_PROTOCOL_FEATURES = 15,
	VMM_REQUEST_SET_PROTOCOL_FEATURES = 16,
	VMM_REQUEST_GET_QUEUE_NUM = 17,
	VMM_REQUEST_SET_VRING_ENABLE = 18,
	VMM_REQUEST_SET_BACKEND_REQ_FD = 21,
	VMM_REQUEST_IOTLB_MSG = 22,
	VMM_REQUEST_GET_CONFIG = 24,
	VMM_REQUEST_SET_CONFIG = 25,
	VMM_REQUEST_GET_INFLIGHT_FD = 31,
	VMM_REQUEST_SET_INFLIGHT_FD = 32,
	VMM_REQUEST_GPU_SET_SOCKET = 33,
	VMM_REQUEST_RESET_DEVICE = 34,
	VMM_REQUEST_GET_MAX_MEM_SLOTS = 36,
	VMM_REQUEST_ADD_MEM_REG = 37,
	VMM_REQUEST_REM_MEM_REG = 38,
	VMM_REQUEST_SET_STATUS = 39,
	VMM_REQUEST_GET_STATUS = 40,
};

enum vmm_backend_request {
	VMM_BACKEND_REQUEST_CONFIG_CHANGE = 2,
};

#define VMM_FLAG_VERSION 0x1u
#define VMM_FLAG_REPLY 0x4u
#define VMM_FLAG_NEED_REPLY 0x8u
#define VMM_NO_FD 0x100u

#define VMM_F_PROTOCOL_FEATURES 30
#define VMM_PROTOCOL_F_MQ 0
#define VMM_PROTOCOL_F_REPLY_ACK 3
#define VMM_PROTOCOL_F_BACKEND_REQ 5
#define VMM_PROTOCOL_F_CONFIG 9
#define VMM_PROTOCOL_F_BACKEND_SEND_FD 10
#define VMM_PROTOCOL_F_INFLIGHT_SHMFD 12
#define VMM_PROTOCOL_F_RESET_DEVICE 13
#define VMM_PROTOCOL_F_CONFIGURE_MEM_SLOTS 15
#define VMM_PROTOCOL_F_STATUS 16

#define VMM_BIT(n) (UINT64_C(1) << (n))

/*
 * Who owns the config space, and what follows from it.
 * QEMU: num_scanouts is its own, written back with SET_CONFIG; a GPU socket;
 *   eventfds; answers wanted only where QEMU wants them.
 * UML: the back end's config, read in pieces; CONFIG_CHANGE heeded; no GPU
 *   socket; a pipe, not a socket, for the back end's requests and for
 *   interrupts; every message acknowledged once REPLY_ACK is there; stopping is
 *   ENABLE 0 without GET_VRING_BASE; SET_MEM_TABLE always has room for two.
 */
enum vmm_kind {
	VMM_KIND_QEMU,
	VMM_KIND_UML,
};

struct vmm_options {
	enum vmm_kind kind;
	uint64_t features; /* virtio features the driver takes, if offered; 0: all it knows */
	uint64_t forced_features;   /* acknowledged though not offered, as QEMU does */
	uint64_t protocol_features; /* taken if offered; 0: what that VMM takes */
	uint32_t head_count;        /* QEMU's max_outputs */
	uint32_t timeout_ms;        /* 0: VMM_TIMEOUT_MS */
};

struct vmm {
	struct vmm_options options;
	struct display *display; /* borrowed; NULL: no GPU socket */
	int fd;                  /* the vhost-user connection */
	int backend_fd;          /* our end of the back end's request channel */

	uint64_t device_features, features;
	uint64_t device_protocol_features, protocol_features;
	uint64_t queue_limit, memory_slots;
	struct virtio_gpu_config config; /* as the guest sees it */
	uint32_t config_changes;

	struct memory *memory;          /* borrowed, while running */
	struct ring *rings[VMM_QUEUES]; /* borrowed, while running */
	uint16_t bases[VMM_QUEUES];
	int masked_fds[VMM_QUEUES], error_fds[VMM_QUEUES];
	size_t regions_sent;
	uint32_t last_status; /* the u64 of the last acknowledgement, cut */
};

struct vmm_reply {
	uint32_t request, flags, size_bytes;
	uint8_t payload[VMM_MAX_PAYLOAD_BYTES];
	int fds[VMM_MAX_FDS]; /* the caller owns them */
	size_t fd_count;
};

void vmm_init(struct vmm *vmm, const struct vmm_options *options, struct display *display);
void vmm_finish(struct vmm *vmm);

/* All of these return 0 or a negative errno: -ETIMEDOUT, -ECONNRESET when the
 * back end hung up, -EPROTO for a wrong answer, -EREMOTEIO for a refusal. */
int vmm_connect(struct vmm *vmm, const char *socket_path);
int vmm_take_fd(struct vmm *vmm, int fd);

/* The handshake before the guest runs; then what a driver's DRIVER_OK causes. */
int vmm_realize(struct vmm *vmm);
int vmm_start(struct vmm *vmm, struct memory *memory, struct ring *control, struct ring *cursor);
/* Pause or reset, which look the same; vmm_start() goes on from where the rings were. */
int vmm_stop(struct vmm *vmm);
/* The driver starts anew: the next vmm_start() sends bases of 0. */
void vmm_forget_bases(struct vmm *vmm);
void vmm_disconnect(struct vmm *vmm);

int vmm_get_config(struct vmm *vmm, uint32_t offset, void *data, uint32_t size_bytes);
int vmm_set_config(struct vmm *vmm, uint32_t offset, const void *data, uint32_t size_bytes);
/* The guest acknowledges config events. */
int vmm_clear_events(struct vmm *vmm, uint32_t events);

/* One request as this VMM would send it, with the acknowledgement that REPLY_ACK gives. */
int vmm_call(struct vmm *vmm, uint32_t request, const void *payload, uint32_t size_bytes,
	const int *fds, size_t fd_count);
int vmm_call_u64(struct vmm *vmm, uint32_t request, uint64_t value);
int vmm_call_vring(struct vmm *vmm, uint32_t request, uint32_t index, uint32_t value);
int vmm_get_u64(struct vmm *vmm, uint32_t request, uint64_t *value);

/* A header as told, whatever follows it: for tests that send what no VMM should. */
int vmm_send(struct vmm *vmm, uint32_t request, uint32_t flags, uint32_t claimed_size_bytes,
	const void *payload, size_t size_bytes, const int *fds, size_t fd_count);
int vmm_receive(struct vmm *vmm, struct vmm_reply *reply);

/* Waits for fd to be readable and meanwhile serves the back end. */
int vmm_wait(struct vmm *vmm, int fd, uint32_t timeout_ms);
/* Handles what the back end asked so far. */
void vmm_dispatch(struct vmm *vmm);
/* Whether the back end hangs up within the time. */
bool vmm_is_dropped(struct vmm *vmm, uint32_t timeout_ms);

/* Monotonic, for deadlines. */
uint64_t vmm_now_ns(void);

#endif
