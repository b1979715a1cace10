/* SPDX-License-Identifier: MIT */
/* Descriptors: passing them, losing none, and memory that cannot shrink. */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

static int fds_before;

static int setup(void **state)
{
	fds_before = count_fds();
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void pair(int type, int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static void test_close(void **state)
{
	int fds[3] = { eventfd(0, 0), -1, eventfd(0, 0) };

	fd_close_all(fds, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fds[i], -1);
	fd_close_all(fds, 3);
}

static void test_dup(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	int copy = fd_dup(fd);

	assert_true(copy >= 0 && copy != fd);
	assert_true(fcntl(copy, F_GETFD) & FD_CLOEXEC);
	fd_close(&fd);
	assert_int_equal(fd_dup(-1), -EBADF);
	fd_close(&copy);
}

static void test_descriptors_pass(void **state)
{
	int sockets[2], fds[IO_FDS_MAX], got[IO_FDS_MAX];
	size_t n_fds;
	char text[8];

	pair(SOCK_SEQPACKET, sockets);
	for (int i = 0; i < IO_FDS_MAX; i++)
		fds[i] = eventfd(i, EFD_NONBLOCK);
	for (size_t n = 0; n <= IO_FDS_MAX; n++) {
		assert_int_equal(io_send(sockets[0], "abc", 3, fds, n), 3);
		assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), 3);
		assert_int_equal(n_fds, n);
		for (size_t i = 0; i < n; i++)
			assert_true(fcntl(got[i], F_GETFD) & FD_CLOEXEC);
		fd_close_all(got, n_fds);
	}
	fd_close_all(fds, IO_FDS_MAX);
	fd_close_all(sockets, 2);
}

/* sendmsg as a stranger would: any number of descriptors, any length. */
static void send_raw(int fd, const void *bytes, size_t len, int passed, size_t n)
{
	union {
		char buf[CMSG_SPACE(64 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	msg.msg_control = control.buf;
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &passed, sizeof(int));
	assert_int_equal(sendmsg(fd, &msg, 0), len);
}

static void test_too_many_descriptors(void **state)
{
	int sockets[2], got[IO_FDS_MAX], passed = eventfd(0, 0);
	size_t n_fds = 99;
	char text[8];

	pair(SOCK_SEQPACKET, sockets);
	assert_int_equal(io_send(sockets[0], "abc", 3, &passed, IO_FDS_MAX + 1), -EINVAL);
	for (size_t n = IO_FDS_MAX + 1; n <= 64; n += 11) {
		send_raw(sockets[0], "abc", 3, passed, n);
		assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), -EPROTO);
		assert_int_equal(n_fds, 0);
	}
	fd_close(&passed);
	fd_close_all(sockets, 2);
}

static void test_cut_message_keeps_no_descriptor(void **state)
{
	int sockets[2], got[IO_FDS_MAX], passed = eventfd(0, 0);
	size_t n_fds = 99;
	char text[2];

	pair(SOCK_SEQPACKET, sockets);
	assert_int_equal(io_send(sockets[0], "abc", 3, &passed, 1), 3);
	assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), -EMSGSIZE);
	assert_int_equal(n_fds, 0);
	fd_close(&passed);
	fd_close_all(sockets, 2);
}

/* It looks like the end of the stream, but brings descriptors. */
static void test_empty_message_keeps_no_descriptor(void **state)
{
	int sockets[2], got[IO_FDS_MAX], passed = eventfd(0, 0);
	size_t n_fds = 99;
	char text[8];

	pair(SOCK_SEQPACKET, sockets);
	send_raw(sockets[0], "", 0, passed, 3);
	assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), 0);
	assert_int_equal(n_fds, 0);
	fd_close(&passed);
	fd_close_all(sockets, 2);
}

static void test_stream_end_and_nothing(void **state)
{
	int sockets[2], got[IO_FDS_MAX];
	size_t n_fds = 99;
	char text[8];

	pair(SOCK_STREAM, sockets);
	assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), -EAGAIN);
	assert_int_equal(n_fds, 0);
	fd_close(&sockets[0]);
	assert_int_equal(io_recv(sockets[1], text, sizeof(text), got, &n_fds), 0);
	assert_int_equal(io_send(sockets[1], "abc", 3, NULL, 0), -EPIPE);
	fd_close(&sockets[1]);
}

static void test_sealed_memory(void **state)
{
	int fd = memfd_create_sealed("test", 5000);

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 100), -1);
	assert_int_equal(ftruncate(fd, 10000), -1);
	assert_int_equal(memfd_check_sealed(fd, 0), 0);
	assert_int_equal(memfd_check_sealed(fd, 5000), 0);
	assert_int_equal(memfd_check_sealed(fd, 5001), -ERANGE);
	uint8_t *map = memfd_map(fd, 5000, PROT_READ | PROT_WRITE);
	assert_non_null(map);
	assert_int_equal(map[4999], 0);
	munmap(map, 5000);
	fd_close(&fd);
}

static void test_unsealed_memory(void **state)
{
	int shrinks = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int other = eventfd(0, 0);

	assert_int_equal(ftruncate(shrinks, 5000), 0);
	assert_int_equal(memfd_check_sealed(shrinks, 100), -EPERM);
	assert_int_equal(fcntl(shrinks, F_ADD_SEALS, F_SEAL_GROW), 0);
	assert_int_equal(memfd_check_sealed(shrinks, 100), -EPERM);
	assert_int_equal(memfd_check_sealed(other, 0), -EPERM);
	assert_int_equal(memfd_check_sealed(-1, 0), -EPERM);
	fd_close(&shrinks);
	fd_close(&other);
}

static void test_eventfd(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	uint64_t value;

	eventfd_signal(fd);
	eventfd_signal(fd);
	eventfd_drain(fd);
	assert_int_equal(read(fd, &value, sizeof(value)), -1);
	eventfd_drain(fd);
	fd_close(&fd);
	eventfd_signal(-1);
	eventfd_drain(-1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_close),
		TEST(test_dup),
		TEST(test_descriptors_pass),
		TEST(test_too_many_descriptors),
		TEST(test_cut_message_keeps_no_descriptor),
		TEST(test_empty_message_keeps_no_descriptor),
		TEST(test_stream_end_and_nothing),
		TEST(test_sealed_memory),
		TEST(test_unsealed_memory),
		TEST(test_eventfd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
