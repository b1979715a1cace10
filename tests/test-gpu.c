/* SPDX-License-Identifier: MIT */
/*
 * The virtio-gpu device between a driver that does anything and a renderer that
 * answers whenever it likes, fails, and dies. Whatever happens: every chain is
 * answered once, fenced ones in their order, none after a reset; the renderers
 * know what the tables say, and the counters come back to zero.
 */
#include "tests/unit.h"

#include <endian.h>

#include "backends/virtio/gpu.h"
#include "base/clock.h"
#include "tests/fake_renderer.h"
#include "tests/ring_driver.h"

#define CONTROL VIRTIO_GPU_QUEUE_CONTROL
#define CURSOR VIRTIO_GPU_QUEUE_CURSOR

#define HEADS 3
#define RESOURCES 12 /* ids from 1 */
#define CONTEXTS 4
#define RING 64
#define REQUEST_BYTES 128
#define RESPONSE_BYTES 1100
#define QUOTA (4u << 20)

/* What the driver waits for, by the head of its chain. */
struct waiting {
	bool used;
	uint32_t type, flags;
	uint64_t fence_id;
	uint64_t order;
	uint8_t *request, *response;
	uint32_t response_len;
};

struct fixture {
	struct gpu *gpu;
	struct state *state;
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver drivers[VIRTIO_GPU_QUEUE_COUNT];
	struct virtqueue queues[VIRTIO_GPU_QUEUE_COUNT];
	struct fake_renderer local, remote;
	struct waiting waiting[VIRTIO_GPU_QUEUE_COUNT][RING];
	uint8_t *backing;
	uint64_t order;
	uint64_t fences_asked[100000], n_fences_asked, n_fences_told;
	uint32_t again; /* bit per queue */
	bool wanted;    /* a renderer was asked for */
	bool paused;
	uint32_t told, told_errors;
	uint32_t last_response; /* type of the last answer */
};

/* -- what the device asks of its process -- */

static void listen_notify(void *data, uint32_t queue)
{
	struct fixture *f = data;
	assert_true(f->queues[queue].running);
}

static void listen_again(void *data, uint32_t queue)
{
	struct fixture *f = data;
	f->again |= 1u << queue;
}

static void listen_renderer_wanted(void *data)
{
	struct fixture *f = data;
	assert_false(f->wanted);
	f->wanted = true;
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
	.scanout_changed = listen_scanout_changed,
	.cursor_moved = listen_cursor_moved,
};

/* -- fixture -- */

static uint8_t capsets[LIMIT_CAPSETS * sizeof(struct link_capset) + 64];

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct gpu_config config = {
		.name = "test", .n_heads = HEADS, .virgl = true, .memory_bytes = QUOTA,
		.capsets = capsets, .capsets_bytes = sizeof(capsets),
	};
	struct link_capset capset = {
		.id = 1, .version = 1, .offset = sizeof(capsets) - 64, .size = 64,
	};

	memcpy(capsets, &capset, sizeof(capset));
	for (uint32_t i = 0; i < HEADS; i++)
		config.heads[i] = (struct link_head){ 640, 480, 60000, 1 };
	f->gpu = calloc(1, sizeof(*f->gpu));
	f->state = calloc(1, sizeof(*f->state));
	fake_renderer_init(&f->local, false);
	fake_renderer_init(&f->remote, true);
	guest_memory_init(&f->memory);
	ring_memory_init(&f->ring_memory, &f->memory, 1u << 20);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		struct state_queue *queue = &f->state->gpu.queues[q];
		ring_driver_init(&f->drivers[q], &f->ring_memory, RING, queue);
		virtqueue_init(&f->queues[q], "test", queue);
		assert_int_equal(virtqueue_start(&f->queues[q], &f->memory, true), 0);
		for (uint32_t i = 0; i < RING; i++) {
			f->waiting[q][i].request = ring_memory_take(&f->ring_memory, REQUEST_BYTES);
			f->waiting[q][i].response =
				ring_memory_take(&f->ring_memory, RESPONSE_BYTES);
		}
	}
	f->backing = ring_memory_take(&f->ring_memory, 4096);
	assert_int_equal(gpu_init(f->gpu, &config, f->state, &f->memory, &f->local.base,
				 &f->remote.base, &listener, f),
		0);
	f->gpu->queues = f->queues;
	gpu_set_features(f->gpu, gpu_features(f->gpu));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gpu_finish(f->gpu);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++)
		virtqueue_finish(&f->queues[q]);
	guest_memory_finish(&f->memory);
	free(f->gpu);
	free(f->state);
	free(f);
	return 0;
}

/* -- the driver -- */

static bool is_answer(uint32_t response)
{
	return (response >= VIRTIO_GPU_RESP_OK_NODATA && response <= VIRTIO_GPU_RESP_OK_EDID) ||
		(response >= VIRTIO_GPU_RESP_ERR_UNSPEC &&
			response <= VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER);
}

static void check_answer(struct fixture *f, uint32_t queue, const struct waiting *w, uint32_t len)
{
	struct virtio_gpu_ctrl_hdr header;

	assert_true(len <= w->response_len);
	f->told++;
	if (w->response_len < sizeof(header))
		return;
	assert_true(len >= sizeof(header));
	memcpy(&header, w->response, sizeof(header));
	f->last_response = header.type;
	f->told_errors += header.type >= VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (!is_answer(header.type))
		fail_msg("0x%x answered with 0x%x", w->type, header.type);
	if (!(w->flags & VIRTIO_GPU_FLAG_FENCE)) {
		assert_int_equal(header.flags, 0);
		return;
	}
	assert_true(header.flags & VIRTIO_GPU_FLAG_FENCE);
	assert_true(header.fence_id == w->fence_id);
}

static void take_answers(struct fixture *f)
{
	uint32_t head, len;

	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		assert_false(f->queues[q].broken);
		while (ring_driver_take_used(&f->drivers[q], &head, &len)) {
			struct waiting *w = &f->waiting[q][head];
			assert_true(w->used); /* else: twice, or never asked */
			assert_false(f->paused);
			check_answer(f, q, w, len);
			if (q == CONTROL && (w->flags & VIRTIO_GPU_FLAG_FENCE))
				assert_true(f->fences_asked[f->n_fences_told++] == w->order);
			w->used = false;
		}
	}
}

static void process(struct fixture *f, uint32_t queue)
{
	gpu_process(f->gpu, queue);
	while (f->again) {
		uint32_t again = f->again;
		f->again = 0;
		for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
			if (again & 1u << q)
				gpu_process(f->gpu, q);
		}
	}
	take_answers(f);
}

/* False: the ring is full. `response_len` is all the room for the answer. */
static bool offer(struct fixture *f, uint32_t queue, const void *bytes, size_t len,
	uint32_t response_len)
{
	struct ring_driver *driver = &f->drivers[queue];
	struct waiting *w = &f->waiting[queue][driver->free_head % RING];
	const struct virtio_gpu_ctrl_hdr *header = bytes;
	struct ring_part parts[] = {
		{ w->request, 10, false }, { w->request + 10, len - 10, false },
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
	w->order = ++f->order;
	w->response_len = response_len;
	if (queue == CONTROL && (w->flags & VIRTIO_GPU_FLAG_FENCE)) {
		assert_true(f->n_fences_asked < N(f->fences_asked));
		f->fences_asked[f->n_fences_asked++] = w->order;
	}
	assert_true(ring_driver_add(driver, parts, 4) >= 0);
	return true;
}

/* One command at once; the type of its answer, or 0 if it must wait. */
static uint32_t command(struct fixture *f, const void *bytes, size_t len)
{
	const struct virtio_gpu_ctrl_hdr *header = bytes;
	uint32_t queue = header->type >= VIRTIO_GPU_CMD_UPDATE_CURSOR &&
			header->type <= VIRTIO_GPU_CMD_MOVE_CURSOR ? CURSOR : CONTROL;

	f->last_response = 0;
	assert_true(offer(f, queue, bytes, len, RESPONSE_BYTES));
	process(f, queue);
	return f->last_response;
}

#define COMMAND(f, wire) command(f, &(wire), sizeof(wire))

/* -- commands at random -- */

union wire {
	struct virtio_gpu_ctrl_hdr header;
	struct virtio_gpu_resource_create_2d create_2d;
	struct virtio_gpu_resource_create_3d create_3d;
	struct virtio_gpu_resource_unref unref;
	struct virtio_gpu_set_scanout scanout;
	struct virtio_gpu_resource_flush flush;
	struct virtio_gpu_transfer_to_host_2d transfer_2d;
	struct virtio_gpu_transfer_host_3d transfer_3d;
	struct virtio_gpu_ctx_create ctx_create;
	struct virtio_gpu_ctx_resource ctx_resource;
	struct virtio_gpu_get_capset capset;
	struct virtio_gpu_cmd_get_edid edid;
	struct virtio_gpu_update_cursor cursor;
	struct {
		struct virtio_gpu_resource_attach_backing attach;
		struct virtio_gpu_mem_entry entries[2];
	} attach;
	struct {
		struct virtio_gpu_cmd_submit submit;
		uint32_t stream[2];
	} submit;
};

static const uint32_t types[] = {
	VIRTIO_GPU_CMD_GET_DISPLAY_INFO, VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, VIRTIO_GPU_CMD_RESOURCE_UNREF,
	VIRTIO_GPU_CMD_SET_SCANOUT, VIRTIO_GPU_CMD_RESOURCE_FLUSH,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
	VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, VIRTIO_GPU_CMD_GET_CAPSET_INFO,
	VIRTIO_GPU_CMD_GET_CAPSET, VIRTIO_GPU_CMD_GET_EDID, VIRTIO_GPU_CMD_CTX_CREATE,
	VIRTIO_GPU_CMD_CTX_CREATE, VIRTIO_GPU_CMD_CTX_DESTROY, VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
	VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D,
	VIRTIO_GPU_CMD_SUBMIT_3D, VIRTIO_GPU_CMD_SUBMIT_3D, VIRTIO_GPU_CMD_SUBMIT_3D, 0x1fff,
};

static void random_fields(struct fixture *f, struct dice *dice, union wire *wire)
{
	uint32_t id = dice_roll(dice, RESOURCES + 1);
	uint32_t side = dice_roll(dice, 3) ? 64 : 1 + dice_roll(dice, 200);
	struct virtio_gpu_rect rect = {
		dice_roll(dice, 4) * 8, dice_roll(dice, 4) * 8, dice_roll(dice, 65), dice_roll(dice, 65),
	};

	switch (wire->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		wire->create_2d.resource_id = id;
		wire->create_2d.format = dice_roll(dice, 10) ? 1 : 5;
		wire->create_2d.width = wire->create_2d.height = side;
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		wire->create_3d.resource_id = id;
		wire->create_3d.target = 2;
		wire->create_3d.format = 1;
		wire->create_3d.bind = 2;
		wire->create_3d.width = wire->create_3d.height = side;
		wire->create_3d.depth = wire->create_3d.array_size = 1;
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		wire->scanout.r = rect;
		wire->scanout.scanout_id = dice_roll(dice, HEADS + 1);
		wire->scanout.resource_id = id;
		break;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		wire->flush.r = rect;
		wire->flush.resource_id = id;
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		wire->transfer_2d.r = rect;
		wire->transfer_2d.resource_id = id;
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		wire->transfer_3d.resource_id = id;
		break;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		wire->attach.attach.resource_id = id;
		wire->attach.attach.nr_entries = dice_roll(dice, 4);
		for (int i = 0; i < 2; i++) {
			wire->attach.entries[i].addr = dice_roll(dice, 20) ?
				ring_memory_guest(&f->ring_memory, f->backing) : 0;
			wire->attach.entries[i].length = 4096;
		}
		break;
	case VIRTIO_GPU_CMD_GET_CAPSET:
		wire->capset.capset_id = dice_roll(dice, 3);
		break;
	case VIRTIO_GPU_CMD_GET_EDID:
		wire->edid.scanout = dice_roll(dice, HEADS + 1);
		break;
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		wire->submit.submit.size = dice_roll(dice, 10);
		break;
	case VIRTIO_GPU_CMD_UPDATE_CURSOR:
	case VIRTIO_GPU_CMD_MOVE_CURSOR:
		wire->cursor.pos.scanout_id = dice_roll(dice, HEADS + 1);
		wire->cursor.resource_id = id;
		wire->cursor.hot_x = dice_roll(dice, 66);
		break;
	default:
		wire->unref.resource_id = id;
	}
}

static void offer_random(struct fixture *f, struct dice *dice, uint32_t queue)
{
	union wire wire = { 0 };
	static const uint32_t lengths[] = { 0, 1, 23, 24, 40, RESPONSE_BYTES };
	uint32_t room = dice_roll(dice, 20) ? RESPONSE_BYTES : lengths[dice_roll(dice, N(lengths))];
	size_t len = dice_roll(dice, 50) ? sizeof(wire) : 11 + dice_roll(dice, sizeof(wire) - 11);

	wire.header.type = queue == CONTROL ? types[dice_roll(dice, N(types))] :
					      VIRTIO_GPU_CMD_UPDATE_CURSOR + dice_roll(dice, 2);
	wire.header.flags = dice_roll(dice, 2) && len > 24 ? VIRTIO_GPU_FLAG_FENCE : 0;
	wire.header.fence_id = f->order + 1;
	wire.header.ctx_id = dice_roll(dice, CONTEXTS + 1);
	random_fields(f, dice, &wire);
	offer(f, queue, &wire, len, room);
	if (!f->paused)
		process(f, queue);
}

/* -- the rest of the world at random -- */

static void complete(struct fixture *f, uint32_t pick)
{
	struct fake_answer answer;

	if (fake_renderer_take_answer(&f->remote, pick, &answer))
		gpu_remote_completed(f->gpu, answer.seq, answer.response);
	take_answers(f);
}

static void renderer_comes(struct fixture *f, bool room)
{
	f->wanted = false;
	fake_renderer_start(&f->remote);
	f->remote.room = room;
	gpu_remote_started(f->gpu);
	take_answers(f);
}

/* Dead, or not to be had. */
static void renderer_goes(struct fixture *f)
{
	f->wanted = false;
	fake_renderer_die(&f->remote);
	gpu_remote_gone(f->gpu);
	take_answers(f);
}

static void set_room(struct fixture *f, bool room)
{
	f->remote.room = room;
	if (room && f->remote.up)
		gpu_remote_room(f->gpu);
	take_answers(f);
}

static void set_paused(struct fixture *f, bool paused)
{
	if (f->paused == paused)
		return;
	f->paused = paused;
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		if (paused)
			virtqueue_stop(&f->queues[q]);
		else
			assert_int_equal(virtqueue_start(&f->queues[q], &f->memory, true), 0);
	}
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT && !paused; q++)
		process(f, q);
}

/* As vhost-user's ring code does it when the driver starts afresh. */
static void reset(struct fixture *f)
{
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		struct state_queue *state = f->queues[q].state;
		virtqueue_stop(&f->queues[q]);
		ring_driver_reset(&f->drivers[q]);
		memset(state->inflight, 0, sizeof(state->inflight));
		state->last_avail = state->used_idx = 0;
		for (uint32_t i = 0; i < RING; i++)
			f->waiting[q][i].used = false;
	}
	f->paused = false;
	f->n_fences_told = f->n_fences_asked;
	gpu_reset(f->gpu);
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++)
		assert_int_equal(virtqueue_start(&f->queues[q], &f->memory, true), 0);
	assert_int_equal(f->state->counters.resources, 0);
	assert_int_equal(f->state->counters.contexts, 0);
	assert_int_equal(f->state->counters.bytes_used, 0);
}

static void random_event(struct fixture *f, struct dice *dice)
{
	switch (dice_roll(dice, 24)) {
	case 0:
		set_room(f, dice_roll(dice, 4));
		break;
	case 1:
		f->remote.room = true; /* there, but not told yet */
		break;
	case 2:
	case 3:
		if (f->wanted && dice_roll(dice, 4))
			renderer_comes(f, dice_roll(dice, 2));
		else if (f->wanted)
			renderer_goes(f);
		f->gpu->remote_failed_ns = 0; /* as if a second had passed */
		break;
	case 4:
		if (f->remote.up && !dice_roll(dice, 8))
			renderer_goes(f);
		break;
	case 5:
		set_paused(f, !f->paused);
		break;
	case 6:
		if (!dice_roll(dice, 20))
			reset(f);
		break;
	case 7:
		gpu_memory_changed(f->gpu);
		break;
	case 8:
		f->remote.fails_next = f->gpu->remote_state == GPU_REMOTE_RUNNING;
		break;
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
		complete(f, dice_roll(dice, FAKE_QUEUE));
		break;
	case 14:
		offer_random(f, dice, CURSOR);
		break;
	default:
		offer_random(f, dice, CONTROL);
	}
}

/* -- when all has come to rest -- */

static void settle(struct fixture *f)
{
	set_paused(f, false);
	for (int i = 0; i < 20; i++) {
		if (f->wanted)
			renderer_comes(f, true);
		set_room(f, true);
		while (f->remote.n_answers)
			complete(f, 0);
		process(f, CURSOR);
		process(f, CONTROL);
	}
	for (uint32_t q = 0; q < VIRTIO_GPU_QUEUE_COUNT; q++) {
		for (uint32_t i = 0; i < RING; i++) {
			if (f->waiting[q][i].used)
				fail_msg("0x%x was never answered", f->waiting[q][i].type);
		}
	}
	assert_int_equal(f->gpu->pendings.n_used, 0);
	assert_true(f->n_fences_told == f->n_fences_asked);
}

/* The renderers know what the tables say, no more and no less. */
static void check_renderers(struct fixture *f)
{
	bool running = f->gpu->remote_state == GPU_REMOTE_RUNNING;
	const struct gpu_table *table = &f->gpu->table;

	for (uint32_t id = 1; id <= RESOURCES; id++) {
		const struct state_resource *resource = gpu_resource_find(table, id);
		bool local = resource && gpu_home(f->gpu, resource) == &f->local.base;
		assert_int_equal(f->local.resources[id], local);
		if (local)
			assert_int_equal(f->local.backed[id], resource->backing != STATE_NONE);
		if (!running)
			continue;
		assert_int_equal(f->remote.resources[id], resource && !local);
		if (resource && !local)
			assert_int_equal(f->remote.backed[id], resource->backing != STATE_NONE);
	}
	for (uint32_t id = 1; id <= CONTEXTS && running; id++) {
		const struct state_context *context = gpu_context_find(table, id);
		assert_int_equal(f->remote.contexts[id], context && !context->lost);
	}
	for (uint32_t i = 0; i < HEADS; i++) {
		const struct state_head *head = &f->state->heads[i];
		uint32_t shown = f->local.scanouts[i] + (running ? f->remote.scanouts[i] : 0);
		uint32_t cursor = f->local.cursors[i] + (running ? f->remote.cursors[i] : 0);
		const struct state_resource *resource = gpu_resource_find(table, head->resource);
		const struct state_resource *pointer =
			gpu_resource_find(table, head->cursor_resource);
		assert_true(!head->resource == !resource);
		assert_true(!head->cursor_resource == !pointer);
		if (running || !resource || gpu_home(f->gpu, resource) == &f->local.base)
			assert_int_equal(shown, head->resource);
		if (running || !pointer || gpu_home(f->gpu, pointer) == &f->local.base)
			assert_int_equal(cursor, head->cursor_resource);
	}
}

static void free_all(struct fixture *f)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		struct virtio_gpu_ctx_destroy destroy = {
			.hdr = { .type = VIRTIO_GPU_CMD_CTX_DESTROY, .ctx_id = id },
		};
		COMMAND(f, destroy);
		settle(f);
	}
	for (uint32_t id = 1; id <= RESOURCES; id++) {
		struct virtio_gpu_resource_unref unref = {
			.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF, .resource_id = id,
		};
		COMMAND(f, unref);
		settle(f);
	}
	check_renderers(f);
	assert_int_equal(f->state->counters.resources, 0);
	assert_int_equal(f->state->counters.contexts, 0);
	assert_int_equal(f->state->counters.bytes_used, 0);
	assert_int_equal(f->gpu->table.attachments_end, 0);
}

static void test_random(void **state)
{
	const char *only = getenv("TEST_SEED");
	uint64_t first = only ? strtoull(only, NULL, 0) : 0, n = only ? 1 : 400;

	for (uint64_t seed = first; seed < first + n; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);
		if (only)
			print_message("seed %s\n", only);
		for (int round = 0; round < 20; round++) {
			for (int step = 0; step < 300; step++)
				random_event(f, &dice);
			settle(f);
			check_renderers(f);
		}
		free_all(f);
		assert_true(f->told > 1000 && f->told_errors < f->told);
		teardown(state);
	}
}

/* -- what was once wrong, or nearly -- */

static const struct virtio_gpu_ctrl_hdr get_info = {
	.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO, .flags = VIRTIO_GPU_FLAG_FENCE,
};

static struct virtio_gpu_cmd_submit submit_of(uint32_t flags)
{
	return (struct virtio_gpu_cmd_submit){
		.hdr = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 1, .flags = flags },
	};
}

static struct virtio_gpu_resource_create_3d create_of(uint32_t id)
{
	return (struct virtio_gpu_resource_create_3d){
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = id, .target = 2, .format = 1, .bind = 2,
		.width = 64, .height = 64, .depth = 1, .array_size = 1,
	};
}

static struct virtio_gpu_resource_unref unref_of(uint32_t id)
{
	return (struct virtio_gpu_resource_unref){
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF, .resource_id = id,
	};
}

/* A renderer runs and has context 1. */
static int setup_running(void **state)
{
	setup(state);
	struct fixture *f = *state;
	struct virtio_gpu_ctx_create create = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 },
	};
	struct virtio_gpu_cmd_submit submit = submit_of(0);

	assert_int_equal(COMMAND(f, create), VIRTIO_GPU_RESP_OK_NODATA);
	assert_int_equal(COMMAND(f, submit), 0);
	assert_true(f->wanted);
	settle(f);
	assert_int_equal(f->gpu->remote_state, GPU_REMOTE_RUNNING);
	return 0;
}

static void test_immediate_fence_waits_for_earlier(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_cmd_submit submit = submit_of(VIRTIO_GPU_FLAG_FENCE);

	assert_int_equal(COMMAND(f, submit), 0);
	assert_int_equal(COMMAND(f, get_info), 0);
	complete(f, 0);
	assert_int_equal(f->last_response, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/*
 * The oldest fence is not told while others come and go, until their numbers come
 * round to its slot; then a command cannot be sent and its answer waits as well.
 */
static void test_numbers_come_round_to_a_stuck_fence(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE), plain = submit_of(0);

	assert_int_equal(COMMAND(f, fenced), 0);
	for (uint32_t i = 2; i < RENDER_COMPLETIONS; i++) {
		assert_int_equal(COMMAND(f, plain), 0);
		complete(f, 1);
	}
	f->remote.dies_next = true;
	assert_int_equal(COMMAND(f, fenced), 0);
	renderer_goes(f);
	settle(f);
}

/* The guest does not wait for the answer that its first resource could not be made. */
static void test_failed_create_spares_its_successor(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5);
	struct virtio_gpu_resource_unref unref = unref_of(5);

	f->remote.fails_next = true;
	COMMAND(f, create);
	COMMAND(f, unref);
	COMMAND(f, create);
	settle(f);
	assert_non_null(gpu_resource_find(&f->gpu->table, 5));
	assert_int_equal(f->state->counters.bytes_used, 64 * 64 * 4);
	check_renderers(f);
}

static void test_failed_create_leaves_its_head(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5);
	struct virtio_gpu_set_scanout scanout = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT, .r = { 0, 0, 64, 64 }, .resource_id = 5,
	};

	f->remote.fails_next = true;
	COMMAND(f, create);
	assert_int_equal(COMMAND(f, scanout), VIRTIO_GPU_RESP_OK_NODATA);
	settle(f);
	assert_int_equal(f->state->heads[0].resource, 0);
	check_renderers(f);
}

/* Told of as failed, it must not come back with the next renderer. */
static void test_create_in_flight_dies_with_renderer(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5), later = create_of(6);

	assert_int_equal(COMMAND(f, create), 0);
	renderer_goes(f);
	assert_int_equal(f->last_response, VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_null(gpu_resource_find(&f->gpu->table, 5));
	assert_int_equal(COMMAND(f, later), 0);
	settle(f);
	check_renderers(f);
}

static void test_paused_vm_gets_its_answers_later(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE), plain = submit_of(0);

	COMMAND(f, fenced);
	COMMAND(f, plain);
	COMMAND(f, get_info);
	set_paused(f, true);
	uint32_t told = f->told;
	while (f->remote.n_answers)
		complete(f, 1);
	assert_int_equal(f->told, told);
	set_paused(f, false);
	assert_int_equal(f->told, told + 3);
	settle(f);
}

static void test_nothing_is_told_after_a_reset(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE), plain = submit_of(0);

	COMMAND(f, fenced);
	COMMAND(f, plain);
	reset(f);
	uint32_t told = f->told;
	while (f->remote.n_answers)
		complete(f, 0);
	assert_int_equal(f->told, told);
	/* Nor where a pause was before the reset. */
	COMMAND(f, get_info);
	set_paused(f, true);
	reset(f);
	assert_int_equal(f->told, told + 1);
}

/* The driver started afresh while a renderer was fetched, and goes on while that one is filled. */
static void test_replay_is_not_disturbed(void **state)
{
	setup(state);
	struct fixture *f = *state;
	struct virtio_gpu_resource_create_3d wants = create_of(5);
	struct virtio_gpu_ctx_create context = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 },
	};
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 7, .format = 1, .width = 64, .height = 64,
	};
	struct virtio_gpu_ctx_resource attach = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = 1 }, .resource_id = 7,
	};
	struct virtio_gpu_resource_unref unref = unref_of(7);

	COMMAND(f, wants);
	reset(f);
	COMMAND(f, context);
	COMMAND(f, create);
	assert_int_equal(COMMAND(f, attach), VIRTIO_GPU_RESP_OK_NODATA);
	renderer_comes(f, false);
	assert_int_equal(f->gpu->remote_state, GPU_REMOTE_REPLAYING);
	f->remote.room = true; /* there, but not told yet */
	assert_int_equal(COMMAND(f, unref), 0);
	settle(f);
	assert_int_equal(f->last_response, VIRTIO_GPU_RESP_OK_NODATA);
	check_renderers(f);
	teardown(state);
}

/* What kills each renderer that gets it must not make us start one after the other. */
static void test_death_in_replay_is_no_loop(void **state)
{
	struct fixture *f = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5), other = create_of(6);

	COMMAND(f, create);
	settle(f);
	renderer_goes(f);
	assert_int_equal(COMMAND(f, other), 0);
	assert_true(f->wanted);
	renderer_comes(f, false);
	renderer_goes(f);
	assert_false(f->wanted);
	assert_int_equal(f->last_response, VIRTIO_GPU_RESP_ERR_UNSPEC);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_running, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		TEST(test_immediate_fence_waits_for_earlier),
		TEST(test_numbers_come_round_to_a_stuck_fence),
		TEST(test_failed_create_spares_its_successor),
		TEST(test_failed_create_leaves_its_head),
		TEST(test_create_in_flight_dies_with_renderer),
		TEST(test_paused_vm_gets_its_answers_later),
		TEST(test_nothing_is_told_after_a_reset),
		cmocka_unit_test(test_replay_is_not_disturbed),
		TEST(test_death_in_replay_is_no_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
