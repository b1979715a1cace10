/* SPDX-License-Identifier: MIT */
/* The calling side of Varlink. */
#include "tools/varlink_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/io.h"

#define REPLY_MAX_BYTES (8 * 1024 * 1024)
#define REPLY_START_BYTES 16384
#define REPLY_DEPTH_MAX 16
#define REPLY_TIMEOUT_SEC 10

int varlink_connect(struct varlink_client *client, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = REPLY_TIMEOUT_SEC };

	client->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return -errno;
	if (setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
		setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
		connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int ret = -errno;
		fd_close(&client->fd);
		return ret;
	}
	return 0;
}

void varlink_disconnect(struct varlink_client *client)
{
	fd_close(&client->fd);
}

/* With its NUL. */
static int client_send(struct varlink_client *client, const char *text)
{
	size_t len = strlen(text) + 1;

	while (len) {
		ssize_t n = io_send(client->fd, text, len, NULL, 0);
		if (n < 0)
			return n == -EAGAIN ? -ETIMEDOUT : (int)n;
		text += n;
		len -= n;
	}
	return 0;
}

/* Keeps the first descriptor of a reply. */
static void reply_take_fds(struct varlink_reply *reply, int *fds, size_t n_fds)
{
	if (n_fds && reply->fd < 0) {
		reply->fd = fds[0];
		fds[0] = -1;
	}
	fd_close_all(fds, n_fds);
}

/* Reads to the NUL; `*text` is malloc'ed. */
static int client_receive(struct varlink_client *client, struct varlink_reply *reply, char **text)
{
	size_t size = REPLY_START_BYTES, len = 0;
	char *buf = malloc(size);
	int ret = -ENOMEM;

	while (buf) {
		int fds[IO_FDS_MAX];
		size_t n_fds;
		ssize_t n = io_recv(client->fd, buf + len, size - len, fds, &n_fds);
		reply_take_fds(reply, fds, n_fds);
		if (n <= 0) {
			ret = n == 0 ? -ENOTCONN : n == -EAGAIN ? -ETIMEDOUT : (int)n;
			break;
		}
		len += n;
		if (buf[len - 1] == '\0') {
			*text = buf;
			return 0;
		}
		if (len < size)
			continue;
		size *= 2;
		char *grown = size <= REPLY_MAX_BYTES ? realloc(buf, size) : NULL;
		if (!grown)
			break;
		buf = grown;
	}
	free(buf);
	return ret;
}

static int reply_parse(struct varlink_reply *reply, const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(REPLY_DEPTH_MAX);
	struct json_object *error;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	reply->message = json_tokener_parse_ex(tokener, text, strlen(text));
	bool whole = json_tokener_get_error(tokener) == json_tokener_success;
	json_tokener_free(tokener);
	if (!whole || !json_object_is_type(reply->message, json_type_object))
		return -EPROTO;

	if (!json_object_object_get_ex(reply->message, "parameters", &reply->parameters)) {
		reply->parameters = json_object_new_object();
		json_object_object_add(reply->message, "parameters", reply->parameters);
	}
	if (!json_object_is_type(reply->parameters, json_type_object))
		return -EPROTO;
	if (json_object_object_get_ex(reply->message, "error", &error))
		reply->error = json_object_get_string(error);
	return 0;
}

int varlink_call(struct varlink_client *client, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply)
{
	struct json_object *call = json_object_new_object();
	char *text = NULL;

	*reply = (struct varlink_reply){ .fd = -1 };
	json_object_object_add(call, "method", json_object_new_string(method));
	if (take_parameters)
		json_object_object_add(call, "parameters", take_parameters);
	int ret = client_send(client, json_object_to_json_string_ext(call, JSON_C_TO_STRING_PLAIN));
	json_object_put(call);
	if (ret == 0)
		ret = client_receive(client, reply, &text);
	if (ret == 0)
		ret = reply_parse(reply, text);
	free(text);
	if (ret < 0)
		varlink_reply_finish(reply);
	return ret;
}

void varlink_reply_finish(struct varlink_reply *reply)
{
	json_object_put(reply->message);
	fd_close(&reply->fd);
	*reply = (struct varlink_reply){ .fd = -1 };
}
