/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRTIO_GPU_H
#define PROTOCOL_VIRTIO_GPU_H

/*
 * virtio-gpu commands (virtio 1.2, 5.7.6) from bytes to a struct, by one table.
 * Sizes are minimums: what a driver appends beyond the specified struct is
 * ignored, except where a command carries a tail (entries, a stream).
 */

#include <linux/virtio_gpu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* virtio 1.2 names what the header of 6.1 does not. */
#define VIRTIO_GPU_BACKING_ENTRIES_MAX 65536u
#define VIRTIO_GPU_COMMAND_MAX (1u << 20) /* a command with its tail; more is refused */
#define VIRTIO_GPU_CURSOR_PX 64u
#define VIRTIO_GPU_RINGS 64u /* header.ring_idx is below (virtio 1.2, 5.7.6.7) */

enum virtio_gpu_queue {
	VIRTIO_GPU_QUEUE_CONTROL,
	VIRTIO_GPU_QUEUE_CURSOR,
	VIRTIO_GPU_QUEUE_COUNT,
};

struct virtio_gpu_header {
	uint32_t type;
	uint32_t flags;
	uint64_t fence_id;
	uint32_t ctx_id;
	uint8_t ring_idx;
};

#define VIRTIO_GPU_HEADER_BYTES 24u

struct virtio_gpu_area {
	uint32_t x, y, width, height;
};

struct virtio_gpu_volume {
	uint32_t x, y, z, w, h, d;
};

/* Only the member that the type names is written. */
struct virtio_gpu_command {
	struct virtio_gpu_header header;
	uint32_t resource_id; /* of every command that names one */
	union {
		struct {
			uint32_t format, width, height;
		} create_2d;
		struct {
			uint32_t target, format, bind, width, height, depth, array_size, last_level,
				nr_samples, flags;
		} create_3d;
		struct {
			uint32_t scanout_id;
			struct virtio_gpu_area area;
		} set_scanout;
		struct {
			uint32_t mem, flags, n_entries;
			uint64_t id, size;
		} create_blob;
		struct {
			uint32_t scanout_id;
			struct virtio_gpu_area area;
			uint32_t width, height, format;
			uint32_t stride, offset; /* of the first plane: no format has more */
		} scanout_blob;
		struct virtio_gpu_area flush;
		struct {
			struct virtio_gpu_area area;
			uint64_t offset;
		} transfer_2d;
		struct {
			struct virtio_gpu_volume box;
			uint64_t offset;
			uint32_t level, stride, layer_stride;
		} transfer_3d;
		struct {
			uint32_t n_entries;
		} attach_backing;
		struct {
			uint32_t index;
		} capset_info;
		struct {
			uint32_t id, version;
		} capset;
		struct {
			uint32_t scanout;
		} edid;
		struct {
			uint32_t name_len, context_init;
			char name[64];
		} ctx_create;
		struct {
			uint32_t size; /* bytes of stream in the tail */
		} submit;
		struct {
			uint32_t scanout_id, x, y, hot_x, hot_y;
		} cursor;
	};
	const uint8_t *tail; /* borrowed: entries or stream; NULL where the command has none */
	size_t tail_len;
};

struct virtio_gpu_entry {
	uint64_t addr;
	uint32_t len;
};

/* The command's name as the specification spells it, without VIRTIO_GPU_CMD_; "unknown" else. */
const char *virtio_gpu_command_name(uint32_t type);

/*
 * 0, or the response code that refuses the command: VIRTIO_GPU_RESP_ERR_UNSPEC for
 * an unknown type, one of the other queue, or one that is too short. The header
 * is decoded whenever its bytes are there (zero otherwise), so that a refusal can
 * echo the fence.
 */
uint32_t decode_virtio_gpu_command(const void *bytes, size_t len, enum virtio_gpu_queue queue,
	struct virtio_gpu_command *command);

/*
 * The bytes of a command that a renderer may get: what resource_id alone tells,
 * RESOURCE_CREATE_2D and _3D, RESOURCE_ATTACH_BACKING, TRANSFER_TO_HOST_2D and the
 * 3D transfers, CTX_CREATE, SUBMIT_3D; and, for recordings, those on blobs,
 * scanouts, RESOURCE_FLUSH, UPDATE_CURSOR. The tail is appended. Returns its length; 0: `size` is too
 * small, or another command.
 */
size_t encode_virtio_gpu_command(const struct virtio_gpu_command *command, void *bytes,
	size_t size);

/* For a renderer that knows textures only: CREATE_2D and TRANSFER_TO_HOST_2D as their 3D forms. */
struct virtio_gpu_command virtio_gpu_command_in_3d(const struct virtio_gpu_command *command);

/* Entry `i` of ATTACH_BACKING or CREATE_BLOB; `i` is below its n_entries. */
struct virtio_gpu_entry virtio_gpu_entry_at(const struct virtio_gpu_command *command, uint32_t i);

/* Bytes a pixel of a 2D format: always 4; 0 for a format that 2D does not know. */
uint32_t virtio_gpu_format_bytes(uint32_t format);

/* True for commands that only a renderer can carry out. */
bool virtio_gpu_command_is_3d(uint32_t type);

#endif
