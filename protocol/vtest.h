/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VTEST_H
#define PROTOCOL_VTEST_H

/*
 * vtest, the protocol between Mesa's virpipe driver and a renderer, over a stream socket:
 * versions 0, 2 and 3, as virglrenderer 0.10.4 answers it and Mesa 22.3 speaks it. It has
 * no errors: a server that does not like something closes the connection.
 *
 * A command is a header and a body. A header's length is in dwords, in CREATE_RENDERER in
 * bytes; two commands are followed by other bytes than it says:
 *
 *   TRANSFER_PUT   the body's data_bytes, not padded; the length counts them, padded
 *   TRANSFER_PUT2  nothing; Mesa's length counts what lies in shared memory
 *
 * Replies are a header and dwords, but for GET_CAPS and GET_CAPS2, whose length is that of
 * the capset in bytes and one more, and TRANSFER_GET, whose reply is bare data. A
 * descriptor comes with a byte of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VTEST_VERSION 3u
#define VTEST_HEADER_BYTES 8u
#define VTEST_NAME_MAX 256u         /* of CREATE_RENDERER; Mesa's has 64 bytes at most */
#define VTEST_STREAM_MAX (1u << 20) /* of SUBMIT_CMD, as a virtio-gpu command; Mesa's has 1/4 */

enum vtest_id {
	VTEST_GET_CAPS = 1,
	VTEST_RESOURCE_CREATE,
	VTEST_RESOURCE_UNREF,
	VTEST_TRANSFER_GET,
	VTEST_TRANSFER_PUT,
	VTEST_SUBMIT_CMD,
	VTEST_RESOURCE_BUSY_WAIT,
	VTEST_CREATE_RENDERER,
	VTEST_GET_CAPS2,
	VTEST_PING_PROTOCOL_VERSION,
	VTEST_PROTOCOL_VERSION,
	/* since version 2 */
	VTEST_RESOURCE_CREATE2,
	VTEST_TRANSFER_GET2,
	VTEST_TRANSFER_PUT2,
	/* since version 3 */
	VTEST_GET_PARAM,
	VTEST_GET_CAPSET,
	VTEST_CONTEXT_INIT,
	/* The rest of it is for Vulkan and for memory of the host; none of it is offered. */
};

enum vtest_param {
	VTEST_PARAM_MAX_SYNC_QUEUES = 1,
};

#define VTEST_BUSY_WAIT_WAITS (1u << 0) /* busy_wait.flags: answer when it is idle */

struct vtest_header {
	uint32_t length, id;
	uint32_t body_bytes; /* that follow, without data of TRANSFER_PUT */
};

struct vtest_box {
	uint32_t x, y, z, width, height, depth;
};

/* Only the member that the id names is written. */
struct vtest_command {
	uint32_t id;
	uint32_t resource_id; /* of every command that names one */
	union {
		struct {
			uint32_t target, format, bind, width, height, depth, array_size, last_level,
				nr_samples;
			uint32_t memory_bytes; /* 0: none, and no descriptor comes back */
		} create;
		struct {
			uint32_t level, stride, layer_stride;
			struct vtest_box box;
			uint32_t data_bytes; /* that come with it; 0: the resource's memory */
			uint32_t offset;
		} transfer;
		struct {
			uint32_t flags;
		} busy_wait;
		struct {
			uint32_t id, version;
		} capset; /* of CONTEXT_INIT as well */
		uint32_t version;
		uint32_t param;
	};
	const uint8_t *tail; /* borrowed: a name or a stream */
	size_t tail_len;
};

/* As the protocol spells it; "unknown" else. */
const char *vtest_command_name(uint32_t id);

/*
 * Both: NULL, or a constant that says what is wrong; then the connection cannot go on. The
 * header is decoded as far as it goes in every case. `version` is the one agreed upon.
 */
const char *decode_vtest_header(const uint8_t bytes[static VTEST_HEADER_BYTES], uint32_t version,
	struct vtest_header *header);
const char *decode_vtest_command(
	const struct vtest_header *header, const uint8_t *body, struct vtest_command *command);

/* What a server of ours agrees to when a client asks for `version`. */
uint32_t vtest_version_agreed(uint32_t version);

#endif
