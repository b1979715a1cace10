/* SPDX-License-Identifier: MIT */
/* The seat, by libseat. */
#include "compositor/seat/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libseat.h>

#include "base/clock.h"
#include "base/log.h"

#define SESSION_WAIT_MS 10000

static void session_log(enum libseat_log_level level, const char *format, va_list arguments)
{
	static struct log_limit limit;
	char line[256];

	vsnprintf(line, sizeof(line), format, arguments);
	log_limited(&limit, level == LIBSEAT_LOG_LEVEL_ERROR ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG,
		"libseat: %s", line);
}

static void session_tell(struct session *session, bool is_enabled)
{
	struct session_listener *listener;

	list_for_each (listener, &session->listeners, link) {
		if (is_enabled)
			listener->enabled(listener);
		else
			listener->disabled(listener);
	}
}

static void session_handle_enable(struct libseat *seat, void *data)
{
	struct session *session = data;
	bool was_told = session->source.loop;

	session->active = true;
	if (was_told)
		session_tell(session, true);
}

static void session_handle_disable(struct libseat *seat, void *data)
{
	struct session *session = data;

	session->active = false;
	if (session->source.loop)
		session_tell(session, false);
	libseat_disable_seat(seat);
}

static const struct libseat_seat_listener seat_listener = {
	.enable_seat = session_handle_enable,
	.disable_seat = session_handle_disable,
};

static void session_dispatch(struct session *session)
{
	static struct log_limit limit;

	if (libseat_dispatch(session->seat, 0) >= 0)
		return;
	log_limited(&limit, LOG_LEVEL_ERROR, "the seat is lost: %s", strerror(errno));
	loop_stop(session->source.loop, -errno);
}

static void session_handle_readable(struct loop_source *source, uint32_t events)
{
	session_dispatch(container_of(source, struct session, source));
}

/* While it waits for an answer libseat may read what would not be told of till the next event. */
static void session_handle_unread(struct loop_hook *hook)
{
	session_dispatch(container_of(hook, struct session, unread));
}

static int session_wait(struct session *session)
{
	int64_t deadline_ns = clock_now_ns() + SESSION_WAIT_MS * NSEC_PER_MSEC;

	while (!session->active) {
		int64_t left_ms = (deadline_ns - clock_now_ns()) / NSEC_PER_MSEC;
		if (left_ms <= 0) {
			log_error("the seat does not come: another session has it, or neither seatd nor "
				  "logind gives it to this account");
			return -EBUSY;
		}
		if (libseat_dispatch(session->seat, left_ms) < 0)
			return -errno;
	}
	return 0;
}

int session_open(struct session *session, struct loop *loop)
{
	*session = (struct session){ .has_terminals = access("/dev/tty0", F_OK) == 0 };
	list_init(&session->listeners);
	loop_hook_init(&session->unread, session_handle_unread);
	libseat_set_log_handler(session_log);
	libseat_set_log_level(LIBSEAT_LOG_LEVEL_INFO);
	session->seat = libseat_open_seat(&seat_listener, session);
	if (!session->seat) {
		int ret = errno ? -errno : -ENOTSUP;
		log_error("no seat: %s (is seatd or logind there?)", strerror(-ret));
		return ret;
	}
	int ret = session_wait(session);
	return ret < 0 ? ret
		       : loop_add(loop, &session->source, libseat_get_fd(session->seat), EPOLLIN,
				 session_handle_readable);
}

void session_close(struct session *session)
{
	if (!session->seat)
		return;
	loop_hook_disarm(&session->unread);
	loop_remove(&session->source);
	libseat_close_seat(session->seat);
	session->seat = NULL;
}

void session_listen(struct session *session, struct session_listener *listener)
{
	list_append(&session->listeners, &listener->link);
}

const char *session_name(struct session *session)
{
	return libseat_seat_name(session->seat);
}

void session_switch(struct session *session, int to)
{
	if (libseat_switch_session(session->seat, to) < 0)
		log_info("session %d: %s", to, strerror(errno));
}

int session_open_device(struct session *session, const char *path, int *id)
{
	int fd;
	int device = libseat_open_device(session->seat, path, &fd);

	if (device < 0)
		return -errno;
	if (session->source.loop)
		loop_hook_arm(session->source.loop, &session->unread);
	*id = device;
	return fd;
}

void session_close_device(struct session *session, int id, int take_fd)
{
	libseat_close_device(session->seat, id);
	close(take_fd);
}
