/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VTEST_CONNECTION_H
#define BACKENDS_VTEST_CONNECTION_H

/*
 * The server's half of one vtest connection (protocol/vtest.h): reads commands, checks
 * them, has them carried out, answers. Nothing blocks. It holds one command and one reply
 * at most: while a reply is not taken, or something is waited for, nothing more is read.
 *
 * Ids, sizes and streams are judged by whoever carries the commands out. Where one of its
 * calls returns a reason, a constant, the connection ends with that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "protocol/vtest.h"

struct vtest_connection;

struct vtest_handler {
	/* Before each command. False: not now, vtest_connection_resume follows. */
	bool (*may_go_on)(void *data);
	/* For its next command, or until it takes a reply; or for the GPU (is_idle). */
	void (*waits_for_client)(void *data);
	/* Writes the capset; its size, 0 if it is not offered or does not fit. */
	size_t (*capset)(void *data, uint32_t id, void *caps, size_t room);
	/* Of capset 0: the newest Virgl. Once, before all that follows. */
	const char *(*create_context)(void *data, uint32_t capset, const char *name, size_t len);
	/* `fd` is its memory, the caller's to close; -1 where memory_bytes is 0. */
	const char *(*create_resource)(void *data, const struct vtest_command *command, int *fd);
	const char *(*unref_resource)(void *data, uint32_t id);
	/* So much is held for data of a transfer, until it is released. False: that is too much. */
	bool (*hold)(void *data, uint64_t bytes);
	void (*release)(void *data, uint64_t bytes);
	/* With `bytes` for its data_bytes, or with the resource's memory. */
	const char *(*transfer)(
		void *data, const struct vtest_command *command, bool from_host, void *bytes);
	/* Where it `*waits`, vtest_connection_resume follows; the stream is good until then. */
	const char *(*submit)(void *data, uint32_t *dwords, size_t n_dwords, bool *waits);
	/*
	 * The GPU is done with the resource; with all that was submitted, of an id that there
	 * is not. If it is not, and the client waits, vtest_connection_resume follows. Who waits
	 * may be told so before: what it reads then has to wait as well.
	 */
	bool (*is_idle)(void *data, uint32_t id, bool waits);
	/* It is over, because of the client if there is a reason. May finish the connection. */
	void (*closed)(void *data, const char *why);
};

/* A reason that whoever serves may want to tell from others. */
#define VTEST_WHY_MEMORY "more memory than its guest may have"

enum vtest_wait {
	VTEST_WAIT_NOTHING,
	VTEST_WAIT_OUTPUT, /* the client does not take a reply */
	VTEST_WAIT_TURN,   /* may_go_on */
	VTEST_WAIT_SUBMIT,
	VTEST_WAIT_IDLE,
};

struct vtest_connection {
	struct loop_source source;
	int fd; /* owned; -1: closed */
	const struct vtest_handler *handler;
	void *data;
	enum vtest_wait wait;
	bool unwatched; /* for input */

	uint32_t version;
	bool greeted; /* CREATE_RENDERER came */
	bool has_context;
	uint32_t last_id; /* of a resource, where they are given here */
	char name[VTEST_NAME_MAX];
	size_t name_len;

	uint8_t *in; /* VTEST_IN_BYTES, owned */
	size_t in_pos, in_len;
	struct vtest_command put; /* whose data is being read */
	uint8_t *data_in;         /* owned; NULL: none is */
	size_t data_len;

	uint64_t held_bytes; /* for that, or for data of a reply */

	/* A reply that was not taken whole. */
	uint8_t *out; /* owned */
	size_t out_pos, out_len;
	int out_fd; /* after it, with a byte of its own; owned */
};

#define VTEST_IN_BYTES (VTEST_HEADER_BYTES + VTEST_STREAM_MAX)

/* So that finish is safe before open. */
void vtest_connection_init(struct vtest_connection *connection);
/* Takes `take_fd` in every case. 0 or negative errno. */
int vtest_connection_open(struct vtest_connection *connection, struct loop *loop, int take_fd,
	const struct vtest_handler *handler, void *data);
void vtest_connection_finish(struct vtest_connection *connection);
/* What was waited for has come. */
void vtest_connection_resume(struct vtest_connection *connection);
/* Ends it; `closed` follows. */
void vtest_connection_close(struct vtest_connection *connection, const char *why);

#endif
