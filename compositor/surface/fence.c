/* SPDX-License-Identifier: MIT */
/* Fences as descriptors. */
#include "compositor/surface/fence.h"

#include <errno.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/io.h"
#include "compositor/surface/tally.h"

struct fence *fence_create(struct wl_client *client, int fd)
{
	struct sync_file_info info = { 0 };

	if (ioctl(fd, SYNC_IOC_FILE_INFO, &info) < 0) {
		errno = EINVAL;
		return NULL;
	}
	struct fence *fence = calloc(1, sizeof(*fence));
	if (!fence)
		return NULL;
	fence->tally = tally_take_one(client);
	if (!fence->tally) {
		free(fence);
		return NULL;
	}
	fence->fd = fd;
	return fence;
}

void fence_destroy(struct fence *fence)
{
	if (!fence)
		return;
	fd_close(&fence->fd);
	tally_give_one(fence->tally);
	free(fence);
}

bool fence_is_signalled(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	return poll(&polled, 1, 0) == 1;
}

void fence_join(int *joined, int fd)
{
	struct sync_merge_data merge = { .name = "release", .fd2 = fd };
	int result;

	if (*joined < 0 || fence_is_signalled(*joined))
		result = fd_dup(fd);
	else
		result = ioctl(*joined, SYNC_IOC_MERGE, &merge) < 0 ? -errno : merge.fence;
	if (result < 0)
		return;
	fd_close(joined);
	*joined = result;
}
