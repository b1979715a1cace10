/* SPDX-License-Identifier: MIT */
/* vtest commands from bytes, and the server's half of a connection on a renderer of cardboard. */
#include "tests/unit.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vtest/connection.h"
#include "base/io.h"
#include "protocol/vtest.h"

static const char *decode(
	const uint32_t *words, size_t n, uint32_t version, struct vtest_command *command)
{
	struct vtest_header header;

	const char *why = decode_vtest_header((const uint8_t *)words, version, &header);
	if (why)
		return why;
	assert_true(header.body_bytes <= (n - 2) * 4);
	return decode_vtest_command(&header, (const uint8_t *)(words + 2), command);
}

static void test_fields(void **state)
{
	const uint32_t create[] = { 11, VTEST_RESOURCE_CREATE2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	const uint32_t put[] = { 11 + 2, VTEST_TRANSFER_PUT, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 5 };
	const uint32_t put2[] = { 10 + 2, VTEST_TRANSFER_PUT2, 1, 2, 5, 6, 7, 8, 9, 10, 8, 12 };
	struct vtest_command c;

	assert_null(decode(create, N(create), 2, &c));
	assert_int_equal(c.resource_id, 1);
	assert_int_equal(c.create.target, 2);
	assert_int_equal(c.create.nr_samples, 10);
	assert_int_equal(c.create.memory_bytes, 11);
	assert_null(decode(put, N(put), 0, &c));
	assert_int_equal(c.transfer.level, 2);
	assert_int_equal(c.transfer.stride, 3);
	assert_int_equal(c.transfer.layer_stride, 4);
	assert_int_equal(c.transfer.box.depth, 10);
	assert_int_equal(c.transfer.data_bytes, 5);
	assert_null(decode(put2, N(put2), 2, &c));
	assert_int_equal(c.transfer.box.x, 5);
	assert_int_equal(c.transfer.data_bytes, 0);
	assert_int_equal(c.transfer.offset, 12);
}

/* Each length but the right one, each version too low, each id that there is not. */
static void test_every_command(void **state)
{
	static const struct {
		uint32_t id, dwords, version;
	} exact[] = {
		{ VTEST_GET_CAPS, 0, 0 }, { VTEST_RESOURCE_CREATE, 10, 0 },
		{ VTEST_RESOURCE_UNREF, 1, 0 }, { VTEST_TRANSFER_GET, 11, 0 },
		{ VTEST_RESOURCE_BUSY_WAIT, 2, 0 }, { VTEST_GET_CAPS2, 0, 0 },
		{ VTEST_PING_PROTOCOL_VERSION, 0, 0 }, { VTEST_PROTOCOL_VERSION, 1, 0 },
		{ VTEST_RESOURCE_CREATE2, 11, 2 }, { VTEST_TRANSFER_GET2, 10, 2 },
		{ VTEST_GET_PARAM, 1, 3 }, { VTEST_GET_CAPSET, 2, 3 }, { VTEST_CONTEXT_INIT, 1, 3 },
	};
	uint32_t words[16] = { 0 };
	struct vtest_command c;

	for (size_t i = 0; i < N(exact); i++) {
		words[1] = exact[i].id;
		for (words[0] = 0; words[0] < 14; words[0]++)
			assert_int_equal(decode(words, 16, 3, &c) == NULL,
				words[0] == exact[i].dwords);
		words[0] = exact[i].dwords;
		for (uint32_t version = 0; version < 3; version++)
			assert_int_equal(decode(words, 16, version, &c) == NULL,
				version >= exact[i].version);
		assert_string_not_equal(vtest_command_name(exact[i].id), "unknown");
	}
	for (words[1] = VTEST_CONTEXT_INIT + 1; words[1]; words[1] <<= 1) {
		assert_non_null(decode(words, 16, 3, &c));
		assert_string_equal(vtest_command_name(words[1]), "unknown");
	}
}

static void test_versions(void **state)
{
	assert_int_equal(vtest_version_agreed(0), 0);
	assert_int_equal(vtest_version_agreed(1), 0);
	assert_int_equal(vtest_version_agreed(2), 2);
	assert_int_equal(vtest_version_agreed(3), 3);
	assert_int_equal(vtest_version_agreed(UINT32_MAX), 3);
}

/* -- a connection -- */

struct world {
	struct loop loop;
	struct vtest_connection connection;
	int other;
	uint32_t n_submitted, n_dwords;
	int n_waiting; /* in the socket, when that was submitted */
	bool submit_waits, busy, not_now;
	uint64_t held;
	bool closed;
	const char *why;
};

static bool cardboard_may_go_on(void *data)
{
	struct world *world = data;
	return !world->not_now;
}

static void cardboard_waits_for_client(void *data)
{
}

static size_t cardboard_capset(void *data, uint32_t id, void *caps, size_t room)
{
	memset(caps, 0x5a, 308);
	return id == 1 ? 308 : 0;
}

static const char *cardboard_create_context(
	void *data, uint32_t capset, const char *name, size_t len)
{
	return NULL;
}

static const char *cardboard_create_resource(
	void *data, const struct vtest_command *command, int *fd)
{
	*fd = command->create.memory_bytes ? memfd_create_sealed("test", 4096) : -1;
	return NULL;
}

static const char *cardboard_unref(void *data, uint32_t id)
{
	return NULL;
}

static bool cardboard_hold(void *data, uint64_t bytes)
{
	struct world *world = data;

	assert_int_equal(world->held, 0);
	if (bytes > 1 << 20)
		return false;
	world->held = bytes;
	return true;
}

static void cardboard_release(void *data, uint64_t bytes)
{
	struct world *world = data;

	assert_int_equal(world->held, bytes);
	world->held = 0;
}

static const char *cardboard_transfer(
	void *data, const struct vtest_command *command, bool from_host, void *bytes)
{
	if (bytes && from_host)
		memset(bytes, 0x77, command->transfer.data_bytes);
	return NULL;
}

static const char *cardboard_submit(void *data, uint32_t *dwords, size_t n_dwords, bool *waits)
{
	struct world *world = data;

	assert_int_equal((uintptr_t)dwords % 4, 0);
	world->n_submitted++;
	assert_int_equal(ioctl(world->connection.fd, FIONREAD, &world->n_waiting), 0);
	world->n_dwords += n_dwords;
	*waits = world->submit_waits;
	return NULL;
}

static bool cardboard_is_idle(void *data, uint32_t id, bool waits)
{
	struct world *world = data;
	return !world->busy;
}

static void cardboard_closed(void *data, const char *why)
{
	struct world *world = data;

	world->closed = true;
	world->why = why;
}

static const struct vtest_handler cardboard = {
	.may_go_on = cardboard_may_go_on,
	.waits_for_client = cardboard_waits_for_client,
	.capset = cardboard_capset,
	.create_context = cardboard_create_context,
	.create_resource = cardboard_create_resource,
	.unref_resource = cardboard_unref,
	.hold = cardboard_hold,
	.release = cardboard_release,
	.transfer = cardboard_transfer,
	.submit = cardboard_submit,
	.is_idle = cardboard_is_idle,
	.closed = cardboard_closed,
};

static void stop(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

/* All that is there to be done. */
static void settle(struct world *world)
{
	struct loop_timer timer;

	assert_int_equal(loop_timer_init(&timer, &world->loop, stop), 0);
	loop_timer_set(&timer, 5000000);
	world->loop.stop = false;
	loop_run(&world->loop);
	loop_timer_finish(&timer);
}

static void say(struct world *world, const void *bytes, size_t len)
{
	assert_int_equal(write(world->other, bytes, len), len);
	settle(world);
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	int fds[2];

	assert_int_equal(loop_init(&world->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	world->other = fds[1];
	fd_set_nonblock(world->other);
	vtest_connection_init(&world->connection);
	assert_int_equal(vtest_connection_open(
				 &world->connection, &world->loop, fds[0], &cardboard, world),
		0);
	say(world, (uint32_t[]){ 4, VTEST_CREATE_RENDERER, 0x41414141 }, 12);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	vtest_connection_finish(&world->connection);
	close(world->other);
	loop_finish(&world->loop);
	free(world);
	return 0;
}

static size_t hear(struct world *world, void *bytes, size_t room)
{
	ssize_t n = read(world->other, bytes, room);
	return n > 0 ? n : 0;
}

/* What is waited for comes first; what was sent after it is not done before. */
static void test_waits_in_order(void **state)
{
	const uint32_t stream[] = { 1, VTEST_SUBMIT_CMD, 0 };
	const uint32_t wait[] = { 2, VTEST_RESOURCE_BUSY_WAIT, 0, 1 };
	const uint32_t poll[] = { 2, VTEST_RESOURCE_BUSY_WAIT, 0, 0 };
	const uint32_t ping[] = { 0, VTEST_PING_PROTOCOL_VERSION };
	struct world *world = *state;
	uint32_t words[16];

	world->not_now = true;
	say(world, ping, sizeof(ping));
	assert_int_equal(hear(world, words, sizeof(words)), 0);
	world->not_now = false;
	vtest_connection_resume(&world->connection);
	settle(world);
	assert_int_equal(hear(world, words, sizeof(words)), 8);

	world->submit_waits = true;
	say(world, stream, sizeof(stream));
	say(world, ping, sizeof(ping));
	assert_int_equal(world->n_submitted, 1);
	assert_int_equal(hear(world, words, sizeof(words)), 0);
	vtest_connection_resume(&world->connection);
	settle(world);
	assert_int_equal(hear(world, words, sizeof(words)), 8);
	assert_int_equal(words[1], VTEST_PING_PROTOCOL_VERSION);

	world->busy = true;
	say(world, poll, sizeof(poll));
	assert_int_equal(hear(world, words, sizeof(words)), 12);
	assert_int_equal(words[2], 1);
	say(world, wait, sizeof(wait));
	say(world, ping, sizeof(ping));
	assert_int_equal(hear(world, words, sizeof(words)), 0);
	world->busy = false;
	vtest_connection_resume(&world->connection);
	settle(world);
	assert_int_equal(hear(world, words, sizeof(words)), 20);
	assert_int_equal(words[1], VTEST_RESOURCE_BUSY_WAIT);
	assert_int_equal(words[2], 0);
	assert_int_equal(words[4], VTEST_PING_PROTOCOL_VERSION);
	assert_false(world->closed);
}

/* Streams are aligned, whatever odd bytes came before; several in one piece; the largest. */
static void test_alignment(void **state)
{
	struct world *world = *state;
	uint8_t bytes[8 + 44 + 5 + 12 + 12];
	uint32_t put[] = { 11 + 2, VTEST_TRANSFER_PUT, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 5 };
	uint32_t stream[] = { 1, VTEST_SUBMIT_CMD, 0 };
	uint32_t header[] = { VTEST_STREAM_MAX / 4, VTEST_SUBMIT_CMD };
	uint8_t *large = calloc(1, 65536);

	memcpy(bytes, put, 52);
	memcpy(bytes + 57, stream, 12);
	memcpy(bytes + 69, stream, 12);
	say(world, bytes, sizeof(bytes));
	assert_int_equal(world->n_submitted, 2);
	say(world, header, 8);
	for (size_t i = 0; i < VTEST_STREAM_MAX / 65536; i++)
		say(world, large, 65536);
	assert_int_equal(world->n_submitted, 3);
	assert_int_equal(world->n_dwords, 2 + VTEST_STREAM_MAX / 4);
	assert_false(world->closed);
	free(large);
}

/* One that goes while it is waited for; and one that goes with half a command. */
static void test_hang_up(void **state)
{
	const uint32_t wait[] = { 2, VTEST_RESOURCE_BUSY_WAIT, 0, 1 };
	struct world *world = *state;

	world->busy = true;
	say(world, wait, sizeof(wait));
	assert_false(world->closed);
	close(world->other);
	world->other = -1;
	settle(world);
	assert_true(world->closed);
	assert_null(world->why);
	vtest_connection_resume(&world->connection);
}

/* Data over the socket are held until they went, however slowly the client reads. */
static void test_data_are_held(void **state)
{
	uint32_t get[] = { 11, VTEST_TRANSFER_GET, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 << 20 };
	uint32_t put[] = { 11 + (1 << 18), VTEST_TRANSFER_PUT, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 << 20 };
	struct world *world = *state;
	uint8_t bytes[16384];
	size_t heard = 0, n;

	say(world, get, sizeof(get));
	assert_int_equal(world->held, 1 << 20);
	while ((n = hear(world, bytes, sizeof(bytes)))) {
		for (size_t i = 0; i < n; i++)
			assert_int_equal(bytes[i], 0x77);
		heard += n;
		settle(world);
	}
	assert_int_equal(heard, 1 << 20);
	assert_int_equal(world->held, 0);
	say(world, put, sizeof(put));
	say(world, bytes, sizeof(bytes));
	assert_int_equal(world->held, 1 << 20);
	vtest_connection_finish(&world->connection);
	assert_int_equal(world->held, 0);
}

static void test_too_much_data(void **state)
{
	uint32_t get[] = { 11, VTEST_TRANSFER_GET, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, (1 << 20) + 1 };
	struct world *world = *state;

	say(world, get, sizeof(get));
	assert_true(world->closed);
	assert_string_equal(world->why, VTEST_WHY_MEMORY);
}

static void test_refused(void **state)
{
	struct world *world = *state;

	say(world, (uint32_t[]){ 0, 99 }, 8);
	assert_true(world->closed);
	assert_string_equal(world->why, "a command that is not offered");
}

/*
 * What the client waits for is done before its bytes are taken off the socket, unless they are
 * many; with descriptors that nobody asked for among them as well.
 */
static void test_taken_when_done(void **state)
{
	const uint32_t stream[] = { 1, VTEST_SUBMIT_CMD, 0 };
	struct world *world = *state;
	uint32_t many[3 * 3000];
	int n_left, fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	say(world, stream, sizeof(stream));
	assert_int_equal(world->n_waiting, sizeof(stream));
	assert_int_equal(io_send(world->other, stream, sizeof(stream), &fd, 1), sizeof(stream));
	say(world, stream, sizeof(stream));
	assert_int_equal(world->n_submitted, 3);
	for (size_t i = 0; i < N(many); i += 3)
		memcpy(many + i, stream, sizeof(stream));
	say(world, many, sizeof(many));
	assert_int_equal(world->n_submitted, 3 + N(many) / 3);
	assert_int_equal(world->n_waiting, 0);
	/* As many as are looked at, which ends within a command, and the rest of that. */
	world->n_submitted = 0;
	say(world, many, 16384);
	assert_int_equal(world->n_submitted, 16384 / sizeof(stream));
	say(world, many + 16384 / 4, sizeof(stream) - 16384 % sizeof(stream));
	assert_int_equal(world->n_submitted, 16384 / sizeof(stream) + 1);
	assert_int_equal(ioctl(world->connection.fd, FIONREAD, &n_left), 0);
	assert_int_equal(n_left, 0);
	assert_false(world->closed);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_every_command),
		cmocka_unit_test(test_versions),
		cmocka_unit_test_setup_teardown(test_waits_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alignment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_when_done, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hang_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_data_are_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_much_data, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
