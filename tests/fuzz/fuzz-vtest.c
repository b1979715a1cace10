/* SPDX-License-Identifier: MIT */
/* libFuzzer: what a program says on its vtest connection, to a renderer of cardboard. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vtest/connection.h"
#include "base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct world {
	struct loop loop;
	struct vtest_connection connection;
	uint32_t turn; /* what is waited for varies with it */
	uint64_t held;
	bool closed;
};

static bool handle_may_go_on(void *data)
{
	struct world *world = data;
	return world->turn++ % 3;
}

static void handle_waits_for_client(void *data)
{
}

static size_t handle_capset(void *data, uint32_t id, void *caps, size_t room)
{
	size_t len = id == 1 ? 308 : id == 2 ? 1376 : 0;

	assert(len <= room);
	memset(caps, 1, len);
	return len;
}

static const char *handle_context(void *data, uint32_t capset, const char *name, size_t len)
{
	assert(len <= VTEST_NAME_MAX);
	return capset > 2 ? "refused" : NULL;
}

static const char *handle_create(void *data, const struct vtest_command *command, int *fd)
{
	*fd = command->create.memory_bytes ? memfd_create_sealed("fuzz", 4096) : -1;
	return NULL;
}

static const char *handle_unref(void *data, uint32_t id)
{
	return id ? NULL : "refused";
}

static bool handle_hold(void *data, uint64_t bytes)
{
	struct world *world = data;

	assert(!world->held);
	if (bytes > 1 << 20)
		return false;
	world->held = bytes;
	return true;
}

static void handle_release(void *data, uint64_t bytes)
{
	struct world *world = data;

	assert(world->held == bytes);
	world->held = 0;
}

static const char *handle_transfer(
	void *data, const struct vtest_command *command, bool from_host, void *bytes)
{
	if (bytes)
		memset(bytes, 1, command->transfer.data_bytes);
	return NULL;
}

static const char *handle_submit(void *data, uint32_t *dwords, size_t n_dwords, bool *waits)
{
	struct world *world = data;
	uint32_t sum = 0;

	assert((uintptr_t)dwords % 4 == 0 && n_dwords <= VTEST_STREAM_MAX / 4);
	for (size_t i = 0; i < n_dwords; i++)
		sum += dwords[i];
	*waits = world->turn++ & 1;
	return sum == 0xdeadbeef ? "refused" : NULL;
}

static bool handle_idle(void *data, uint32_t id)
{
	struct world *world = data;
	return world->turn++ & 1;
}

static void handle_closed(void *data, const char *why)
{
	struct world *world = data;

	assert(!world->closed);
	world->closed = true;
}

static const struct vtest_handler handler = {
	.may_go_on = handle_may_go_on,
	.waits_for_client = handle_waits_for_client,
	.capset = handle_capset,
	.create_context = handle_context,
	.create_resource = handle_create,
	.unref_resource = handle_unref,
	.hold = handle_hold,
	.release = handle_release,
	.transfer = handle_transfer,
	.submit = handle_submit,
	.is_idle = handle_idle,
	.closed = handle_closed,
};

/* The connection alone is in the loop: what it has to do is done by its own source. */
static void let_it_work(struct world *world)
{
	struct epoll_event event;

	while (!world->closed && epoll_wait(world->loop.epoll_fd, &event, 1, 0) == 1) {
		struct loop_source *source = event.data.ptr;
		source->handle(source, event.events);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world = { .turn = len };
	int fds[2];

	assert(loop_init(&world.loop) == 0);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	vtest_connection_init(&world.connection);
	assert(vtest_connection_open(&world.connection, &world.loop, fds[0], &handler, &world) == 0);
	for (size_t piece = 0; len && !world.closed; len -= piece, data += piece) {
		char heard[4096];
		piece = 1 + data[0] % 64;
		piece = piece < len ? piece : len;
		if (send(fds[1], data, piece, MSG_NOSIGNAL) < 0)
			break;
		let_it_work(&world);
		vtest_connection_resume(&world.connection);
		while (read(fds[1], heard, sizeof(heard)) > 0)
			;
	}
	vtest_connection_finish(&world.connection);
	assert(!world.held);
	close(fds[1]);
	loop_finish(&world.loop);
	return 0;
}
