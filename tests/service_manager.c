/* SPDX-License-Identifier: MIT */
/* A small service manager. */
#include "service_manager.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 20000
#define MESSAGE_FDS_MAX 16

static void sleep_ms(uint32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

/* -- the store -- */

struct stored *service_manager_find(struct service_manager *manager, const char *name)
{
	for (size_t i = 0; i < manager->stored_count; i++) {
		if (strcmp(manager->stored[i].name, name) == 0)
			return &manager->stored[i];
	}
	return NULL;
}

void service_manager_remove(struct service_manager *manager, const char *name)
{
	struct stored *stored;

	while ((stored = service_manager_find(manager, name)) != NULL) {
		close(stored->fd);
		*stored = manager->stored[--manager->stored_count];
	}
}

static bool is_stored(const struct service_manager *manager, int fd)
{
	for (size_t i = 0; i < manager->stored_count; i++) {
		if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, manager->stored[i].fd, fd) == 0)
			return true;
	}
	return false;
}

void service_manager_add(struct service_manager *manager, const char *name, int take_fd)
{
	if (manager->stored_count == SERVICE_MANAGER_FDS_MAX || is_stored(manager, take_fd)) {
		close(take_fd);
		return;
	}
	struct stored *stored = &manager->stored[manager->stored_count++];

	snprintf(stored->name, sizeof(stored->name), "%s", name);
	stored->fd = take_fd;
}

/* -- messages -- */

/* The value of a line NAME=value, or NULL. */
static const char *find_line(const char *text, const char *name, char value[static 256])
{
	size_t length = strlen(name);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) != 0 || line[length] != '=')
			continue;
		snprintf(value, 256, "%.*s", (int)strcspn(line + length + 1, "\n"),
			line + length + 1);
		return value;
	}
	return NULL;
}

static bool name_is_valid(const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || *c == ':')
			return false;
	}
	return *name != '\0' && strlen(name) < 255;
}

static void handle_message(
	struct service_manager *manager, const char *text, const int *fds, size_t fd_count)
{
	char name[256], value[256];
	bool named = find_line(text, "FDNAME", name) != NULL && name_is_valid(name);
	size_t taken = 0;

	manager->ready_count += find_line(text, "READY", value) != NULL;
	manager->stopping_count += find_line(text, "STOPPING", value) != NULL;
	if (find_line(text, "FDSTOREREMOVE", value) != NULL) {
		if (named)
			service_manager_remove(manager, name);
		manager->refused_count += !named;
	} else if (find_line(text, "FDSTORE", value) != NULL) {
		/* Without FDPOLL=0 systemd drops what hangs up. */
		bool polled = find_line(text, "FDPOLL", value) == NULL || strcmp(value, "0") != 0;

		manager->refused_count += !named || fd_count == 0 || polled;
		for (; named && taken < fd_count; taken++)
			service_manager_add(manager, name, fds[taken]);
	}
	for (; taken < fd_count; taken++)
		close(fds[taken]);
}

static void receive(struct service_manager *manager)
{
	char text[4096];
	int fds[MESSAGE_FDS_MAX];
	size_t fd_count = 0;
	union {
		char bytes[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	/* Whoever finds the socket empty and then has the lock knows that all is done. */
	pthread_mutex_lock(&manager->lock);

	ssize_t length = recvmsg(manager->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (length < 0) {
		pthread_mutex_unlock(&manager->lock);
		return;
	}
	text[length] = '\0';
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
		fd_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), fd_count * sizeof(int));
	}
	handle_message(manager, text, fds, fd_count);
	pthread_mutex_unlock(&manager->lock);
}

static void *manager_run(void *data)
{
	struct service_manager *manager = data;
	struct pollfd poll_fd = { .fd = manager->fd, .events = POLLIN };
	bool ends = false;

	while (!ends) {
		if (poll(&poll_fd, 1, 20) == 1)
			receive(manager);
		pthread_mutex_lock(&manager->lock);
		ends = manager->ends;
		pthread_mutex_unlock(&manager->lock);
	}
	return NULL;
}

/* -- life -- */

void service_manager_start(struct service_manager *manager)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memset(manager, 0, sizeof(*manager));
	strcpy(manager->dir, "/tmp/mullion-manager.XXXXXX");
	assert_non_null(mkdtemp(manager->dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", manager->dir);
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(manager->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	pthread_mutex_init(&manager->lock, NULL);
	assert_int_equal(pthread_create(&manager->thread, NULL, manager_run, manager), 0);
}

void service_manager_stop(struct service_manager *manager)
{
	char path[128];

	pthread_mutex_lock(&manager->lock);
	manager->ends = true;
	pthread_mutex_unlock(&manager->lock);
	pthread_join(manager->thread, NULL);
	while (manager->stored_count != 0)
		close(manager->stored[--manager->stored_count].fd);
	close(manager->fd);
	snprintf(path, sizeof(path), "%s/notify", manager->dir);
	unlink(path);
	rmdir(manager->dir);
	unsetenv("NOTIFY_SOCKET");
}

static uint32_t read_count(struct service_manager *manager, const uint32_t *count)
{
	pthread_mutex_lock(&manager->lock);
	uint32_t now = *count;
	pthread_mutex_unlock(&manager->lock);
	return now;
}

/* What the dead one has said is heard before anything else happens. */
static void drain(struct service_manager *manager)
{
	struct pollfd poll_fd = { .fd = manager->fd, .events = POLLIN };

	while (poll(&poll_fd, 1, 0) == 1)
		sleep_ms(1);
	pthread_mutex_lock(&manager->lock);
	pthread_mutex_unlock(&manager->lock);
}

void service_manager_end(struct service_manager *manager, struct fixture *fixture, int signal)
{
	assert_true(process_alive(&fixture->daemon));
	kill(fixture->daemon.pid, signal);
	for (uint32_t ms = 0; process_alive(&fixture->daemon) && ms < LIMIT_MS; ms++)
		sleep_ms(1);
	assert_int_equal(fixture->daemon.pid, 0);
	drain(manager);
}

void service_manager_spawn(struct service_manager *manager, struct fixture *fixture)
{
	static char names[SERVICE_MANAGER_FDS_MAX * 260];
	int fds[SERVICE_MANAGER_FDS_MAX];
	size_t length = 0;

	names[0] = '\0';
	for (size_t i = 0; i < manager->stored_count; i++) {
		fds[i] = manager->stored[i].fd;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
			i > 0 ? ":" : "", manager->stored[i].name);
	}
	setenv("LISTEN_FDNAMES", names, 1);
	assert_int_equal(fixture_restart(fixture, fds, manager->stored_count), 0);
	unsetenv("LISTEN_FDNAMES");
}

void service_manager_begin(struct service_manager *manager, struct fixture *fixture)
{
	uint32_t ready_before = read_count(manager, &manager->ready_count);

	service_manager_spawn(manager, fixture);
	for (uint32_t ms = 0; ms < LIMIT_MS; ms++) {
		if (read_count(manager, &manager->ready_count) != ready_before)
			return;
		if (!process_alive(&fixture->daemon))
			break;
		sleep_ms(1);
	}
	fixture_fail(fixture, "mulliond is not ready", -ETIMEDOUT);
	fail();
}

void service_manager_restart(struct service_manager *manager, struct fixture *fixture, int signal)
{
	service_manager_end(manager, fixture, signal);
	service_manager_begin(manager, fixture);
}
