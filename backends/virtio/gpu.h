/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRTIO_GPU_H
#define BACKENDS_VIRTIO_GPU_H

/*
 * The virtio-gpu device (virtio 1.2, 5.7): takes commands off its two queues,
 * checks them against the guest's tables, has them carried out by a renderer,
 * answers. It never blocks; while a renderer must be started, or has no room,
 * the control queue is simply not popped.
 *
 * Where a resource lives: 2D ones in the local renderer, 3D ones in the remote
 * one; a 2D one that a context is to use moves to the remote one for good.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/guest_memory.h"
#include "backends/renderer.h"
#include "backends/virtio/gpu_pending.h"
#include "backends/virtio/gpu_table.h"
#include "backends/virtqueue.h"
#include "base/log.h"
#include "protocol/limits.h"
#include "protocol/link.h"
#include "protocol/state.h"
#include "protocol/virtio_gpu.h"

struct gpu;

/* What the device asks of the process it is in. */
struct gpu_listener {
	/* At the end of the turn, interrupt the driver for this queue. */
	void (*notify)(void *data, uint32_t queue);
	/* Come back to this queue in the next turn. */
	void (*again)(void *data, uint32_t queue);
	void (*renderer_wanted)(void *data);
	/* gpu_want_remote after so long: one that was asked for did not come to run. */
	void (*want_later)(void *data, int64_t delay_ns);
	/* A head shows something else (size 0: nothing). */
	void (*scanout_changed)(void *data, uint32_t head);
	void (*cursor_moved)(void *data, uint32_t head);
	/* While gpu->tapped: a command was taken off a queue, or is answered with an error. */
	void (*taken)(void *data, uint32_t queue, const void *bytes, size_t len);
	void (*refused)(void *data, uint32_t type, uint32_t response);
};

/* The last two are kept for a successor: state_remote.state. */
enum gpu_remote_state {
	GPU_REMOTE_NONE,    /* not started: nobody needed it */
	GPU_REMOTE_STARTING,
	GPU_REMOTE_REPLAYING, /* gets what the table holds */
	GPU_REMOTE_RUNNING,
};

struct gpu_config {
	char name[LIMIT_NAME];
	uint32_t n_heads;
	uint32_t modes_serial; /* of LINK_GUEST_HEADS */
	struct link_head modes[LIMIT_HEADS]; /* at first; then those of the state count */
	bool virgl;
	struct link_quota quota;
	const uint8_t *capsets; /* borrowed: link_capset entries and data; NULL: none */
	uint32_t capsets_bytes;
};

struct gpu {
	struct gpu_config config;
	const struct gpu_listener *listener;
	void *data;
	struct state *state;               /* borrowed */
	const struct guest_memory *memory; /* borrowed */
	struct virtqueue *queues;          /* borrowed; NULL while no VMM is there */
	struct renderer *local, *remote;   /* borrowed; remote NULL: no 3D */
	enum gpu_remote_state remote_state;
	struct gpu_replay {
		uint32_t resource, context, attachment, head;
	} replay;
	int64_t remote_failed_ns; /* when a renderer could not be had; 0: never */
	int64_t remote_pause_ns;  /* before the next is asked for unasked; 0: it was had */
	uint32_t n_heads; /* that the guest knows of: of the config and of the VMM */
	uint64_t features;
	bool tapped; /* the listener wants to be told of commands */
	struct gpu_table table;
	struct gpu_pendings pendings;
	struct virtqueue_chain chain;
	/* Chains that a process had in hand when it died, oldest first. */
	struct gpu_redo {
		uint16_t heads[STATE_QUEUE_SIZE];
		uint32_t n, next;
	} redo[VIRTIO_GPU_QUEUE_COUNT];
	bool again;  /* the command in hand had begun to act */
	bool parked; /* answers came while the VMM had stopped the ring */
	/* The command in hand; `held` while it waits for the renderer. */
	bool held;
	struct gpu_reply held_reply;
	size_t command_bytes;
	uint8_t command[VIRTIO_GPU_COMMAND_MAX];
	struct log_limit refusals, shortages;
};

/* 0 or -ENOMEM. Everything is borrowed but the copy of `config`. */
int gpu_init(struct gpu *gpu, const struct gpu_config *config, struct state *state,
	const struct guest_memory *memory, struct renderer *local, struct renderer *remote,
	const struct gpu_listener *listener, void *data);
void gpu_finish(struct gpu *gpu);
/*
 * After gpu_init, with the guest's memory mapped and the rings running that ran: goes on
 * from the state that a process left which died at any moment. All of it is checked; what
 * makes no sense is dropped. `adopted`: the remote renderer lives and is the one that the
 * state knows; `last_sent` is the last seq that it was sent. 0 or -ENOMEM.
 */
int gpu_restore(struct gpu *gpu, bool adopted, uint64_t last_sent);

/* -- towards the transport -- */

uint64_t gpu_features(const struct gpu *gpu);
void gpu_set_features(struct gpu *gpu, uint64_t features);
#define GPU_CONFIG_BYTES sizeof(struct virtio_gpu_config)
void gpu_config_read(const struct gpu *gpu, uint32_t offset, void *to, uint32_t len);
void gpu_config_write(struct gpu *gpu, uint32_t offset, const void *from, uint32_t len);
/* The heads are to be these: the driver finds an event in the config space. */
void gpu_set_heads(struct gpu *gpu, const struct link_guest_heads *heads);
void gpu_process(struct gpu *gpu, uint32_t queue);
void gpu_memory_changed(struct gpu *gpu);
void gpu_reset(struct gpu *gpu);

/* -- towards the renderer's process -- */

void gpu_remote_started(struct gpu *gpu);
/* It died, or could not be started. What waits for it is answered with an error. */
void gpu_remote_gone(struct gpu *gpu);
void gpu_remote_completed(struct gpu *gpu, uint64_t seq, uint32_t response);
void gpu_remote_room(struct gpu *gpu);
/* The local one: a flush that was held for its screen. */
void gpu_local_completed(struct gpu *gpu, uint64_t seq);

/* -- between the device's files -- */

/* The driver took this feature. */
static inline bool gpu_has(const struct gpu *gpu, uint32_t feature)
{
	return gpu->features & (1ull << feature);
}

/* A flush was carried out; its fence waits for gpu_local_completed. */
void gpu_hold_flush(struct gpu *gpu, struct state_pending *pending);
/* The renderer that has the resource's pixels. */
struct renderer *gpu_home(const struct gpu *gpu, const struct state_resource *resource);

/* Answers of gpu_control: a response type, or one of these. */
enum gpu_answer {
	GPU_ANSWER_LATER = 0,   /* the renderer will tell */
	GPU_ANSWER_DONE = 1,    /* the answer was written already (it has data) */
	GPU_ANSWER_HOLD = 2,    /* the renderer must be started first */
};

/* Carry out one decoded command of the control queue. */
uint32_t gpu_control(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
/* -- gpu_answer.c -- */

static inline bool gpu_is_error(uint32_t response)
{
	return response >= VIRTIO_GPU_RESP_ERR_UNSPEC;
}

bool gpu_control_runs(const struct gpu *gpu);
struct gpu_reply gpu_reply_of(const struct virtqueue_chain *chain);
/* As much as the driver made room for; the number of bytes written. */
uint32_t gpu_reply_write(
	struct gpu *gpu, const struct gpu_reply *reply, const void *bytes, size_t len);
void gpu_header_fill(struct virtio_gpu_ctrl_hdr *to, const struct virtio_gpu_header *command,
	uint32_t response);
/*
 * The answer is known now: `written` bytes are in guest memory already, or the
 * header with `response` is all there is. A fence waits for those before it.
 */
void gpu_answer_now(struct gpu *gpu, const struct virtio_gpu_header *command,
	const struct gpu_reply *reply, uint32_t response, uint32_t written);
/* One is done: answer it, and the fences whose turn has come. A paused VM gets them later. */
void gpu_pending_done(struct gpu *gpu, struct state_pending *pending, uint32_t response);
/* The ring runs again: what was done meanwhile is answered. */
void gpu_answer_parked(struct gpu *gpu);
void gpu_count_refusal(struct gpu *gpu, uint32_t type, uint32_t response);
/* Write an answer with data; the header's fence is echoed. */
void gpu_answer_data(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply, uint32_t response, void *data, size_t len);

/* gpu_resource.c: commands on one resource, answered as gpu_control does. */
/* Nobody has it, or the command in hand itself, begun before a death: that is undone. */
bool gpu_resource_id_is_free(struct gpu *gpu, uint32_t id);
uint32_t gpu_resource_create_2d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_create_blob(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_unref(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_attach_backing(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_detach_backing(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_transfer_2d(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_resource_assign_uuid(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);

uint32_t gpu_set_scanout(struct gpu *gpu, const struct virtio_gpu_command *command);
uint32_t gpu_set_scanout_blob(struct gpu *gpu, const struct virtio_gpu_command *command);
uint32_t gpu_flush(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
uint32_t gpu_update_cursor(struct gpu *gpu, const struct virtio_gpu_command *command);
uint32_t gpu_move_cursor(struct gpu *gpu, const struct virtio_gpu_command *command);
/* The resource is about to go: heads and cursors that show it show nothing. */
void gpu_heads_drop_resource(struct gpu *gpu, uint32_t resource);
/* After a death: a head that shows what cannot be shows nothing. */
void gpu_heads_check(struct gpu *gpu);
/* Tell the renderers what each head shows. */
void gpu_head_restore(struct gpu *gpu, uint32_t head);
void gpu_heads_reset(struct gpu *gpu);

/* True: the remote renderer takes commands. Else `*answer` says what becomes of this one. */
bool gpu_remote_ready(struct gpu *gpu, uint32_t *answer);
void gpu_set_remote_state(struct gpu *gpu, enum gpu_remote_state remote_state);
/* What it was to carry out fails; if it had contexts, they are lost. */
void gpu_remote_lost(struct gpu *gpu, bool had_contexts);
/* Ask for a renderer at once if the tables hold what only one can carry on with. */
void gpu_want_remote(struct gpu *gpu);
/*
 * From here on the command of this chain acts: all checks have passed. Should this process
 * die now, its successor carries the command out once more (gpu->again), and what is
 * already so is as it should be.
 */
void gpu_begin(struct gpu *gpu, const struct gpu_reply *reply);

/* Send a command to the remote renderer; the answer comes later. */
uint32_t gpu_forward(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
/* What the table now says holds; the remote renderer is told if it is there. */
uint32_t gpu_forward_if_running(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply);
/* The 2D resource moves to the remote renderer. */
void gpu_promote(struct gpu *gpu, struct state_resource *resource);
/* Guest memory changed: attach every local backing again. */
void gpu_backings_restore(struct gpu *gpu);
/* The command that makes a resource again; of a blob without its entries. */
struct virtio_gpu_command gpu_resource_created(const struct state_resource *resource);
/* The local renderer gets what the table holds of its own. */
void gpu_replay_local(struct gpu *gpu);
/* The command goes to the remote renderer if that runs; nobody waits for its answer. */
void gpu_tell_remote(struct gpu *gpu, const struct virtio_gpu_command *command);
/* Goes on with the replay while there is room; ends in GPU_REMOTE_RUNNING. */
void gpu_replay_step(struct gpu *gpu);

#endif
