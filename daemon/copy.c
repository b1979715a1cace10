/* SPDX-License-Identifier: MIT */
/* Copies of heads that a guest's workers make. */
#include "daemon/copy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/channel.h"
#include "base/io.h"
#include "base/loop.h"
#include "daemon/head.h"
#include "protocol/limits.h"

struct copy {
	struct list link; /* of copies.waiting */
	struct loop_timer timer;
	uint64_t id;
	uint32_t head;
	void (*done)(void *data, const struct screenshot_result *result);
	void *data;
};

void copies_init(struct copies *copies)
{
	*copies = (struct copies){ 0 };
	list_init(&copies->waiting);
}

static void copy_destroy(struct copy *copy)
{
	list_remove(&copy->link);
	loop_timer_finish(&copy->timer);
	free(copy);
}

void copy_cancel(struct copy *copy)
{
	if (copy)
		copy_destroy(copy);
}

static void copy_end(struct copy *copy, const struct screenshot_result *result)
{
	void (*done)(void *, const struct screenshot_result *) = copy->done;
	void *data = copy->data;

	copy_destroy(copy);
	done(data, result);
}

static void copy_time_over(struct loop_timer *timer)
{
	copy_end(container_of(timer, struct copy, timer),
		&(struct screenshot_result){ .fd = -ETIMEDOUT });
}

void copies_worker_gone(struct copies *copies)
{
	while (!list_empty(&copies->waiting))
		copy_end(container_of(copies->waiting.next, struct copy, link),
			&(struct screenshot_result){ .fd = -ECONNRESET });
}

static bool message_sound(const struct link_copy *message, int fd)
{
	uint64_t bytes = (uint64_t)message->width_px * message->height_px * 4;

	switch (message->status) {
	case LINK_COPY_MADE:
		return message->width_px && message->height_px &&
		       message->width_px <= LIMIT_PICTURE_PX &&
		       message->height_px <= LIMIT_PICTURE_PX &&
		       head_format_known(message->fourcc) && memfd_check_sealed(fd, bytes) == 0;
	case LINK_COPY_DARK:
	case LINK_COPY_FAILED:
		return fd < 0;
	default:
		return false;
	}
}

static struct copy *copies_find(struct copies *copies, uint64_t id)
{
	struct copy *copy;

	list_for_each(copy, &copies->waiting, link) {
		if (copy->id == id)
			return copy;
	}
	return NULL;
}

bool copies_handle(struct copies *copies, const struct link_copy *message, int *fd)
{
	if (!message->id || message->id > copies->last_id || !message_sound(message, *fd))
		return false;
	struct copy *copy = copies_find(copies, message->id);
	if (!copy)
		return true; /* cancelled meanwhile, or late */
	if (copy->head != message->head)
		return false;
	struct screenshot_result result = {
		.fd = *fd,
		.width_px = message->width_px,
		.height_px = message->height_px,
		.stride_bytes = message->width_px * 4,
		.fourcc = message->fourcc,
	};
	if (message->status != LINK_COPY_MADE)
		result.fd = message->status == LINK_COPY_DARK ? -ENODATA : -EIO;
	*fd = -1;
	copy_end(copy, &result);
	return true;
}

int copy_start(struct copy **copy_out, struct copies *copies, struct channel *link,
	struct loop *loop, uint32_t head,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	struct copy *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = (struct copy){
		.timer.source.fd = -1,
		.id = copies->last_id + 1,
		.head = head,
		.done = done,
		.data = data,
	};
	list_init(&copy->link);
	int ret = loop_timer_init(&copy->timer, loop, copy_time_over);
	if (ret < 0)
		goto fail;
	struct link_copy_wanted message = {
		.type = LINK_COPY_WANTED,
		.head = head,
		.id = copy->id,
	};
	ret = channel_send(link, &message, sizeof(message), NULL, 0);
	if (ret < 0)
		goto fail;
	loop_timer_set(&copy->timer, COPY_LIMIT_NS);
	copies->last_id = copy->id;
	list_append(&copies->waiting, &copy->link);
	*copy_out = copy;
	return 0;
fail:
	copy_destroy(copy);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}
