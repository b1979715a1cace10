/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: what plays recordings, and the taps of mullion-guest. */
#include "tests/failing_cases.h"

#include <sys/socket.h>
#include <unistd.h>

#include "daemon/guest/guest.h"
#include "protocol/link.h"
#include "tools/input_recording.h"
#include "tools/record_reader.h"
#include "tools/replay/player.h"

#define LIMIT_BYTES (UINT64_C(1) << 20)

static int run_reader(void)
{
	struct record_reader reader;
	int ret = TRY(record_reader_init(&reader));

	record_reader_finish(&reader);
	return ret;
}

static int run_input_recording(void)
{
	struct input_recording recording;
	int ret = TRY(input_recording_load(&recording, getenv("MULLION_TEST_INPUT")));

	input_recording_finish(&recording);
	return ret;
}

static int run_memory(void)
{
	struct memory memory;
	int ret = TRY(memory_init(&memory, LIMIT_BYTES));

	memory_finish(&memory);
	return ret;
}

static int run_player(void)
{
	struct player player;
	int ret = TRY(player_init(&player, PLAYER_RENDERER_PIXMAN, NULL, LIMIT_BYTES));

	if (ret == 0)
		player_finish(&player);
	return ret;
}

static int run_resource(void)
{
	static const struct virtio_gpu_command create = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = 1,
		.create_2d = { VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 1, 1 },
	};
	struct player player;
	uint8_t bytes[64];
	struct record record = { .kind = RECORD_COMMAND, .bytes = bytes };

	assert_int_equal(player_init(&player, PLAYER_RENDERER_PIXMAN, NULL, LIMIT_BYTES), 0);
	record.len = encode_virtio_gpu_command(&create, bytes, sizeof(bytes));
	int ret = TRY((player_play(&player, &record), player.counts.refused ? -1 : 0));
	player_finish(&player);
	return ret;
}

static struct guest_process guest;

static int run_taps(void)
{
	memset(&guest, 0, sizeof(guest));
	assert_int_equal(loop_init(&guest.loop), 0);
	int ret = TRY(taps_init(&guest));
	taps_finish(&guest);
	loop_finish(&guest.loop);
	return ret;
}

/* A tap that cannot be had is closed: its reader sees the end. */
static int run_tap(void)
{
	static struct state state;
	const struct link_guest_tap message = { .buffer_bytes = 1 << 16, .limit_bytes = 1 << 20 };
	char byte;
	int fds[2];

	memset(&guest, 0, sizeof(guest));
	guest.state = guest.gpu.state = &state;
	assert_int_equal(loop_init(&guest.loop), 0);
	assert_int_equal(taps_init(&guest), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	int ret = TRY((taps_add(&guest, &message, fds[1]), guest.gpu.tapped ? 0 : -1));
	taps_finish(&guest);
	loop_finish(&guest.loop);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	return ret;
}

static const struct failing_case cases[] = {
	{ "record_reader_init", run_reader, false },
	{ "input_recording_load", run_input_recording, false },
	{ "memory_init", run_memory, false },
	{ "player_init", run_player, false },
	{ "player_play", run_resource, false },
	{ "taps_init", run_taps, false },
	{ "taps_add", run_tap, false },
};

static void test_failing(void **state)
{
	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
