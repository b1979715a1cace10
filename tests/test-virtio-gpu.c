/* SPDX-License-Identifier: MIT */
/* virtio-gpu commands: minimum sizes, tails, queues, and what is encoded is what was decoded. */
#include "tests/unit.h"

#include <endian.h>

#include "protocol/virtio_gpu.h"

/* The sizes of linux/virtio_gpu.h, which our decoder does not look at. */
static const struct {
	uint32_t type;
	const char *name;
	uint32_t bytes;
	bool cursor, is_3d, encoded;
} commands[] = {
#define COMMAND(name, type, ...)                                                                   \
	{                                                                                          \
		VIRTIO_GPU_CMD_##name, #name, sizeof(struct type), __VA_ARGS__                     \
	}
	COMMAND(GET_DISPLAY_INFO, virtio_gpu_ctrl_hdr, 0, 0, 0),
	COMMAND(RESOURCE_CREATE_2D, virtio_gpu_resource_create_2d, 0, 0, 1),
	COMMAND(RESOURCE_UNREF, virtio_gpu_resource_unref, 0, 0, 1),
	COMMAND(SET_SCANOUT, virtio_gpu_set_scanout, 0, 0, 1),
	COMMAND(RESOURCE_FLUSH, virtio_gpu_resource_flush, 0, 0, 1),
	COMMAND(TRANSFER_TO_HOST_2D, virtio_gpu_transfer_to_host_2d, 0, 0, 1),
	COMMAND(RESOURCE_ATTACH_BACKING, virtio_gpu_resource_attach_backing, 0, 0, 1),
	COMMAND(RESOURCE_DETACH_BACKING, virtio_gpu_resource_detach_backing, 0, 0, 1),
	COMMAND(GET_CAPSET_INFO, virtio_gpu_get_capset_info, 0, 0, 0),
	COMMAND(GET_CAPSET, virtio_gpu_get_capset, 0, 0, 0),
	COMMAND(GET_EDID, virtio_gpu_cmd_get_edid, 0, 0, 0),
	COMMAND(RESOURCE_ASSIGN_UUID, virtio_gpu_resource_assign_uuid, 0, 0, 0),
	COMMAND(RESOURCE_CREATE_BLOB, virtio_gpu_resource_create_blob, 0, 0, 1),
	COMMAND(SET_SCANOUT_BLOB, virtio_gpu_set_scanout_blob, 0, 0, 1),
	COMMAND(RESOURCE_MAP_BLOB, virtio_gpu_resource_map_blob, 0, 0, 0),
	COMMAND(RESOURCE_UNMAP_BLOB, virtio_gpu_resource_unmap_blob, 0, 0, 0),
	COMMAND(CTX_CREATE, virtio_gpu_ctx_create, 0, 1, 1),
	COMMAND(CTX_DESTROY, virtio_gpu_ctx_destroy, 0, 1, 1),
	COMMAND(CTX_ATTACH_RESOURCE, virtio_gpu_ctx_resource, 0, 1, 1),
	COMMAND(CTX_DETACH_RESOURCE, virtio_gpu_ctx_resource, 0, 1, 1),
	COMMAND(RESOURCE_CREATE_3D, virtio_gpu_resource_create_3d, 0, 1, 1),
	COMMAND(TRANSFER_TO_HOST_3D, virtio_gpu_transfer_host_3d, 0, 1, 1),
	COMMAND(TRANSFER_FROM_HOST_3D, virtio_gpu_transfer_host_3d, 0, 1, 1),
	COMMAND(SUBMIT_3D, virtio_gpu_cmd_submit, 0, 1, 1),
	COMMAND(UPDATE_CURSOR, virtio_gpu_update_cursor, 1, 0, 1),
	COMMAND(MOVE_CURSOR, virtio_gpu_update_cursor, 1, 0, 0),
#undef COMMAND
};

static uint8_t bytes[256];

static enum virtio_gpu_queue queue_of(size_t i)
{
	return commands[i].cursor ? VIRTIO_GPU_QUEUE_CURSOR : VIRTIO_GPU_QUEUE_CONTROL;
}

static struct virtio_gpu_ctrl_hdr header_of(uint32_t type)
{
	return (struct virtio_gpu_ctrl_hdr){
		.type = htole32(type),
		.flags = htole32(VIRTIO_GPU_FLAG_FENCE),
		.fence_id = htole64(0x1122334455667788),
		.ctx_id = htole32(9),
		.ring_idx = 3,
	};
}

static void fill(uint32_t type)
{
	struct virtio_gpu_ctrl_hdr header = header_of(type);

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, &header, sizeof(header));
}

/* From a copy of exactly that size, so that the sanitizer sees one byte more. */
static uint32_t decode(size_t len, enum virtio_gpu_queue queue, struct virtio_gpu_command *command)
{
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	uint32_t answer = decode_virtio_gpu_command(copy, len, queue, command);
	free(copy);
	return answer;
}

static void check_header(const struct virtio_gpu_header *header, uint32_t type)
{
	assert_int_equal(header->type, type);
	assert_int_equal(header->flags, VIRTIO_GPU_FLAG_FENCE);
	assert_true(header->fence_id == 0x1122334455667788);
	assert_int_equal(header->ctx_id, 9);
	assert_int_equal(header->ring_idx, 3);
}

static void test_every_length(void **state)
{
	static const struct virtio_gpu_header no_header;
	struct virtio_gpu_command command;

	for (size_t i = 0; i < N(commands); i++) {
		fill(commands[i].type);
		for (size_t len = 0; len <= commands[i].bytes + 16; len++) {
			memset(&command, 0xa5, sizeof(command));
			uint32_t answer = decode(len, queue_of(i), &command);
			assert_int_equal(
				answer, len < commands[i].bytes ? VIRTIO_GPU_RESP_ERR_UNSPEC : 0);
			/* The fence is known as soon as its bytes are there. */
			if (len < VIRTIO_GPU_HEADER_BYTES)
				assert_memory_equal(&command.header, &no_header, sizeof(no_header));
			else
				check_header(&command.header, commands[i].type);
		}
	}
}

static void test_wrong_queue(void **state)
{
	struct virtio_gpu_command command;

	for (size_t i = 0; i < N(commands); i++) {
		fill(commands[i].type);
		assert_int_equal(
			decode(sizeof(bytes), !queue_of(i), &command), VIRTIO_GPU_RESP_ERR_UNSPEC);
		check_header(&command.header, commands[i].type);
	}
}

static void test_every_type(void **state)
{
	struct virtio_gpu_command command;

	for (uint32_t type = 0; type < 0x1300; type++) {
		const char *name = "unknown";
		bool is_3d = false;
		for (size_t i = 0; i < N(commands); i++) {
			if (commands[i].type == type) {
				name = commands[i].name;
				is_3d = commands[i].is_3d;
			}
		}
		assert_string_equal(virtio_gpu_command_name(type), name);
		assert_int_equal(virtio_gpu_command_is_3d(type), is_3d);
		if (strcmp(name, "unknown"))
			continue;
		fill(type);
		assert_int_equal(decode(sizeof(bytes), VIRTIO_GPU_QUEUE_CONTROL, &command),
			VIRTIO_GPU_RESP_ERR_UNSPEC);
		assert_int_equal(decode(sizeof(bytes), VIRTIO_GPU_QUEUE_CURSOR, &command),
			VIRTIO_GPU_RESP_ERR_UNSPEC);
		check_header(&command.header, type);
	}
}

/* -- fields, by linux/virtio_gpu.h -- */

#define DECODE(wire, queue, command)                                                               \
	do {                                                                                       \
		memset(bytes, 0, sizeof(bytes));                                                   \
		memcpy(bytes, &(wire), sizeof(wire));                                              \
		assert_int_equal(decode(sizeof(wire), queue, command), 0);                         \
	} while (0)

static void check_area(const struct virtio_gpu_area *area)
{
	assert_int_equal(area->x, 1);
	assert_int_equal(area->y, 2);
	assert_int_equal(area->width, 3);
	assert_int_equal(area->height, 4);
}

static const struct virtio_gpu_rect rect = { 1, 2, 3, 4 };

static void test_fields_2d(void **state)
{
	struct virtio_gpu_command c;
	struct virtio_gpu_resource_create_2d create = {
		header_of(VIRTIO_GPU_CMD_RESOURCE_CREATE_2D),
		5,
		6,
		7,
		8,
	};
	struct virtio_gpu_set_scanout scanout = {
		header_of(VIRTIO_GPU_CMD_SET_SCANOUT),
		rect,
		5,
		6,
	};
	struct virtio_gpu_resource_flush flush = {
		header_of(VIRTIO_GPU_CMD_RESOURCE_FLUSH),
		rect,
		5,
		0,
	};
	struct virtio_gpu_transfer_to_host_2d transfer = {
		header_of(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D),
		rect,
		1ull << 40,
		5,
		0,
	};

	DECODE(create, VIRTIO_GPU_QUEUE_CONTROL, &c);
	assert_int_equal(c.resource_id, 5);
	assert_int_equal(c.create_2d.format, 6);
	assert_int_equal(c.create_2d.width, 7);
	assert_int_equal(c.create_2d.height, 8);
	DECODE(scanout, VIRTIO_GPU_QUEUE_CONTROL, &c);
	check_area(&c.set_scanout.area);
	assert_int_equal(c.set_scanout.scanout_id, 5);
	assert_int_equal(c.resource_id, 6);
	DECODE(flush, VIRTIO_GPU_QUEUE_CONTROL, &c);
	check_area(&c.flush);
	assert_int_equal(c.resource_id, 5);
	DECODE(transfer, VIRTIO_GPU_QUEUE_CONTROL, &c);
	check_area(&c.transfer_2d.area);
	assert_true(c.transfer_2d.offset == 1ull << 40);
	assert_int_equal(c.resource_id, 5);
}

static void test_fields_3d(void **state)
{
	struct virtio_gpu_command c;
	struct virtio_gpu_resource_create_3d create = {
		header_of(VIRTIO_GPU_CMD_RESOURCE_CREATE_3D),
		1,
		2,
		3,
		4,
		5,
		6,
		7,
		8,
		9,
		10,
		11,
		0,
	};
	struct virtio_gpu_transfer_host_3d transfer = {
		header_of(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D),
		{ 1, 2, 3, 4, 5, 6 },
		1ull << 40,
		7,
		8,
		9,
		10,
	};
	struct virtio_gpu_ctx_create ctx = { header_of(VIRTIO_GPU_CMD_CTX_CREATE), 3, 4, "abc" };
	struct virtio_gpu_ctx_resource attach = {
		header_of(VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE),
		5,
		0,
	};

	DECODE(create, VIRTIO_GPU_QUEUE_CONTROL, &c);
	assert_int_equal(c.resource_id, 1);
	assert_int_equal(c.create_3d.target, 2);
	assert_int_equal(c.create_3d.format, 3);
	assert_int_equal(c.create_3d.bind, 4);
	assert_int_equal(c.create_3d.width, 5);
	assert_int_equal(c.create_3d.height, 6);
	assert_int_equal(c.create_3d.depth, 7);
	assert_int_equal(c.create_3d.array_size, 8);
	assert_int_equal(c.create_3d.last_level, 9);
	assert_int_equal(c.create_3d.nr_samples, 10);
	assert_int_equal(c.create_3d.flags, 11);
	DECODE(transfer, VIRTIO_GPU_QUEUE_CONTROL, &c);
	assert_int_equal(c.transfer_3d.box.x, 1);
	assert_int_equal(c.transfer_3d.box.d, 6);
	assert_true(c.transfer_3d.offset == 1ull << 40);
	assert_int_equal(c.resource_id, 7);
	assert_int_equal(c.transfer_3d.level, 8);
	assert_int_equal(c.transfer_3d.stride, 9);
	assert_int_equal(c.transfer_3d.layer_stride, 10);
	DECODE(ctx, VIRTIO_GPU_QUEUE_CONTROL, &c);
	assert_int_equal(c.ctx_create.name_len, 3);
	assert_int_equal(c.ctx_create.context_init, 4);
	assert_string_equal(c.ctx_create.name, "abc");
	DECODE(attach, VIRTIO_GPU_QUEUE_CONTROL, &c);
	assert_int_equal(c.resource_id, 5);
	assert_int_equal(c.header.ctx_id, 9);
}

static void test_fields_blob(void **state)
{
	struct virtio_gpu_command c;
	struct {
		struct virtio_gpu_resource_create_blob create;
		struct virtio_gpu_mem_entry entry;
	} blob = {
		{ header_of(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB), 5, 1, 2, 1, 1ull << 41,
			1ull << 42 },
		{ 1ull << 43, 9, 0 },
	};
	struct virtio_gpu_set_scanout_blob scanout = {
		header_of(VIRTIO_GPU_CMD_SET_SCANOUT_BLOB), rect, 5, 6, 7, 8, 9, 0,
		{ 10, 99, 99, 99 }, { 11, 99, 99, 99 },
	};

	memcpy(bytes, &blob, sizeof(blob));
	assert_int_equal(
		decode_virtio_gpu_command(bytes, sizeof(blob), VIRTIO_GPU_QUEUE_CONTROL, &c), 0);
	assert_int_equal(c.resource_id, 5);
	assert_int_equal(c.create_blob.mem, 1);
	assert_int_equal(c.create_blob.flags, 2);
	assert_int_equal(c.create_blob.n_entries, 1);
	assert_true(c.create_blob.id == 1ull << 41);
	assert_true(c.create_blob.size == 1ull << 42);
	assert_true(virtio_gpu_entry_at(&c, 0).addr == 1ull << 43);
	assert_int_equal(virtio_gpu_entry_at(&c, 0).len, 9);
	DECODE(scanout, VIRTIO_GPU_QUEUE_CONTROL, &c);
	check_area(&c.scanout_blob.area);
	assert_int_equal(c.scanout_blob.scanout_id, 5);
	assert_int_equal(c.resource_id, 6);
	assert_int_equal(c.scanout_blob.width, 7);
	assert_int_equal(c.scanout_blob.height, 8);
	assert_int_equal(c.scanout_blob.format, 9);
	assert_int_equal(c.scanout_blob.stride, 10);
	assert_int_equal(c.scanout_blob.offset, 11);
}

static void test_fields_cursor(void **state)
{
	struct virtio_gpu_command c;
	struct virtio_gpu_update_cursor cursor = {
		header_of(VIRTIO_GPU_CMD_UPDATE_CURSOR),
		{ 1, 2, 3, 0 },
		4,
		5,
		6,
		0,
	};

	DECODE(cursor, VIRTIO_GPU_QUEUE_CURSOR, &c);
	assert_int_equal(c.cursor.scanout_id, 1);
	assert_int_equal(c.cursor.x, 2);
	assert_int_equal(c.cursor.y, 3);
	assert_int_equal(c.resource_id, 4);
	assert_int_equal(c.cursor.hot_x, 5);
	assert_int_equal(c.cursor.hot_y, 6);
}

/* -- tails -- */

static void put_u32(size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes + at, &value, sizeof(value));
}

/* As many entries as said, or more; the number stands at `count_at`. */
static void check_entry_count(uint32_t type, size_t count_at, size_t fixed)
{
	struct virtio_gpu_command c;

	fill(type);
	for (uint32_t n = 0; n <= 4; n++) {
		put_u32(count_at, n);
		for (size_t len = fixed; len <= fixed + 5 * 16; len++)
			assert_int_equal(decode(len, VIRTIO_GPU_QUEUE_CONTROL, &c),
				len < fixed + n * 16 ? VIRTIO_GPU_RESP_ERR_UNSPEC : 0);
	}
	put_u32(count_at, 0x10000001); /* times 16 it is 16 in 32 bits */
	assert_int_equal(decode(fixed + 16, VIRTIO_GPU_QUEUE_CONTROL, &c),
		VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_entries(void **state)
{
	struct virtio_gpu_command c;

	check_entry_count(VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB, 36,
		sizeof(struct virtio_gpu_resource_create_blob));
	check_entry_count(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, 28,
		sizeof(struct virtio_gpu_resource_attach_backing));
	for (uint32_t i = 0; i < 3; i++) {
		put_u32(32 + i * 16, 100 + i);
		put_u32(36 + i * 16, 1);
		put_u32(40 + i * 16, 200 + i);
		put_u32(44 + i * 16, UINT32_MAX);
	}
	put_u32(28, 3);
	assert_int_equal(
		decode_virtio_gpu_command(bytes, 32 + 3 * 16, VIRTIO_GPU_QUEUE_CONTROL, &c), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct virtio_gpu_entry entry = virtio_gpu_entry_at(&c, i);
		assert_true(entry.addr == (1ull << 32) + 100 + i);
		assert_int_equal(entry.len, 200 + i);
	}
}

static void test_absurd_tails(void **state)
{
	static uint8_t large[32 + (VIRTIO_GPU_BACKING_ENTRIES_MAX + 1) * 16];
	static const uint32_t counts[] = {
		1u << 28,
		(1u << 28) + 1,
		1u << 31,
		UINT32_MAX,
		VIRTIO_GPU_BACKING_ENTRIES_MAX + 1,
	};
	struct virtio_gpu_command c;

	fill(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING);
	for (size_t i = 0; i < N(counts); i++) {
		put_u32(28, counts[i]);
		assert_int_equal(
			decode(64, VIRTIO_GPU_QUEUE_CONTROL, &c), VIRTIO_GPU_RESP_ERR_UNSPEC);
	}
	/* All of them are there, but it is one too many. */
	memcpy(large, bytes, 32);
	assert_int_equal(
		decode_virtio_gpu_command(large, sizeof(large), VIRTIO_GPU_QUEUE_CONTROL, &c),
		VIRTIO_GPU_RESP_ERR_UNSPEC);
	fill(VIRTIO_GPU_CMD_SUBMIT_3D);
	put_u32(24, UINT32_MAX);
	assert_int_equal(decode(64, VIRTIO_GPU_QUEUE_CONTROL, &c), VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_streams(void **state)
{
	struct virtio_gpu_command c;

	fill(VIRTIO_GPU_CMD_SUBMIT_3D);
	for (uint32_t size = 0; size <= 20; size++) {
		put_u32(24, size);
		for (size_t len = 32; len <= 32 + 24; len++)
			assert_int_equal(decode(len, VIRTIO_GPU_QUEUE_CONTROL, &c),
				len < 32 + size ? VIRTIO_GPU_RESP_ERR_UNSPEC : 0);
	}
	put_u32(24, 8);
	assert_int_equal(decode_virtio_gpu_command(bytes, 44, VIRTIO_GPU_QUEUE_CONTROL, &c), 0);
	assert_int_equal(c.submit.size, 8);
	assert_ptr_equal(c.tail, bytes + 32);
	assert_int_equal(c.tail_len, 12);
}

/* -- encode after decode -- */

/* Padding between fields is zero on our side, whatever a driver left there. */
static bool is_padding(uint32_t type, size_t at)
{
	if (at > 20 && at < 24)
		return true;
	switch (type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return at >= 28 && at < 32;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		return at >= 68;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		return at >= 52;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		return at >= 44;
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		return (at >= 60 && at < 64) || (at >= 68 && at < 80) || at >= 84;
	case VIRTIO_GPU_CMD_UPDATE_CURSOR:
		return (at >= 36 && at < 40) || at >= 52;
	default:
		return false;
	}
}

static size_t random_command(struct dice *dice, size_t i)
{
	size_t len = commands[i].bytes;
	uint32_t n = dice_roll(dice, 4);

	for (size_t at = 0; at < sizeof(bytes); at++)
		bytes[at] = dice_roll(dice, 256);
	put_u32(0, commands[i].type);
	if (commands[i].type == VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING) {
		put_u32(28, n);
		len += n * 16;
	}
	if (commands[i].type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB) {
		put_u32(36, n);
		len += n * 16;
	}
	if (commands[i].type == VIRTIO_GPU_CMD_SUBMIT_3D) {
		put_u32(24, n * 5);
		len += n * 5;
	}
	for (size_t at = 0; at < len; at++) {
		if (is_padding(commands[i].type, at))
			bytes[at] = 0;
	}
	return len;
}

static void test_round_trip(void **state)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		for (size_t i = 0; i < N(commands); i++) {
			struct dice dice = dice_of(seed);
			struct virtio_gpu_command command;
			size_t len = random_command(&dice, i);
			uint8_t *room = malloc(len);

			assert_int_equal(
				decode_virtio_gpu_command(bytes, len, queue_of(i), &command), 0);
			if (!commands[i].encoded) {
				assert_int_equal(encode_virtio_gpu_command(&command, room, len), 0);
			} else {
				assert_int_equal(
					encode_virtio_gpu_command(&command, room, len), len);
				assert_memory_equal(room, bytes, len);
			}
			for (size_t less = 0; less < len; less++)
				assert_int_equal(
					encode_virtio_gpu_command(&command, room, less), 0);
			free(room);
		}
	}
}

static void test_formats(void **state)
{
	static const uint32_t known[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

	for (uint32_t format = 0; format < 400; format++) {
		bool is_known = false;
		for (size_t i = 0; i < N(known); i++)
			is_known |= known[i] == format;
		assert_int_equal(virtio_gpu_format_bytes(format), is_known ? 4 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_wrong_queue),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_fields_2d),
		cmocka_unit_test(test_fields_3d),
		cmocka_unit_test(test_fields_blob),
		cmocka_unit_test(test_fields_cursor),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_absurd_tails),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
