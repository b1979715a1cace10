/* SPDX-License-Identifier: MIT */
/* Listening Unix sockets. */
#include "base/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"

/* -EADDRINUSE: somebody answers at the path. Without a descriptor nobody knows. */
static int socket_check_dead(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int ret = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	bool alive = ret == 0 || errno == EAGAIN;

	fd_close(&fd);
	return alive ? -EADDRINUSE : 0;
}

int socket_check_place(const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISSOCK(status.st_mode) ? 0 : -EEXIST;
}

int socket_listen_at(const char *path, const gid_t *group)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	int ret = socket_check_place(path);
	if (ret == 0)
		ret = socket_check_dead(&address);
	if (ret < 0)
		return ret;
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mode_t before = umask(0177);
	ret = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	int err = errno;
	umask(before);
	errno = err;
	if (ret == 0 && group)
		ret = chown(path, -1, *group) < 0 ? -1 : chmod(path, 0660);
	if (ret == 0)
		ret = listen(fd, 16);
	if (ret < 0) {
		ret = -errno;
		fd_close(&fd);
		return ret;
	}
	return fd;
}
