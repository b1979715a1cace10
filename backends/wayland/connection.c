/* SPDX-License-Identifier: MIT */
/* A guest's connection to its compositor: opened, read, lost, opened again. */
#include "backends/wayland/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/wayland/presenter.h"
#include "base/clock.h"

#define RETRY_NS NSEC_PER_SEC
/* What the compositor refused once it will probably refuse again. */
#define RETRY_REFUSED_S 30

/* The text of a protocol error comes to the log handler only, which is the process's. */
static char library_text[200];

static void library_log(const char *fmt, va_list args)
{
	vsnprintf(library_text, sizeof(library_text), fmt, args);
	library_text[strcspn(library_text, "\n")] = '\0';
	log_debug("libwayland: %s", library_text);
}

static void connection_set_state(struct connection *connection, enum connection_state state)
{
	connection->state = state;
	switch (state) {
	case CONNECTION_STATE_DOWN:
	case CONNECTION_STATE_UNFIT:
		break;
	case CONNECTION_STATE_GLOBALS:
	case CONNECTION_STATE_FORMATS:
		snprintf(connection->trouble, sizeof(connection->trouble),
			"the compositor at %s does not answer", connection->path);
		break;
	case CONNECTION_STATE_READY:
		connection->trouble[0] = '\0';
		connection->absence_said = false;
		log_info("guest %s: shown by the compositor at %s", connection->presenter->guest,
			connection->path);
		presenter_connected(connection->presenter);
		break;
	}
}

static void connection_sync(struct connection *connection);

/* Everything asked for before the sync has been answered. */
static void connection_handle_synced(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct connection *connection = data;
	uint32_t version;

	wl_callback_destroy(callback);
	connection->sync = NULL;
	if (connection->state == CONNECTION_STATE_FORMATS) {
		connection_set_state(connection, CONNECTION_STATE_READY);
		return;
	}
	const char *missing = globals_find_missing(&connection->globals, &version);
	if (!missing) {
		connection_set_state(connection, CONNECTION_STATE_FORMATS);
		connection_sync(connection);
		return;
	}
	connection_set_state(connection, CONNECTION_STATE_UNFIT);
	snprintf(connection->trouble, sizeof(connection->trouble),
		"the compositor at %s lacks %s version %u", connection->path, missing, version);
	log_warn("guest %s: %s", connection->presenter->guest, connection->trouble);
}

static const struct wl_callback_listener sync_listener = {
	.done = connection_handle_synced,
};

static void connection_sync(struct connection *connection)
{
	connection->sync = wl_display_sync(connection->display);
	if (connection->sync)
		wl_callback_add_listener(connection->sync, &sync_listener, connection);
}

static void connection_close(struct connection *connection)
{
	loop_remove(&connection->source);
	if (connection->sync)
		wl_callback_destroy(connection->sync);
	connection->sync = NULL;
	globals_finish(&connection->globals);
	if (connection->display)
		wl_display_disconnect(connection->display);
	connection->display = NULL;
	connection->congested = false;
	connection_set_state(connection, CONNECTION_STATE_DOWN);
}

static void connection_lose(struct connection *connection, int error)
{
	/* What libwayland makes of the compositor's error event. */
	bool refused = error == EPROTO || error == EINVAL;
	enum log_level level = refused ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;

	if (refused)
		snprintf(connection->trouble, sizeof(connection->trouble),
			"the compositor at %s refused us (%s); next try in %d s", connection->path,
			library_text[0] ? library_text : strerror(error), RETRY_REFUSED_S);
	else
		snprintf(connection->trouble, sizeof(connection->trouble),
			"the compositor at %s is gone (%s); it is tried again every second",
			connection->path, strerror(error));
	log_limited(&connection->limit, level, "guest %s: %s", connection->presenter->guest,
		connection->trouble);
	connection->absence_said = true;
	presenter_disconnected(connection->presenter);
	connection_close(connection);
	loop_timer_set(&connection->retry, refused ? RETRY_REFUSED_S * NSEC_PER_SEC : RETRY_NS);
}

/* 0, or the error that ends the connection. */
static int connection_dispatch(struct connection *connection, uint32_t events)
{
	struct wl_display *display = connection->display;

	library_text[0] = '\0';
	if (events & EPOLLOUT) {
		connection->congested = false;
		loop_change(&connection->source, EPOLLIN);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		while (wl_display_prepare_read(display) != 0) {
			if (wl_display_dispatch_pending(display) < 0)
				return wl_display_get_error(display);
		}
		if (wl_display_read_events(display) < 0)
			return wl_display_get_error(display);
	}
	if (wl_display_dispatch_pending(display) < 0)
		return wl_display_get_error(display);
	connection_has_room(connection);
	presenter_arm_commit(connection->presenter);
	return wl_display_get_error(display);
}

static void connection_handle(struct loop_source *source, uint32_t events)
{
	struct connection *connection = container_of(source, struct connection, source);
	int error = connection_dispatch(connection, events);

	if (error)
		connection_lose(connection, error);
}

/* The path of the socket, as wl_display_connect would find it. */
static void connection_find_path(struct connection *connection, const char *name)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	size_t size = sizeof(connection->path);
	int len = 0;

	if (!name)
		name = getenv("WAYLAND_DISPLAY");
	if (!name || !*name)
		name = "wayland-0";
	snprintf(connection->what, sizeof(connection->what), "wayland (%s)", name);
	if (name[0] == '/')
		len = snprintf(connection->path, size, "%s", name);
	else if (dir)
		len = snprintf(connection->path, size, "%s/%s", dir, name);
	if (len <= 0 || (size_t)len >= size)
		connection->path[0] = '\0';
}

/* A connected socket or negative errno. A full backlog is -EAGAIN: nothing to wait for. */
static int connection_open_socket(const struct connection *connection)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!connection->path[0])
		return -ENOENT;
	memcpy(address.sun_path, connection->path, sizeof(address.sun_path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int connection_open(struct connection *connection)
{
	int fd = connection_open_socket(connection);
	if (fd < 0)
		return fd;
	connection->display = wl_display_connect_to_fd(fd); /* takes the descriptor */
	if (!connection->display)
		return -ENOMEM;
	int ret = loop_add(connection->loop, &connection->source,
		wl_display_get_fd(connection->display), EPOLLIN, connection_handle);
	if (ret < 0)
		return ret;
	ret = globals_bind(&connection->globals, connection->display);
	if (ret < 0)
		return ret;
	connection_set_state(connection, CONNECTION_STATE_GLOBALS);
	connection_sync(connection);
	connection_has_room(connection);
	return 0;
}

static void connection_try(struct connection *connection)
{
	int ret = connection_open(connection);
	if (ret == 0)
		return;
	connection_close(connection);
	loop_timer_set(&connection->retry, RETRY_NS);
	if (connection->path[0])
		snprintf(connection->trouble, sizeof(connection->trouble),
			"no compositor at %s (%s); it is tried again every second",
			connection->path, strerror(-ret));
	else
		snprintf(connection->trouble, sizeof(connection->trouble),
			"where is the compositor? %s needs XDG_RUNTIME_DIR", connection->what);
	if (!connection->absence_said)
		log_info("guest %s: %s", connection->presenter->guest, connection->trouble);
	connection->absence_said = true;
}

static void connection_handle_retry(struct loop_timer *timer)
{
	connection_try(container_of(timer, struct connection, retry));
}

void connection_init(struct connection *connection, struct presenter *presenter, struct loop *loop)
{
	*connection = (struct connection){ .presenter = presenter, .loop = loop };
	connection->retry.source.fd = -1;
	globals_init(&connection->globals);
}

int connection_start(struct connection *connection, const char *display)
{
	int ret = loop_timer_init(&connection->retry, connection->loop, connection_handle_retry);
	if (ret < 0)
		return ret;
	wl_log_set_handler_client(library_log);
	connection_find_path(connection, display);
	connection_try(connection);
	return 0;
}

void connection_finish(struct connection *connection)
{
	connection_close(connection);
	loop_timer_finish(&connection->retry);
}

bool connection_is_ready(const struct connection *connection)
{
	return connection->state == CONNECTION_STATE_READY;
}

bool connection_has_room(struct connection *connection)
{
	if (connection->congested)
		return false;
	if (wl_display_flush(connection->display) >= 0)
		return true;
	/*
	 * Full (EAGAIN): the socket says when it is not. Closed (EPIPE) or broken: the
	 * socket says that too, and reading then tells why.
	 */
	connection->congested = true;
	loop_change(&connection->source, EPOLLIN | EPOLLOUT);
	return false;
}
