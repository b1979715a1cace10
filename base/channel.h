/* SPDX-License-Identifier: MIT */
#ifndef BASE_CHANNEL_H
#define BASE_CHANNEL_H

/*
 * Fixed-size messages with descriptors over a SOCK_SEQPACKET socket. Every
 * message starts with a uint32_t type; a table says the exact size and number
 * of descriptors of each. What does not fit ends the channel.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/io.h"
#include "base/loop.h"

#define CHANNEL_MESSAGE_MAX 4096

struct channel_rule {
	uint32_t size; /* with the type; 0: no such message in this direction */
	uint8_t fds_min, fds_max;
};

struct channel;

struct channel_interface {
	const struct channel_rule *rules; /* indexed by type */
	uint32_t n_rules;
	/* `fds` are the callee's: it closes them, or keeps them and sets them to -1. */
	void (*handle)(struct channel *channel, uint32_t type, const void *message,
		int fds[static IO_FDS_MAX], size_t n_fds);
	/* End of stream (error 0) or a broken protocol. Called once; may free the channel. */
	void (*closed)(struct channel *channel, int error);
	/* After channel_want_write, once there is room. May be NULL. */
	void (*writable)(struct channel *channel);
};

struct channel {
	struct loop_source source;
	const struct channel_interface *interface;
	int fd; /* owned; -1 when closed */
	bool deaf; /* its peer takes nothing any more: there will never be room */
};

/* A connected pair, CLOEXEC and not blocking. 0 or negative errno. */
int channel_pair(int fds[static 2]);

/* So that channel_finish is safe before channel_open. */
void channel_init(struct channel *channel);
int channel_open(struct channel *channel, struct loop *loop, int take_fd,
	const struct channel_interface *interface);
void channel_finish(struct channel *channel);
/* Handles what a peer that is gone has sent; `closed` does not follow. */
void channel_drain(struct channel *channel);

/* Whole or not at all. `fds` are borrowed. -EAGAIN: the peer does not read. */
int channel_send(struct channel *channel, const void *message, size_t size, const int *fds,
	size_t n_fds);
void channel_want_write(struct channel *channel);

#endif
