/* SPDX-License-Identifier: MIT */
/* Between a service and its manager. */
#include "base/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"

#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 65536

int service_notify_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	if (!len)
		return -ENOENT;
	if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + len + (path[0] == '/');
	if (connect(fd, (const struct sockaddr *)&address, size) == 0)
		return fd;
	int err = -errno;
	fd_close(&fd);
	return err;
}

void service_notify(const char *words)
{
	int fd = service_notify_open();

	if (fd < 0)
		return;
	(void)!send(fd, words, strlen(words), MSG_NOSIGNAL);
	fd_close(&fd);
}

/* A number that is all of the variable, or -1. */
static long number_of(const char *name)
{
	const char *text = getenv(name);
	char *end;

	if (!text || !*text)
		return -1;
	errno = 0;
	long value = strtol(text, &end, 10);
	return errno || *end ? -1 : value;
}

/* Takes one of the colon-separated names. */
static void take_name(const char **names, char name[static SERVICE_NAME_MAX])
{
	size_t len = strcspn(*names, ":");

	snprintf(name, SERVICE_NAME_MAX, "%.*s", (int)len, *names);
	*names += len + ((*names)[len] == ':');
}

static void forget_environment(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

size_t service_take_fds(struct service_fd **fds_out)
{
	long n = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;
	const char *names = getenv("LISTEN_FDNAMES");
	struct service_fd *fds = n > 0 && n <= LISTEN_FDS_MAX ? calloc(n, sizeof(*fds)) : NULL;
	size_t taken = 0;

	for (int i = 0; fds && i < n; i++) {
		int fd = LISTEN_FDS_START + i;
		take_name(names ? &names : &(const char *){ "" }, fds[taken].name);
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
			fds[taken++].fd = fd;
	}
	forget_environment();
	*fds_out = fds;
	return taken;
}
