/* SPDX-License-Identifier: MIT */
/* CONFIG_CHANGE to the VMM, and its answers. */
#include "backends/vhost-user/backend_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"

static void channel_drop(struct backend_channel *channel)
{
	loop_remove(&channel->source);
	fd_close(&channel->fd);
	channel->due = channel->refuses = false;
	*channel->asked = 0;
	channel->received = 0;
}

/* NULL: the VMM ended it. */
static void channel_break(struct backend_channel *channel, const char *why)
{
	channel_drop(channel);
	if (why)
		log_warn("the channel for our requests to the VMM %s: it is not used any more", why);
	channel->told(channel->data, BACKEND_CHANNEL_MISSING);
}

static ssize_t channel_write(struct backend_channel *channel, const void *bytes, size_t len)
{
	if (!channel->is_pipe)
		return io_send(channel->fd, bytes, len, NULL, 0);
	ssize_t n = write(channel->fd, bytes, len);
	return n < 0 ? -errno : n;
}

static void channel_work(struct backend_channel *channel)
{
	bool wants_answer = channel->acknowledges && !channel->is_pipe;
	struct vhost_user_header header = {
		.request = VHOST_USER_BACKEND_CONFIG_CHANGE_MSG,
		.flags = VHOST_USER_VERSION | (wants_answer ? VHOST_USER_FLAG_NEED_REPLY : 0),
	};

	if (!channel->due || *channel->asked || channel->fd < 0)
		return;
	ssize_t n = channel_write(channel, &header, sizeof(header));
	if (n == -EAGAIN) {
		loop_change(&channel->source, channel->is_pipe ? EPOLLOUT : EPOLLIN | EPOLLOUT);
		return;
	}
	if (n != sizeof(header)) {
		channel_break(channel, "broke");
		return;
	}
	channel->due = false;
	*channel->asked = wants_answer;
	loop_change(&channel->source, channel->is_pipe ? 0 : EPOLLIN);
	if (!wants_answer)
		channel->told(channel->data, BACKEND_CHANNEL_TAKEN);
}

/* Exactly the answer to what was asked; NULL, or what is wrong. */
static const char *channel_check_answer(const struct backend_channel *channel, uint64_t *status)
{
	struct vhost_user_header header;

	memcpy(&header, channel->answer, sizeof(header));
	memcpy(status, channel->answer + sizeof(header), sizeof(*status));
	if (header.request != VHOST_USER_BACKEND_CONFIG_CHANGE_MSG ||
		header.flags != (VHOST_USER_VERSION | VHOST_USER_FLAG_REPLY) ||
		header.size != sizeof(*status))
		return "carries something else than the answer";
	return NULL;
}

static void channel_receive(struct backend_channel *channel)
{
	int fds[IO_FDS_MAX];
	size_t n_fds;
	uint64_t status;

	ssize_t n = io_recv(channel->fd, channel->answer + channel->received,
		sizeof(channel->answer) - channel->received, fds, &n_fds);
	fd_close_all(fds, n_fds);
	if (n == -EAGAIN)
		return;
	if (n <= 0 || n_fds || !*channel->asked) {
		channel_break(channel, n == 0 ? NULL : "carries what was not asked for");
		return;
	}
	channel->received += n;
	if (channel->received < sizeof(channel->answer))
		return;
	const char *wrong = channel_check_answer(channel, &status);
	if (wrong) {
		channel_break(channel, wrong);
		return;
	}
	channel->received = 0;
	*channel->asked = 0;
	channel->refuses = status != 0;
	if (channel->refuses)
		channel->due = false;
	channel->told(channel->data, status ? BACKEND_CHANNEL_REFUSED : BACKEND_CHANNEL_TAKEN);
	channel_work(channel);
}

static void channel_dispatch(struct loop_source *source, uint32_t events)
{
	struct backend_channel *channel = container_of(source, struct backend_channel, source);

	if (channel->is_pipe && (events & (EPOLLERR | EPOLLHUP))) {
		channel_break(channel, NULL);
		return;
	}
	if (!channel->is_pipe && (events & ~EPOLLOUT))
		channel_receive(channel);
	channel_work(channel);
}

void backend_channel_init(struct backend_channel *channel, struct loop *loop, uint32_t *asked,
	void (*told)(void *data, enum backend_channel_result result), void *data)
{
	*channel = (struct backend_channel){
		.loop = loop, .fd = -1, .asked = asked, .told = told, .data = data,
	};
}

const char *backend_channel_set_fd(struct backend_channel *channel, int take_fd)
{
	struct stat st = { 0 };

	channel_drop(channel);
	channel->fd = take_fd;
	/* Of other files nobody knows whether they block. */
	if (fstat(take_fd, &st) < 0 || (!S_ISSOCK(st.st_mode) && !S_ISFIFO(st.st_mode)) ||
		fd_set_nonblock(take_fd) < 0) {
		fd_close(&channel->fd);
		return "a channel for our requests that is no socket and no pipe";
	}
	channel->is_pipe = S_ISFIFO(st.st_mode);
	if (loop_add(channel->loop, &channel->source, take_fd, channel->is_pipe ? 0 : EPOLLIN,
		    channel_dispatch) < 0)
		channel_break(channel, "cannot be watched");
	return NULL;
}

void backend_channel_finish(struct backend_channel *channel)
{
	channel_drop(channel);
}

void backend_channel_tell(struct backend_channel *channel, bool acknowledges)
{
	channel->acknowledges = acknowledges;
	channel->due = channel->fd >= 0 && !channel->refuses;
	if (!channel->due)
		channel->told(channel->data,
			channel->refuses ? BACKEND_CHANNEL_REFUSED : BACKEND_CHANNEL_MISSING);
	channel_work(channel);
}
