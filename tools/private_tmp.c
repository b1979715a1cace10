/* SPDX-License-Identifier: MIT */
/*
 * A view of /tmp of this process's own.
 *
 * A mount needs something to be mounted on, and a file made for that in the shared /tmp
 * would be there for all, and gone when anybody removes it. So /tmp is covered by an
 * empty file system, and each entry that it had is mounted into that: the same files and
 * sockets, under the same names. A new entry belongs to this view, and ends with it.
 */
#include "tools/private_tmp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, strlen(text));
	int ret = n < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Of an ordinary user: in a user namespace in which it is the same user as before. */
static int user_namespace_enter(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	int ret = file_write("/proc/self/uid_map", map);
	if (ret == 0)
		ret = file_write("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return ret < 0 ? ret : file_write("/proc/self/gid_map", map);
}

/* An empty file or directory to mount on. */
static int place_make(int dir, const char *name, bool is_dir)
{
	if (is_dir)
		return mkdirat(dir, name, 0700) < 0 ? -errno : 0;
	int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Mounts what `from` is, as `name` in /tmp. */
static int entry_mount(int from, int to_dir, const char *name, bool is_dir)
{
	char source[64], target[PATH_MAX];

	int ret = place_make(to_dir, name, is_dir);
	if (ret < 0)
		return ret;
	snprintf(source, sizeof(source), "/proc/self/fd/%d", from);
	snprintf(target, sizeof(target), "/tmp/%s", name);
	return mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int link_copy(int from_dir, int to_dir, const char *name)
{
	char text[PATH_MAX];

	ssize_t n = readlinkat(from_dir, name, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return symlinkat(text, to_dir, name) < 0 ? -errno : 0;
}

static int entry_take(int from_dir, int to_dir, const char *name)
{
	struct stat st;

	int fd = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int ret = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;
	if (ret == 0)
		ret = S_ISLNK(st.st_mode) ? link_copy(from_dir, to_dir, name)
					  : entry_mount(fd, to_dir, name, S_ISDIR(st.st_mode));
	if (fd >= 0)
		close(fd);
	return ret;
}

/* An entry that went meanwhile, or cannot be had, is one that is not there. */
static void entries_take(DIR *from, int to_dir, const char *but)
{
	const struct dirent *entry;

	while ((entry = readdir(from))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") && strcmp(name, "..") && strcmp(name, but))
			entry_take(dirfd(from), to_dir, name);
	}
}

static int tmp_cover(int socket, const char *name, const char **what)
{
	int ret = 0;

	*what = "/tmp";
	DIR *from = opendir("/tmp");
	if (!from)
		return -errno;
	/* Nothing of this gets out of the namespace. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
		ret = -errno;
	int to_dir = ret == 0 ? open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (ret == 0 && to_dir < 0)
		ret = -errno;
	if (ret == 0) {
		*what = "the socket";
		ret = entry_mount(socket, to_dir, name, false);
	}
	if (ret == 0)
		entries_take(from, to_dir, name);
	if (to_dir >= 0)
		close(to_dir);
	closedir(from);
	return ret;
}

int private_tmp_enter(const char *socket, const char *name, const char **what)
{
	int ret = 0;

	*what = "namespace";
	if (geteuid() != 0)
		ret = user_namespace_enter();
	else if (unshare(CLONE_NEWNS) < 0)
		ret = -errno;
	if (ret < 0)
		return ret;
	*what = "the socket";
	int fd = open(socket, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = tmp_cover(fd, name, what);
	close(fd);
	return ret;
}
