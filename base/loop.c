/* SPDX-License-Identifier: MIT */
/* The event loop over epoll. */
#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"

int loop_init(struct loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	list_init(&loop->hooks);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll_fd < 0 ? -errno : 0;
}

void loop_finish(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

static void loop_run_hooks(struct loop *loop)
{
	while (!list_empty(&loop->hooks)) {
		struct loop_hook *hook = container_of(loop->hooks.next, struct loop_hook, link);
		list_remove(&hook->link);
		hook->handle(hook);
	}
}

int loop_run(struct loop *loop)
{
	loop_run_hooks(loop);
	while (!loop->stop) {
		int n = epoll_wait(loop->epoll_fd, loop->batch, LOOP_BATCH, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		loop->batch_len = n > 0 ? n : 0;
		for (int i = 0; i < loop->batch_len; i++) {
			struct loop_source *source = loop->batch[i].data.ptr;
			if (source)
				source->handle(source, loop->batch[i].events);
		}
		loop->batch_len = 0;
		loop_run_hooks(loop);
	}
	return loop->status;
}

void loop_stop(struct loop *loop, int status)
{
	loop->stop = true;
	loop->status = status;
}

int loop_add(struct loop *loop, struct loop_source *source, int fd, uint32_t events,
	void (*handle)(struct loop_source *source, uint32_t events))
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	*source = (struct loop_source){ .fd = fd, .handle = handle };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	source->loop = loop;
	return 0;
}

void loop_change(struct loop_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	epoll_ctl(source->loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
}

void loop_remove(struct loop_source *source)
{
	struct loop *loop = source->loop;

	if (!loop)
		return;
	source->loop = NULL;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	for (int i = 0; i < loop->batch_len; i++) {
		if (loop->batch[i].data.ptr == source)
			loop->batch[i].data.ptr = NULL;
	}
}

static void loop_timer_dispatch(struct loop_source *source, uint32_t events)
{
	struct loop_timer *timer = container_of(source, struct loop_timer, source);
	uint64_t expirations;

	if (read(source->fd, &expirations, sizeof(expirations)) == sizeof(expirations))
		timer->handle(timer);
}

int loop_timer_init(struct loop_timer *timer, struct loop *loop,
	void (*handle)(struct loop_timer *timer))
{
	*timer = (struct loop_timer){ .source.fd = -1, .handle = handle };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	int ret = loop_add(loop, &timer->source, fd, EPOLLIN, loop_timer_dispatch);
	if (ret < 0) {
		close(fd);
		timer->source.fd = -1;
	}
	return ret;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ns)
{
	if (delay_ns < 0)
		delay_ns = 1;
	struct itimerspec spec = {
		.it_value = { .tv_sec = delay_ns / NSEC_PER_SEC, .tv_nsec = delay_ns % NSEC_PER_SEC },
	};

	timerfd_settime(timer->source.fd, 0, &spec, NULL);
}

void loop_timer_finish(struct loop_timer *timer)
{
	if (!timer->source.loop)
		return;
	loop_remove(&timer->source);
	close(timer->source.fd);
	timer->source.fd = -1;
}

void loop_hook_init(struct loop_hook *hook, void (*handle)(struct loop_hook *hook))
{
	list_init(&hook->link);
	hook->handle = handle;
}

void loop_hook_arm(struct loop *loop, struct loop_hook *hook)
{
	if (list_empty(&hook->link))
		list_append(&loop->hooks, &hook->link);
}

void loop_hook_disarm(struct loop_hook *hook)
{
	list_remove(&hook->link);
}
