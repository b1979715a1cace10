/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VHOST_USER_H
#define PROTOCOL_VHOST_USER_H

/*
 * The vhost-user messages that a VMM (the front end) sends to us (the back end),
 * by QEMU's docs/interop/vhost-user.rst and vhost-user-gpu.rst. Byte order is
 * the host's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_RESET_OWNER = 4,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_SET_VRING_ERR = 14,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_SET_BACKEND_REQ_FD = 21,
	VHOST_USER_GET_CONFIG = 24,
	VHOST_USER_SET_CONFIG = 25,
	VHOST_USER_GPU_SET_SOCKET = 33,
	VHOST_USER_RESET_DEVICE = 34,
	VHOST_USER_GET_MAX_MEM_SLOTS = 36,
	VHOST_USER_ADD_MEM_REG = 37,
	VHOST_USER_REM_MEM_REG = 38,
};

/* Requests of ours over the socket of SET_BACKEND_REQ_FD. */
#define VHOST_USER_BACKEND_CONFIG_CHANGE_MSG 2

#define VHOST_USER_F_PROTOCOL_FEATURES 30 /* bit of the virtio features */

enum vhost_user_protocol_feature { /* bits */
	VHOST_USER_PROTOCOL_F_MQ = 0,
	VHOST_USER_PROTOCOL_F_REPLY_ACK = 3,
	VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5,
	VHOST_USER_PROTOCOL_F_CONFIG = 9,
	VHOST_USER_PROTOCOL_F_RESET_DEVICE = 13,
	VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15,
};

#define VHOST_USER_VERSION 1u
#define VHOST_USER_VERSION_MASK 3u
#define VHOST_USER_FLAG_REPLY (1u << 2)
#define VHOST_USER_FLAG_NEED_REPLY (1u << 3)

#define VHOST_USER_HEADER_BYTES 12u
#define VHOST_USER_CONFIG_MAX 256u
#define VHOST_USER_PAYLOAD_MAX (12u + VHOST_USER_CONFIG_MAX) /* SET_MEM_TABLE: 8 + 8 * 32 */
#define VHOST_USER_TABLE_REGIONS 8u /* of SET_MEM_TABLE */
#define VHOST_USER_REGION_BYTES 32u

struct vhost_user_region {
	uint64_t guest_addr;
	uint64_t size_bytes;
	uint64_t user_addr;
	uint64_t fd_offset;
};

/* Decoded; only the member that the request names is written. */
struct vhost_user_message {
	uint32_t request;
	uint32_t flags;
	union {
		uint64_t u64;
		struct {
			uint32_t index, num;
		} vring_state;
		struct {
			uint32_t index, flags;
			uint64_t desc, used, avail, log; /* the VMM's virtual addresses */
		} vring_addr;
		struct {
			uint32_t index;
			bool no_fd; /* poll instead: bit 8 of the message */
		} vring_fd;
		struct {
			uint32_t n;
			struct vhost_user_region regions[VHOST_USER_TABLE_REGIONS];
		} table;
		struct vhost_user_region region;
		struct {
			uint32_t offset, size, flags;
			const uint8_t *data; /* borrowed, `size` bytes */
		} config;
	};
};

struct vhost_user_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* of the payload */
};

/* Why a message is refused, for the log; NULL when it is fine. */
const char *vhost_user_check_header(const struct vhost_user_header *header);

/* `payload` has the header's size. Exact sizes and descriptor counts. NULL, or why it is refused. */
const char *decode_vhost_user(const struct vhost_user_header *header, const void *payload,
	size_t n_fds, struct vhost_user_message *message);

/* The request's name as the specification spells it; "unknown" else. */
const char *vhost_user_request_name(uint32_t request);

#endif
