/* SPDX-License-Identifier: MIT */
#ifndef GUEST_GPU_H
#define GUEST_GPU_H

/*
 * A virtio-gpu driver (virtio 1.2, 5.7) over two rings.
 *
 * Each command helper sends one command, waits, and returns the type of the
 * response (VIRTIO_GPU_RESP_*), or a negative errno: -ETIMEDOUT, -ECONNRESET,
 * -EBADMSG for a ring that the device broke. A cursor command without room for
 * a response returns 0.
 *
 * Between gpu_batch_begin() and gpu_batch_end() the helpers queue and return 0;
 * the end kicks once and waits for all.
 */

#include <linux/virtio_gpu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"
#include "vmm.h"

#define GPU_COMMAND_BYTES 1024u /* a request's room for the command in guest memory */
#define GPU_RESPONSE_BYTES 4096u
#define GPU_MAX_PIECES 32 /* descriptors in a command's chain */

struct gpu_request {
	struct gpu *gpu;   /* borrowed */
	struct ring *ring; /* borrowed */
	struct span memory;
	struct span owned;       /* a further piece that goes back when the request is done */
	uint32_t response_bytes; /* room given */
	uint32_t written_bytes;  /* by the device */
	uint64_t fence_id;       /* 0: none */
	uint64_t sent_ns, done_ns;
	bool done;
	struct gpu_request *next; /* links gpu->idle or gpu->batch */
};

struct gpu {
	struct vmm *vmm;               /* borrowed */
	struct memory *memory;         /* borrowed */
	struct ring *control, *cursor; /* borrowed */
	uint32_t timeout_ms;

	/* How commands are sent; tests set these. */
	bool fenced;          /* each command carries the next fence */
	uint8_t ring_idx;     /* and this timeline, when not 0 */
	uint32_t split_bytes; /* the command goes out in pieces of so many bytes; 0: whole */
	uint32_t cursor_response_bytes; /* Linux gives a cursor command no room */

	/* The last response that was waited for. */
	union {
		struct virtio_gpu_ctrl_hdr header;
		struct virtio_gpu_resp_display_info display_info;
		struct virtio_gpu_resp_edid edid;
		struct virtio_gpu_resp_capset_info capset_info;
		struct {
			struct virtio_gpu_ctrl_hdr header;
			uint8_t data[GPU_RESPONSE_BYTES - sizeof(struct virtio_gpu_ctrl_hdr)];
		} capset;
		struct virtio_gpu_resp_resource_uuid uuid;
		uint8_t bytes[GPU_RESPONSE_BYTES];
	} last;
	uint32_t last_written_bytes;
	uint64_t last_fence_id; /* as sent */

	struct gpu_request *requests; /* all of them */
	uint32_t request_count, in_flight;
	struct gpu_request *idle;
	struct gpu_request *batch, **batch_tail;
	bool batching;
	uint64_t done_fence_id; /* the newest that came back on the control queue */
	uint32_t late_fences;   /* that came back after a newer one */
	uint32_t batch_errors; /* responses of the last batch that were no success */
};

int gpu_init(struct gpu *gpu, struct vmm *vmm, struct memory *memory, struct ring *control,
	struct ring *cursor);
void gpu_finish(struct gpu *gpu);
/* Forgets what is in flight: for a driver that starts anew on reset rings. */
void gpu_reset(struct gpu *gpu);

/* A command as told; extra pieces follow it, which the device reads (mem entries, streams).
 * The header's flags, fence_id and ring_idx are filled in from the fields above.
 * Queues without kicking; *request is released by gpu_wait(). -ENOSPC when the ring is full. */
int gpu_queue(struct gpu *gpu, struct ring *ring, const void *command, uint32_t command_bytes,
	const struct span *extra, uint32_t extra_count, uint32_t response_bytes,
	struct gpu_request **request);
int gpu_wait(struct gpu *gpu, struct gpu_request *request);
/* What follows gpu_queue() in every helper: kicks and waits, or joins the batch. */
int gpu_complete(struct gpu *gpu, struct gpu_request *request);
/* Both. */
int gpu_call(struct gpu *gpu, struct ring *ring, const void *command, uint32_t command_bytes,
	const struct span *extra, uint32_t extra_count, uint32_t response_bytes);

void gpu_batch_begin(struct gpu *gpu);
/* Returns the number of commands, with the types of the first max responses, or an errno. */
int gpu_batch_end(struct gpu *gpu, uint32_t *types, uint32_t max);

/* A header alone, for the commands that are nothing else and for unknown ones. */
int gpu_command(struct gpu *gpu, uint32_t type, uint32_t context_id);

int gpu_get_display_info(struct gpu *gpu);
int gpu_get_edid(struct gpu *gpu, uint32_t scanout);
int gpu_create_2d(
	struct gpu *gpu, uint32_t resource, uint32_t format, uint32_t width, uint32_t height);
int gpu_unref(struct gpu *gpu, uint32_t resource);
int gpu_attach_backing(
	struct gpu *gpu, uint32_t resource, const struct span *pieces, uint32_t count);
/* The same with a count and entries that need not be true. */
int gpu_attach_backing_raw(struct gpu *gpu, uint32_t resource, uint32_t claimed_count,
	const struct virtio_gpu_mem_entry *entries, uint32_t count);
int gpu_detach_backing(struct gpu *gpu, uint32_t resource);
int gpu_set_scanout(
	struct gpu *gpu, uint32_t scanout, uint32_t resource, struct virtio_gpu_rect rect);
int gpu_transfer_to_host_2d(
	struct gpu *gpu, uint32_t resource, struct virtio_gpu_rect rect, uint64_t offset);
int gpu_flush(struct gpu *gpu, uint32_t resource, struct virtio_gpu_rect rect);
int gpu_update_cursor(struct gpu *gpu, uint32_t scanout, uint32_t resource, uint32_t x, uint32_t y,
	uint32_t hot_x, uint32_t hot_y);
int gpu_move_cursor(struct gpu *gpu, uint32_t scanout, uint32_t resource, uint32_t x, uint32_t y);

int gpu_get_capset_info(struct gpu *gpu, uint32_t index);
int gpu_get_capset(struct gpu *gpu, uint32_t id, uint32_t version);
int gpu_context_create(struct gpu *gpu, uint32_t context, uint32_t context_init, const char *name);
int gpu_context_destroy(struct gpu *gpu, uint32_t context);
int gpu_context_attach(struct gpu *gpu, uint32_t context, uint32_t resource);
int gpu_context_detach(struct gpu *gpu, uint32_t context, uint32_t resource);

struct gpu_resource_3d {
	uint32_t target, format, bind;
	uint32_t width, height, depth, array_size, last_level, nr_samples, flags;
};
int gpu_create_3d(struct gpu *gpu, uint32_t resource, const struct gpu_resource_3d *what);

struct gpu_transfer_3d {
	struct virtio_gpu_box box;
	uint64_t offset;
	uint32_t level, stride, layer_stride;
};
int gpu_transfer_to_host_3d(struct gpu *gpu, uint32_t context, uint32_t resource,
	const struct gpu_transfer_3d *transfer);
int gpu_transfer_from_host_3d(struct gpu *gpu, uint32_t context, uint32_t resource,
	const struct gpu_transfer_3d *transfer);
/* The stream is copied into guest memory. */
int gpu_submit_3d(struct gpu *gpu, uint32_t context, const void *stream, uint32_t size_bytes);

int gpu_assign_uuid(struct gpu *gpu, uint32_t resource);
int gpu_create_blob(struct gpu *gpu, uint32_t context, uint32_t resource, uint32_t blob_mem,
	uint32_t blob_flags, uint64_t blob_id, uint64_t size_bytes, const struct span *pieces,
	uint32_t count);
int gpu_set_scanout_blob(struct gpu *gpu, uint32_t scanout, uint32_t resource,
	struct virtio_gpu_rect rect, uint32_t width, uint32_t height, uint32_t format,
	uint32_t stride, uint32_t offset);

struct virtio_gpu_rect gpu_rect(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

#endif
