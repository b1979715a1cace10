/* SPDX-License-Identifier: MIT */
/* What each vtest command does. */
#include "backends/vtest/command.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/reader.h"
#include "protocol/virgl.h"

#define REPLY_DWORDS 2
#define CAPSET_BYTES_MAX 4096u

static const char *reply(struct vtest_connection *connection, uint32_t id, const uint32_t *dwords,
	uint32_t n, int take_fd)
{
	uint8_t bytes[VTEST_HEADER_BYTES + 4 * REPLY_DWORDS];
	struct writer w = writer_over(bytes, sizeof(bytes));

	write_u32(&w, n);
	write_u32(&w, id);
	for (uint32_t i = 0; i < n; i++)
		write_u32(&w, dwords[i]);
	return vtest_connection_reply(connection, bytes, w.pos, take_fd);
}

/* With a dword before it that says whether there is one; the length is then in dwords. */
static const char *reply_capset(struct vtest_connection *connection,
	const struct vtest_command *command, uint32_t reply_id, uint32_t capset)
{
	uint8_t bytes[VTEST_HEADER_BYTES + 4 + CAPSET_BYTES_MAX];
	struct writer w = writer_over(bytes, sizeof(bytes));
	bool says_whether = command->id == VTEST_GET_CAPSET;
	size_t head = VTEST_HEADER_BYTES + (says_whether ? 4 : 0);

	size_t len = connection->handler->capset(
		connection->data, capset, bytes + head, CAPSET_BYTES_MAX);
	write_u32(&w, 1 + (says_whether ? len / 4 : len));
	write_u32(&w, reply_id);
	if (says_whether)
		write_u32(&w, len != 0);
	return vtest_connection_reply(connection, bytes, head + len, -1);
}

static const char *execute_capset(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	switch (command->id) {
	case VTEST_GET_CAPS:
		return reply_capset(connection, command, VTEST_GET_CAPS, VIRGL_CAPSET_VIRGL);
	case VTEST_GET_CAPS2:
		/* The reply's id is the capset's. */
		return reply_capset(connection, command, 2, VIRGL_CAPSET_VIRGL2);
	default:
		return reply_capset(connection, command, VTEST_GET_CAPSET, command->capset.id);
	}
}

static const char *execute_greeting(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	if (connection->greeted)
		return "a second CREATE_RENDERER";
	connection->greeted = true;
	memcpy(connection->name, command->tail, command->tail_len);
	connection->name_len = command->tail_len;
	return NULL;
}

static const char *execute_ping(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	return reply(connection, VTEST_PING_PROTOCOL_VERSION, NULL, 0, -1);
}

static const char *execute_version(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	if (connection->has_context)
		return "another version after the first resource";
	connection->version = vtest_version_agreed(command->version);
	return reply(connection, VTEST_PROTOCOL_VERSION, &connection->version, 1, -1);
}

static const char *execute_param(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	/* Known, and there are none; others are not known. */
	uint32_t answer[2] = { command->param == VTEST_PARAM_MAX_SYNC_QUEUES, 0 };

	return reply(connection, VTEST_GET_PARAM, answer, 2, -1);
}

static const char *connection_need_context(struct vtest_connection *connection, uint32_t capset)
{
	if (connection->has_context)
		return NULL;
	connection->has_context = true;
	return connection->handler->create_context(
		connection->data, capset, connection->name, connection->name_len);
}

static const char *execute_context(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	if (connection->has_context)
		return "a second context";
	if (!command->capset.id)
		return "a context without a capset";
	return connection_need_context(connection, command->capset.id);
}

static const char *execute_create(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	struct vtest_command create = *command;
	bool we_name = connection->version >= 3;
	int fd = -1;

	/* Since version 3 the server gives ids. */
	if (we_name) {
		if (command->resource_id)
			return "a resource id that is not for the client to choose";
		create.resource_id = ++connection->last_id;
	}
	const char *why = connection->handler->create_resource(connection->data, &create, &fd);
	if (why)
		return why;
	if (we_name)
		return reply(connection, command->id, &create.resource_id, 1, fd);
	return fd < 0 ? NULL : vtest_connection_reply(connection, NULL, 0, fd);
}

static const char *execute_unref(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	return connection->handler->unref_resource(connection->data, command->resource_id);
}

/* Memory for the transfer's data, or NULL and why not. */
static uint8_t *connection_hold(struct vtest_connection *connection, size_t bytes, const char **why)
{
	*why = VTEST_WHY_MEMORY;
	if (!connection->handler->hold(connection->data, bytes))
		return NULL;
	connection->held_bytes = bytes;
	uint8_t *data = calloc(1, bytes);
	if (data)
		*why = NULL;
	return data;
}

static const char *execute_put(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	const char *why;

	if (!command->transfer.data_bytes)
		return connection->handler->transfer(connection->data, command, false, NULL);
	connection->data_in = connection_hold(connection, command->transfer.data_bytes, &why);
	connection->data_len = 0;
	connection->put = *command;
	return why;
}

static const char *execute_get(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	size_t bytes = command->transfer.data_bytes;
	const char *why;

	if (!bytes)
		return connection->handler->transfer(connection->data, command, true, NULL);
	uint8_t *data = connection_hold(connection, bytes, &why);
	if (!data)
		return why;
	why = connection->handler->transfer(connection->data, command, true, data);
	if (!why)
		return vtest_connection_reply_held(connection, data, bytes);
	free(data);
	return why;
}

static const char *execute_submit(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	bool waits = false;

	const char *why = connection->handler->submit(
		connection->data, (uint32_t *)command->tail, command->tail_len / 4, &waits);
	if (!why && waits)
		connection->wait = VTEST_WAIT_SUBMIT;
	return why;
}

const char *vtest_connection_tell_idle(struct vtest_connection *connection, bool busy)
{
	uint32_t answer = busy;
	return reply(connection, VTEST_RESOURCE_BUSY_WAIT, &answer, 1, -1);
}

static const char *execute_busy_wait(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	bool waits = command->busy_wait.flags & VTEST_BUSY_WAIT_WAITS;
	bool idle = connection->handler->is_idle(
		connection->data, command->resource_id, waits);

	if (!idle && waits) {
		connection->wait = VTEST_WAIT_IDLE;
		return NULL;
	}
	return vtest_connection_tell_idle(connection, !idle);
}

static const struct execution {
	const char *(*execute)(
		struct vtest_connection *connection, const struct vtest_command *command);
	bool needs_context;
} executions[] = {
	[VTEST_GET_CAPS] = { execute_capset, false },
	[VTEST_RESOURCE_CREATE] = { execute_create, true },
	[VTEST_RESOURCE_UNREF] = { execute_unref, true },
	[VTEST_TRANSFER_GET] = { execute_get, true },
	[VTEST_TRANSFER_PUT] = { execute_put, true },
	[VTEST_SUBMIT_CMD] = { execute_submit, true },
	[VTEST_RESOURCE_BUSY_WAIT] = { execute_busy_wait, false },
	[VTEST_CREATE_RENDERER] = { execute_greeting, false },
	[VTEST_GET_CAPS2] = { execute_capset, false },
	[VTEST_PING_PROTOCOL_VERSION] = { execute_ping, false },
	[VTEST_PROTOCOL_VERSION] = { execute_version, false },
	[VTEST_RESOURCE_CREATE2] = { execute_create, true },
	[VTEST_TRANSFER_GET2] = { execute_get, true },
	[VTEST_TRANSFER_PUT2] = { execute_put, true },
	[VTEST_GET_PARAM] = { execute_param, false },
	[VTEST_GET_CAPSET] = { execute_capset, false },
	[VTEST_CONTEXT_INIT] = { execute_context, false },
};

const char *vtest_connection_execute(
	struct vtest_connection *connection, const struct vtest_command *command)
{
	const struct execution *execution = &executions[command->id];
	const char *why = NULL;

	if (!connection->greeted && command->id != VTEST_CREATE_RENDERER)
		return "a command before CREATE_RENDERER";
	if (execution->needs_context)
		why = connection_need_context(connection, 0);
	return why ? why : execution->execute(connection, command);
}
