/* SPDX-License-Identifier: MIT */
/* Pages of guest memory as a dma-buf. */
#include "backends/pixman/udmabuf.h"

#include <errno.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backends/guest_memory.h"
#include "backends/pixman/backing.h"

static bool segment_locate(const struct guest_memory *memory, const struct backing_segment *segment,
	struct udmabuf_create_item *item)
{
	uint64_t page = sysconf(_SC_PAGESIZE), offset;
	int fd;

	if (!guest_memory_locate(memory, segment->at, segment->len, &fd, &offset) ||
		offset % page || segment->len % page)
		return false;
	*item = (struct udmabuf_create_item){ .memfd = fd, .offset = offset, .size = segment->len };
	return true;
}

int udmabuf_make(const struct udmabuf *udmabuf, const struct backing *backing)
{
	struct udmabuf_create_list *list;
	int ret = -EINVAL;

	if (udmabuf->fd < 0)
		return -ENODEV;
	if (!backing->n_segments)
		return -EINVAL;
	list = calloc(1, sizeof(*list) + backing->n_segments * sizeof(list->list[0]));
	if (!list)
		return -ENOMEM;
	list->flags = UDMABUF_FLAGS_CLOEXEC;
	list->count = backing->n_segments;
	for (uint32_t i = 0; i < list->count; i++) {
		if (!segment_locate(udmabuf->memory, &backing->segments[i], &list->list[i]))
			goto out;
	}
	ret = ioctl(udmabuf->fd, UDMABUF_CREATE_LIST, list);
	if (ret < 0)
		ret = -errno;
out:
	free(list);
	return ret;
}
