/* SPDX-License-Identifier: MIT */
/*
 * A Varlink service. Each client is in one of four states:
 *
 *   READING --a whole message--> CALLING --answered--> WRITING --sent--> READING
 *   READING --a call, but the last reply's descriptor is not taken--> WAITING --> READING
 *
 * Only READING reads the socket, so a client that calls without end waits for
 * itself. A reply is queued where it is made and sent from the client's own
 * dispatch, which is thus the only place (with the stall timer) where a client
 * ends. At most one call a turn: one that is already in the buffer comes back
 * with the next turn's EPOLLOUT.
 */
#include "base/varlink.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "base/varlink_message.h"

#define VARLINK_IN_START 4096
#define VARLINK_WAIT_NS (5 * NSEC_PER_MSEC)

enum varlink_state {
	VARLINK_STATE_READING,
	VARLINK_STATE_CALLING,
	VARLINK_STATE_WRITING,
	VARLINK_STATE_WAITING,
};

struct varlink_call {
	struct varlink_message message;
	void (*cancelled)(void *data); /* of a held call */
	void *data;
};

struct varlink_client {
	struct list link; /* of varlink_server.clients */
	struct varlink_server *server;
	struct loop_source source;
	struct loop_timer stall;
	int fd;
	enum varlink_state state;
	char *in;
	size_t in_len, in_size;
	size_t in_scanned; /* no NUL before */
	char *out;
	size_t out_len, out_sent;
	int out_fd; /* goes with the first byte; -1: none */
	bool gave_fd; /* with the last reply */
	int64_t sent_ns; /* when the last reply was */
	struct varlink_call call;
	void *kept; /* by a handler, over calls; NULL: nothing */
	void (*gone)(void *data);
};

struct varlink_server {
	struct loop *loop;
	struct loop_source source;
	struct loop_timer pause; /* of accepting, when descriptors ran out */
	int fd;
	const struct varlink_info *info;
	const struct varlink_interface *interfaces;
	size_t n_interfaces;
	struct list clients;
	size_t n_clients;
	struct log_limit limit;
};

static const char service_description[] =
#include "org.varlink.service.varlink.h"
	;

static struct varlink_client *client_of(struct varlink_call *call)
{
	return container_of(call, struct varlink_client, call);
}

static void client_end_call(struct varlink_client *client)
{
	varlink_message_finish(&client->call.message);
	client->call = (struct varlink_call){ 0 };
}

static void client_destroy(struct varlink_client *client)
{
	if (client->call.cancelled)
		client->call.cancelled(client->call.data);
	client_end_call(client);
	if (client->kept)
		client->gone(client->kept);
	if (!list_empty(&client->link)) {
		list_remove(&client->link);
		client->server->n_clients--;
	}
	loop_timer_finish(&client->stall);
	loop_remove(&client->source);
	fd_close(&client->fd);
	fd_close(&client->out_fd);
	free(client->in);
	free(client->out);
	free(client);
}

static void client_drop(struct varlink_client *client, const char *why)
{
	log_limited(&client->server->limit, LOG_LEVEL_WARN, "control client dropped: %s", why);
	client_destroy(client);
}

static bool client_has_message(struct varlink_client *client)
{
	const char *end =
		memchr(client->in + client->in_scanned, '\0', client->in_len - client->in_scanned);

	client->in_scanned = end ? (size_t)(end - client->in) : client->in_len;
	return end != NULL;
}

/* What the client waits for follows from its state and its buffer. */
static void client_set_state(struct varlink_client *client, enum varlink_state state)
{
	int64_t stall_ns = state == VARLINK_STATE_WAITING ? VARLINK_WAIT_NS : 0;
	uint32_t events = 0;

	client->state = state;
	switch (state) {
	case VARLINK_STATE_READING:
		events = EPOLLIN;
		if (client_has_message(client))
			events = EPOLLOUT;
		else if (client->in_len > 0)
			stall_ns = VARLINK_STALL_NS;
		break;
	case VARLINK_STATE_CALLING:
	case VARLINK_STATE_WAITING:
		break;
	case VARLINK_STATE_WRITING:
		events = EPOLLOUT;
		stall_ns = VARLINK_STALL_NS;
		break;
	}
	loop_change(&client->source, events);
	loop_timer_set(&client->stall, stall_ns);
}

/* Queues the reply and ends the call. The strings may be the call's own. */
static void call_answer(struct varlink_call *call, const char *error,
	struct json_object *take_parameters, int take_fd)
{
	struct varlink_client *client = client_of(call);
	struct json_object *reply = json_object_new_object();
	size_t len;

	assert(client->state == VARLINK_STATE_CALLING);
	bool oneway = call->message.oneway;
	if (error)
		json_object_object_add(reply, "error", json_object_new_string(error));
	json_object_object_add(
		reply, "parameters", take_parameters ? take_parameters : json_object_new_object());
	const char *text = json_object_to_json_string_length(
		reply, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!oneway) {
		/* Without memory, or too long: the client is dropped. */
		client->out = text && len < VARLINK_REPLY_MAX ? malloc(len + 1) : NULL;
		client->out_len = client->out ? len + 1 : 0;
		client->out_sent = 0;
		client->out_fd = take_fd;
		client->gave_fd = take_fd >= 0;
		take_fd = -1;
		if (client->out)
			memcpy(client->out, text, len + 1);
	}
	fd_close(&take_fd);
	json_object_put(reply);
	client_end_call(client);
	client_set_state(client, oneway ? VARLINK_STATE_READING : VARLINK_STATE_WRITING);
}

void varlink_reply(struct varlink_call *call, struct json_object *take_parameters)
{
	call_answer(call, NULL, take_parameters, -1);
}

void varlink_reply_fd(struct varlink_call *call, struct json_object *take_parameters, int take_fd)
{
	call_answer(call, NULL, take_parameters, take_fd);
}

void varlink_error(
	struct varlink_call *call, const char *error, struct json_object *take_parameters)
{
	call_answer(call, error, take_parameters, -1);
}

/* An error of org.varlink.service, which all have one string. */
static void call_refuse(
	struct varlink_call *call, const char *error, const char *key, const char *value)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, key, json_object_new_string(value));
	call_answer(call, error, parameters, -1);
}

void varlink_error_parameter(struct varlink_call *call, const char *parameter)
{
	call_refuse(call, "org.varlink.service.InvalidParameter", "parameter", parameter);
}

void varlink_call_hold(struct varlink_call *call, void (*cancelled)(void *data), void *data)
{
	call->cancelled = cancelled;
	call->data = data;
}

void varlink_call_keep(struct varlink_call *call, void *data, void (*gone)(void *data))
{
	struct varlink_client *client = client_of(call);

	assert(!client->kept);
	client->kept = data;
	client->gone = gone;
}

void *varlink_call_kept(struct varlink_call *call)
{
	return client_of(call)->kept;
}

static void service_get_info(struct varlink_call *call, struct json_object *parameters, void *data)
{
	const struct varlink_server *server = data;
	struct json_object *reply = json_object_new_object();
	struct json_object *names = json_object_new_array();

	json_object_array_add(names, json_object_new_string("org.varlink.service"));
	for (size_t i = 0; i < server->n_interfaces; i++)
		json_object_array_add(names, json_object_new_string(server->interfaces[i].name));
	json_object_object_add(reply, "vendor", json_object_new_string(server->info->vendor));
	json_object_object_add(reply, "product", json_object_new_string(server->info->product));
	json_object_object_add(reply, "version", json_object_new_string(server->info->version));
	json_object_object_add(reply, "url", json_object_new_string(server->info->url));
	json_object_object_add(reply, "interfaces", names);
	varlink_reply(call, reply);
}

static const struct varlink_interface *server_find_interface(
	const struct varlink_server *server, const char *name, size_t len);

static void service_get_description(
	struct varlink_call *call, struct json_object *parameters, void *data)
{
	const char *name = json_object_get_string(json_object_object_get(parameters, "interface"));
	const struct varlink_interface *interface = server_find_interface(data, name, strlen(name));

	if (!interface) {
		call_refuse(call, "org.varlink.service.InterfaceNotFound", "interface", name);
		return;
	}
	struct json_object *reply = json_object_new_object();
	json_object_object_add(
		reply, "description", json_object_new_string(interface->description));
	varlink_reply(call, reply);
}

static const struct varlink_parameter get_description_parameters[] = {
	{ "interface", VARLINK_TYPE_STRING, false },
};

static const struct varlink_method service_methods[] = {
	{ "GetInfo", NULL, 0, service_get_info },
	{ "GetInterfaceDescription", get_description_parameters, 1, service_get_description },
};

/* Its handlers' data is the server. */
static const struct varlink_interface service_interface = {
	.name = "org.varlink.service",
	.description = service_description,
	.methods = service_methods,
	.n_methods = sizeof(service_methods) / sizeof(service_methods[0]),
};

static const struct varlink_interface *server_find_interface(
	const struct varlink_server *server, const char *name, size_t len)
{
	const struct varlink_interface *interface = &service_interface;

	for (size_t i = 0;; i++) {
		if (strlen(interface->name) == len && memcmp(interface->name, name, len) == 0)
			return interface;
		if (i == server->n_interfaces)
			return NULL;
		interface = &server->interfaces[i];
	}
}

static const struct varlink_method *interface_find_method(
	const struct varlink_interface *interface, const char *name)
{
	for (size_t i = 0; i < interface->n_methods; i++) {
		if (strcmp(interface->methods[i].name, name) == 0)
			return &interface->methods[i];
	}
	return NULL;
}

/* Finds who serves the call. */
static void call_dispatch(struct varlink_call *call)
{
	struct varlink_server *server = client_of(call)->server;
	const char *name = call->message.method;
	const char *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);

	if (call->message.upgrade) {
		varlink_error_parameter(call, "upgrade");
		return;
	}
	const struct varlink_interface *interface = server_find_interface(server, name, len);
	if (!interface) {
		struct json_object *parameters = json_object_new_object();
		json_object_object_add(
			parameters, "interface", json_object_new_string_len(name, len));
		varlink_error(call, "org.varlink.service.InterfaceNotFound", parameters);
		return;
	}
	const struct varlink_method *method = interface_find_method(interface, dot + 1);
	if (!method) {
		call_refuse(call, "org.varlink.service.MethodNotFound", "method", name);
		return;
	}
	const char *wrong = varlink_method_check(method, call->message.parameters);
	if (wrong) {
		varlink_error_parameter(call, wrong);
		return;
	}
	method->handle(call, call->message.parameters,
		interface == &service_interface ? server : interface->data);
}

/* What a descriptor stands for is memory: there is no next one before it is taken. */
static bool client_must_wait(struct varlink_client *client)
{
	int unread = 0;

	return client->gave_fd && ioctl(client->fd, SIOCOUTQ, &unread) == 0 && unread > 0;
}

/* Takes the first message out of the buffer and serves it. Drops the client if it is no call. */
static void client_take_message(struct varlink_client *client)
{
	size_t len = client->in_scanned;
	struct varlink_call *call = &client->call;

	if (client_must_wait(client)) {
		client_set_state(client, VARLINK_STATE_WAITING);
		return;
	}
	const char *wrong = varlink_message_parse(&call->message, client->in, len);
	if (wrong) {
		client_drop(client, wrong);
		return;
	}
	client->in_len -= len + 1;
	memmove(client->in, client->in + len + 1, client->in_len);
	client->in_scanned = 0;
	client_set_state(client, VARLINK_STATE_CALLING);
	call_dispatch(call);
	assert(client->state != VARLINK_STATE_CALLING || call->cancelled);
}

static bool client_grow(struct varlink_client *client)
{
	size_t size = client->in_size * 2;
	char *in = size <= VARLINK_CALL_MAX ? realloc(client->in, size) : NULL;

	if (!in)
		return false;
	client->in = in;
	client->in_size = size;
	return true;
}

static void client_read(struct varlink_client *client)
{
	int fds[IO_FDS_MAX];
	size_t n_fds;

	if (client->in_len == client->in_size && !client_grow(client)) {
		client_drop(client, "a message is longer than 64 KiB");
		return;
	}
	ssize_t n = io_recv(client->fd, client->in + client->in_len,
		client->in_size - client->in_len, fds, &n_fds);
	fd_close_all(fds, n_fds);
	if (n == -EAGAIN)
		return;
	if (n_fds || n == -EPROTO) {
		client_drop(client, "it sent a file descriptor");
		return;
	}
	if (n <= 0) {
		if (client->in_len)
			client_drop(client, "it left in the middle of a message");
		else
			client_destroy(client);
		return;
	}
	bool had_some = client->in_len > 0;
	client->in_len += n;
	if (client_has_message(client))
		client_take_message(client);
	else if (!had_some)
		client_set_state(client, VARLINK_STATE_READING); /* starts the stall timer */
}

static void client_write(struct varlink_client *client)
{
	if (!client->out) {
		client_drop(client, "no memory for a reply");
		return;
	}
	ssize_t n = io_send(client->fd, client->out + client->out_sent,
		client->out_len - client->out_sent, &client->out_fd, client->out_fd >= 0);

	if (n == -EAGAIN)
		return;
	if (n < 0) {
		client_destroy(client); /* it went away */
		return;
	}
	fd_close(&client->out_fd);
	client->out_sent += n;
	if (client->out_sent < client->out_len)
		return;
	free(client->out);
	client->out = NULL;
	client->sent_ns = clock_now_ns();
	client_set_state(client, VARLINK_STATE_READING);
}

static void client_dispatch(struct loop_source *source, uint32_t events)
{
	struct varlink_client *client = container_of(source, struct varlink_client, source);

	switch (client->state) {
	case VARLINK_STATE_READING:
		if (client_has_message(client))
			client_take_message(client);
		else
			client_read(client);
		break;
	case VARLINK_STATE_CALLING:
	case VARLINK_STATE_WAITING:
		client_destroy(client); /* only an error or a hangup comes here */
		break;
	case VARLINK_STATE_WRITING:
		client_write(client);
		break;
	}
}

static void client_handle_stall(struct loop_timer *timer)
{
	struct varlink_client *client = container_of(timer, struct varlink_client, stall);

	if (client->state == VARLINK_STATE_WAITING &&
		clock_now_ns() - client->sent_ns < VARLINK_STALL_NS)
		client_set_state(client, VARLINK_STATE_READING);
	else
		client_drop(client, client->state == VARLINK_STATE_READING
					    ? "it sent half a message"
					    : "it does not read its reply");
}

static int client_create(struct varlink_server *server, int take_fd)
{
	struct varlink_client *client = calloc(1, sizeof(*client));
	int ret = -ENOMEM;

	if (!client) {
		fd_close(&take_fd);
		return ret;
	}
	list_init(&client->link);
	client->server = server;
	client->fd = take_fd;
	client->out_fd = -1;
	client->stall.source.fd = -1;
	client->in_size = VARLINK_IN_START;
	client->in = malloc(client->in_size);
	if (!client->in)
		goto fail;
	ret = loop_timer_init(&client->stall, server->loop, client_handle_stall);
	if (ret < 0)
		goto fail;
	ret = loop_add(server->loop, &client->source, client->fd, EPOLLIN, client_dispatch);
	if (ret < 0)
		goto fail;
	list_append(&server->clients, &client->link);
	server->n_clients++;
	return 0;
fail:
	client_destroy(client);
	return ret;
}

/* Negative errno: the socket is still ready, and will be as long as something lacks. */
static int server_accept(struct varlink_server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EAGAIN || errno == ECONNABORTED || errno == EINTR ? 0 : -errno;
	if (server->n_clients < VARLINK_CLIENTS_MAX)
		return client_create(server, fd);
	fd_close(&fd);
	log_limited(&server->limit, LOG_LEVEL_WARN, "control client refused: %u are connected",
		VARLINK_CLIENTS_MAX);
	return 0;
}

static void server_dispatch(struct loop_source *source, uint32_t events)
{
	struct varlink_server *server = container_of(source, struct varlink_server, source);

	int ret = server_accept(server);
	if (ret < 0) {
		log_limited(&server->limit, LOG_LEVEL_WARN, "control client refused: %s",
			strerror(-ret));
		loop_change(&server->source, 0);
		loop_timer_set(&server->pause, NSEC_PER_SEC);
	}
}

static void server_handle_pause(struct loop_timer *timer)
{
	struct varlink_server *server = container_of(timer, struct varlink_server, pause);

	loop_change(&server->source, EPOLLIN);
}

int varlink_server_create(struct varlink_server **server_out, struct loop *loop, int take_fd,
	const struct varlink_info *info, const struct varlink_interface *interfaces,
	size_t n_interfaces)
{
	struct varlink_server *server = calloc(1, sizeof(*server));
	int ret = -ENOMEM;

	if (!server) {
		fd_close(&take_fd);
		return ret;
	}
	server->loop = loop;
	server->fd = take_fd;
	server->info = info;
	server->interfaces = interfaces;
	server->n_interfaces = n_interfaces;
	list_init(&server->clients);
	server->pause.source.fd = -1;

	ret = fd_set_nonblock(server->fd);
	if (ret < 0)
		goto fail;
	ret = loop_timer_init(&server->pause, loop, server_handle_pause);
	if (ret < 0)
		goto fail;
	ret = loop_add(loop, &server->source, server->fd, EPOLLIN, server_dispatch);
	if (ret < 0)
		goto fail;
	*server_out = server;
	return 0;
fail:
	varlink_server_destroy(server);
	return ret;
}

void varlink_server_destroy(struct varlink_server *server)
{
	struct varlink_client *client, *next;

	if (!server)
		return;
	list_for_each_safe(client, next, &server->clients, link)
		client_destroy(client);
	loop_timer_finish(&server->pause);
	loop_remove(&server->source);
	fd_close(&server->fd);
	free(server);
}
