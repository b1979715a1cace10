/* SPDX-License-Identifier: MIT */
/* The service manager's store, as mulliond sees it; the manager is the test. */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/io.h"
#include "base/service.h"
#include "daemon/keep.h"
#include "daemon/store.h"

#define FLOOD 20000u

struct manager {
	char dir[32], path[64];
	int fd;
	struct loop loop;
	struct store store;
};

static int setup(void **state)
{
	struct manager *m = calloc(1, sizeof(*m));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(m->dir, "/tmp/mullion-store.XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->path, sizeof(m->path), "%s/notify", m->dir);
	memcpy(address.sun_path, m->path, sizeof(m->path));
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(m->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", m->path, 1);
	assert_int_equal(loop_init(&m->loop), 0);
	store_init(&m->store);
	assert_int_equal(store_open(&m->store, &m->loop), 0);
	assert_true(store_is_managed(&m->store));
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct manager *m = *state;

	store_finish(&m->store);
	loop_finish(&m->loop);
	fd_close(&m->fd);
	unlink(m->path);
	rmdir(m->dir);
	unsetenv("NOTIFY_SOCKET");
	free(m);
	return 0;
}

/* The next message; false: none. `*fd` is -1 if it has none. */
static bool receive(struct manager *m, char text[static 512], int *fd)
{
	int fds[IO_FDS_MAX];
	size_t n_fds;

	ssize_t n = io_recv(m->fd, text, 511, fds, &n_fds);
	if (n <= 0)
		return false;
	text[n] = '\0';
	assert_true(n_fds <= 1);
	*fd = n_fds ? fds[0] : -1;
	return true;
}

static void expect(struct manager *m, const char *expected, bool has_fd)
{
	char text[512] = "";
	int fd = -1;

	assert_true(receive(m, text, &fd));
	assert_string_equal(text, expected);
	assert_int_equal(fd >= 0, has_fd);
	fd_close(&fd);
}

static void test_words(void **state)
{
	struct manager *m = *state;
	int fd = eventfd(0, EFD_CLOEXEC);

	store_notify(&m->store, "READY=1");
	expect(m, "READY=1", false);
	store_put(&m->store, "g1", "kick", 1, fd);
	expect(m, "FDSTOREREMOVE=1\nFDNAME=g1/kick/1", false);
	expect(m, "FDSTORE=1\nFDPOLL=0\nFDNAME=g1/kick/1", true);
	store_remove(&m->store, "g1", "kick", 1);
	expect(m, "FDSTOREREMOVE=1\nFDNAME=g1/kick/1", false);
	fd_close(&fd);
}

/* What is stored of a descriptor: its flags, and whether it is the very same open file. */
static int stored_flags(struct manager *m, struct keep *keep, int take_fd, bool *is_same)
{
	char text[512];
	int fd = -1;

	assert_true(keep_set(keep, LINK_DEVICE_GPU, LINK_KEEP_REGION, 0, take_fd));
	assert_true(receive(m, text, &fd)); /* takes out what was there */
	assert_true(receive(m, text, &fd));
	assert_true(fd >= 0);
	int flags = fcntl(fd, F_GETFL);
	*is_same = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, fd, take_fd) == 0;
	fd_close(&fd);
	return flags & (O_ACCMODE | O_PATH);
}

/* Regions of one file are stored each, but nobody gets at more than the VMM could. */
static void test_regions(void **state)
{
	struct manager *m = *state;
	struct keep keep;
	char path[64];
	bool is_same;

	int memory = memfd_create_sealed("region", 4096);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	keep_init(&keep, &m->store, "g1");
	/* Of a device that no VMM has connected nothing is kept. */
	assert_true(keep_set(&keep, LINK_DEVICE_INPUT, LINK_KEEP_REGION, 0, fd_dup(memory)));
	assert_int_equal(keep.devices[LINK_DEVICE_INPUT].fds[LINK_KEEP_REGION][0], -1);
	keep.devices[LINK_DEVICE_GPU].vmm_fd = fd_dup(memory);
	assert_int_equal(stored_flags(m, &keep, fd_dup(memory), &is_same), O_RDWR);
	assert_false(is_same);
	assert_int_equal(
		stored_flags(m, &keep, open(path, O_RDONLY | O_CLOEXEC), &is_same), O_RDONLY);
	assert_true(is_same);
	assert_int_equal(
		stored_flags(m, &keep, open(path, O_PATH | O_CLOEXEC), &is_same), O_PATH);
	assert_true(is_same);
	/* One that others may keep us from opening. */
	assert_int_equal(stored_flags(m, &keep, open(m->dir, O_RDONLY | O_CLOEXEC), &is_same),
		O_RDONLY);
	assert_true(is_same);
	/* A lease asks for time to give it back: nobody is waited for. */
	if (fcntl(memory, F_SETLEASE, F_WRLCK) == 0) {
		assert_int_equal(stored_flags(m, &keep, fd_dup(memory), &is_same), O_RDWR);
		assert_true(is_same);
	}
	fd_close(&memory);
	keep_finish(&keep);
}

static void stop(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

/* Runs the loop for so long. */
static void run(struct manager *m, int64_t ns)
{
	struct loop_timer timer;

	assert_int_equal(loop_timer_init(&timer, &m->loop, stop), 0);
	loop_timer_set(&timer, ns);
	m->loop.stop = false;
	loop_run(&m->loop);
	loop_timer_finish(&timer);
}

/* A manager that does not read for a while gets all of it, the newest of each name. */
static void test_manager_does_not_read(void **state)
{
	struct manager *m = *state;
	char text[512];
	int fd, last = -1, fds_before = count_fds();
	uint64_t value = 0;
	bool words = false;

	for (uint32_t i = 0; i < FLOOD; i++) {
		int count = eventfd(i, EFD_CLOEXEC | EFD_NONBLOCK);
		store_put(&m->store, "g1", "call", 0, count);
		fd_close(&count);
	}
	store_notify(&m->store, "READY=1");
	assert_true(count_fds() <= fds_before + 1); /* in wait, but for what is in the socket */
	for (uint32_t i = 0; i < 1000 && !words; i++) {
		while (receive(m, text, &fd)) {
			words |= !strcmp(text, "READY=1");
			if (fd < 0)
				continue;
			fd_close(&last);
			last = fd;
		}
		run(m, 1000000);
	}
	assert_true(words);
	assert_true(last >= 0);
	assert_int_equal(read(last, &value, sizeof(value)), sizeof(value));
	assert_int_equal(value, FLOOD - 1);
	fd_close(&last);
	assert_int_equal(count_fds(), fds_before);
}

/* One that reads is not kept busy. */
static void test_flood(void **state)
{
	struct manager *m = *state;
	char text[512];
	uint32_t messages = 0;
	int null = eventfd(0, EFD_CLOEXEC), fd;

	for (uint32_t i = 0; i < FLOOD; i++) {
		store_put(&m->store, "g1", "call", i % 2, null);
		while (receive(m, text, &fd)) {
			messages++;
			fd_close(&fd);
		}
	}
	assert_true(messages > 0 && messages <= 1000);
	fd_close(&null);
}

/* What is said last is heard, whatever waits before it. */
static void test_finish(void **state)
{
	struct manager *m = *state;
	char text[512] = "";
	int fd, status;
	bool ended = false, more = true;

	pid_t pid = fork();
	if (pid == 0) {
		for (uint32_t i = 0; i < 100; i++)
			store_put(&m->store, "g1", "region", i, m->loop.epoll_fd);
		store_notify(&m->store, "STOPPING=1");
		store_finish(&m->store);
		_exit(0);
	}
	/* Once more after its end. */
	while (!ended || more) {
		ended = ended || waitpid(pid, &status, WNOHANG) == pid;
		more = receive(m, text, &fd);
		if (more)
			fd_close(&fd);
	}
	assert_string_equal(text, "STOPPING=1");
}

/* -- what is handed over -- */

struct handed {
	const char *pid, *fds, *names; /* of the environment; pid NULL: the right one */
	size_t n;
	const char *first, *last; /* names */
};

/* In a process of its own, whose descriptors 3 and 4 are there and 5 is not. */
static void check_handed(const struct handed *handed)
{
	struct service_fd *fds;
	char pid[16];
	int status, pair[2];

	assert_int_equal(channel_pair(pair), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(pair[0], 100);
		dup2(pair[1], 101);
		dup2(100, 3);
		dup2(101, 4);
		close(5);
		snprintf(pid, sizeof(pid), "%d", getpid());
		setenv("LISTEN_PID", handed->pid ? handed->pid : pid, 1);
		setenv("LISTEN_FDS", handed->fds, 1);
		if (handed->names)
			setenv("LISTEN_FDNAMES", handed->names, 1);
		size_t n = service_take_fds(&fds);
		bool right = n == handed->n && !getenv("LISTEN_FDS") && !getenv("LISTEN_PID");
		if (right && n)
			right = !strcmp(fds[0].name, handed->first) && fds[0].fd == 3 &&
				!strcmp(fds[n - 1].name, handed->last) &&
				fcntl(3, F_GETFD) == FD_CLOEXEC;
		_exit(right ? 0 : 1);
	}
	fd_close_all(pair, 2);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_handed_over(void **state)
{
	static const struct handed cases[] = {
		{ .fds = "2", .names = "g1/vmm/0:g1/state/0", .n = 2, .first = "g1/vmm/0",
			.last = "g1/state/0" },
		{ .fds = "2", .names = "a", .n = 2, .first = "a", .last = "" },
		{ .fds = "2", .names = "a:b:c:d", .n = 2, .first = "a", .last = "b" },
		{ .fds = "2", .names = ":", .n = 2, .first = "", .last = "" },
		{ .fds = "2", .n = 2, .first = "", .last = "" },
		{ .fds = "3", .names = "a:b:c", .n = 2, .first = "a", .last = "b" },
		{ .fds = "1", .names = "a:b", .n = 1, .first = "a", .last = "a" },
		{ .pid = "1", .fds = "2", .names = "a:b" },
		{ .pid = "", .fds = "2", .names = "a:b" },
		{ .fds = "0", .names = "a:b" },
		{ .fds = "-1", .names = "a:b" },
		{ .fds = "", .names = "a:b" },
		{ .fds = "2 ", .names = "a:b" },
		{ .fds = "65537", .names = "a:b" },
		{ .fds = "99999999999999999999", .names = "a:b" },
	};
	char name[400] = "", cut[SERVICE_NAME_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_handed(&cases[i]);
	memset(name, 'x', sizeof(name) - 1);
	memset(cut, 'x', sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = '\0';
	check_handed(&(struct handed){
		.fds = "1", .names = name, .n = 1, .first = cut, .last = cut });
}

/* $NOTIFY_SOCKET may be anything. */
static void test_notify_socket(void **state)
{
	static const char *const wrong[] = { "", "/", "@", "relative", "vsock:2:3",
		"/nowhere/at/all" };
	char path[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("NOTIFY_SOCKET", wrong[i], 1);
		assert_true(service_notify_open() < 0);
	}
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(service_notify_open(), -EINVAL);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(service_notify_open(), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_regions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_manager_does_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, teardown),
		cmocka_unit_test(test_handed_over),
		cmocka_unit_test(test_notify_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
