/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VHOST_USER_JOURNAL_H
#define BACKENDS_VHOST_USER_JOURNAL_H

/*
 * How a request of the VMM is dealt with so that this process may be killed over it at
 * any moment and a successor neither loses it nor answers it twice. Two pipes outlive the
 * process; what moves between them and the socket moves by splice, one system call, which
 * a kill does not halve.
 *
 *   the request is looked at, and not read; it is acted upon; its reply goes to the reply pipe
 *   answered = the request's bytes
 *   reply pipe -> socket      the pipe is empty: the reply was sent
 *   socket -> read pipe       the pipe is not empty: the request was read
 *   answered = 0; the read pipe is emptied
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum journal_fd {
	JOURNAL_REPLY_OUT,
	JOURNAL_REPLY_IN,
	JOURNAL_READ_OUT,
	JOURNAL_READ_IN,
	JOURNAL_FDS,
};

struct journal {
	int fds[JOURNAL_FDS]; /* owned; -1: there are none */
};

void journal_init(struct journal *journal);
void journal_finish(struct journal *journal);
bool journal_is_open(const struct journal *journal);

/* False: the pipe does not take it. */
bool journal_put_reply(struct journal *journal, const void *reply, size_t bytes);
/* Sends the reply, if there is one, and reads the request off. False: the VMM does not take it. */
bool journal_settle(struct journal *journal, int socket, uint32_t *answered);
/*
 * After a death. Where `*answered` is not 0 then, the request that is to be seen was acted
 * upon, and is to be settled.
 */
void journal_recover(struct journal *journal, int socket, uint32_t *answered);

#endif
