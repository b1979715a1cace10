/* SPDX-License-Identifier: MIT */
/* Metrics over HTTP, by libmicrohttpd, which has an epoll of its own within our loop. */
#include "daemon/metrics_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"
#include "daemon/metrics.h"

#define CONNECTIONS_MAX 8
#define CONNECTION_BYTES 16384
#define CONNECTION_SECONDS 10

struct metrics_server {
	struct daemon *daemon;
	struct MHD_Daemon *http;
	struct loop_source source; /* its epoll */
	struct loop_timer timer;   /* its limits of time */
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status,
	const char *header, const char *value, char *take_text, size_t len)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, take_text, MHD_RESPMEM_MUST_FREE);

	if (!response) {
		free(take_text);
		return MHD_NO;
	}
	MHD_add_response_header(response, header, value);
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_error(struct MHD_Connection *connection, unsigned status,
	const char *header, const char *value, const char *text)
{
	char *copy = strdup(text);

	return copy ? answer(connection, status, header, value, copy, strlen(copy)) : MHD_NO;
}

/* Called with the headers (`*seen` is NULL), then with what comes behind, then to be answered. */
static enum MHD_Result handle_request(void *data, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *body,
	size_t *body_len, void **seen)
{
	struct metrics_server *server = data;
	size_t len;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW,
			"GET, HEAD", "GET /metrics\n");
	if (!*seen) {
		*seen = server;
		return MHD_YES;
	}
	if (*body_len)
		return MHD_NO;
	if (strcmp(path, "/metrics") != 0)
		return answer_error(connection, MHD_HTTP_NOT_FOUND, MHD_HTTP_HEADER_CONTENT_TYPE,
			"text/plain", "There is /metrics.\n");
	char *text = metrics_print(server->daemon, &len);
	if (!text)
		return MHD_NO;
	return answer(connection, MHD_HTTP_OK, MHD_HTTP_HEADER_CONTENT_TYPE, METRICS_CONTENT_TYPE,
		text, len);
}

static bool server_is_full(const struct metrics_server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info && info->num_connections >= CONNECTIONS_MAX;
}

/* Once it is full it listens again only in the next run, which nothing else would bring about. */
static void server_run(struct metrics_server *server)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	bool was_full = server_is_full(server);

	MHD_run(server->http);
	if (was_full && !server_is_full(server))
		loop_timer_set(&server->timer, 1);
	else if (MHD_get_timeout(server->http, &wait_ms) == MHD_YES)
		loop_timer_set(&server->timer, wait_ms ? (int64_t)wait_ms * NSEC_PER_MSEC : 1);
	else
		loop_timer_set(&server->timer, 0);
}

static void server_handle_ready(struct loop_source *source, uint32_t events)
{
	server_run(container_of(source, struct metrics_server, source));
}

static void server_handle_timer(struct loop_timer *timer)
{
	server_run(container_of(timer, struct metrics_server, timer));
}

int metrics_server_create(
	struct metrics_server **server_out, struct loop *loop, int take_fd, struct daemon *daemon)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	const union MHD_DaemonInfo *info;
	int ret = -ENOMEM;

	if (!server)
		goto fail;
	server->daemon = daemon;
	ret = loop_timer_init(&server->timer, loop, server_handle_timer);
	if (ret < 0)
		goto fail;
	ret = -EIO;
	server->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle_request, server,
		MHD_OPTION_LISTEN_SOCKET, take_fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS, MHD_OPTION_END);
	if (!server->http)
		goto fail;
	take_fd = -1; /* it is its */
	info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
	ret = info ? loop_add(loop, &server->source, info->epoll_fd, EPOLLIN, server_handle_ready) :
		     -EIO;
	if (ret < 0)
		goto fail;
	*server_out = server;
	return 0;
fail:
	fd_close(&take_fd);
	metrics_server_destroy(server);
	return ret;
}

void metrics_server_destroy(struct metrics_server *server)
{
	if (!server)
		return;
	loop_remove(&server->source);
	loop_timer_finish(&server->timer);
	if (server->http)
		MHD_stop_daemon(server->http);
	free(server);
}
