/* SPDX-License-Identifier: MIT */
/* Records: what is encoded is decoded; what is cut, corrupt or hostile is refused; text of
 * anything. */
#include "tests/unit.h"

#include <endian.h>
#include <stdio.h>

#include "protocol/record.h"
#include "protocol/virgl_print.h"
#include "protocol/virtio_gpu_print.h"

static const struct record_header example_header = {
	.flags = RECORD_FLAG_DATA,
	.features = 0x1122334455667788,
	.name = "a guest",
	.n_heads = 2,
	.heads = { { 640, 480, 60000, 1 }, { 800, 600, 59940, 0 } },
	.n_capsets = 1,
	.capsets = { { 2, 1, 1000 } },
};

/* From a copy of exactly that size, so that the sanitizer sees one byte more. */
static int decode(const void *bytes, size_t len, struct record *record, const char **reason)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(len ? len : 1);
	memcpy(copy, bytes, len);
	return decode_record(copy, len, record, reason);
}

static int decode_header(
	const void *bytes, size_t len, struct record_header *header, const char **reason)
{
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	int n = decode_record_header(copy, len, header, reason);
	free(copy);
	return n;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void test_header(void **state)
{
	struct record_header header;
	uint8_t bytes[RECORD_HEADER_MAX];
	const char *reason;
	size_t len = encode_record_header(&example_header, bytes, sizeof(bytes));

	assert_true(len > 0);
	/* More is needed, until all is there; what follows does not matter. */
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(decode_header(bytes, cut, &header, &reason), 0);
	for (size_t more = 0; more < 20; more++) {
		assert_int_equal(decode_header(bytes, len + more, &header, &reason), len);
		assert_memory_equal(&header, &example_header, sizeof(header));
	}
	for (size_t size = 0; size < len; size++)
		assert_int_equal(encode_record_header(&example_header, bytes, size), 0);
}

static void test_largest_header(void **state)
{
	struct record_header header = { .n_heads = LIMIT_HEADS, .n_capsets = LIMIT_CAPSETS };
	uint8_t bytes[RECORD_HEADER_MAX];

	assert_true(encode_record_header(&header, bytes, sizeof(bytes)) > 0);
}

static void check_bad_header(size_t at, uint32_t value, const char *expected)
{
	struct record_header header;
	uint8_t bytes[RECORD_HEADER_MAX];
	const char *reason = NULL;
	size_t len = encode_record_header(&example_header, bytes, sizeof(bytes));

	put_u32(bytes + at, value);
	assert_int_equal(decode_header(bytes, len, &header, &reason), -1);
	if (!strstr(reason, expected))
		fail_msg("\"%s\" is not said in \"%s\"", expected, reason);
}

static void test_bad_headers(void **state)
{
	check_bad_header(0, 0x464c457f, "no recording");
	check_bad_header(4, 0, "no recording");
	check_bad_header(8, 0, "version");
	check_bad_header(8, 2, "version");
	check_bad_header(12, 0, "length");
	check_bad_header(12, 15, "length");
	check_bad_header(12, 16, "another length");
	check_bad_header(12, RECORD_HEADER_MAX + 1, "length");
	check_bad_header(12, UINT32_MAX, "length");
	check_bad_header(24, 4, "no sense");
	check_bad_header(28, LIMIT_HEADS + 1, "no sense");
	check_bad_header(28, UINT32_MAX, "no sense");
	check_bad_header(28, 1, "another length");
	check_bad_header(28, 3, "another length");
	check_bad_header(32, LIMIT_CAPSETS + 1, "no sense");
	check_bad_header(32, 2, "another length");
}

/* A name without its end is given one. */
static void test_endless_name(void **state)
{
	struct record_header header = example_header;
	uint8_t bytes[RECORD_HEADER_MAX];
	const char *reason;

	memset(header.name, 'x', sizeof(header.name));
	size_t len = encode_record_header(&header, bytes, sizeof(bytes));
	assert_int_equal(decode_header(bytes, len, &header, &reason), len);
	assert_int_equal(strlen(header.name), LIMIT_NAME - 1);
}

static const uint8_t some_bytes[24] = "some bytes of a command";

static const struct record examples[] = {
	{ .kind = RECORD_COMMAND,
		.time_ns = 5,
		.command = { 1, RECORD_COMMAND_MADE },
		.bytes = some_bytes,
		.len = sizeof(some_bytes) },
	{ .kind = RECORD_COMMAND, .command = { 0, 0 } },
	{ .kind = RECORD_DATA,
		.data = { 7, 3, 1ull << 40, 8, 100 },
		.bytes = some_bytes,
		.len = 24 },
	{ .kind = RECORD_DATA, .data = { 7, 1, 0, 1, 1 }, .bytes = some_bytes, .len = 1 },
	{ .kind = RECORD_REFUSED, .time_ns = UINT64_MAX, .refused = { 0x102, 0x1203 } },
	{ .kind = RECORD_FEATURES, .features = { 0x8000000000000001 } },
	{ .kind = RECORD_RESET },
	{ .kind = RECORD_CONTEXT, .context = { 9 } },
	{ .kind = RECORD_LOST, .lost = { 1ull << 33, 1ull << 34 } },
	{ .kind = RECORD_END, .end = { RECORD_END_LOST } },
};

static size_t encode_whole(const struct record *record, uint8_t *bytes)
{
	size_t len = encode_record_start(record, bytes);

	if (record->len)
		memcpy(bytes + len, record->bytes, record->len);
	return len + record->len;
}

static void test_records(void **state)
{
	uint8_t bytes[256] = { 0 }, again[256];
	struct record record;
	const char *reason;

	for (size_t i = 0; i < N(examples); i++) {
		size_t len = encode_whole(&examples[i], bytes);
		for (size_t cut = 0; cut < len; cut++)
			assert_int_equal(decode(bytes, cut, &record, &reason), 0);
		assert_int_equal(decode(bytes, len + 3, &record, &reason), len);
		assert_int_equal(decode(bytes, len, &record, &reason), len);
		assert_int_equal(record.kind, examples[i].kind);
		assert_int_equal(record.len, examples[i].len);
		assert_int_equal(encode_whole(&record, again), len);
		assert_memory_equal(bytes, again, len);
	}
}

/* The record `i` with a number in it changed. */
static void check_bad(size_t i, size_t at, uint32_t value, const char *expected)
{
	uint8_t bytes[256] = { 0 };
	struct record record;
	const char *reason = NULL;

	encode_whole(&examples[i], bytes);
	put_u32(bytes + at, value);
	int n = decode(bytes, sizeof(bytes), &record, &reason);
	if (n != -1 || !strstr(reason, expected))
		fail_msg("record %zu, %u at %zu: %d, \"%s\"", i, value, at, n, reason);
}

static void test_bad_records(void **state)
{
	check_bad(0, 0, RECORD_INVALID, "unknown kind");
	check_bad(0, 0, RECORD_KIND_COUNT, "unknown kind");
	check_bad(0, 0, UINT32_MAX, "unknown kind");
	check_bad(0, 4, RECORD_PAYLOAD_MAX + 1, "too long");
	check_bad(0, 4, UINT32_MAX, "too long");
	check_bad(0, 4, 7, "another length");
	check_bad(0, 16, VIRTIO_GPU_QUEUE_COUNT, "no queue");
	check_bad(0, 20, 2, "flags");
	/* data: rows, bytes of a row, stride, and what is there do not fit each other */
	check_bad(2, 4, 23, "another length");
	check_bad(2, 4, 24, "another size");
	check_bad(2, 4, 47, "another size");
	check_bad(2, 20, 0, "another size");
	check_bad(2, 20, 4, "another size");
	check_bad(2, 20, UINT32_MAX, "another size");
	check_bad(2, 32, 0, "another size");
	check_bad(2, 32, 9, "another size");
	check_bad(2, 36, 7, "another size");
	for (size_t i = 4; i < N(examples); i++) {
		uint8_t bytes[64];
		size_t len = encode_whole(&examples[i], bytes) - RECORD_HEAD_BYTES;
		check_bad(i, 4, len + 1, "another length");
		if (len)
			check_bad(i, 4, len - 1, "another length");
	}
	check_bad(9, 16, RECORD_END_COUNT, "end");
	check_bad(9, 16, UINT32_MAX, "end");
}

/* The offset's high half: rows that end beyond 2^64. */
static void test_data_beyond_all_memory(void **state)
{
	struct record data = examples[2];
	uint8_t bytes[256];
	const char *reason;

	data.data.offset = UINT64_MAX - 2 * 100 - 8;
	size_t len = encode_whole(&data, bytes);
	assert_int_equal(decode(bytes, len, &data, &reason), len);
	data.data.offset++;
	encode_whole(&data, bytes);
	assert_int_equal(decode(bytes, len, &data, &reason), -1);
}

/* -- text -- */

static void check_command_text(const uint32_t *dwords, const char *expected)
{
	struct virgl_command command = {
		.dwords = dwords,
		.length = dwords[0] >> 16,
		.opcode = dwords[0] & 0xff,
		.object = dwords[0] >> 8 & 0xff,
	};
	char line[512];
	struct text text = text_over(line, sizeof(line));

	virgl_command_print(&command, &text);
	assert_string_equal(line, expected);
}

#define HEADER(opcode, object, length) ((opcode) | (object) << 8 | (length) << 16)

static void test_virgl_text(void **state)
{
	static const uint32_t draw[] = { HEADER(8, 0, 12), 3, 36, 4, 1, 2, -1, 0, 0, 0xffff, 0, 35,
		0 };
	static const uint32_t buffers[] = { HEADER(6, 0, 6), 16, 0, 5, 32, 8, 6 };
	static const uint32_t blend[] = { HEADER(15, 0, 3), 0, 64 | 32 << 16, 640 | 480u << 16 };
	static const uint32_t clear[] = { HEADER(7, 0, 8), 4, 0x3f800000, 0, 0x3f000000, 0, 0,
		0x3ff00000, 7 };
	static const uint32_t shader[] = { HEADER(1, 4, 6), 9, 1, 100, 20, 0, 0x54524556 };
	static const uint32_t marker[] = { HEADER(51, 0, 3), 8, 0x1b5d305b, 0x00414243 };
	static const uint32_t short_draw[] = { HEADER(8, 0, 1), 3 };
	static const uint32_t nothing[] = { HEADER(0, 0, 2), 3, 4 };
	static const uint32_t unknown[] = { HEADER(200, 3, 1), 3 };
	static const uint32_t object[] = { HEADER(1, 77, 2), 3, 4 };

	check_command_text(draw, "DRAW_VBO start=3 count=36 mode=TRIANGLES indexed=1 instances=2 "
				 "bias=-1 first_instance=0 restart=0 restart_index=0xffff min=0 "
				 "max=0x23 streamout=0");
	check_command_text(buffers, "SET_VERTEX_BUFFERS stride=16 offset=0 resource=5 stride=32 "
				    "offset=8 resource=6");
	check_command_text(blend, "SET_SCISSOR_STATE first=0 min=64,32 max=640,480");
	check_command_text(clear, "CLEAR buffers=0x4 red=1 green=0 blue=0.5 alpha=0 depth=1 "
				  "stencil=0x7");
	check_command_text(shader, "CREATE_OBJECT SHADER handle=9 stage=FRAGMENT length=0x64 "
				   "tokens=20 outputs=0 data=4B");
	/* What an outsider wrote reaches no terminal as it is. */
	check_command_text(marker, "SEND_STRING_MARKER length=8 text=\"[0]?CBA\"");
	check_command_text(short_draw, "DRAW_VBO start=3");
	check_command_text(nothing, "NOP");
	check_command_text(unknown, "unknown opcode=200 dwords=1");
	check_command_text(object, "CREATE_OBJECT unknown opcode=1 dwords=2");
}

static void test_every_opcode_has_text(void **state)
{
	uint32_t dwords[64] = { 0 };

	for (uint32_t opcode = 0; opcode < VIRGL_OPCODE_CREATE_VIDEO_CODEC; opcode++) {
		struct virgl_command command = { .dwords = dwords, .length = 63, .opcode = opcode };
		char line[4096];
		struct text text = text_over(line, sizeof(line));
		command.object = opcode == VIRGL_OPCODE_CREATE_OBJECT ? VIRGL_OBJECT_BLEND : 0;
		virgl_command_print(&command, &text);
		assert_int_equal(
			strncmp(line, virgl_opcode_name(opcode), strlen(virgl_opcode_name(opcode))),
			0);
		assert_null(strstr(line, "opcode="));
	}
}

/* Of any length into a line of any size: it ends within it, and says that it was cut. */
static void test_text_is_bounded(void **state)
{
	struct dice dice = dice_of(1);

	for (int round = 0; round < 20000; round++) {
		uint32_t dwords[80];
		for (size_t i = 0; i < N(dwords); i++)
			dwords[i] = dice_roll(&dice, 4) ? dice_roll(&dice, 300)
							: (uint32_t)dice_roll(&dice, UINT32_MAX);
		struct virgl_command command = {
			.dwords = dwords,
			.length = dice_roll(&dice, N(dwords)),
			.opcode = dice_roll(&dice, 70),
			.object = dice_roll(&dice, 14),
		};
		size_t size = 8 + dice_roll(&dice, 200);
		char *line = malloc(size);
		struct text text = text_over(line, size);
		virgl_command_print(&command, &text);
		assert_true(strnlen(line, size) < size);
		if (text.full)
			assert_string_equal(line + strlen(line) - 3, "...");
		for (char *at = line; *at; at++)
			assert_in_range(*at, ' ', '~');
		free(line);
	}
}

/* Every type of command, whole and cut, with anything in it. */
static void test_command_text(void **state)
{
	struct dice dice = dice_of(2);
	uint32_t words[40];
	char line[512];
	int n_printed = 0;

	for (int round = 0; round < 20000; round++) {
		struct text text = text_over(line, sizeof(line));
		struct virtio_gpu_command command;
		enum virtio_gpu_queue queue = dice_roll(&dice, VIRTIO_GPU_QUEUE_COUNT);
		for (size_t i = 0; i < N(words); i++)
			words[i] = htole32(dice_roll(&dice, 3) ? dice_roll(&dice, 4)
							       : dice_roll(&dice, UINT32_MAX));
		words[0] = htole32((queue ? 0x300 : 0x100 + 0x100 * dice_roll(&dice, 2)) +
				   dice_roll(&dice, 16));
		if (decode_virtio_gpu_command(words, sizeof(words), queue, &command))
			continue;
		virtio_gpu_command_print(&command, &text);
		assert_true(strlen(line) > 8);
		for (char *at = line; *at; at++)
			assert_in_range(*at, ' ', '~');
		n_printed++;
	}
	assert_true(n_printed > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_largest_header),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_endless_name),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_data_beyond_all_memory),
		cmocka_unit_test(test_virgl_text),
		cmocka_unit_test(test_every_opcode_has_text),
		cmocka_unit_test(test_text_is_bounded),
		cmocka_unit_test(test_command_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
