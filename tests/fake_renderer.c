/* SPDX-License-Identifier: MIT */
/* A renderer that knows what it was told and insists on its contract. */
#include "tests/fake_renderer.h"

#include "tests/unit.h"

#include "base/list.h"

static struct fake_renderer *from_base(struct renderer *base)
{
	return container_of(base, struct fake_renderer, base);
}

static bool fake_has_room(struct renderer *base)
{
	struct fake_renderer *fake = from_base(base);

	fake->said_full = !fake->up || !fake->room;
	return !fake->said_full;
}

/* A call that needs room: the device asked before, and was told that there is. */
static void check_call(struct fake_renderer *fake)
{
	assert_true(fake->up);
	assert_false(fake->said_full);
	fake->n_calls++;
}

static uint32_t execute_resource(struct fake_renderer *fake, const struct virtio_gpu_command *c)
{
	uint32_t id = c->resource_id, context = c->header.ctx_id;

	if (!fake->resources[id])
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	switch (c->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
			fake->scanouts[i] = fake->scanouts[i] == id ? 0 : fake->scanouts[i];
			fake->cursors[i] = fake->cursors[i] == id ? 0 : fake->cursors[i];
		}
		for (uint32_t i = 0; i < FAKE_IDS; i++)
			fake->attached[i][id] = false;
		fake->resources[id] = fake->backed[id] = false;
		break;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		fake->backed[id] = true;
		break;
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
		fake->backed[id] = false;
		break;
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
		assert_true(fake->contexts[context]);
		fake->attached[context][id] = c->header.type == VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE;
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		assert_true(!context || fake->contexts[context]);
		break;
	default:
		fail_msg("a renderer cannot execute 0x%x", c->header.type);
	}
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t fake_run(struct fake_renderer *fake, const struct virtio_gpu_command *c)
{
	uint32_t context = c->header.ctx_id;
	bool fails = fake->fails_next;

	assert_true(c->resource_id < FAKE_IDS && context < FAKE_IDS);
	switch (c->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		assert_true(fake->remote);
		fake->fails_next = false;
		if (fails)
			return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
		/* fall through */
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		assert_false(fake->remote && c->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB);
		assert_false(fake->resources[c->resource_id]);
		fake->resources[c->resource_id] = true;
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		assert_false(fake->contexts[context]);
		if (fake->fails_context)
			return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
		fake->contexts[context] = true;
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_CTX_DESTROY:
		assert_true(fake->contexts[context]);
		fake->contexts[context] = false;
		memset(fake->attached[context], 0, sizeof(fake->attached[context]));
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		assert_true(fake->contexts[context]);
		fake->fails_next = false;
		return fails ? VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER : VIRTIO_GPU_RESP_OK_NODATA;
	default:
		return execute_resource(fake, c);
	}
}

/* 0: told later, as the contract has it; or the answer of a local one. */
static uint32_t fake_answer(
	struct fake_renderer *fake, struct renderer_ticket ticket, uint32_t response)
{
	if (!fake->remote) {
		assert_int_equal(ticket.seq, 0);
		return response;
	}
	if (ticket.seq) {
		assert_true(fake->n_answers < FAKE_QUEUE);
		fake->answers[fake->n_answers++] = (struct fake_answer){
			ticket.seq,
			response,
			ticket.wait == RENDERER_WAIT_FENCED,
		};
	}
	return 0;
}

static uint32_t fake_execute(struct renderer *base, const struct virtio_gpu_command *command,
	struct renderer_ticket ticket)
{
	struct fake_renderer *fake = from_base(base);

	check_call(fake);
	if (fake->dies_next) {
		fake_renderer_die(fake);
		fake->up = true; /* to the device: it will hear of it later */
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
	return fake_answer(fake, ticket, fake_run(fake, command));
}

static void fake_scanout(
	struct renderer *base, uint32_t head, const struct renderer_scanout *scanout)
{
	struct fake_renderer *fake = from_base(base);

	assert_true(fake->up);
	assert_true(head < LIMIT_HEADS);
	fake->scanouts[head] = scanout->resource;
	fake->areas[head] = scanout->area;
}

static uint32_t fake_flush(struct renderer *base, uint32_t head, struct picture_box box,
	int64_t flush_ns, struct renderer_ticket ticket)
{
	struct fake_renderer *fake = from_base(base);

	check_call(fake);
	assert_true(fake->scanouts[head]);
	assert_true(box.width && box.height);
	assert_true(box.x + box.width <= fake->areas[head].width);
	assert_true(box.y + box.height <= fake->areas[head].height);
	if (fake->holds_flushes && ticket.wait == RENDERER_WAIT_FENCED) {
		fake->held_flush = ticket.seq;
		return 0;
	}
	return fake_answer(fake, ticket, VIRTIO_GPU_RESP_OK_NODATA);
}

static void fake_cursor(struct renderer *base, uint32_t head, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct fake_renderer *fake = from_base(base);

	assert_true(fake->up);
	assert_true(head < LIMIT_HEADS);
	assert_true(!resource || (hot_x < 64 && hot_y < 64));
	fake->cursors[head] = resource;
}

static void fake_memory_changed(struct renderer *base)
{
	struct fake_renderer *fake = from_base(base);

	if (!fake->remote)
		memset(fake->backed, 0, sizeof(fake->backed));
}

static void forget_all(struct fake_renderer *fake)
{
	memset(fake->resources, 0, sizeof(fake->resources));
	memset(fake->backed, 0, sizeof(fake->backed));
	memset(fake->contexts, 0, sizeof(fake->contexts));
	memset(fake->attached, 0, sizeof(fake->attached));
	memset(fake->scanouts, 0, sizeof(fake->scanouts));
	memset(fake->cursors, 0, sizeof(fake->cursors));
}

/* Answers of before a reset may still be told: the device must not mind. */
static void fake_reset(struct renderer *base)
{
	forget_all(from_base(base));
}

static const struct renderer_interface fake_interface = {
	.name = "fake",
	.has_room = fake_has_room,
	.execute = fake_execute,
	.scanout = fake_scanout,
	.flush = fake_flush,
	.cursor = fake_cursor,
	.memory_changed = fake_memory_changed,
	.reset = fake_reset,
};

void fake_renderer_init(struct fake_renderer *fake, bool remote)
{
	*fake = (struct fake_renderer){
		.base.interface = &fake_interface,
		.remote = remote,
		.up = !remote,
		.room = true,
	};
}

void fake_renderer_start(struct fake_renderer *fake)
{
	fake_renderer_init(fake, true);
	fake->up = true;
}

void fake_renderer_die(struct fake_renderer *fake)
{
	forget_all(fake);
	fake->up = fake->dies_next = fake->fails_next = false;
	fake->n_answers = 0;
}

bool fake_renderer_take_answer(
	struct fake_renderer *fake, uint32_t pick, struct fake_answer *answer)
{
	uint32_t may[FAKE_QUEUE], n = 0;
	bool fence_before = false;

	for (uint32_t i = 0; i < fake->n_answers; i++) {
		if (!fake->answers[i].fenced || !fence_before)
			may[n++] = i;
		fence_before |= fake->answers[i].fenced;
	}
	if (!n)
		return false;
	uint32_t at = may[pick % n];
	*answer = fake->answers[at];
	memmove(&fake->answers[at], &fake->answers[at + 1],
		(fake->n_answers - at - 1) * sizeof(*answer));
	fake->n_answers--;
	return true;
}
