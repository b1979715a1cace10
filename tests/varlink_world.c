/* SPDX-License-Identifier: MIT */
/* A Varlink service, and clients of it. */
#include "tests/varlink_world.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

struct varlink_world varlink;

static void handle_echo(struct varlink_call *call, struct json_object *parameters, void *data)
{
	assert_ptr_equal(data, &varlink);
	varlink_reply(call, json_object_get(parameters));
}

static void handle_note(struct varlink_call *call, struct json_object *parameters, void *data)
{
	varlink.n_noted++;
	varlink_reply(call, NULL);
}

static void handle_big(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct json_object *reply = json_object_new_object();
	char *text = malloc(BIG_BYTES);

	memset(text, 'x', BIG_BYTES);
	json_object_object_add(reply, "text", json_object_new_string_len(text, BIG_BYTES));
	free(text);
	varlink_reply(call, reply);
}

static void handle_fd(struct varlink_call *call, struct json_object *parameters, void *data)
{
	int fd = memfd_create_sealed("test", 4);

	varlink.n_given++;
	assert_int_equal(pwrite(fd, "fine", 4, 0), 4);
	varlink_reply_fd(call, NULL, fd);
}

static void hold_cancelled(void *data)
{
	assert_ptr_equal(data, &varlink);
	varlink.held = NULL;
	varlink.n_cancelled++;
}

static void handle_hold(struct varlink_call *call, struct json_object *parameters, void *data)
{
	varlink.held = call;
	varlink_call_hold(call, hold_cancelled, data);
}

static void kept_gone(void *data)
{
	assert_ptr_equal(data, &varlink.n_kept);
	varlink.n_gone++;
}

/* Once for each connection. */
static void handle_keep(struct varlink_call *call, struct json_object *parameters, void *data)
{
	if (!varlink_call_kept(call)) {
		varlink.n_kept++;
		varlink_call_keep(call, &varlink.n_kept, kept_gone);
	}
	assert_ptr_equal(varlink_call_kept(call), &varlink.n_kept);
	varlink_reply(call, NULL);
}

static const struct varlink_parameter echo_parameters[] = {
	{ "text", VARLINK_TYPE_STRING, false },
	{ "number", VARLINK_TYPE_INT, true },
	{ "flag", VARLINK_TYPE_BOOL, true },
	{ "list", VARLINK_TYPE_ARRAY, true },
};

const struct varlink_method varlink_methods[] = {
	{ "Echo", echo_parameters, 4, handle_echo },
	{ "Note", NULL, 0, handle_note },
	{ "Big", NULL, 0, handle_big },
	{ "Descriptor", NULL, 0, handle_fd },
	{ "Hold", NULL, 0, handle_hold },
	{ "Keep", NULL, 0, handle_keep },
};

static const struct varlink_interface test_interface = {
	.name = "org.test",
	.description = "interface org.test\n",
	.methods = varlink_methods,
	.n_methods = 6,
	.data = &varlink,
};

static const struct varlink_info test_info = { "v", "p", "1", "u" };

static void alarm_handle(struct loop_timer *timer)
{
	loop_stop(&varlink.loop, 0);
}

void turn(int64_t ns)
{
	loop_timer_set(&varlink.alarm, ns);
	varlink.loop.stop = false;
	assert_int_equal(loop_run(&varlink.loop), 0);
}

int varlink_setup(void **state)
{
	socklen_t len = sizeof(varlink.address);

	memset(&varlink, 0, sizeof(varlink));
	varlink.fds_before = count_fds();
	varlink.address.sun_family = AF_UNIX;
	/* An abstract address of the kernel's choice. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&varlink.address, sizeof(sa_family_t)) < 0 ||
		listen(fd, 64) < 0 ||
		getsockname(fd, (struct sockaddr *)&varlink.address, &len) < 0)
		return -1;
	if (loop_init(&varlink.loop) < 0 ||
		loop_timer_init(&varlink.alarm, &varlink.loop, alarm_handle) < 0)
		return -1;
	return varlink_server_create(
		&varlink.server, &varlink.loop, fd, &test_info, &test_interface, 1);
}

int varlink_teardown(void **state)
{
	varlink_server_destroy(varlink.server);
	loop_timer_finish(&varlink.alarm);
	loop_finish(&varlink.loop);
	return count_fds() == varlink.fds_before ? 0 : -1;
}

int client_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len = offsetof(struct sockaddr_un, sun_path) + 6;

	assert_int_equal(connect(fd, (struct sockaddr *)&varlink.address, len), 0);
	return fd;
}

void client_send(int fd, const void *text, size_t len)
{
	const char *at = text;
	int64_t deadline_ns = clock_now_ns() + PATIENCE_NS;

	while (len && clock_now_ns() < deadline_ns) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return; /* dropped meanwhile: the next read says so */
		if (n > 0) {
			at += n;
			len -= n;
		}
		turn(NSEC_PER_MSEC);
	}
	assert_int_equal(len, 0);
}

size_t client_receive(int fd, char *buf, size_t size)
{
	int64_t deadline_ns = clock_now_ns() + PATIENCE_NS;
	size_t len = 0;

	while (clock_now_ns() < deadline_ns) {
		assert_true(len < size);
		ssize_t n = recv(fd, buf + len, size - len, MSG_PEEK);
		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			assert_int_equal(len, 0);
			buf[0] = '\0';
			return 0;
		}
		if (n < 0) {
			turn(NSEC_PER_MSEC);
			continue;
		}
		const char *end = memchr(buf + len, '\0', n);
		n = end ? end + 1 - (buf + len) : n;
		assert_int_equal(recv(fd, buf + len, n, 0), n);
		len += n;
		if (end)
			return len - 1;
	}
	fail_msg("no answer");
	return 0;
}

void assert_answer(int fd, const char *expected)
{
	char buf[65536];

	client_receive(fd, buf, sizeof(buf));
	assert_string_equal(buf, expected);
}

void assert_call(int fd, const char *call, const char *expected)
{
	client_send(fd, call, strlen(call) + 1);
	assert_answer(fd, expected);
}

void assert_alive(void)
{
	int fd = client_connect();

	assert_call(fd, NOTE, EMPTY);
	close(fd);
}
