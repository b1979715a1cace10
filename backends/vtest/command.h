/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VTEST_COMMAND_H
#define BACKENDS_VTEST_COMMAND_H

/* What each command of a connection does; within backends/vtest only. */

#include "backends/vtest/connection.h"

/* NULL, or why the connection ends. */
const char *vtest_connection_execute(
	struct vtest_connection *connection, const struct vtest_command *command);
/* The answer to RESOURCE_BUSY_WAIT. */
const char *vtest_connection_tell_idle(struct vtest_connection *connection, bool busy);
/*
 * Sends bytes, then a descriptor (-1: none) with a byte of its own, which it takes in every
 * case. There is no reply that is not taken yet.
 */
const char *vtest_connection_reply(
	struct vtest_connection *connection, const void *bytes, size_t len, int take_fd);
/* Sends bytes that are held, and then frees and releases them. */
const char *vtest_connection_reply_held(
	struct vtest_connection *connection, uint8_t *take_bytes, size_t len);
/* What is held, for data in either way, is held no longer. */
void vtest_connection_release(struct vtest_connection *connection);

#endif
