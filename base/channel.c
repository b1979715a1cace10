/* SPDX-License-Identifier: MIT */
/* Fixed-size messages with descriptors over a SEQPACKET socket. */
#include "base/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>


int channel_pair(int fds[static 2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	return 0;
}

void channel_init(struct channel *channel)
{
	*channel = (struct channel){ .fd = -1, .source.fd = -1 };
}

static void channel_end(struct channel *channel, int error)
{
	void (*closed)(struct channel *, int) = channel->interface->closed;

	channel_finish(channel);
	closed(channel, error);
}

/* Returns 1 for a message taken, 0 when there is none, negative errno when the channel must end. */
static int channel_take(struct channel *channel)
{
	const struct channel_interface *interface = channel->interface;
	_Alignas(8) uint8_t message[CHANNEL_MESSAGE_MAX];
	int fds[IO_FDS_MAX];
	size_t n_fds;
	uint32_t type;

	ssize_t n = io_recv(channel->fd, message, sizeof(message), fds, &n_fds);
	/* It ended without having read all, which is said first: what it sent is still there. */
	if (n == -ECONNRESET)
		n = io_recv(channel->fd, message, sizeof(message), fds, &n_fds);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n == 0 ? -ENOTCONN : (int)n;
	for (size_t i = n_fds; i < IO_FDS_MAX; i++)
		fds[i] = -1;

	if ((size_t)n < sizeof(type))
		goto refuse;
	memcpy(&type, message, sizeof(type));
	if (type >= interface->n_rules || (size_t)n != interface->rules[type].size)
		goto refuse;
	if (n_fds < interface->rules[type].fds_min || n_fds > interface->rules[type].fds_max)
		goto refuse;
	interface->handle(channel, type, message, fds, n_fds);
	return 1;
refuse:
	fd_close_all(fds, n_fds);
	return -EPROTO;
}

static void channel_dispatch(struct loop_source *source, uint32_t events)
{
	struct channel *channel = container_of(source, struct channel, source);

	if ((events & EPOLLOUT) && channel->interface->writable) {
		loop_change(source, EPOLLIN);
		channel->interface->writable(channel);
		return; /* the channel may be gone; what is to be read comes again next turn */
	}
	/* One message a dispatch: the handler may have freed the channel. */
	int ret = channel_take(channel);
	if (ret < 0)
		channel_end(channel, ret == -ENOTCONN ? 0 : ret);
}

void channel_drain(struct channel *channel)
{
	while (channel->fd >= 0 && channel_take(channel) > 0)
		;
}

int channel_open(struct channel *channel, struct loop *loop, int take_fd,
	const struct channel_interface *interface)
{
	channel_init(channel);
	channel->interface = interface;
	channel->fd = take_fd;
	int ret = fd_set_nonblock(take_fd);
	if (ret == 0)
		ret = loop_add(loop, &channel->source, take_fd, EPOLLIN, channel_dispatch);
	if (ret < 0)
		fd_close(&channel->fd);
	return ret;
}

void channel_finish(struct channel *channel)
{
	loop_remove(&channel->source);
	fd_close(&channel->fd);
}

int channel_send(struct channel *channel, const void *message, size_t size, const int *fds,
	size_t n_fds)
{
	if (channel->fd < 0)
		return -ENOTCONN;
	ssize_t n = io_send(channel->fd, message, size, fds, n_fds);
	if (n == -EPIPE || n == -ECONNRESET)
		channel->deaf = true;
	return n < 0 ? (int)n : 0;
}

void channel_want_write(struct channel *channel)
{
	if (channel->source.loop && !channel->deaf)
		loop_change(&channel->source, EPOLLIN | EPOLLOUT);
}
