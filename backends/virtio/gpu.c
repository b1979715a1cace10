/* SPDX-License-Identifier: MIT */
/* The virtio-gpu device: its queues, its answers, its life. */
#include "backends/virtio/gpu.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/clock.h"

/* Chains of one queue in one turn, before others have theirs. */
#define GPU_TURN 256
#define REMOTE_PAUSE_MAX_NS (60 * NSEC_PER_SEC)

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

/* -- answers -- */

static struct gpu_reply reply_of(const struct virtqueue_chain *chain)
{
	struct gpu_reply reply = { .head = chain->head };

	while (reply.n_segments < STATE_REPLY_SEGMENTS && reply.n_segments < chain->n_writable) {
		reply.segments[reply.n_segments] =
			chain->segments[chain->n_readable + reply.n_segments];
		reply.n_segments++;
	}
	return reply;
}

/* A part of an answer at `done`, as much as fits; how much that is. */
static size_t reply_write_part(struct gpu *gpu, uint64_t addr, uint32_t room, const void *bytes,
	size_t len)
{
	size_t part = room < len ? room : len;
	void *to = guest_memory_at(gpu->memory, addr, part);

	if (!to)
		return 0;
	memcpy(to, bytes, part);
	return part;
}

/* As much as the driver made room for; the number of bytes written. */
static uint32_t reply_write(struct gpu *gpu, const struct gpu_reply *reply, const void *bytes,
	size_t len)
{
	size_t done = 0;

	for (uint32_t i = 0; i < reply->n_segments && done < len; i++)
		done += reply_write_part(gpu, reply->segments[i].addr, reply->segments[i].len,
			(const char *)bytes + done, len - done);
	return done;
}

static void control_push(struct gpu *gpu, uint16_t head, uint32_t written)
{
	if (!gpu->queues)
		return;
	virtqueue_push(&gpu->queues[VIRTIO_GPU_QUEUE_CONTROL], head, written);
	gpu->listener->notify(gpu->data, VIRTIO_GPU_QUEUE_CONTROL);
}

static void header_fill(struct virtio_gpu_ctrl_hdr *to, const struct virtio_gpu_header *command,
	uint32_t response)
{
	*to = (struct virtio_gpu_ctrl_hdr){ .type = htole32(response) };
	if (!(command->flags & VIRTIO_GPU_FLAG_FENCE))
		return;
	to->flags = htole32(command->flags & (VIRTIO_GPU_FLAG_FENCE | VIRTIO_GPU_FLAG_INFO_RING_IDX));
	to->fence_id = htole64(command->fence_id);
	to->ctx_id = htole32(command->ctx_id);
	to->ring_idx = command->ring_idx;
}

static uint32_t pending_write(struct gpu *gpu, const struct state_pending *pending)
{
	struct virtio_gpu_header command = {
		.flags = pending->flags,
		.fence_id = pending->fence_id,
		.ctx_id = pending->ctx_id,
		.ring_idx = pending->ring_idx,
	};
	struct virtio_gpu_ctrl_hdr header;
	size_t done = 0;

	header_fill(&header, &command, pending->response);
	for (uint32_t i = 0; i < pending->n_segments && done < sizeof(header); i++)
		done += reply_write_part(gpu, pending->segments[i].addr, pending->segments[i].len,
			(const char *)&header + done, sizeof(header) - done);
	return done;
}

static void pending_finish(struct gpu *gpu, struct state_pending *pending)
{
	uint32_t written = pending->written ? pending->written : pending_write(gpu, pending);

	control_push(gpu, pending->head, written);
	STATE_STEP();
	gpu_pending_free(&gpu->pendings, pending);
	gpu->state->counters.fences = gpu->pendings.n_fenced;
}

/* It, and the fences whose turn comes with it. */
static void pending_finish_due(struct gpu *gpu, struct state_pending *pending)
{
	while (pending && gpu_pending_is_due(&gpu->pendings, pending)) {
		struct state_pending *next = gpu_pending_next(&gpu->pendings, pending);
		pending_finish(gpu, pending);
		pending = next;
	}
}

static bool control_runs(const struct gpu *gpu)
{
	return gpu->queues && gpu->queues[VIRTIO_GPU_QUEUE_CONTROL].running;
}

static void pending_set_done(struct state_pending *pending, uint32_t response)
{
	pending->response = response;
	STATE_STEP();
	pending->done = 1;
}

/* If the ring runs; a paused VM gets it later. */
static void pending_settle(struct gpu *gpu, struct state_pending *pending)
{
	if (control_runs(gpu))
		pending_finish_due(gpu, pending);
	else
		gpu->parked = true;
}

/* One is done: answer it, and the fences whose turn has come. A paused VM gets them later. */
static void pending_done(struct gpu *gpu, struct state_pending *pending, uint32_t response)
{
	pending_set_done(pending, response);
	pending_settle(gpu, pending);
}

void gpu_hold_flush(struct gpu *gpu, struct state_pending *pending)
{
	gpu_pending_hold(&gpu->pendings, pending, true);
	pending_set_done(pending, VIRTIO_GPU_RESP_OK_NODATA);
}

void gpu_local_completed(struct gpu *gpu, uint64_t seq)
{
	struct state_pending *pending = gpu_pending_find(&gpu->pendings, seq);

	if (!pending)
		return;
	gpu_pending_hold(&gpu->pendings, pending, false);
	pending_settle(gpu, pending);
}

/* The ring runs again: what was done meanwhile is answered. */
static void answer_parked(struct gpu *gpu)
{
	gpu->parked = false;
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && gpu->pendings.n_used; i++) {
		struct state_pending *pending = &gpu->state->pendings[i];
		if (pending->seq)
			pending_finish_due(gpu, pending);
	}
}

/*
 * The answer is known now: `written` bytes are in guest memory already, or the
 * header with `response` is all there is. A fence waits for those before it.
 */
static void answer_now(struct gpu *gpu, const struct virtio_gpu_header *command,
	const struct gpu_reply *reply, uint32_t response, uint32_t written)
{
	if ((command->flags & VIRTIO_GPU_FLAG_FENCE) && gpu_pendings_hold(&gpu->pendings, command)) {
		struct state_pending *pending = gpu_pending_add(&gpu->pendings, command, reply);
		assert(pending); /* room was there when the chain was popped */
		pending->written = written;
		pending_set_done(pending, response);
		return;
	}
	if (!written) {
		struct virtio_gpu_ctrl_hdr header;
		header_fill(&header, command, response);
		written = reply_write(gpu, reply, &header, sizeof(header));
	}
	control_push(gpu, reply->head, written);
}

void gpu_answer_data(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply, uint32_t response, void *data, size_t len)
{
	header_fill(data, &command->header, response);
	answer_now(gpu, &command->header, reply, response, reply_write(gpu, reply, data, len));
}

static bool is_error(uint32_t response)
{
	return response >= VIRTIO_GPU_RESP_ERR_UNSPEC;
}

static void count_refusal(struct gpu *gpu, uint32_t type, uint32_t response)
{
	if (!is_error(response))
		return;
	gpu->state->counters.refused++;
	if (type == VIRTIO_GPU_CMD_SUBMIT_3D)
		gpu->state->counters.refused_streams++;
	if (gpu->tapped)
		gpu->listener->refused(gpu->data, type, response);
	if (response == VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY)
		log_limited(&gpu->shortages, LOG_LEVEL_INFO, "%s: a limit of the guest is reached",
			virtio_gpu_command_name(type));
	log_limited(&gpu->refusals, LOG_LEVEL_DEBUG, "refused %s with 0x%x",
		virtio_gpu_command_name(type), response);
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
		count_refusal(gpu, command.header.type, answer);
		answer_now(gpu, &command.header, reply, answer, 0);
	}
}

/* What waited for the ring to run again, or for the renderer. */
static void run_delayed(struct gpu *gpu)
{
	bool settled = gpu->remote_state == GPU_REMOTE_NONE || gpu->remote_state == GPU_REMOTE_RUNNING;

	if (gpu->parked)
		answer_parked(gpu);
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
	struct gpu_reply reply = reply_of(&gpu->chain);
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
	struct gpu_reply reply = reply_of(&gpu->chain);
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
	count_refusal(gpu, command.header.type, answer);
	header_fill(&header, &command.header, answer);
	virtqueue_push(queue, reply.head, reply_write(gpu, &reply, &header, sizeof(header)));
	return true;
}

void gpu_process(struct gpu *gpu, uint32_t queue)
{
	bool (*process)(struct gpu *) =
		queue == VIRTIO_GPU_QUEUE_CURSOR ? process_cursor : process_control;

	if (!gpu->queues)
		return;
	if (queue == VIRTIO_GPU_QUEUE_CONTROL && control_runs(gpu))
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

/* -- the remote renderer -- */

void gpu_set_remote_state(struct gpu *gpu, enum gpu_remote_state remote_state)
{
	gpu->remote_state = remote_state;
	gpu->state->remote.state = remote_state == GPU_REMOTE_RUNNING ? STATE_REMOTE_RUNNING :
		remote_state == GPU_REMOTE_REPLAYING		      ? STATE_REMOTE_REPLAYING :
									STATE_REMOTE_NONE;
}

void gpu_remote_started(struct gpu *gpu)
{
	gpu_set_remote_state(gpu, GPU_REMOTE_REPLAYING);
	gpu->remote_failed_ns = 0;
	gpu->replay = (struct gpu_replay){ 0 };
	gpu_remote_room(gpu);
}

void gpu_remote_room(struct gpu *gpu)
{
	if (gpu->remote_state == GPU_REMOTE_REPLAYING) {
		gpu_replay_step(gpu);
		if (gpu->remote_state != GPU_REMOTE_RUNNING)
			return;
	}
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CURSOR);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CONTROL);
}

/* It is no resource or context then; another one may have its id by now. */
static void forget_failed_create(struct gpu *gpu, const struct state_pending *pending)
{
	struct state_resource *resource = gpu_resource_find(&gpu->table, pending->created);
	struct state_context *context = gpu_context_find(&gpu->table, pending->ctx_id);

	if (context && context->create_seq == pending->seq)
		gpu_context_remove(&gpu->table, context);
	if (!resource || resource->create_seq != pending->seq)
		return;
	gpu_heads_drop_resource(gpu, resource->id);
	gpu_resource_remove(&gpu->table, resource);
}

void gpu_remote_completed(struct gpu *gpu, uint64_t seq, uint32_t response)
{
	struct state_pending *pending = gpu_pending_find(&gpu->pendings, seq);

	if (!pending || pending->done)
		return;
	if (is_error(response))
		forget_failed_create(gpu, pending);
	count_refusal(gpu, pending->type, response);
	pending_done(gpu, pending, response);
}

void gpu_remote_lost(struct gpu *gpu, bool had_contexts)
{
	for (uint32_t i = 0; i < gpu->state->ends.contexts && had_contexts; i++)
		gpu->state->contexts[i].lost = gpu->state->contexts[i].id != 0;
	if (had_contexts)
		gpu->state->counters.contexts_lost = gpu->state->counters.contexts;
	for (uint32_t i = 0; i < RENDER_COMPLETIONS && gpu->pendings.n_used; i++) {
		struct state_pending *pending = &gpu->state->pendings[i];
		if (!pending->seq || pending->done)
			continue;
		forget_failed_create(gpu, pending); /* perhaps what it died of */
		pending_done(gpu, pending, VIRTIO_GPU_RESP_ERR_UNSPEC);
	}
	gpu_set_remote_state(gpu, GPU_REMOTE_NONE);
}

/* Less and less often if none could be had: perhaps there will never be one. */
static void want_later(struct gpu *gpu, bool was_had)
{
	int64_t pause_ns = was_had || !gpu->remote_pause_ns ? NSEC_PER_SEC : 2 * gpu->remote_pause_ns;

	gpu->remote_pause_ns = pause_ns < REMOTE_PAUSE_MAX_NS ? pause_ns : REMOTE_PAUSE_MAX_NS;
	gpu->listener->want_later(gpu->data, gpu->remote_pause_ns);
}

void gpu_remote_gone(struct gpu *gpu)
{
	bool had_contexts = gpu->remote_state == GPU_REMOTE_RUNNING ||
		gpu->remote_state == GPU_REMOTE_REPLAYING;
	bool had_run = gpu->remote_state == GPU_REMOTE_RUNNING;

	/* Not at once again: what it is given may be what it dies of. */
	if (gpu->remote_state == GPU_REMOTE_STARTING || gpu->remote_state == GPU_REMOTE_REPLAYING)
		gpu->remote_failed_ns = clock_now_ns();
	gpu->remote_state = GPU_REMOTE_NONE; /* answers must not reach for it */
	gpu_remote_lost(gpu, had_contexts);
	if (had_run)
		gpu_want_remote(gpu);
	else
		want_later(gpu, had_contexts);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CURSOR);
	gpu_process(gpu, VIRTIO_GPU_QUEUE_CONTROL);
}

void gpu_want_remote(struct gpu *gpu)
{
	bool needs = gpu->state->counters.contexts;

	for (uint32_t i = 0; i < gpu->state->ends.resources && !needs; i++) {
		const struct state_resource *resource = &gpu->state->resources[i];
		needs = resource->id && gpu_home(gpu, resource) == gpu->remote;
	}
	if (!needs || !gpu->remote || gpu->remote_state != GPU_REMOTE_NONE)
		return;
	gpu_set_remote_state(gpu, GPU_REMOTE_STARTING);
	gpu->listener->renderer_wanted(gpu->data);
}
