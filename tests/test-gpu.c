/* SPDX-License-Identifier: MIT */
/*
 * The virtio-gpu device between a driver that does anything and a renderer that
 * answers whenever it likes, fails, and dies. Whatever happens: every chain is
 * answered once, fenced ones in their order, none after a reset; the renderers
 * know what the tables say, and the counters come back to zero.
 */
#include "tests/gpu_world.h"

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
		struct virtio_gpu_resource_create_blob create;
		struct virtio_gpu_mem_entry entries[2];
	} blob;
	struct virtio_gpu_set_scanout_blob scanout_blob;
	struct {
		struct virtio_gpu_cmd_submit submit;
		uint32_t stream[2];
	} submit;
};

static const uint32_t types[] = {
	VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
	VIRTIO_GPU_CMD_RESOURCE_UNREF,
	VIRTIO_GPU_CMD_SET_SCANOUT,
	VIRTIO_GPU_CMD_RESOURCE_FLUSH,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
	VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
	VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING,
	VIRTIO_GPU_CMD_GET_CAPSET_INFO,
	VIRTIO_GPU_CMD_GET_CAPSET,
	VIRTIO_GPU_CMD_GET_EDID,
	VIRTIO_GPU_CMD_RESOURCE_ASSIGN_UUID,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB,
	VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
	VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
	VIRTIO_GPU_CMD_CTX_CREATE,
	VIRTIO_GPU_CMD_CTX_CREATE,
	VIRTIO_GPU_CMD_CTX_DESTROY,
	VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
	VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
	VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
	VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
	VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D,
	VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D,
	VIRTIO_GPU_CMD_SUBMIT_3D,
	VIRTIO_GPU_CMD_SUBMIT_3D,
	VIRTIO_GPU_CMD_SUBMIT_3D,
	0x1fff,
};

static void fill_entries(
	struct gpu_world *world, struct dice *dice, struct virtio_gpu_mem_entry entries[static 2])
{
	uint64_t good = ring_memory_guest(&world->ring_memory, world->backing);

	for (int i = 0; i < 2; i++) {
		entries[i].addr = dice_roll(dice, 20) ? good : 0;
		entries[i].length = 4096;
	}
}

static void random_fields(struct gpu_world *world, struct dice *dice, union wire *wire)
{
	uint32_t id = dice_roll(dice, RESOURCES + 1);
	uint32_t side = dice_roll(dice, 3) ? 64 : 1 + dice_roll(dice, 200);
	struct virtio_gpu_rect rect = {
		dice_roll(dice, 4) * 8,
		dice_roll(dice, 4) * 8,
		dice_roll(dice, 65),
		dice_roll(dice, 65),
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
		fill_entries(world, dice, wire->attach.entries);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		wire->blob.create.resource_id = id;
		wire->blob.create.blob_mem = dice_roll(dice, 20) ? 1 : 2;
		wire->blob.create.nr_entries = dice_roll(dice, 3);
		wire->blob.create.size = 1 + dice_roll(dice, 8192);
		fill_entries(world, dice, wire->blob.entries);
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		wire->scanout_blob.r = rect;
		wire->scanout_blob.scanout_id = dice_roll(dice, HEADS + 1);
		wire->scanout_blob.resource_id = id;
		wire->scanout_blob.format = 1;
		wire->scanout_blob.width = wire->scanout_blob.height = 16 + dice_roll(dice, 32);
		wire->scanout_blob.strides[0] = wire->scanout_blob.width * 4;
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

static void offer_random(struct gpu_world *world, struct dice *dice, uint32_t queue)
{
	union wire wire = { 0 };
	static const uint32_t lengths[] = { 0, 1, 23, 24, 40, RESPONSE_BYTES };
	uint32_t room = dice_roll(dice, 20) ? RESPONSE_BYTES : lengths[dice_roll(dice, N(lengths))];
	size_t len = dice_roll(dice, 50) ? sizeof(wire) : 11 + dice_roll(dice, sizeof(wire) - 11);

	wire.header.type = queue == CONTROL ? types[dice_roll(dice, N(types))]
					    : VIRTIO_GPU_CMD_UPDATE_CURSOR + dice_roll(dice, 2);
	wire.header.flags = dice_roll(dice, 2) && len > 24 ? VIRTIO_GPU_FLAG_FENCE : 0;
	wire.header.fence_id = world->order + 1;
	wire.header.ctx_id = dice_roll(dice, CONTEXTS + 1);
	random_fields(world, dice, &wire);
	world_offer(world, queue, &wire, len, room);
	if (!world->paused)
		world_process(world, queue);
}

static void random_event(struct gpu_world *world, struct dice *dice)
{
	switch (dice_roll(dice, 24)) {
	case 0:
		world_set_room(world, dice_roll(dice, 4));
		break;
	case 1:
		world->remote.room = true; /* there, but not told yet */
		break;
	case 2:
	case 3:
		if (world->wanted && dice_roll(dice, 4))
			world_renderer_comes(world, dice_roll(dice, 2));
		else if (world->wanted)
			world_renderer_goes(world);
		world->gpu->remote_failed_ns = 0; /* as if a second had passed */
		break;
	case 4:
		if (world->remote.up && !dice_roll(dice, 8))
			world_renderer_goes(world);
		break;
	case 5:
		world_set_paused(world, !world->paused);
		break;
	case 6:
		if (!dice_roll(dice, 20))
			world_reset(world);
		break;
	case 7:
		gpu_memory_changed(world->gpu);
		break;
	case 8:
		world->remote.fails_next = world->gpu->remote_state == GPU_REMOTE_RUNNING;
		break;
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
		world_complete(world, dice_roll(dice, FAKE_QUEUE));
		break;
	case 14:
		offer_random(world, dice, CURSOR);
		break;
	default:
		offer_random(world, dice, CONTROL);
	}
}

static void free_all(struct gpu_world *world)
{
	for (uint32_t id = 1; id <= CONTEXTS; id++) {
		struct virtio_gpu_ctx_destroy destroy = {
			.hdr = { .type = VIRTIO_GPU_CMD_CTX_DESTROY, .ctx_id = id },
		};
		COMMAND(world, destroy);
		world_settle(world);
	}
	for (uint32_t id = 1; id <= RESOURCES; id++) {
		struct virtio_gpu_resource_unref unref = {
			.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
			.resource_id = id,
		};
		COMMAND(world, unref);
		world_settle(world);
	}
	world_check(world);
	assert_int_equal(world->state->counters.resources, 0);
	assert_int_equal(world->state->counters.contexts, 0);
	assert_int_equal(world->state->counters.bytes_used, 0);
	assert_int_equal(world->gpu->table.attachments_end, 0);
}

static void test_random(void **state)
{
	const char *only = getenv("TEST_SEED");
	uint64_t first = only ? strtoull(only, NULL, 0) : 0, n = only ? 1 : 200;

	for (uint64_t seed = first; seed < first + n; seed++) {
		world_setup(state);
		struct gpu_world *world = *state;
		struct dice dice = dice_of(seed);
		if (only)
			print_message("seed %s\n", only);
		for (int round = 0; round < 20; round++) {
			for (int step = 0; step < 300; step++)
				random_event(world, &dice);
			world_settle(world);
			world_check(world);
		}
		free_all(world);
		assert_true(world->told > 1000 && world->told_errors < world->told);
		world_teardown(state);
	}
}

/* -- what was once wrong, or nearly -- */

static const struct virtio_gpu_ctrl_hdr get_info = {
	.type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO,
	.flags = VIRTIO_GPU_FLAG_FENCE,
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
		.resource_id = id,
		.target = 2,
		.format = 1,
		.bind = 2,
		.width = 64,
		.height = 64,
		.depth = 1,
		.array_size = 1,
	};
}

static struct virtio_gpu_resource_unref unref_of(uint32_t id)
{
	return (struct virtio_gpu_resource_unref){
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = id,
	};
}

/* A renderer runs and has context 1. */
static int setup_running(void **state)
{
	world_setup(state);
	struct gpu_world *world = *state;
	struct virtio_gpu_ctx_create create = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 },
	};
	struct virtio_gpu_cmd_submit submit = submit_of(0);

	assert_int_equal(COMMAND(world, create), VIRTIO_GPU_RESP_OK_NODATA);
	assert_int_equal(COMMAND(world, submit), 0);
	assert_true(world->wanted);
	world_settle(world);
	assert_int_equal(world->gpu->remote_state, GPU_REMOTE_RUNNING);
	return 0;
}

static void test_immediate_fence_waits_for_earlier(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_cmd_submit submit = submit_of(VIRTIO_GPU_FLAG_FENCE);

	assert_int_equal(COMMAND(world, submit), 0);
	assert_int_equal(COMMAND(world, get_info), 0);
	world_complete(world, 0);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

/*
 * The oldest fence is not told while others come and go, until their numbers come
 * round to its slot; then a command cannot be sent and its answer waits as well.
 */
static void test_numbers_come_round_to_a_stuck_fence(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE),
				     plain = submit_of(0);

	assert_int_equal(COMMAND(world, fenced), 0);
	for (uint32_t i = 2; i < RENDER_COMPLETIONS; i++) {
		assert_int_equal(COMMAND(world, plain), 0);
		world_complete(world, 1);
	}
	world->remote.dies_next = true;
	assert_int_equal(COMMAND(world, fenced), 0);
	world_renderer_goes(world);
	world_settle(world);
}

/* The guest does not wait for the answer that its first resource could not be made. */
static void test_failed_create_spares_its_successor(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5);
	struct virtio_gpu_resource_unref unref = unref_of(5);

	world->remote.fails_next = true;
	COMMAND(world, create);
	COMMAND(world, unref);
	COMMAND(world, create);
	world_settle(world);
	assert_non_null(gpu_resource_find(&world->gpu->table, 5));
	assert_int_equal(world->state->counters.bytes_used, 64 * 64 * 4);
	world_check(world);
}

static void test_failed_create_leaves_its_head(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5);
	struct virtio_gpu_set_scanout scanout = {
		.hdr.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.r = { 0, 0, 64, 64 },
		.resource_id = 5,
	};

	world->remote.fails_next = true;
	COMMAND(world, create);
	assert_int_equal(COMMAND(world, scanout), VIRTIO_GPU_RESP_OK_NODATA);
	world_settle(world);
	assert_int_equal(world->state->heads[0].resource, 0);
	world_check(world);
}

/* Told of as failed, it must not come back with the next renderer. */
static void test_create_in_flight_dies_with_renderer(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5), later = create_of(6);

	assert_int_equal(COMMAND(world, create), 0);
	world_renderer_goes(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_null(gpu_resource_find(&world->gpu->table, 5));
	assert_int_equal(COMMAND(world, later), 0);
	world_settle(world);
	world_check(world);
}

/* The renderer could not make it: the guest may try the same id again. */
static void test_failed_context_is_none(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_ctx_create create = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 2 },
	};

	world->remote.fails_context = true;
	assert_int_equal(COMMAND(world, create), 0);
	world_settle(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(world->state->counters.contexts, 1);
	world->remote.fails_context = false;
	assert_int_equal(COMMAND(world, create), 0);
	world_settle(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_OK_NODATA);
	world_check(world);
}

/* One fence too many is refused, in its turn; what has no fence is not. */
static void test_fences_beyond_the_quota(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE);
	struct virtio_gpu_ctrl_hdr info = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };

	world->gpu->config.quota.fences = 3;
	for (int i = 0; i < 3; i++)
		assert_int_equal(COMMAND(world, fenced), 0);
	assert_int_equal(world->state->counters.fences, 3);
	uint32_t calls = world->remote.n_calls, errors = world->told_errors;
	assert_int_equal(COMMAND(world, fenced), 0);
	assert_int_equal(world->remote.n_calls, calls);
	assert_int_equal(COMMAND(world, info), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(world->told_errors, errors);
	world_settle(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY);
	assert_int_equal(world->told_errors, errors + 1);
	assert_int_equal(world->state->counters.fences, 0);
	assert_int_equal(COMMAND(world, fenced), 0);
	world_settle(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_OK_NODATA);
}

static void test_paused_vm_gets_its_answers_later(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE),
				     plain = submit_of(0);

	COMMAND(world, fenced);
	COMMAND(world, plain);
	COMMAND(world, get_info);
	world_set_paused(world, true);
	uint32_t told = world->told;
	while (world->remote.n_answers)
		world_complete(world, 1);
	assert_int_equal(world->told, told);
	world_set_paused(world, false);
	assert_int_equal(world->told, told + 3);
	world_settle(world);
}

static void test_nothing_is_told_after_a_reset(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_cmd_submit fenced = submit_of(VIRTIO_GPU_FLAG_FENCE),
				     plain = submit_of(0);

	COMMAND(world, fenced);
	COMMAND(world, plain);
	world_reset(world);
	uint32_t told = world->told;
	while (world->remote.n_answers)
		world_complete(world, 0);
	assert_int_equal(world->told, told);
	/* Nor where a pause was before the reset. */
	COMMAND(world, get_info);
	world_set_paused(world, true);
	world_reset(world);
	assert_int_equal(world->told, told + 1);
}

/* The driver started afresh while a renderer was fetched, and goes on while that one is filled. */
static void test_replay_is_not_disturbed(void **state)
{
	world_setup(state);
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_create_3d wants = create_of(5);
	struct virtio_gpu_ctx_create context = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 },
	};
	struct virtio_gpu_resource_create_2d create = {
		.hdr.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 7,
		.format = 1,
		.width = 64,
		.height = 64,
	};
	struct virtio_gpu_ctx_resource attach = {
		.hdr = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = 1 },
		.resource_id = 7,
	};
	struct virtio_gpu_resource_unref unref = unref_of(7);

	COMMAND(world, wants);
	world_reset(world);
	COMMAND(world, context);
	COMMAND(world, create);
	assert_int_equal(COMMAND(world, attach), VIRTIO_GPU_RESP_OK_NODATA);
	world_renderer_comes(world, false);
	assert_int_equal(world->gpu->remote_state, GPU_REMOTE_REPLAYING);
	world->remote.room = true; /* there, but not told yet */
	assert_int_equal(COMMAND(world, unref), 0);
	world_settle(world);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_OK_NODATA);
	world_check(world);
	world_teardown(state);
}

/* What kills each renderer that gets it must not make us start one after the other. */
static void test_death_in_replay_is_no_loop(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_create_3d create = create_of(5), other = create_of(6);

	COMMAND(world, create);
	world_settle(world);
	world_renderer_goes(world);
	assert_int_equal(COMMAND(world, other), 0);
	assert_true(world->wanted);
	world_renderer_comes(world, false);
	world_renderer_goes(world);
	assert_false(world->wanted);
	assert_int_equal(world->last_response, VIRTIO_GPU_RESP_ERR_UNSPEC);
}

/* RESET_DEVICE counts chains from 0 again: the one that has an old one's number is no repetition. */
static void test_nothing_is_done_again_after_a_reset(void **state)
{
	struct gpu_world *world = *state;
	struct virtio_gpu_resource_unref unref = unref_of(9);

	world->state->began = 1; /* the first chain of all */
	world_reset(world);
	world->state->gpu.queues[CONTROL].taken = 0;
	assert_int_equal(COMMAND(world, unref), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_running, world_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		TEST(test_immediate_fence_waits_for_earlier),
		TEST(test_numbers_come_round_to_a_stuck_fence),
		TEST(test_failed_create_spares_its_successor),
		TEST(test_failed_create_leaves_its_head),
		TEST(test_create_in_flight_dies_with_renderer),
		TEST(test_failed_context_is_none),
		TEST(test_fences_beyond_the_quota),
		TEST(test_paused_vm_gets_its_answers_later),
		TEST(test_nothing_is_told_after_a_reset),
		TEST(test_nothing_is_done_again_after_a_reset),
		cmocka_unit_test(test_replay_is_not_disturbed),
		TEST(test_death_in_replay_is_no_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
