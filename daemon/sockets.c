/* SPDX-License-Identifier: MIT */
/* The daemon's sockets and their directories, with the right modes. */
#include "daemon/sockets.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/socket.h"
#include "daemon/config.h"

/* The group that may use the sockets; false: nobody but their owner. */
static bool sockets_group(const struct config *config, gid_t *gid)
{
	if (!config->socket_group[0])
		return false;
	const struct group *group = getgrnam(config->socket_group);
	if (!group) {
		log_warn("socket-group: there is no group %s", config->socket_group);
		return false;
	}
	*gid = group->gr_gid;
	return true;
}

static int directory_make(const struct config *config, const char *path)
{
	gid_t gid;
	bool shared = sockets_group(config, &gid);
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return -EPERM;
	if (shared && (chown(path, -1, gid) < 0 || chmod(path, 0750) < 0))
		return -errno;
	return 0;
}

int sockets_prepare_guest(const struct config *config, const struct config_guest *guest)
{
	char path[CONFIG_PATH_MAX];

	config_guest_dir(config, guest, path);
	int ret = directory_make(config, path);
	if (ret < 0)
		log_error("%s: %s", path, strerror(-ret));
	return ret;
}

int sockets_prepare(const struct config *config)
{
	const struct config_guest *guest;

	int ret = directory_make(config, config->socket_dir);
	if (ret < 0) {
		log_error("%s: %s", config->socket_dir,
			ret == -EPERM ? "is not a directory of ours" : strerror(-ret));
		return ret;
	}
	list_for_each (guest, &config->guests, link) {
		ret = sockets_prepare_guest(config, guest);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int socket_listen(const struct config *config, const char *path)
{
	gid_t gid;

	return socket_listen_at(path, sockets_group(config, &gid) ? &gid : NULL);
}

int socket_listen_metrics(const struct config *config)
{
	struct sockaddr_storage address;
	const char *path;
	struct stat st;
	socklen_t len;
	int one = 1;

	if (!metrics_address_parse(config->metrics, &path, &address, &len))
		return -EINVAL;
	if (path && lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (path)
		return socket_listen(config, path);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, len) < 0 || listen(fd, 16) < 0) {
		int ret = -errno;
		fd_close(&fd);
		return ret;
	}
	return fd;
}

bool socket_listens_at(int fd, const char *path)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address), size = sizeof(int);
	struct stat st;
	int listens = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens &&
	       getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.sun_family == AF_UNIX &&
	       !strncmp(address.sun_path, path, sizeof(address.sun_path)) &&
	       lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && fd_set_nonblock(fd) == 0;
}
