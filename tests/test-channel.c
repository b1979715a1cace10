/* SPDX-License-Identifier: MIT */
/* Messages of a table: what does not fit it ends the channel, and loses no descriptor. */
#include "tests/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"

enum {
	NONE,
	PLAIN,   /* 8 bytes, no descriptor */
	CARRIES, /* 12 bytes, 1 or 2 descriptors */
	LARGEST,
	N_TYPES,
};

static const struct channel_rule rules[N_TYPES] = {
	[PLAIN] = { 8, 0, 0 },
	[CARRIES] = { 12, 1, 2 },
	[LARGEST] = { CHANNEL_MESSAGE_MAX, 0, 0 },
};

struct fixture {
	struct loop loop;
	struct channel channel;
	int peer;
	int fds_before;
	int handled, closed, writable;
	uint32_t type;
	size_t n_fds;
	int error;
	bool finishes; /* the handler ends the channel */
};

static struct fixture *of(struct channel *channel)
{
	return container_of(channel, struct fixture, channel);
}

static void handle(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct fixture *f = of(channel);

	f->handled++;
	f->type = type;
	f->n_fds = n_fds;
	for (size_t i = 0; i < IO_FDS_MAX; i++)
		assert_true((fds[i] >= 0) == (i < n_fds));
	assert_int_equal((uintptr_t)message % 8, 0);
	fd_close_all(fds, n_fds);
	if (f->finishes) {
		channel_finish(channel);
		memset(channel, 0xa5, sizeof(*channel));
		channel_init(channel);
	}
}

static void closed(struct channel *channel, int error)
{
	of(channel)->closed++;
	of(channel)->error = error;
}

static void writable(struct channel *channel)
{
	of(channel)->writable++;
}

static const struct channel_interface interface = {
	.rules = rules,
	.n_rules = N_TYPES,
	.handle = handle,
	.closed = closed,
	.writable = writable,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	f->fds_before = count_fds();
	assert_int_equal(loop_init(&f->loop), 0);
	assert_int_equal(channel_pair(fds), 0);
	f->peer = fds[0];
	assert_int_equal(channel_open(&f->channel, &f->loop, fds[1], &interface), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	channel_finish(&f->channel);
	channel_finish(&f->channel);
	fd_close(&f->peer);
	loop_finish(&f->loop);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

static void stop(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

/* Turns until nothing happens any more. */
static void run(struct fixture *f)
{
	struct loop_timer timer;

	f->loop.stop = false;
	assert_int_equal(loop_timer_init(&timer, &f->loop, stop), 0);
	loop_timer_set(&timer, 5000000);
	loop_run(&f->loop);
	loop_timer_finish(&timer);
}

static void send_message(struct fixture *f, uint32_t type, size_t size, size_t n_fds)
{
	uint8_t message[CHANNEL_MESSAGE_MAX + 8] = { 0 };
	int fds[IO_FDS_MAX];

	memcpy(message, &type, sizeof(type));
	for (size_t i = 0; i < n_fds; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(io_send(f->peer, message, size, fds, n_fds), size);
	fd_close_all(fds, n_fds);
}

static void test_right_messages(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint32_t type;
		size_t size, n_fds;
	} right[] = { { PLAIN, 8, 0 }, { CARRIES, 12, 1 }, { CARRIES, 12, 2 },
		{ LARGEST, CHANNEL_MESSAGE_MAX, 0 } };

	for (size_t i = 0; i < N(right); i++) {
		send_message(f, right[i].type, right[i].size, right[i].n_fds);
		run(f);
		assert_int_equal(f->handled, i + 1);
		assert_int_equal(f->type, right[i].type);
		assert_int_equal(f->n_fds, right[i].n_fds);
	}
	assert_int_equal(f->closed, 0);
}

static void check_wrong(uint32_t type, size_t size, size_t n_fds, int error)
{
	void *state;
	setup(&state);
	struct fixture *f = state;

	send_message(f, type, size, n_fds);
	send_message(f, PLAIN, 8, 0);
	run(f);
	assert_int_equal(f->handled, 0);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->error, error);
	assert_int_equal(f->channel.fd, -1);
	teardown(&state);
}

static void test_wrong_sizes(void **state)
{
	for (size_t size = 1; size < 40; size++) {
		if (size != 8)
			check_wrong(PLAIN, size, 0, -EPROTO);
		if (size != 12)
			check_wrong(CARRIES, size, 1, -EPROTO);
		check_wrong(NONE, size, 0, -EPROTO);
		check_wrong(N_TYPES, size, 0, -EPROTO);
		check_wrong(UINT32_MAX, size, 2, -EPROTO);
	}
	check_wrong(LARGEST, CHANNEL_MESSAGE_MAX + 1, 0, -EMSGSIZE);
	check_wrong(LARGEST, CHANNEL_MESSAGE_MAX - 1, 0, -EPROTO);
	check_wrong(CARRIES, CHANNEL_MESSAGE_MAX + 1, 1, -EMSGSIZE);
}

static void test_wrong_descriptor_counts(void **state)
{
	for (size_t n = 1; n <= IO_FDS_MAX; n++)
		check_wrong(PLAIN, 8, n, -EPROTO);
	check_wrong(CARRIES, 12, 0, -EPROTO);
	for (size_t n = 3; n <= IO_FDS_MAX; n++)
		check_wrong(CARRIES, 12, n, -EPROTO);
}

/* An empty message is the end of the stream to us; what it carries must not stay. */
static void test_empty_message(void **state)
{
	check_wrong(PLAIN, 0, 0, 0);
	check_wrong(CARRIES, 0, 2, 0);
}

static void test_end_of_stream(void **state)
{
	struct fixture *f = *state;

	send_message(f, PLAIN, 8, 0);
	fd_close(&f->peer);
	run(f);
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->error, 0);
	assert_int_equal(channel_send(&f->channel, "12345678", 8, NULL, 0), -ENOTCONN);
	channel_want_write(&f->channel);
}

/* It closed without having read all: that is an end as any, and what it sent counts. */
static void test_end_with_unread_messages(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(channel_send(&f->channel, "12345678", 8, NULL, 0), 0);
	send_message(f, PLAIN, 8, 0);
	fd_close(&f->peer);
	run(f);
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->error, 0);
}

static void test_handler_ends_it(void **state)
{
	struct fixture *f = *state;

	f->finishes = true;
	send_message(f, PLAIN, 8, 0);
	send_message(f, PLAIN, 8, 0);
	run(f);
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->closed, 0);
}

static void test_peer_does_not_read(void **state)
{
	struct fixture *f = *state;
	uint8_t message[CHANNEL_MESSAGE_MAX] = { LARGEST };
	int sent = 0, ret;

	while ((ret = channel_send(&f->channel, message, sizeof(message), NULL, 0)) == 0)
		sent++;
	assert_int_equal(ret, -EAGAIN);
	channel_want_write(&f->channel);
	run(f);
	assert_int_equal(f->writable, 0);
	for (int i = 0; i < sent; i++)
		assert_int_equal(read(f->peer, message, sizeof(message)), sizeof(message));
	run(f);
	assert_int_equal(f->writable, 1);
	/* Said once, and reading goes on meanwhile. */
	send_message(f, PLAIN, 8, 0);
	run(f);
	assert_int_equal(f->writable, 1);
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->closed, 0);
}

/* Who is told that there is room has more to send, and a peer takes nothing any more. */
static void writable_sends(struct channel *channel)
{
	of(channel)->writable++;
	if (channel_send(channel, "12345678", 8, NULL, 0) < 0)
		channel_want_write(channel);
}

static const struct channel_interface eager_interface = {
	.rules = rules,
	.n_rules = N_TYPES,
	.handle = handle,
	.closed = closed,
	.writable = writable_sends,
};

static void check_peer_takes_nothing(struct fixture *f, void (*leave)(struct fixture *f))
{
	uint8_t message[CHANNEL_MESSAGE_MAX] = { LARGEST };

	f->channel.interface = &eager_interface;
	while (channel_send(&f->channel, message, sizeof(message), NULL, 0) == 0)
		;
	channel_want_write(&f->channel);
	leave(f);
	run(f);
	assert_in_range(f->writable, 0, 1);
	assert_int_equal(f->closed, 1);
	assert_int_equal(f->error, 0);
}

static void leave_closed(struct fixture *f)
{
	fd_close(&f->peer);
}

/* It does not read, and ends only what it says itself. */
static void leave_deaf(struct fixture *f)
{
	shutdown(f->peer, SHUT_RD);
	shutdown(f->peer, SHUT_WR);
}

static void test_peer_ends_with_the_link_full(void **state)
{
	check_peer_takes_nothing(*state, leave_closed);
}

static void test_peer_is_deaf(void **state)
{
	struct fixture *f = *state;

	f->channel.interface = &eager_interface;
	shutdown(f->peer, SHUT_RD);
	channel_want_write(&f->channel);
	run(f);
	assert_int_equal(f->writable, 1);
	send_message(f, PLAIN, 8, 0);
	run(f);
	assert_int_equal(f->writable, 1);
	assert_int_equal(f->handled, 1);
	check_peer_takes_nothing(f, leave_deaf);
}

static void test_open_fails(void **state)
{
	struct fixture *f = *state;
	struct channel channel;

	assert_int_equal(channel_open(&channel, &f->loop, -1, &interface), -EBADF);
	assert_int_equal(channel.fd, -1);
	channel_finish(&channel);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_right_messages),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_wrong_descriptor_counts),
		cmocka_unit_test(test_empty_message),
		TEST(test_end_of_stream),
		TEST(test_end_with_unread_messages),
		TEST(test_handler_ends_it),
		TEST(test_peer_does_not_read),
		TEST(test_peer_ends_with_the_link_full),
		TEST(test_peer_is_deaf),
		TEST(test_open_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
