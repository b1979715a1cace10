/* SPDX-License-Identifier: MIT */
/* A VMM's connection goes on in another process: the request that the first one died over. */
#include "tests/unit.h"

#include <fcntl.h>
#include <linux/virtio_config.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vhost-user/connection.h"
#include "base/io.h"
#include "base/list.h"

#define MEMORY_BYTES 65536u
#define MEMORY_ADDR 0x100000u

struct fixture {
	struct loop loop;
	struct loop_source turns;
	int turns_left, ready_fd;
	struct state *state;
	struct vhost_user_connection connection;
	struct vhost_user_kept kept;
	struct journal journal;
	int memory_fd, vmm;
	int n_memory_changed, n_closed;
	bool keeps_later;
};

static uint64_t device_features(void *data)
{
	return 0;
}

static void device_set_features(void *data, uint64_t features)
{
}

static void device_config_read(void *data, uint32_t offset, void *to, uint32_t len)
{
	memset(to, 0, len);
}

static void device_queue(void *data, uint32_t queue)
{
}

static void device_memory_changed(void *data)
{
	struct fixture *f = data;
	f->n_memory_changed++;
}

static bool device_keep(void *data, enum vhost_user_keep kind, uint32_t index, int fd)
{
	const struct fixture *f = data;
	return !f->keeps_later;
}

static void device_trouble(void *data, const char *what)
{
}

static void device_closed(void *data, const char *why)
{
	struct fixture *f = data;
	f->n_closed++;
}

static const char *const queue_names[] = { "first", "second" };

static const struct vhost_user_device device = {
	.queue_names = queue_names,
	.n_queues = 2,
	.features = device_features,
	.set_features = device_set_features,
	.config_bytes = 16,
	.config_read = device_config_read,
	.kicked = device_queue,
	.stopped = device_queue,
	.memory_changed = device_memory_changed,
	.keep = device_keep,
	.trouble = device_trouble,
	.closed = device_closed,
};

/* What the process had that died: a region and a running ring in it. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->state = calloc(1, sizeof(*f->state));
	assert_int_equal(loop_init(&f->loop), 0);
	f->ready_fd = eventfd(1, EFD_CLOEXEC);
	f->memory_fd = memfd_create_sealed("memory", MEMORY_BYTES);
	assert_int_equal(pipe2(&f->journal.fds[JOURNAL_REPLY_OUT], O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(pipe2(&f->journal.fds[JOURNAL_READ_OUT], O_CLOEXEC | O_NONBLOCK), 0);
	f->kept = (struct vhost_user_kept){ -1, -1, .kicks = { -1, -1 }, .calls = { -1, -1 },
		.errs = { -1, -1 } };
	for (uint32_t i = 0; i < STATE_REGIONS; i++)
		f->kept.regions[i] = -1;
	f->kept.kicks[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->state->gpu.protocol_features = 1u << VHOST_USER_PROTOCOL_F_REPLY_ACK;
	f->state->gpu.queues[0] = (struct state_queue){ .size = 16,
		.kick_known = 1,
		.enabled = 1,
		.desc_addr = MEMORY_ADDR,
		.avail_addr = MEMORY_ADDR + 0x400,
		.used_addr = MEMORY_ADDR + 0x800 };
	*state = f;
	return 0;
}

static void keep_region(struct fixture *f)
{
	f->state->regions[0] = (struct state_region){ .guest_addr = MEMORY_ADDR,
		.user_addr = MEMORY_ADDR,
		.size_bytes = MEMORY_BYTES,
		.used = 1 };
	f->kept.regions[0] = fd_dup(f->memory_fd);
}

static void adopt(struct fixture *f)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	f->vmm = fds[1];
	assert_int_equal(vhost_user_connection_adopt(&f->connection, &f->loop, fds[0],
		&f->journal, &f->state->gpu, f->state->regions, &f->kept, &device, f), 0);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vhost_user_connection_finish(&f->connection);
	loop_finish(&f->loop);
	close(f->ready_fd);
	close(f->memory_fd);
	close(f->vmm);
	free(f->state);
	free(f);
	return 0;
}

static void handle_turn(struct loop_source *source, uint32_t events)
{
	struct fixture *f = container_of(source, struct fixture, turns);
	if (--f->turns_left == 0)
		loop_stop(&f->loop, 0);
}

static void run_turns(struct fixture *f)
{
	f->turns_left = 4;
	f->loop.stop = false;
	assert_int_equal(loop_add(&f->loop, &f->turns, f->ready_fd, EPOLLIN, handle_turn), 0);
	loop_run(&f->loop);
	loop_remove(&f->turns);
}

/* One request; how many bytes of replies there are. */
static size_t ask(struct fixture *f, const void *bytes, size_t len, int fd)
{
	uint8_t replies[256];
	int fds[IO_FDS_MAX];
	size_t n_fds;

	assert_int_equal(io_send(f->vmm, bytes, len, &fd, fd >= 0), len);
	run_turns(f);
	assert_int_equal(f->n_closed, 0);
	ssize_t n = io_recv(f->vmm, replies, sizeof(replies), fds, &n_fds);
	return n < 0 ? 0 : n;
}

struct request {
	struct vhost_user_header header;
	uint8_t payload[40];
};

static struct request request_of(uint32_t request, uint32_t size)
{
	return (struct request){ .header = {
		.request = request, .flags = VHOST_USER_VERSION, .size = size,
	} };
}

#define ASK(f, request, fd) ask(f, &(request), VHOST_USER_HEADER_BYTES + (request).header.size, fd)
#define REPLY_BYTES (VHOST_USER_HEADER_BYTES + 8)

static void set_answered(struct fixture *f, const struct request *request)
{
	f->state->gpu.answered = VHOST_USER_HEADER_BYTES + request->header.size;
}

static void put(int fd, const struct request *request)
{
	size_t bytes = VHOST_USER_HEADER_BYTES + request->header.size;
	assert_int_equal(write(fd, request, bytes), bytes);
}

/* Killed before it had said that it acted: what it would have replied is forgotten. */
static void test_is_acted_upon_again(void **state)
{
	struct request base = request_of(VHOST_USER_GET_VRING_BASE, 8);
	struct fixture *f = *state;

	keep_region(f);
	put(f->journal.fds[JOURNAL_REPLY_IN], &base);
	adopt(f);
	assert_int_equal(ASK(f, base, -1), REPLY_BYTES);
	assert_false(f->connection.queues[0].running);
}

/* Killed before the reply was sent: it is, and nothing is done again. */
static void test_reply_is_sent(void **state)
{
	struct request base = request_of(VHOST_USER_GET_VRING_BASE, 8);
	struct fixture *f = *state;

	keep_region(f);
	set_answered(f, &base);
	put(f->journal.fds[JOURNAL_REPLY_IN], &base);
	adopt(f);
	assert_int_equal(ASK(f, base, -1), REPLY_BYTES);
	assert_true(f->connection.queues[0].running);
}

/* Killed before the request was read off: no second reply. */
static void test_answered_is_not_asked_again(void **state)
{
	struct request base = request_of(VHOST_USER_GET_VRING_BASE, 8);
	struct fixture *f = *state;

	keep_region(f);
	set_answered(f, &base);
	adopt(f);
	assert_true(f->connection.queues[0].running);
	assert_int_equal(ASK(f, base, -1), 0);
	assert_true(f->connection.queues[0].running);
	assert_int_equal(ASK(f, base, -1), REPLY_BYTES);
	assert_false(f->connection.queues[0].running);
}

/* It had read it off as well, but not said so: what comes next is another request. */
static void test_the_next_is_answered(void **state)
{
	struct request base = request_of(VHOST_USER_GET_VRING_BASE, 8);
	struct request features = request_of(VHOST_USER_GET_FEATURES, 0);
	struct fixture *f = *state;

	keep_region(f);
	set_answered(f, &base);
	put(f->journal.fds[JOURNAL_READ_IN], &base);
	adopt(f);
	assert_int_equal(ASK(f, base, -1), REPLY_BYTES);
	assert_int_equal(ASK(f, features, -1), REPLY_BYTES);
}

/* It died after the region was kept, before the device (and so a renderer) heard of it. */
static void test_region_is_told_again(void **state)
{
	struct request add = request_of(VHOST_USER_ADD_MEM_REG, 40);
	struct fixture *f = *state;
	const uint64_t region[] = { 0, MEMORY_ADDR, MEMORY_BYTES, MEMORY_ADDR, 0 };

	memcpy(add.payload, region, sizeof(region));
	add.header.flags |= VHOST_USER_FLAG_NEED_REPLY;
	keep_region(f);
	adopt(f);
	assert_int_equal(ASK(f, add, f->memory_fd), REPLY_BYTES);
	assert_int_equal(f->n_memory_changed, 1);
}

/* It died with the old regions forgotten and the new ones not yet there: the ring had none. */
static void test_ring_runs_when_its_memory_comes(void **state)
{
	struct request table = request_of(VHOST_USER_SET_MEM_TABLE, 40);
	struct fixture *f = *state;
	const uint64_t regions[] = { 1, MEMORY_ADDR, MEMORY_BYTES, MEMORY_ADDR, 0 };

	memcpy(table.payload, regions, sizeof(regions));
	adopt(f);
	assert_false(f->connection.queues[0].running);
	ASK(f, table, f->memory_fd);
	assert_true(f->connection.queues[0].running);
	assert_false(f->connection.queues[1].running);
}

/* What it brings cannot be kept just now. */
static void test_waits_for_what_is_kept(void **state)
{
	struct request kick = request_of(VHOST_USER_SET_VRING_KICK, 8);
	struct fixture *f = *state;

	kick.header.flags |= VHOST_USER_FLAG_NEED_REPLY;
	keep_region(f);
	adopt(f);
	f->keeps_later = true;
	assert_int_equal(ASK(f, kick, f->ready_fd), 0);
	assert_int_equal(f->state->gpu.answered, 0);
	vhost_user_keep_due(&f->connection);
	assert_int_equal(ASK(f, kick, f->ready_fd), 0);
	f->keeps_later = false;
	vhost_user_keep_due(&f->connection);
	assert_int_equal(ASK(f, kick, f->ready_fd), 3 * REPLY_BYTES);
}

static void test_closed_while_it_waits(void **state)
{
	struct request kick = request_of(VHOST_USER_SET_VRING_KICK, 8);
	struct fixture *f = *state;

	keep_region(f);
	adopt(f);
	f->keeps_later = true;
	assert_int_equal(ASK(f, kick, f->ready_fd), 0);
	shutdown(f->vmm, SHUT_RDWR);
	run_turns(f);
	assert_int_equal(f->n_closed, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_is_acted_upon_again),
		TEST(test_reply_is_sent),
		TEST(test_answered_is_not_asked_again),
		TEST(test_the_next_is_answered),
		TEST(test_region_is_told_again),
		TEST(test_ring_runs_when_its_memory_comes),
		TEST(test_waits_for_what_is_kept),
		TEST(test_closed_while_it_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
