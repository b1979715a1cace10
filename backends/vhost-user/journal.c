/* SPDX-License-Identifier: MIT */
/* Requests of the VMM that survive this process. */
#include "backends/vhost-user/journal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/io.h"
#include "protocol/state.h"
#include "protocol/vhost_user.h"

#define REQUEST_MAX (VHOST_USER_HEADER_BYTES + VHOST_USER_PAYLOAD_MAX)

void journal_init(struct journal *journal)
{
	for (int i = 0; i < JOURNAL_FDS; i++)
		journal->fds[i] = -1;
}

void journal_finish(struct journal *journal)
{
	fd_close_all(journal->fds, JOURNAL_FDS);
	journal_init(journal);
}

bool journal_is_open(const struct journal *journal)
{
	return journal->fds[0] >= 0;
}

/* How much there was. */
static size_t pipe_empty(int fd)
{
	uint8_t bytes[REQUEST_MAX];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		total += n;
	return total;
}

/* It stays there: this process may die as well. */
static size_t pipe_holds(int fd)
{
	int bytes = 0;

	return ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : 0;
}

bool journal_put_reply(struct journal *journal, const void *reply, size_t bytes)
{
	return write(journal->fds[JOURNAL_REPLY_IN], reply, bytes) == (ssize_t)bytes;
}

/* `bytes` of the request are left on the socket. */
static bool request_read(struct journal *journal, int socket, uint32_t bytes)
{
	while (bytes) {
		ssize_t n = splice(socket, NULL, journal->fds[JOURNAL_READ_IN], NULL, bytes,
			SPLICE_F_NONBLOCK);
		if (n <= 0)
			return false;
		bytes -= n;
	}
	return true;
}

static void request_done(struct journal *journal, uint32_t *answered)
{
	*answered = 0;
	STATE_STEP();
	pipe_empty(journal->fds[JOURNAL_READ_OUT]);
}

bool journal_settle(struct journal *journal, int socket, uint32_t *answered)
{
	/* One reply, or none: the pipe is then empty, and says so. */
	splice(journal->fds[JOURNAL_REPLY_OUT], NULL, socket, NULL, REQUEST_MAX, SPLICE_F_NONBLOCK);
	if (pipe_empty(journal->fds[JOURNAL_REPLY_OUT]) ||
		!request_read(journal, socket, *answered))
		return false;
	request_done(journal, answered);
	return true;
}

void journal_recover(struct journal *journal, int socket, uint32_t *answered)
{
	size_t was_read = pipe_holds(journal->fds[JOURNAL_READ_OUT]);

	if (*answered > REQUEST_MAX)
		*answered = 0;
	if (was_read && *answered) {
		if (was_read < *answered)
			request_read(journal, socket, *answered - was_read);
		request_done(journal, answered);
	}
	pipe_empty(journal->fds[JOURNAL_READ_OUT]);
	/* A reply to what is going to be acted upon again. */
	if (!*answered)
		pipe_empty(journal->fds[JOURNAL_REPLY_OUT]);
}
