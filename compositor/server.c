/* SPDX-License-Identifier: MIT */
/* The Wayland display on our loop. */
#include "compositor/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/service.h"
#include "base/socket.h"
#include "compositor/census.h"
#include "compositor/output_global.h"
#include "compositor/screen.h"
#include "compositor/surface/linux_dmabuf.h"
#include "compositor/watch.h"

static void server_handle_wayland(struct loop_source *source, uint32_t events)
{
	struct server *server = container_of(source, struct server, wayland);

	wl_event_loop_dispatch(wl_display_get_event_loop(server->display), 0);
	server_flush(server);
}

static void server_handle_flush(struct loop_hook *hook)
{
	wl_display_flush_clients(container_of(hook, struct server, flush)->display);
}

void server_flush(struct server *server)
{
	loop_hook_arm(&server->loop, &server->flush);
}

static void server_log(const char *format, va_list arguments)
{
	static struct log_limit limit;
	char line[256];

	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	/* Of clients that break the protocol, above all, with the id of their process. */
	log_limited(&limit, LOG_LEVEL_WARN, "libwayland: %s", line);
}

static void server_handle_painter(struct painters *painters)
{
	struct server *server = container_of(painters, struct server, painters);

	if (server->linux_dmabuf)
		linux_dmabuf_set_painter(server->linux_dmabuf, painters->current);
	screens_damage_all(server);
}

int server_init(struct server *server, struct config *config)
{
	*server = (struct server){ .loop.epoll_fd = -1, .config = config };
	list_init(&server->screens);
	list_init(&server->outputs);
	list_init(&server->gone_outputs);
	list_init(&server->toplevels);
	list_init(&server->mapped);
	list_init(&server->pings);
	server->watch.source.fd = server->screenshots.timer.source.fd = -1;
	loop_hook_init(&server->flush, server_handle_flush);
	wl_log_set_handler_server(server_log);
	int ret = loop_init(&server->loop);
	if (ret == 0)
		ret = painters_init(&server->painters, &server->loop, server_handle_painter);
	if (ret < 0)
		return ret;
	server->display = wl_display_create();
	if (!server->display)
		return -ENOMEM;
	census_init(&server->client_created, server->display);
	ret = watch_init(&server->watch, server);
	if (ret == 0)
		ret = screenshots_init(&server->screenshots, &server->loop);
	if (ret < 0)
		return ret;
	return loop_add(&server->loop, &server->wayland,
		wl_event_loop_get_fd(wl_display_get_event_loop(server->display)), EPOLLIN,
		server_handle_wayland);
}

void server_drop_clients(struct server *server)
{
	if (server->display)
		wl_display_destroy_clients(server->display);
}

void server_finish(struct server *server)
{
	loop_hook_disarm(&server->flush);
	loop_remove(&server->wayland);
	loop_timer_finish(&server->watch);
	screenshots_finish(&server->screenshots);
	output_globals_finish(server);
	linux_dmabuf_destroy(server->linux_dmabuf);
	painters_finish(&server->painters);
	if (server->display)
		wl_display_destroy(server->display);
	server->display = NULL;
	loop_finish(&server->loop);
}

/* libwayland would remove any file that is in the way. */
static int server_check_socket(const char *dir, const char *socket)
{
	char path[256]; /* longer than a socket's may be */

	if (socket[0] == '/')
		return socket_check_place(socket);
	if (!dir || access(dir, W_OK | X_OK) < 0)
		return dir ? -errno : -ENOENT;
	snprintf(path, sizeof(path), "%s/%s", dir, socket);
	return socket[0] ? socket_check_place(path) : 0;
}

static int server_add_socket(struct server *server, const char *dir, const char **socket)
{
	int ret = server_check_socket(dir, *socket);
	if (ret < 0)
		return ret;
	errno = EIO;
	if (!**socket)
		*socket = wl_display_add_socket_auto(server->display);
	else if (wl_display_add_socket(server->display, *socket) < 0)
		return -errno;
	return *socket ? 0 : -errno;
}

int server_listen(struct server *server, const char *socket)
{
	const char *dir = getenv("XDG_RUNTIME_DIR"), *name = socket;

	int ret = server_add_socket(server, dir, &name);
	if (ret == 0)
		log_info("listens at %s", name);
	else if (ret == -EAGAIN)
		log_error("another compositor listens at %s", socket);
	else
		log_error("no Wayland socket %s (XDG_RUNTIME_DIR is %s): %s",
			socket[0] ? socket : "wayland-N", dir ? dir : "not set", strerror(-ret));
	return ret;
}

void server_check_ready(struct server *server)
{
	const struct screen *screen;

	if (server->is_ready)
		return;
	list_for_each (screen, &server->screens, link) {
		if (screen->n_frames == 0)
			return;
	}
	server->is_ready = true;
	service_notify("READY=1");
	if (server->ready)
		server->ready(server);
}
