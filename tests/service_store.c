/* SPDX-License-Identifier: MIT */
/* What a service manager keeps for a service. */
#include "service_store.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_FDS_MAX 16

/* -- the store -- */

struct stored *service_store_find(struct service_store *store, const char *name)
{
	for (size_t i = 0; i < store->count; i++) {
		if (strcmp(store->stored[i].name, name) == 0)
			return &store->stored[i];
	}
	return NULL;
}

void service_store_remove(struct service_store *store, const char *name)
{
	struct stored *stored;

	while ((stored = service_store_find(store, name)) != NULL) {
		close(stored->fd);
		*stored = store->stored[--store->count];
	}
}

static bool is_stored(const struct service_store *store, int fd)
{
	for (size_t i = 0; i < store->count; i++) {
		if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, store->stored[i].fd, fd) == 0)
			return true;
	}
	return false;
}

void service_store_add(struct service_store *store, const char *name, int take_fd)
{
	if (store->count == SERVICE_STORE_MAX || is_stored(store, take_fd)) {
		close(take_fd);
		return;
	}
	struct stored *stored = &store->stored[store->count++];

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
	struct service_store *store, const char *text, const int *fds, size_t fd_count)
{
	char name[256], value[256];
	bool named = find_line(text, "FDNAME", name) != NULL && name_is_valid(name);
	size_t taken = 0;

	store->ready_count += find_line(text, "READY", value) != NULL;
	store->stopping_count += find_line(text, "STOPPING", value) != NULL;
	if (find_line(text, "FDSTOREREMOVE", value) != NULL) {
		if (named)
			service_store_remove(store, name);
		store->refused_count += !named;
	} else if (find_line(text, "FDSTORE", value) != NULL) {
		/* Without FDPOLL=0 systemd drops what hangs up. */
		bool polled = find_line(text, "FDPOLL", value) == NULL || strcmp(value, "0") != 0;

		store->refused_count += !named || fd_count == 0 || polled;
		for (; named && taken < fd_count; taken++)
			service_store_add(store, name, fds[taken]);
	}
	for (; taken < fd_count; taken++)
		close(fds[taken]);
}

bool service_store_receive(struct service_store *store, int fd)
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
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (length < 0)
		return false;
	text[length] = '\0';
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
		fd_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), fd_count * sizeof(int));
	}
	handle_message(store, text, fds, fd_count);
	return true;
}

/* -- life -- */

int service_store_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int err = -errno;
		close(fd);
		return err;
	}
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

void service_store_finish(struct service_store *store)
{
	while (store->count != 0)
		close(store->stored[--store->count].fd);
}

size_t service_store_hand_over(const struct service_store *store, int fds[SERVICE_STORE_MAX])
{
	static char names[SERVICE_STORE_MAX * 260];
	size_t length = 0;

	names[0] = '\0';
	for (size_t i = 0; i < store->count; i++) {
		fds[i] = store->stored[i].fd;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
			i > 0 ? ":" : "", store->stored[i].name);
	}
	setenv("LISTEN_FDNAMES", names, 1);
	return store->count;
}
