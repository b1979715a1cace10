/* SPDX-License-Identifier: MIT */
/* One vtest connection: bytes to commands, and replies to bytes. */
#include "backends/vtest/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vtest/command.h"
#include "base/io.h"

/* What is looked at before it is taken: a frame's commands, but not its data. */
#define PEEK_BYTES 16384u

void vtest_connection_init(struct vtest_connection *connection)
{
	*connection = (struct vtest_connection){ .fd = -1, .out_fd = -1 };
}

void vtest_connection_release(struct vtest_connection *connection)
{
	if (connection->held_bytes)
		connection->handler->release(connection->data, connection->held_bytes);
	connection->held_bytes = 0;
}

void vtest_connection_finish(struct vtest_connection *connection)
{
	vtest_connection_release(connection);
	loop_remove(&connection->source);
	free(connection->in);
	free(connection->data_in);
	free(connection->out);
	fd_close(&connection->fd);
	fd_close(&connection->out_fd);
	vtest_connection_init(connection);
}

/* Not a reason: it cannot be told anything any more. */
static const char client_left[] = "it left";

void vtest_connection_close(struct vtest_connection *connection, const char *why)
{
	if (connection->fd < 0)
		return;
	loop_remove(&connection->source);
	fd_close(&connection->fd);
	connection->handler->closed(connection->data, why == client_left ? NULL : why);
}

/* -- replies -- */

/* What the socket takes of the reply that is kept. Negative errno: it is broken. */
static int connection_flush(struct vtest_connection *connection)
{
	while (connection->out_pos < connection->out_len) {
		ssize_t n = io_send(connection->fd, connection->out + connection->out_pos,
			connection->out_len - connection->out_pos, NULL, 0);
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		connection->out_pos += n;
	}
	if (connection->out_fd >= 0) {
		ssize_t n = io_send(connection->fd, "", 1, &connection->out_fd, 1);
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		fd_close(&connection->out_fd);
	}
	free(connection->out);
	connection->out = NULL;
	connection->out_pos = connection->out_len = 0;
	vtest_connection_release(connection);
	return 0;
}

static bool connection_holds_reply(const struct vtest_connection *connection)
{
	return connection->out || connection->out_fd >= 0;
}

/* Until the client takes the rest of it. */
static void connection_wait_output(struct vtest_connection *connection)
{
	if (!connection_holds_reply(connection))
		return;
	connection->wait = VTEST_WAIT_OUTPUT;
	connection->unwatched = true;
	loop_change(&connection->source, EPOLLOUT);
}

const char *vtest_connection_reply(
	struct vtest_connection *connection, const void *bytes, size_t len, int take_fd)
{
	ssize_t n = len ? io_send(connection->fd, bytes, len, NULL, 0) : 0;

	connection->out_fd = take_fd;
	if (n < 0 && n != -EAGAIN)
		return client_left;
	size_t sent = n > 0 ? n : 0;
	if (sent < len) {
		connection->out = malloc(len - sent);
		if (!connection->out)
			return "no memory for a reply";
		memcpy(connection->out, (const char *)bytes + sent, len - sent);
		connection->out_len = len - sent;
	} else if (connection_flush(connection) < 0) {
		return client_left;
	}
	connection_wait_output(connection);
	return NULL;
}

const char *vtest_connection_reply_held(
	struct vtest_connection *connection, uint8_t *take_bytes, size_t len)
{
	connection->out = take_bytes;
	connection->out_len = len;
	if (connection_flush(connection) < 0)
		return client_left;
	connection_wait_output(connection);
	return NULL;
}

/* -- commands -- */

/* Data of a TRANSFER_PUT, which need not be aligned to anything. */
static const char *connection_take_data(struct vtest_connection *connection, bool *more)
{
	size_t left = connection->put.transfer.data_bytes - connection->data_len;
	size_t there = connection->in_len - connection->in_pos;
	size_t take = left < there ? left : there;

	memcpy(connection->data_in + connection->data_len, connection->in + connection->in_pos,
		take);
	connection->in_pos += take;
	connection->data_len += take;
	*more = take < left;
	if (*more)
		return NULL;
	const char *why = connection->handler->transfer(
		connection->data, &connection->put, false, connection->data_in);
	free(connection->data_in);
	connection->data_in = NULL;
	vtest_connection_release(connection);
	return why;
}

static void connection_move_in(struct vtest_connection *connection)
{
	connection->in_len -= connection->in_pos;
	memmove(connection->in, connection->in + connection->in_pos, connection->in_len);
	connection->in_pos = 0;
}

/* Carries out the next command if all of it is there; else `*more`. */
static const char *connection_take_command(struct vtest_connection *connection, bool *more)
{
	struct vtest_command command;
	struct vtest_header header;
	const uint8_t *at = connection->in + connection->in_pos;
	size_t there = connection->in_len - connection->in_pos;

	*more = there < VTEST_HEADER_BYTES;
	if (*more)
		return NULL;
	const char *why = decode_vtest_header(at, connection->version, &header);
	if (why)
		return why;
	*more = there < VTEST_HEADER_BYTES + header.body_bytes;
	if (*more)
		return NULL;
	if (!connection->handler->may_go_on(connection->data)) {
		connection->wait = VTEST_WAIT_TURN;
		return NULL;
	}
	/* A name or data before it may have any length; a stream is read as dwords. */
	if (connection->in_pos % 4) {
		connection_move_in(connection);
		at = connection->in;
	}
	why = decode_vtest_command(&header, at + VTEST_HEADER_BYTES, &command);
	connection->in_pos += VTEST_HEADER_BYTES + header.body_bytes;
	return why ? why : vtest_connection_execute(connection, &command);
}

static void connection_work(struct vtest_connection *connection)
{
	const char *why = NULL;
	bool more = false;

	while (!why && !more && connection->wait == VTEST_WAIT_NOTHING) {
		if (connection->data_in)
			why = connection_take_data(connection, &more);
		else
			why = connection_take_command(connection, &more);
	}
	if (why) {
		vtest_connection_close(connection, why);
		return;
	}
	if (connection->wait != VTEST_WAIT_TURN && connection->wait != VTEST_WAIT_SUBMIT)
		connection->handler->waits_for_client(connection->data);
	if (connection->wait == VTEST_WAIT_NOTHING && connection->unwatched) {
		connection->unwatched = false;
		loop_change(&connection->source, EPOLLIN);
	}
}

/*
 * Whatever is taken off a socket wakes who waits at its other end: there is room again. A
 * client that waits for its answer would wake for nothing, so a short input is taken once it
 * was answered. `*peeked` is how much of it.
 */
static ssize_t connection_read_commands(struct vtest_connection *connection, size_t *peeked)
{
	uint8_t *at = connection->in + connection->in_len;
	size_t room = VTEST_IN_BYTES - connection->in_len;

	ssize_t n = recv(connection->fd, at, room < PEEK_BYTES ? room : PEEK_BYTES, MSG_PEEK);
	if (n == PEEK_BYTES)
		n = read(connection->fd, at, room);
	else if (n > 0)
		*peeked = n;
	return n;
}

static void connection_take_peeked(struct vtest_connection *connection, size_t peeked)
{
	static uint8_t seen[PEEK_BYTES];

	while (peeked && connection->fd >= 0) {
		ssize_t n = read(connection->fd, seen, peeked);
		if (n <= 0)
			vtest_connection_close(connection, NULL);
		else
			peeked -= n;
	}
}

/* Into what the command being read still wants, or into the buffer. */
static ssize_t connection_read(struct vtest_connection *connection, size_t *peeked)
{
	if (connection->data_in) {
		ssize_t n = read(connection->fd, connection->data_in + connection->data_len,
			connection->put.transfer.data_bytes - connection->data_len);
		if (n > 0)
			connection->data_len += n;
		return n;
	}
	if (connection->in_pos)
		connection_move_in(connection);
	ssize_t n = connection_read_commands(connection, peeked);
	if (n > 0)
		connection->in_len += n;
	return n;
}

static void connection_handle_input(struct vtest_connection *connection)
{
	/* It goes on sending before it was answered. */
	if (connection->wait != VTEST_WAIT_NOTHING) {
		connection->unwatched = true;
		loop_change(&connection->source, 0);
		return;
	}
	size_t peeked = 0;
	ssize_t n = connection_read(connection, &peeked);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		vtest_connection_close(connection, NULL);
		return;
	}
	connection_work(connection);
	connection_take_peeked(connection, peeked);
}

static void connection_handle(struct loop_source *source, uint32_t events)
{
	struct vtest_connection *connection = container_of(source, struct vtest_connection, source);

	/* What it sent before it left still counts, if it is its turn. */
	if (events & (EPOLLHUP | EPOLLERR) &&
		(connection->wait != VTEST_WAIT_NOTHING || !(events & EPOLLIN))) {
		vtest_connection_close(connection, NULL);
		return;
	}
	if (connection->wait == VTEST_WAIT_OUTPUT && events & EPOLLOUT) {
		if (connection_flush(connection) < 0)
			vtest_connection_close(connection, NULL);
		else if (!connection_holds_reply(connection))
			vtest_connection_resume(connection);
		return;
	}
	if (events & EPOLLIN)
		connection_handle_input(connection);
}

void vtest_connection_resume(struct vtest_connection *connection)
{
	enum vtest_wait wait = connection->wait;

	if (connection->fd < 0 || wait == VTEST_WAIT_NOTHING)
		return;
	connection->wait = VTEST_WAIT_NOTHING;
	const char *why =
		wait == VTEST_WAIT_IDLE ? vtest_connection_tell_idle(connection, false) : NULL;
	if (why)
		vtest_connection_close(connection, why);
	else
		connection_work(connection);
}

int vtest_connection_open(struct vtest_connection *connection, struct loop *loop, int take_fd,
	const struct vtest_handler *handler, void *data)
{
	connection->fd = take_fd;
	connection->handler = handler;
	connection->data = data;
	connection->in = aligned_alloc(8, VTEST_IN_BYTES);
	int ret = connection->in ? fd_set_nonblock(take_fd) : -ENOMEM;
	if (ret == 0)
		ret = loop_add(loop, &connection->source, take_fd, EPOLLIN, connection_handle);
	if (ret < 0)
		vtest_connection_finish(connection);
	return ret;
}
