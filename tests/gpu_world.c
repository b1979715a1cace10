/* SPDX-License-Identifier: MIT */
/* The virtio-gpu device between a driver and renderers that a test commands. */
#include "tests/gpu_world.h"

#include <sys/mman.h>

/* -- what the device asks of its process -- */

static void listen_notify(void *data, uint32_t queue)
{
	struct gpu_world *world = data;
	assert_true(world->queues[queue].running);
}

static void listen_again(void *data, uint32_t queue)
{
	struct gpu_world *world = data;
	world->again |= 1u << queue;
}

static void listen_renderer_wanted(void *data)
{
	struct gpu_world *world = data;
	assert_false(world->wanted);
	world->wanted = true;
}

static void listen_want_later(void *data, int64_t delay_ns)
{
	assert_true(delay_ns > 0);
}

static void listen_scanout_changed(void *data, uint32_t head)
{
	assert_true(head < HEADS);
}

static void listen_cursor_moved(void *data, uint32_t head)
{
	assert_true(head < HEADS);
}

static const struct gpu_listener listener = {
	.notify = listen_notify,
	.again = listen_again,
	.renderer_wanted = listen_renderer_wanted,
	.want_later = listen_want_later,
	.scanout_changed = listen_scanout_changed,
	.cursor_moved = listen_cursor_moved,
};

/* -- fixture -- */

static uint8_t capsets[LIMIT_CAPSETS * sizeof(struct link_capset) + 64];

int world_setup(void **state)
{
	struct gpu_world *world = calloc(1, sizeof(*world));
	struct gpu_config config = {
		.name = "test",
		.n_heads = HEADS,
		.virgl = true,
		.quota = {
			.memory_bytes = QUOTA,
			.contexts = STATE_CONTEXTS,
			.resources = STATE_RESOURCES,
			.backing_entries = STATE_BLOCKS * STATE_BLOCK_ENTRIES,
			.fences = STATE_QUEUE_SIZE,
		},
		.capsets = capsets,
		.capsets_bytes = sizeof(capsets),
	};
	struct link_capset capset = {
		.id = 1,
		.version = 1,
		.offset = sizeof(capsets) - 64,
		.size = 64,
	};

	memcpy(capsets, &capset, sizeof(capset));
	for (uint32_t i = 0; i < HEADS; i++)
		config.modes[i] = (struct link_head){ 640, 480, 60000, 1 };
	world->gpu = calloc(1, sizeof(*world->gpu));
	/* Sparse, as the real one is. */
	world->state = mmap(NULL, sizeof(*world->state), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(world->state, MAP_FAILED);
	fake_renderer_init(&world->local, false);
	fake_renderer_init(&world->remote, true);
	guest_memory_init(&world->memory);
	ring_memory_init(&world->ring_memory, &world->memory, 1u << 20);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		struct state_queue *queue = &world->state->gpu.queues[q];
		ring_driver_init(&world->drivers[q], &world->ring_memory, RING, queue);
		virtqueue_init(&world->queues[q], "test", queue);
		assert_int_equal(virtqueue_start(&world->queues[q], &world->memory, true), 0);
		for (uint32_t i = 0; i < RING; i++) {
			world->waiting[q][i].request =
				ring_memory_take(&world->ring_memory, REQUEST_BYTES);
			world->waiting[q][i].response =
				ring_memory_take(&world->ring_memory, RESPONSE_BYTES);
		}
	}
	world->backing = ring_memory_take(&world->ring_memory, 4096);
	assert_int_equal(gpu_init(world->gpu, &config, world->state, &world->memory,
				 &world->local.base, &world->remote.base, &listener, world),
		0);
	world->gpu->queues = world->queues;
	gpu_set_features(world->gpu, gpu_features(world->gpu));
	*state = world;
	return 0;
}

int world_teardown(void **state)
{
	struct gpu_world *world = *state;

	gpu_finish(world->gpu);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++)
		virtqueue_finish(&world->queues[q]);
	guest_memory_finish(&world->memory);
	free(world->gpu);
	munmap(world->state, sizeof(*world->state));
	free(world);
	return 0;
}

/* -- the driver -- */

static bool is_answer(uint32_t response)
{
	return (response >= VIRTIO_GPU_RESP_OK_NODATA && response <= VIRTIO_GPU_RESP_OK_RESOURCE_UUID) ||
	       (response >= VIRTIO_GPU_RESP_ERR_UNSPEC &&
		       response <= VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
}

static void check_answer(
	struct gpu_world *world, uint32_t queue, const struct waiting *w, uint32_t len)
{
	struct virtio_gpu_ctrl_hdr header;

	assert_true(len <= w->response_len);
	world->told++;
	if (w->response_len < sizeof(header))
		return;
	assert_true(len >= sizeof(header));
	memcpy(&header, w->response, sizeof(header));
	world->last_response = header.type;
	world->told_errors += header.type >= VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!is_answer(header.type))
		fail_msg("0x%x answered with 0x%x", w->type, header.type);
	if (!(w->flags & VIRTIO_GPU_FLAG_FENCE)) {
		assert_int_equal(header.flags, 0);
		return;
	}
	assert_true(header.flags & VIRTIO_GPU_FLAG_FENCE);
	assert_true(header.fence_id == w->fence_id);
}

static void take_answers(struct gpu_world *world)
{
	uint32_t head, len;

	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		assert_false(world->queues[q].broken);
		while (ring_driver_take_used(&world->drivers[q], &head, &len)) {
			struct waiting *w = &world->waiting[q][head];
			assert_true(w->used); /* else: twice, or never asked */
			assert_false(world->paused);
			check_answer(world, q, w, len);
			if (q == CONTROL && (w->flags & VIRTIO_GPU_FLAG_FENCE))
				assert_true(
					world->fences_asked[world->n_fences_told++] == w->order);
			w->used = false;
		}
	}
}

void world_process(struct gpu_world *world, uint32_t queue)
{
	gpu_process(world->gpu, queue);
	while (world->again) {
		uint32_t again = world->again;
		world->again = 0;
		for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
			if (again & 1u << q)
				gpu_process(world->gpu, q);
		}
	}
	take_answers(world);
}

/* False: the ring is full. `response_len` is all the room for the answer. */
bool world_offer(struct gpu_world *world, uint32_t queue, const void *bytes, size_t len,
	uint32_t response_len)
{
	struct ring_driver *driver = &world->drivers[queue];
	struct waiting *w = &world->waiting[queue][driver->free_head % RING];
	const struct virtio_gpu_ctrl_hdr *header = bytes;
	struct ring_part parts[] = {
		{ w->request, 10, false },
		{ w->request + 10, len - 10, false },
		{ w->response, response_len / 3, true },
		{ w->response + response_len / 3, response_len - response_len / 3, true },
	};

	if (driver->n_free < 4)
		return false;
	assert_false(w->used);
	assert_true(len <= REQUEST_BYTES && response_len <= RESPONSE_BYTES);
	memcpy(w->request, bytes, len);
	memset(w->response, 0, RESPONSE_BYTES);
	w->used = true;
	w->type = header->type;
	w->flags = header->flags;
	w->fence_id = header->fence_id;
	w->order = ++world->order;
	w->response_len = response_len;
	if (queue == CONTROL && (w->flags & VIRTIO_GPU_FLAG_FENCE)) {
		assert_true(world->n_fences_asked < N(world->fences_asked));
		world->fences_asked[world->n_fences_asked++] = w->order;
	}
	assert_true(ring_driver_add(driver, parts, 4) >= 0);
	return true;
}

/* One command at once; the type of its answer, or 0 if it must wait. */
uint32_t world_command(struct gpu_world *world, const void *bytes, size_t len)
{
	const struct virtio_gpu_ctrl_hdr *header = bytes;
	uint32_t queue = header->type >= VIRTIO_GPU_CMD_UPDATE_CURSOR &&
					 header->type <= VIRTIO_GPU_CMD_MOVE_CURSOR
				 ? CURSOR
				 : CONTROL;

	world->last_response = 0;
	assert_true(world_offer(world, queue, bytes, len, RESPONSE_BYTES));
	world_process(world, queue);
	return world->last_response;
}

/* -- the rest of the world at random -- */

void world_let_go(struct gpu_world *world, uint64_t seq)
{
	gpu_local_completed(world->gpu, seq);
	take_answers(world);
}

void world_complete(struct gpu_world *world, uint32_t pick)
{
	struct fake_answer answer;

	if (fake_renderer_take_answer(&world->remote, pick, &answer))
		gpu_remote_completed(world->gpu, answer.seq, answer.response);
	take_answers(world);
}

void world_renderer_comes(struct gpu_world *world, bool room)
{
	world->wanted = false;
	fake_renderer_start(&world->remote);
	world->remote.room = room;
	gpu_remote_started(world->gpu);
	take_answers(world);
}

/* Dead, or not to be had. */
void world_renderer_goes(struct gpu_world *world)
{
	world->wanted = false;
	fake_renderer_die(&world->remote);
	gpu_remote_gone(world->gpu);
	take_answers(world);
}

void world_set_room(struct gpu_world *world, bool room)
{
	world->remote.room = room;
	if (room && world->remote.up)
		gpu_remote_room(world->gpu);
	take_answers(world);
}

void world_set_paused(struct gpu_world *world, bool paused)
{
	if (world->paused == paused)
		return;
	world->paused = paused;
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		if (paused)
			virtqueue_stop(&world->queues[q]);
		else
			assert_int_equal(
				virtqueue_start(&world->queues[q], &world->memory, true), 0);
	}
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT && !paused; q++)
		world_process(world, q);
}

/* As vhost-user's ring code does it when the driver starts afresh. */
void world_reset(struct gpu_world *world)
{
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		struct state_queue *state = world->queues[q].state;
		virtqueue_stop(&world->queues[q]);
		ring_driver_reset(&world->drivers[q]);
		memset(state->inflight, 0, sizeof(state->inflight));
		state->used_idx = 0;
		state_queue_set_last_avail(state, 0);
		for (uint32_t i = 0; i < RING; i++)
			world->waiting[q][i].used = false;
	}
	world->paused = false;
	world->n_fences_told = world->n_fences_asked;
	gpu_reset(world->gpu);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++)
		assert_int_equal(virtqueue_start(&world->queues[q], &world->memory, true), 0);
	assert_int_equal(world->state->counters.resources, 0);
	assert_int_equal(world->state->counters.contexts, 0);
	assert_int_equal(world->state->counters.bytes_used, 0);
}

/* -- when all has come to rest -- */

void world_settle(struct gpu_world *world)
{
	world_set_paused(world, false);
	for (int i = 0; i < 20; i++) {
		if (world->wanted)
			world_renderer_comes(world, true);
		world_set_room(world, true);
		while (world->remote.n_answers)
			world_complete(world, 0);
		world_process(world, CURSOR);
		world_process(world, CONTROL);
	}
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		for (uint32_t i = 0; i < RING; i++) {
			if (world->waiting[q][i].used)
				fail_msg("0x%x was never answered", world->waiting[q][i].type);
		}
	}
	assert_int_equal(world->gpu->pendings.n_used, 0);
	assert_true(world->n_fences_told == world->n_fences_asked);
}

/* The renderers know what the tables say, no more and no less. */
void world_check(const struct gpu_world *world)
{
	bool running = world->gpu->remote_state == GPU_REMOTE_RUNNING;
	const struct gpu_table *table = &world->gpu->table;

	for (uint32_t id = 1; id <= RESOURCES; id++) {
		const struct state_resource *resource = gpu_resource_find(table, id);
		bool local = resource && gpu_home(world->gpu, resource) == &world->local.base;
		assert_int_equal(world->local.resources[id], local);
		if (local)
			assert_int_equal(world->local.backed[id], resource->backing != STATE_NONE);
		if (!running)
			continue;
		assert_int_equal(world->remote.resources[id], resource && !local);
		if (resource && !local)
			assert_int_equal(world->remote.backed[id], resource->backing != STATE_NONE);
	}
	uint64_t lost = 0;
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		const struct state_context *context = gpu_context_find(table, id);
		lost += context && context->lost;
		if (running)
			assert_int_equal(world->remote.contexts[id], context && !context->lost);
	}
	assert_int_equal(world->state->counters.contexts_lost, lost);
	for (uint32_t i = 0; i < HEADS; i++) {
		const struct state_head *head = &world->state->heads[i];
		uint32_t shown =
			world->local.scanouts[i] + (running ? world->remote.scanouts[i] : 0);
		uint32_t cursor =
			world->local.cursors[i] + (running ? world->remote.cursors[i] : 0);
		const struct state_resource *resource = gpu_resource_find(table, head->resource);
		const struct state_resource *pointer =
			gpu_resource_find(table, head->cursor_resource);
		assert_true(!head->resource == !resource);
		assert_true(!head->cursor_resource == !pointer);
		if (running || !resource || gpu_home(world->gpu, resource) == &world->local.base)
			assert_int_equal(shown, head->resource);
		if (running || !pointer || gpu_home(world->gpu, pointer) == &world->local.base)
			assert_int_equal(cursor, head->cursor_resource);
	}
}
