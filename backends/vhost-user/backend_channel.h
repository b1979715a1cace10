/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VHOST_USER_BACKEND_CHANNEL_H
#define BACKENDS_VHOST_USER_BACKEND_CHANNEL_H

/*
 * What a back end says to its VMM unasked, over the descriptor of SET_BACKEND_REQ_FD:
 * CONFIG_CHANGE, and nothing else. Never waits: what the VMM does not take now goes when
 * there is room, several changes meanwhile as one. QEMU gives a socket and can answer;
 * User Mode Linux gives a pipe.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "protocol/vhost_user.h"

enum backend_channel_result {
	BACKEND_CHANNEL_TAKEN,   /* or sent to a VMM that does not answer */
	BACKEND_CHANNEL_REFUSED, /* the guest keeps what it knows */
	BACKEND_CHANNEL_MISSING, /* there is no channel, or it broke */
};

struct backend_channel {
	struct loop *loop;
	struct loop_source source;
	int fd; /* owned; -1: none */
	bool is_pipe;
	bool acknowledges; /* the VMM agreed to REPLY_ACK */
	bool refuses;      /* the VMM has refused once, and is asked no more */
	bool due;          /* a change is to be told */
	uint32_t *asked;   /* it was told, its answer is not there; in the state */
	size_t received;
	uint8_t answer[VHOST_USER_HEADER_BYTES + sizeof(uint64_t)];
	/* What became of a change. From within backend_channel_tell, too. */
	void (*told)(void *data, enum backend_channel_result result);
	void *data;
};

/* `asked` is borrowed. */
void backend_channel_init(struct backend_channel *channel, struct loop *loop, uint32_t *asked,
	void (*told)(void *data, enum backend_channel_result result), void *data);
/* NULL, or why the VMM is dropped. The descriptor is taken in either case. */
const char *backend_channel_set_fd(struct backend_channel *channel, int take_fd);
void backend_channel_finish(struct backend_channel *channel);

/* The config space changed. */
void backend_channel_tell(struct backend_channel *channel, bool acknowledges);

#endif
