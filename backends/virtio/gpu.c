/* SPDX-License-Identifier: MIT */
/* The virtio-gpu device: its features, its queues, its life. */
#include "backends/virtio/gpu.h"

#include <endian.h>
#include <string.h>


/* Chains of one queue in one turn, before others have theirs. */
#define GPU_TURN 256

int gpu_init(struct gpu *gpu, const struct gpu_config *config, struct state *state,
	const struct guest_memory *memory, struct renderer *local, struct renderer *remote,
	const struct gpu_listener *listener, void *data)
{
	gpu->config = *config;
	gpu->state = state;
	gpu->memory = memory;
	gpu->local = local;
	gpu->remote = remote;
	gpu->listener = listener;
	gpu->data = data;
	gpu->n_heads = config->n_heads;
	if (state->n_heads && state->n_heads < config->n_heads)
		gpu->n_heads = state->n_heads;
	state->counters.heads = gpu->n_heads;
	/* Changed while the process before this one was dead. */
	if (state->modes_serial && state->modes_serial != config->modes_serial)
		state->config_events |= VIRTIO_GPU_EVENT_DISPLAY;
	state->modes_serial = config->modes_serial;
	memcpy(state->modes, config->modes, sizeof(state->modes));
	gpu_pendings_init(&gpu->pendings, state);
	return gpu_table_init(&gpu->table, state, &gpu->config.quota);
}

void gpu_finish(struct gpu *gpu)
{
	gpu_table_finish(&gpu->table);
}

/* -- features and config space -- */

static uint32_t gpu_n_capsets(const struct gpu *gpu)
{
	const struct link_capset *capsets = (const void *)gpu->config.capsets;
	uint32_t n = 0;

	while (capsets && n < LIMIT_CAPSETS && capsets[n].id)
		n++;
	return n;
}

uint64_t gpu_features(const struct gpu *gpu)
{
	uint64_t features = 1ull << VIRTIO_GPU_F_EDID | 1ull << VIRTIO_GPU_F_RESOURCE_UUID |
		1ull << VIRTIO_GPU_F_RESOURCE_BLOB;

	if (gpu->config.virgl && gpu->remote && gpu_n_capsets(gpu))
		features |= 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_CONTEXT_INIT;
	return features;
}

void gpu_set_features(struct gpu *gpu, uint64_t features)
{
	gpu->features = features;
	gpu->state->counters.virgl = !!(features & (1ull << VIRTIO_GPU_F_VIRGL));
}

void gpu_config_read(const struct gpu *gpu, uint32_t offset, void *to, uint32_t len)
{
	struct virtio_gpu_config config = {
		.events_read = htole32(gpu->state->config_events),
		.num_scanouts = htole32(gpu->n_heads),
		.num_capsets = htole32(gpu_n_capsets(gpu)),
	};
	memcpy(to, (const char *)&config + offset, len);
}

/*
 * The driver clears events that it dealt with. A VMM that owns the config space (QEMU)
 * writes all of it, and so tells how many outputs it gives the guest.
 */
void gpu_config_write(struct gpu *gpu, uint32_t offset, const void *from, uint32_t len)
{
	struct virtio_gpu_config config;

	gpu_config_read(gpu, 0, &config, sizeof(config));
	memcpy((char *)&config + offset, from, len);
	gpu->state->config_events &= ~le32toh(config.events_clear);
	uint32_t wanted = le32toh(config.num_scanouts);
	if (wanted && wanted < gpu->config.n_heads && wanted != gpu->n_heads)
		log_info("the VMM gives the guest %u of %u heads (max_outputs)", wanted,
			gpu->config.n_heads);
	if (wanted)
		gpu->n_heads = wanted < gpu->config.n_heads ? wanted : gpu->config.n_heads;
	gpu->state->counters.heads = gpu->state->n_heads = gpu->n_heads;
}

void gpu_set_heads(struct gpu *gpu, const struct link_guest_heads *heads)
{
	memcpy(gpu->state->modes, heads->heads, sizeof(gpu->state->modes));
	gpu->state->modes_serial = heads->serial;
	gpu->state->config_events |= VIRTIO_GPU_EVENT_DISPLAY;
}

/* -- the queues -- */

/* Of all control chains, ever; not 0. */
static uint64_t chain_number(const struct gpu *gpu, const struct gpu_reply *reply)
{
	const struct state_queue *queue = &gpu->state->gpu.queues[VIRTIO_GPU_QUEUE_CONTROL];
	return queue->inflight[reply->head].counter + 1;
}

/* Decode and carry out the command in hand. */
static void run_command(struct gpu *gpu, const struct gpu_reply *reply)
{
	struct virtio_gpu_command command;

	gpu->again = chain_number(gpu, reply) == gpu->state->began;
	uint32_t answer = decode_virtio_gpu_command(gpu->command, gpu->command_bytes,
		VIRTIO_GPU_QUEUE_CONTROL, &command);
	if (!answer && (command.header.flags & VIRTIO_GPU_FLAG_FENCE) &&
		gpu->pendings.n_fenced >= gpu->config.quota.fences)
		answer = VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	if (!answer)
		answer = gpu_control(gpu, &command, reply);
	gpu->state->counters.fences = gpu->pendings.n_fenced;
	switch (answer) {
	case GPU_ANSWER_LATER:
	case GPU_ANSWER_DONE:
		return;
	case GPU_ANSWER_HOLD:
		gpu->held = true;
		gpu->held_reply = *reply;
		return;
	default:
		gpu_count_refusal(gpu, command.header.type, answer);
		gpu_answer_now(gpu, &command.header, reply, answer, 0);
	}
}

/* What waited for the ring to run again, or for the renderer. */
static void run_delayed(struct gpu *gpu)
{
	bool settled = gpu->remote_state == GPU_REMOTE_NONE || gpu->remote_state == GPU_REMOTE_RUNNING;

	if (gpu->parked)
		gpu_answer_parked(gpu);
	if (gpu->held && settled) {
		gpu->held = false;
		run_command(gpu, &gpu->held_reply);
	}
}

/* The chain's command into gpu->command; too long a one is cut and so refused. */
static void take_command(struct gpu *gpu)
{
	ssize_t n = virtqueue_chain_read(&gpu->chain, gpu->memory, gpu->command,
		sizeof(gpu->command));
	gpu->command_bytes = n > 0 ? n : 0;
	gpu->state->counters.commands++;
	if (gpu->tapped)
		gpu->listener->taken(gpu->data, VIRTIO_GPU_QUEUE_CONTROL, gpu->command,
			gpu->command_bytes);
}

/* The next chain: first those that a process had in hand when it died. */
static bool take_chain(struct gpu *gpu, uint32_t index)
{
	struct virtqueue *queue = &gpu->queues[index];
	struct gpu_redo *redo = &gpu->redo[index];

	if (redo->next == redo->n)
		return virtqueue_pop(queue, gpu->memory, &gpu->chain) > 0;
	uint16_t head = redo->heads[redo->next];
	if (virtqueue_read_again(queue, gpu->memory, head, &gpu->chain) <= 0)
		return false;
	redo->next++;
	return true;
}

void gpu_begin(struct gpu *gpu, const struct gpu_reply *reply)
{
	gpu->state->began = chain_number(gpu, reply);
	STATE_STEP();
}

/* A renderer that gets the tables is told of cursors already. */
static bool remote_has_room(const struct gpu *gpu)
{
	return gpu->remote_state < GPU_REMOTE_REPLAYING ||
		gpu->remote->interface->has_room(gpu->remote);
}

static bool process_control(struct gpu *gpu)
{
	/* While the tables are replayed they must not change. */
	if (gpu->held || gpu->remote_state == GPU_REMOTE_REPLAYING ||
		!gpu_pendings_has_room(&gpu->pendings) || !remote_has_room(gpu))
		return false;
	if (!take_chain(gpu, VIRTIO_GPU_QUEUE_CONTROL))
		return false;
	struct gpu_reply reply = gpu_reply_of(&gpu->chain);
	take_command(gpu);
	run_command(gpu, &reply);
	return true;
}

static bool process_cursor(struct gpu *gpu)
{
	struct virtqueue *queue = &gpu->queues[VIRTIO_GPU_QUEUE_CURSOR];
	struct virtio_gpu_command command;
	struct virtio_gpu_ctrl_hdr header;

	if (!remote_has_room(gpu) || !take_chain(gpu, VIRTIO_GPU_QUEUE_CURSOR))
		return false;
	struct gpu_reply reply = gpu_reply_of(&gpu->chain);
	uint8_t bytes[sizeof(struct virtio_gpu_update_cursor)];
	ssize_t n = virtqueue_chain_read(&gpu->chain, gpu->memory, bytes, sizeof(bytes));
	gpu->state->counters.commands++;
	if (gpu->tapped)
		gpu->listener->taken(gpu->data, VIRTIO_GPU_QUEUE_CURSOR, bytes, n > 0 ? n : 0);
	/* Before the move is told elsewhere: the driver waits for this one. */
	gpu->listener->notify(gpu->data, VIRTIO_GPU_QUEUE_CURSOR);

	uint32_t answer = decode_virtio_gpu_command(bytes, n > 0 ? n : 0, VIRTIO_GPU_QUEUE_CURSOR,
		&command);
	if (!answer)
		answer = command.header.type == VIRTIO_GPU_CMD_UPDATE_CURSOR ?
			gpu_update_cursor(gpu, &command) :
			gpu_move_cursor(gpu, &command);
	gpu_count_refusal(gpu, command.header.type, answer);
	gpu_header_fill(&header, &command.header, answer);
	virtqueue_push(queue, reply.head, gpu_reply_write(gpu, &reply, &header, sizeof(header)));
	return true;
}

void gpu_process(struct gpu *gpu, uint32_t queue)
{
	bool (*process)(struct gpu *) =
		queue == VIRTIO_GPU_QUEUE_CURSOR ? process_cursor : process_control;

	if (!gpu->queues)
		return;
	if (queue == VIRTIO_GPU_QUEUE_CONTROL && gpu_control_runs(gpu))
		run_delayed(gpu);
	for (int i = 0; i < GPU_TURN; i++) {
		if (!process(gpu))
			return;
	}
	gpu->listener->again(gpu->data, queue);
}

/* -- memory and reset -- */

void gpu_memory_changed(struct gpu *gpu)
{
	gpu->local->interface->memory_changed(gpu->local);
	if (gpu->remote)
		gpu->remote->interface->memory_changed(gpu->remote);
	gpu_backings_restore(gpu);
}

void gpu_reset(struct gpu *gpu)
{
	gpu_heads_reset(gpu);
	gpu->state->config_events = 0;
	gpu->state->began = 0; /* chains may be counted anew */
	gpu->held = false;
	gpu->parked = false;
	memset(gpu->redo, 0, sizeof(gpu->redo));
	gpu_pendings_clear(&gpu->pendings);
	gpu->state->counters.fences = 0;
	gpu_table_clear(&gpu->table);
	gpu->local->interface->reset(gpu->local);
	if (gpu->remote)
		gpu->remote->interface->reset(gpu->remote);
	if (gpu->remote_state == GPU_REMOTE_REPLAYING)
		gpu_set_remote_state(gpu, GPU_REMOTE_RUNNING);
}
