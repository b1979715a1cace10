/* SPDX-License-Identifier: MIT */
/* The player of recordings: pictures come out right, and hostile recordings do nothing. */
#include "tests/unit.h"

#include <endian.h>

#include "tools/replay/player.h"

#define SIDE 16u
#define FORMAT VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM
#define LIMIT_BYTES (UINT64_C(64) << 20)
#define OK VIRTIO_GPU_RESP_OK_NODATA

static struct player player;
static uint8_t room[VIRTIO_GPU_COMMAND_MAX];
static uint32_t n_flushed, n_hidden;

static void flushed(struct player *p, uint32_t head)
{
	n_flushed++;
}

static void hiding(struct player *p, uint32_t head)
{
	n_hidden++;
}

static const struct player_listener listener = { .flushed = flushed, .hiding = hiding };

static int setup_on(enum player_renderer renderer)
{
	n_flushed = n_hidden = 0;
	int ret = player_init(&player, renderer, NULL, LIMIT_BYTES);
	player.listener = &listener;
	return ret;
}

static int setup(void **state)
{
	return setup_on(PLAYER_RENDERER_PIXMAN);
}

static int teardown(void **state)
{
	player.listener = NULL;
	player_finish(&player);
	return 0;
}

/* True: it was not refused. */
static bool play(const struct virtio_gpu_command *command)
{
	uint64_t refused = player.counts.refused;
	struct record record = {
		.kind = RECORD_COMMAND,
		.command.queue = command->header.type >= 0x300 ? 1 : 0,
		.bytes = room,
		.len = encode_virtio_gpu_command(command, room, sizeof(room)),
	};

	assert_true(record.len > 0);
	player_play(&player, &record);
	return player.counts.refused == refused;
}

static bool simple(uint32_t type, uint32_t resource)
{
	return play(&(struct virtio_gpu_command){ .header.type = type, .resource_id = resource });
}

static bool create(uint32_t id, uint32_t width, uint32_t height)
{
	return play(&(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = id,
		.create_2d = { FORMAT, width, height },
	});
}

/* Entries of these lengths, whose addresses lie nowhere. */
static bool back(uint32_t type, uint32_t id, const uint32_t *lens, uint32_t n, uint64_t size)
{
	uint8_t *entries = calloc(n + 1, 16);
	struct virtio_gpu_command command = {
		.header.type = type,
		.resource_id = id,
		.tail = entries,
		.tail_len = n * 16,
	};

	for (uint32_t i = 0; i < n; i++) {
		uint32_t len = htole32(lens[i]);
		memset(entries + i * 16, 0xee, 8);
		memcpy(entries + i * 16 + 8, &len, 4);
	}
	if (type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB) {
		command.create_blob.mem = VIRTIO_GPU_BLOB_MEM_GUEST;
		command.create_blob.n_entries = n;
		command.create_blob.size = size;
	} else {
		command.attach_backing.n_entries = n;
	}
	bool right = play(&command);
	free(entries);
	return right;
}

static bool attach(uint32_t id, uint32_t bytes)
{
	return back(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, id, &bytes, 1, 0);
}

static bool transfer(uint32_t id, struct virtio_gpu_area area, uint64_t offset)
{
	return play(&(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = id,
		.transfer_2d = { area, offset },
	});
}

static bool scanout(uint32_t head, uint32_t id, struct virtio_gpu_area area)
{
	return play(&(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.resource_id = id,
		.set_scanout = { head, area },
	});
}

static bool scanout_blob(uint32_t id, struct virtio_gpu_area area, uint32_t stride, uint32_t offset)
{
	return play(&(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB,
		.resource_id = id,
		.scanout_blob = { 0, area, area.width, area.height, FORMAT, stride, offset },
	});
}

static bool flush(uint32_t id)
{
	return play(&(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.resource_id = id,
		.flush = { 0, 0, SIDE, SIDE },
	});
}

static const struct virtio_gpu_area all = { 0, 0, SIDE, SIDE };

/* Rows of one number each: `first`, `first` + 1, ... */
static void data(uint32_t id, uint64_t offset, uint32_t row_bytes, uint32_t rows, uint32_t stride,
	uint8_t first)
{
	uint8_t *bytes = malloc((size_t)row_bytes * rows);
	struct record record = {
		.kind = RECORD_DATA,
		.data = { id, rows, offset, row_bytes, stride },
		.bytes = bytes,
		.len = (size_t)row_bytes * rows,
	};

	for (uint32_t i = 0; i < rows; i++)
		memset(bytes + (size_t)i * row_bytes, first + i, row_bytes);
	player_play(&player, &record);
	free(bytes);
}

static void expect_pixel(uint32_t x, uint32_t y, uint32_t expected)
{
	uint32_t *pixels = player_picture(&player, 0);

	assert_non_null(pixels);
	assert_int_equal(pixels[y * player.heads[0].area.width + x] & 0xffffff, expected);
	free(pixels);
}

static void show(void)
{
	assert_true(create(1, SIDE, SIDE));
	assert_true(attach(1, SIDE * SIDE * 4));
	data(1, 0, SIDE * 4, SIDE, SIDE * 4, 0x10);
	assert_true(transfer(1, all, 0));
	assert_true(scanout(0, 1, all));
	assert_true(flush(1));
}

static void test_picture(void **state)
{
	show();
	assert_int_equal(n_flushed, 1);
	expect_pixel(0, 0, 0x101010);
	expect_pixel(15, 15, 0x1f1f1f);
	/* Part of it changes, through rows with gaps. */
	data(1, 4 * SIDE * 4 + 8, 4, 2, SIDE * 4, 0x80);
	assert_true(transfer(1, (struct virtio_gpu_area){ 2, 4, 1, 2 }, 4 * SIDE * 4 + 8));
	expect_pixel(2, 4, 0x808080);
	expect_pixel(2, 5, 0x818181);
	expect_pixel(3, 5, 0x151515);
	/* A part of the resource. */
	assert_true(scanout(0, 1, (struct virtio_gpu_area){ 2, 5, 3, 3 }));
	expect_pixel(0, 0, 0x818181);
	assert_int_equal(n_hidden, 0);
	assert_true(scanout(0, 0, (struct virtio_gpu_area){ 0 }));
	assert_int_equal(n_hidden, 1);
	assert_null(player_picture(&player, 0));
}

static void test_data_beyond_backing(void **state)
{
	show();
	data(1, SIDE * SIDE * 4 - 3, 4, 1, 4, 0xff);
	data(1, UINT64_MAX - 4, 4, 1, 4, 0xff);
	data(1, 0, 4, SIDE + 1, SIDE * 4, 0xff);
	data(1, 0, 4, 2, UINT32_MAX, 0xff);
	data(2, 0, 4, 1, 4, 0xff);
	data(0, 0, 4, 1, 4, 0xff);
	assert_true(transfer(1, all, 0));
	for (uint32_t y = 0; y < SIDE; y++)
		expect_pixel(0, y, (0x10 + y) * 0x010101);
}

static void test_bad_ids(void **state)
{
	assert_false(create(0, SIDE, SIDE));
	show();
	assert_false(create(1, SIDE, SIDE));
	assert_false(attach(1, 64));
	assert_false(attach(2, 64));
	assert_false(transfer(2, all, 0));
	assert_false(flush(2));
	assert_false(scanout(0, 2, all));
	assert_false(scanout(LIMIT_HEADS, 1, all));
	assert_false(simple(VIRTIO_GPU_CMD_RESOURCE_UNREF, 2));
	assert_false(simple(VIRTIO_GPU_CMD_RESOURCE_UNREF, 0));
	assert_false(scanout_blob(2, all, SIDE * 4, 0));
	expect_pixel(0, 0, 0x101010);
}

static void test_bad_sizes(void **state)
{
	static const struct virtio_gpu_area areas[] = {
		{ 0, 0, 0, 1 },
		{ 0, 0, 1, 0 },
		{ 0, 0, LIMIT_PICTURE_PX + 1, 1 },
		{ 0, 0, UINT32_MAX, UINT32_MAX },
	};
	static const struct virtio_gpu_area outside[] = {
		{ 1, 0, SIDE, SIDE },
		{ 0, 1, SIDE, SIDE },
		{ UINT32_MAX, 0, 1, 1 },
		{ 0, UINT32_MAX, 2, 2 },
		{ 0, 0, SIDE + 1, 1 },
	};

	assert_false(create(1, 0, 1));
	assert_false(create(1, 1, LIMIT_PICTURE_PX + 1));
	assert_false(create(1, UINT32_MAX, UINT32_MAX));
	/* More than there may be. */
	assert_false(create(1, LIMIT_PICTURE_PX, LIMIT_PICTURE_PX / 4));
	show();
	for (size_t i = 0; i < N(areas); i++)
		assert_false(scanout(0, 1, areas[i]));
	for (size_t i = 0; i < N(outside); i++) {
		assert_false(transfer(1, outside[i], 0));
		scanout(0, 1, outside[i]);
		assert_null(player_picture(&player, 0));
	}
	assert_false(transfer(1, all, 1));
	assert_false(transfer(1, all, UINT64_MAX));
}

static void test_backing_limits(void **state)
{
	static uint32_t lens[65000];

	show();
	assert_true(create(2, 1, 1));
	for (size_t i = 0; i < N(lens); i++)
		lens[i] = UINT32_MAX;
	assert_false(back(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, 2, lens, N(lens), 0));
	assert_false(attach(2, LIMIT_BYTES + 1));
	assert_true(attach(2, LIMIT_BYTES / 2));
	assert_true(create(3, 1, 1));
	assert_false(attach(3, LIMIT_BYTES / 2));
	assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 2));
	assert_true(attach(3, LIMIT_BYTES / 2));
	/* Empty is a backing as well. */
	assert_true(attach(2, 0));
	assert_false(attach(2, 64));
}

/* What is given back is had again, without end, and is all zero then. */
static void test_backing_comes_back(void **state)
{
	show();
	for (uint32_t i = 0; i < 3 * MEMORY_RUNS_MAX; i++) {
		assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 1));
		assert_true(attach(1, SIDE * SIDE * 4));
	}
	assert_true(transfer(1, all, 0));
	expect_pixel(0, 0, 0);
}

static void test_many_resources(void **state)
{
	uint32_t n = 0;

	while (n < 2 * MEMORY_RUNS_MAX && create(n + 1, 1, 1))
		n++;
	assert_int_equal(n, MEMORY_RUNS_MAX);
	assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_UNREF, 1));
	assert_true(create(1, 1, 1));
}

static void test_gone_while_shown(void **state)
{
	show();
	assert_true(scanout(3, 1, all));
	assert_true(flush(1));
	assert_int_equal(n_flushed, 3);
	assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_UNREF, 1));
	assert_int_equal(n_hidden, 2);
	assert_null(player_picture(&player, 0));
	assert_null(player_picture(&player, 3));
	assert_false(flush(1));
}

static void test_blob(void **state)
{
	static const uint32_t lens[] = { 1000, SIDE * SIDE * 4 };
	const uint32_t bytes = 1000 + SIDE * SIDE * 4;

	assert_true(back(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, 1, lens, 2, bytes));
	data(1, 1000, SIDE * 4, SIDE, SIDE * 4, 0x20);
	assert_true(scanout_blob(1, all, SIDE * 4, 1000));
	assert_true(flush(1));
	expect_pixel(3, 3, 0x232323);
	/* What a head shows of it is the memory itself. */
	data(1, 1000, 4, 1, 4, 0x99);
	expect_pixel(0, 0, 0x999999);
	/* Beyond its memory, or rows that overlap: there is no picture. */
	scanout_blob(1, all, SIDE * 4, 1001);
	assert_null(player_picture(&player, 0));
	scanout_blob(1, all, SIDE * 4 - 1, 0);
	assert_null(player_picture(&player, 0));
	scanout_blob(1, all, UINT32_MAX, 0);
	assert_null(player_picture(&player, 0));
	scanout_blob(1, (struct virtio_gpu_area){ 0, UINT32_MAX, 1, 1 }, UINT32_MAX, UINT32_MAX);
	assert_null(player_picture(&player, 0));
	assert_true(transfer(1, all, 0));
}

/* As of a driver that swaps: it has no memory at first, and another later. */
static void test_blob_gets_memory_later(void **state)
{
	const uint32_t bytes = SIDE * SIDE * 4;

	assert_true(back(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, 1, NULL, 0, bytes));
	assert_true(attach(1, bytes));
	data(1, 0, SIDE * 4, SIDE, SIDE * 4, 0x20);
	assert_true(scanout_blob(1, all, SIDE * 4, 0));
	assert_true(flush(1));
	expect_pixel(3, 3, 0x232323);
	assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, 1));
	assert_null(player_picture(&player, 0));
	assert_true(attach(1, bytes));
	data(1, 0, SIDE * 4, SIDE, SIDE * 4, 0x40);
	expect_pixel(3, 3, 0x434343);
}

static void test_reset(void **state)
{
	show();
	player_play(&player, &(struct record){ .kind = RECORD_RESET });
	assert_int_equal(n_hidden, 1);
	assert_null(player_picture(&player, 0));
	show();
	expect_pixel(0, 0, 0x101010);
}

static bool context(uint32_t type, uint32_t id)
{
	return play(&(struct virtio_gpu_command){
		.header = { .type = type, .ctx_id = id }, .tail = room });
}

static void test_3d_is_skipped(void **state)
{
	struct virtio_gpu_command texture = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = 1,
		.create_3d = { .target = 2,
			.format = FORMAT,
			.bind = 2,
			.width = SIDE,
			.height = SIDE,
			.depth = 1,
			.array_size = 1 },
	};

	/* A resource that is nowhere can be named all the same. */
	assert_true(play(&texture));
	assert_true(attach(1, SIDE * SIDE * 4));
	data(1, 0, 4, 1, 4, 0xff);
	assert_true(scanout(0, 1, all));
	assert_true(flush(1));
	assert_int_equal(n_flushed, 0);
	assert_null(player_picture(&player, 0));
	assert_true(simple(VIRTIO_GPU_CMD_RESOURCE_UNREF, 1));
	assert_false(flush(1));
	assert_int_equal(player.counts.skipped_3d, 3);
	player.counts.skipped_3d = 0;
	assert_true(context(VIRTIO_GPU_CMD_CTX_CREATE, 1));
	assert_true(context(VIRTIO_GPU_CMD_SUBMIT_3D, 1));
	assert_int_equal(player.counts.skipped_3d, 2);
	assert_int_equal(player.counts.skipped_contexts, 0);
}

/* -- 3D -- */

static int setup_virgl(void **state)
{
	return setup_on(PLAYER_RENDERER_VIRGL);
}

/* A context of before the recording cannot be played, until the guest makes another one. */
static void test_late_context(void **state)
{
	player_play(&player, &(struct record){ .kind = RECORD_CONTEXT, .context.id = 5 });
	player_play(&player, &(struct record){ .kind = RECORD_CONTEXT, .context.id = 0 });
	assert_true(context(VIRTIO_GPU_CMD_SUBMIT_3D, 5));
	assert_false(context(VIRTIO_GPU_CMD_SUBMIT_3D, 6));
	assert_true(context(VIRTIO_GPU_CMD_CTX_DESTROY, 5));
	assert_int_equal(player.counts.skipped_contexts, 2);
	assert_true(context(VIRTIO_GPU_CMD_CTX_CREATE, 5));
	assert_true(context(VIRTIO_GPU_CMD_SUBMIT_3D, 5));
	assert_int_equal(player.counts.skipped_contexts, 2);
}

static void test_2d_on_virgl(void **state)
{
	test_picture(state);
}

/* A recording of both, with some of its bytes changed: whatever it does, it ends. */
static void play_changed(struct dice *dice, const struct record *records, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t bytes[512], start[RECORD_START_MAX];
		struct record record = records[i];
		const char *reason;
		size_t len = encode_record_start(&record, start);
		memcpy(bytes, start, len);
		if (record.len)
			memcpy(bytes + len, record.bytes, record.len);
		len += record.len;
		for (uint32_t change = dice_roll(dice, 4); change; change--)
			bytes[dice_roll(dice, len)] =
				dice_roll(dice, 3) ? dice_roll(dice, 8) : dice_roll(dice, 256);
		if (decode_record(bytes, len, &record, &reason) > 0)
			player_play(&player, &record);
	}
}

/* The commands of `show` and of a context that clears what is shown. */
static size_t collect(struct record *records, size_t size)
{
	static uint8_t bytes[16][256];
	static uint32_t stream[] = {
		1 | 8 << 8 | 5 << 16, 9, 1, 2, 0, 0, /* a surface of resource 1 */
		5 | 2 << 16, 0, 0, 7 | 8 << 16, 4, 0, 0, 0, 0, 0, 0, 0, 43 | 13 << 16, 1, 0, 0, 0,
		0, 0, 0, 0, 4, 4, 1, 0, 1, /* a transfer */
	};
	static uint8_t entry[16] = { [9] = 4 };
	const struct virtio_gpu_command commands[] = {
		{ .header = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = 1 } },
		{ .header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
			.resource_id = 1,
			.create_2d = { FORMAT, SIDE, SIDE } },
		{ .header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
			.resource_id = 1,
			.attach_backing.n_entries = 1,
			.tail = entry,
			.tail_len = 16 },
		{ .header = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = 1 },
			.resource_id = 1 },
		{ .header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
			.resource_id = 1,
			.transfer_2d.area = all },
		{ .header = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = 1 },
			.submit.size = sizeof(stream),
			.tail = (uint8_t *)stream,
			.tail_len = sizeof(stream) },
		{ .header.type = VIRTIO_GPU_CMD_SET_SCANOUT,
			.resource_id = 1,
			.set_scanout = { 0, all } },
		{ .header.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH, .resource_id = 1, .flush = all },
		{ .header.type = VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, .resource_id = 1 },
		{ .header.type = VIRTIO_GPU_CMD_RESOURCE_UNREF, .resource_id = 1 },
		{ .header = { .type = VIRTIO_GPU_CMD_CTX_DESTROY, .ctx_id = 1 } },
	};
	size_t n = 0;

	for (size_t i = 0; i < N(commands) && n + 1 < size; i++) {
		struct record *record = &records[n++];
		*record = (struct record){ .kind = RECORD_COMMAND, .bytes = bytes[i] };
		record->len = encode_virtio_gpu_command(&commands[i], bytes[i], sizeof(bytes[i]));
		assert_true(record->len > 0);
	}
	records[n++] = (struct record){
		.kind = RECORD_DATA, .data = { 1, 2, 8, 16, 64 }, .bytes = bytes[0], .len = 32
	};
	return n;
}

static void test_changed(void **state)
{
	struct dice dice = dice_of(7);
	struct record records[16];
	size_t n = collect(records, N(records));

	for (int round = 0; round < 1500; round++) {
		play_changed(&dice, records, n);
		free(player_picture(&player, 0));
		if (dice_roll(&dice, 8) == 0)
			player_reset(&player);
	}
	assert_true(player.counts.refused > 1000);
	/* It is good for a right one still. */
	player_reset(&player);
	show();
	expect_pixel(0, 0, 0x101010);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	/* virglrenderer is opened once in a process. */
	const struct CMUnitTest plain[] = {
		TEST(test_picture),
		TEST(test_data_beyond_backing),
		TEST(test_bad_ids),
		TEST(test_bad_sizes),
		TEST(test_backing_limits),
		TEST(test_backing_comes_back),
		TEST(test_many_resources),
		TEST(test_gone_while_shown),
		TEST(test_blob),
		TEST(test_blob_gets_memory_later),
		TEST(test_reset),
		TEST(test_3d_is_skipped),
		TEST(test_changed),
	};
	const struct CMUnitTest virgl[] = {
		cmocka_unit_test(test_2d_on_virgl),
		cmocka_unit_test(test_late_context),
		cmocka_unit_test(test_changed),
	};
	int failed = cmocka_run_group_tests(plain, NULL, NULL);

	return failed + cmocka_run_group_tests(virgl, setup_virgl, teardown);
}
