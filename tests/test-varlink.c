/* SPDX-License-Identifier: MIT */
/* The Varlink service against clients good, slow and hostile. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/varlink.h"
#include "base/varlink_message.h"

#define PATIENCE_NS (30 * NSEC_PER_SEC)
#define BIG_BYTES (3 * 1024 * 1024)

static struct {
	struct loop loop;
	struct loop_timer alarm;
	struct varlink_server *server;
	struct sockaddr_un address;
	int fds_before;
	struct varlink_call *held;
	unsigned n_cancelled;
	unsigned n_kept, n_gone;
	unsigned n_noted;
} t;

static void handle_echo(struct varlink_call *call, struct json_object *parameters, void *data)
{
	assert_ptr_equal(data, &t);
	varlink_reply(call, json_object_get(parameters));
}

static void handle_note(struct varlink_call *call, struct json_object *parameters, void *data)
{
	t.n_noted++;
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

	assert_int_equal(pwrite(fd, "fine", 4, 0), 4);
	varlink_reply_fd(call, NULL, fd);
}

static void hold_cancelled(void *data)
{
	assert_ptr_equal(data, &t);
	t.held = NULL;
	t.n_cancelled++;
}

static void handle_hold(struct varlink_call *call, struct json_object *parameters, void *data)
{
	t.held = call;
	varlink_call_hold(call, hold_cancelled, data);
}

static void kept_gone(void *data)
{
	assert_ptr_equal(data, &t.n_kept);
	t.n_gone++;
}

/* Once for each connection. */
static void handle_keep(struct varlink_call *call, struct json_object *parameters, void *data)
{
	if (!varlink_call_kept(call)) {
		t.n_kept++;
		varlink_call_keep(call, &t.n_kept, kept_gone);
	}
	assert_ptr_equal(varlink_call_kept(call), &t.n_kept);
	varlink_reply(call, NULL);
}

static const struct varlink_parameter echo_parameters[] = {
	{ "text", VARLINK_TYPE_STRING, false },
	{ "number", VARLINK_TYPE_INT, true },
	{ "flag", VARLINK_TYPE_BOOL, true },
	{ "list", VARLINK_TYPE_ARRAY, true },
};

static const struct varlink_method test_methods[] = {
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
	.methods = test_methods,
	.n_methods = 6,
	.data = &t,
};

static const struct varlink_info test_info = { "v", "p", "1", "u" };

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void alarm_handle(struct loop_timer *timer)
{
	loop_stop(&t.loop, 0);
}

/* Runs the loop for a while. */
static void turn(int64_t ns)
{
	loop_timer_set(&t.alarm, ns);
	t.loop.stop = false;
	assert_int_equal(loop_run(&t.loop), 0);
}

static int setup(void **state)
{
	socklen_t len = sizeof(t.address);

	memset(&t, 0, sizeof(t));
	t.fds_before = count_fds();
	t.address.sun_family = AF_UNIX;
	/* An abstract address of the kernel's choice. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&t.address, sizeof(sa_family_t)) < 0 ||
		listen(fd, 64) < 0 || getsockname(fd, (struct sockaddr *)&t.address, &len) < 0)
		return -1;
	if (loop_init(&t.loop) < 0 || loop_timer_init(&t.alarm, &t.loop, alarm_handle) < 0)
		return -1;
	return varlink_server_create(&t.server, &t.loop, fd, &test_info, &test_interface, 1);
}

static int teardown(void **state)
{
	varlink_server_destroy(t.server);
	loop_timer_finish(&t.alarm);
	loop_finish(&t.loop);
	return count_fds() == t.fds_before ? 0 : -1;
}

static int client_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t len = offsetof(struct sockaddr_un, sun_path) + 6;

	assert_int_equal(connect(fd, (struct sockaddr *)&t.address, len), 0);
	return fd;
}

static void client_send(int fd, const void *text, size_t len)
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

/* The next message, without its NUL; 0 with "" at the end of the stream. */
static size_t client_receive(int fd, char *buf, size_t size)
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

static void assert_answer(int fd, const char *expected)
{
	char buf[65536];

	client_receive(fd, buf, sizeof(buf));
	assert_string_equal(buf, expected);
}

static void assert_call(int fd, const char *call, const char *expected)
{
	client_send(fd, call, strlen(call) + 1);
	assert_answer(fd, expected);
}

#define NOTE "{\"method\":\"org.test.Note\"}"
#define EMPTY "{\"parameters\":{}}"
#define ECHO(parameters) "{\"method\":\"org.test.Echo\",\"parameters\":{" parameters "}}"
#define SERVICE_ERROR(error, key, value)                                                           \
	"{\"error\":\"org.varlink.service." error "\",\"parameters\":{\"" key "\":\"" value "\"}}"
#define INVALID(parameter) SERVICE_ERROR("InvalidParameter", "parameter", parameter)

/* The service is as it was: a client is served. */
static void assert_alive(void)
{
	int fd = client_connect();

	assert_call(fd, NOTE, EMPTY);
	close(fd);
}

static void test_service(void **state)
{
	int fd = client_connect();

	assert_call(fd, "{\"method\":\"org.varlink.service.GetInfo\"}",
		"{\"parameters\":{\"vendor\":\"v\",\"product\":\"p\",\"version\":\"1\","
		"\"url\":\"u\",\"interfaces\":[\"org.varlink.service\",\"org.test\"]}}");
	assert_call(fd,
		"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		"\"parameters\":{\"interface\":\"org.test\"}}",
		"{\"parameters\":{\"description\":\"interface org.test\\n\"}}");
	assert_call(fd,
		"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		"\"parameters\":{\"interface\":\"org.tes\"}}",
		SERVICE_ERROR("InterfaceNotFound", "interface", "org.tes"));
	close(fd);
}

static void test_dispatch(void **state)
{
	static const char *const calls[][2] = {
		{ "{\"method\":\"org.none.Note\"}",
			SERVICE_ERROR("InterfaceNotFound", "interface", "org.none") },
		{ "{\"method\":\"org.test\"}",
			SERVICE_ERROR("InterfaceNotFound", "interface", "org") },
		{ "{\"method\":\"Note\"}",
			SERVICE_ERROR("InterfaceNotFound", "interface", "Note") },
		{ "{\"method\":\"\"}", SERVICE_ERROR("InterfaceNotFound", "interface", "") },
		{ "{\"method\":\"org.test.\"}",
			SERVICE_ERROR("MethodNotFound", "method", "org.test.") },
		{ "{\"method\":\"org.test.note\"}",
			SERVICE_ERROR("MethodNotFound", "method", "org.test.note") },
		{ "{\"method\":\"org.test.Note\",\"parameters\":null}", EMPTY },
		{ " {\"method\" :\"org.test.Note\", \"more\":true}\n", EMPTY },
		{ "{\"method\":\"org.test.Note\",\"upgrade\":true}", INVALID("upgrade") },
		{ "{\"method\":\"org.test.Note\",\"parameters\":{\"a\":1}}", INVALID("a") },
		{ ECHO(""), INVALID("text") },
		{ ECHO("\"text\":null"), INVALID("text") },
		{ ECHO("\"text\":1"), INVALID("text") },
		{ ECHO("\"text\":NaN"), INVALID("text") },
		{ ECHO("\"text\":\"a\\u0000b\""), INVALID("text") },
		{ ECHO("\"text\":\"a\",\"number\":1.5"), INVALID("number") },
		{ ECHO("\"text\":\"a\",\"number\":\"1\""), INVALID("number") },
		{ ECHO("\"text\":\"a\",\"flag\":1"), INVALID("flag") },
		{ ECHO("\"text\":\"a\",\"flag\":true,\"x\":{}"), INVALID("x") },
		{ ECHO("\"text\":\"a\",\"list\":{}"), INVALID("list") },
		{ ECHO("\"text\":\"a\",\"list\":\"[]\""), INVALID("list") },
		{ ECHO("\"text\":\"a\",\"list\":[1,[2]]"),
			"{\"parameters\":{\"text\":\"a\",\"list\":[1,[2]]}}" },
		{ ECHO("\"text\":\"/\\u001b\",\"number\":-3,\"flag\":null"),
			"{\"parameters\":{\"text\":\"/\\u001b\",\"number\":-3,\"flag\":null}}" },
	};
	int fd = client_connect();

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_call(fd, calls[i][0], calls[i][1]);
	close(fd);
}

static void test_framing(void **state)
{
	static const char calls[] = NOTE "\0" ECHO("\"text\":\"1\"") "\0" NOTE;
	int fd = client_connect();

	/* byte by byte; the last NUL is the literal's */
	for (size_t i = 0; i < sizeof(calls); i++)
		client_send(fd, calls + i, 1);
	assert_answer(fd, EMPTY);
	assert_answer(fd, "{\"parameters\":{\"text\":\"1\"}}");
	assert_answer(fd, EMPTY);

	/* in two parts, cut anywhere */
	for (size_t i = 1; i < sizeof(calls) - 1; i++) {
		client_send(fd, calls, i);
		client_send(fd, calls + i, sizeof(calls) - i);
		assert_answer(fd, EMPTY);
		assert_answer(fd, "{\"parameters\":{\"text\":\"1\"}}");
		assert_answer(fd, EMPTY);
	}
	close(fd);
}

static void test_pipeline(void **state)
{
	int fd = client_connect();
	char calls[32768], expected[64];
	size_t len = 0;

	for (int i = 0; i < 300; i++)
		len += 1 + sprintf(calls + len, ECHO("\"text\":\"%d\""), i);
	client_send(fd, calls, len);
	for (int i = 0; i < 300; i++) {
		sprintf(expected, "{\"parameters\":{\"text\":\"%d\"}}", i);
		assert_answer(fd, expected);
	}
	close(fd);
}

static void test_oneway(void **state)
{
	static const char calls[] = "{\"method\":\"org.test.Note\",\"oneway\":true}\0"
				    "{\"method\":\"org.test.None\",\"oneway\":true}\0"
				    "{\"method\":\"org.test.Descriptor\",\"oneway\":true}\0"
				    "{\"method\":\"org.test.Note\",\"oneway\":false}";
	int fd = client_connect();

	client_send(fd, calls, sizeof(calls));
	assert_answer(fd, EMPTY);
	assert_int_equal(t.n_noted, 2);
	assert_call(fd, ECHO("\"text\":\"x\""), "{\"parameters\":{\"text\":\"x\"}}");
	close(fd);
}

/* Each drops the client that sends it, and nobody else. */
static void test_hostile(void **state)
{
	static const char *const messages[] = {
		"",
		" ",
		"x",
		"1",
		"null",
		"\"org.test.Note\"",
		"[]",
		"[" NOTE "]",
		"{",
		"}",
		"{}",
		"{\"method\"",
		"{\"method\":",
		"{\"method\":\"org.test.Note",
		"{\"method\":\"org.test.Note\"",
		"{\"method\":\"org.test.Note\"}}",
		NOTE "x",
		NOTE NOTE,
		"{\"method\":\"org.test.Note\",}",
		"{'method':'org.test.Note'}",
		"/* */" NOTE,
		"{\"method\":null}",
		"{\"method\":1}",
		"{\"method\":[\"org.test.Note\"]}",
		"{\"method\":\"org.test.Note\\u0000\"}",
		"{\"Method\":\"org.test.Note\"}",
		"{\"method\":\"org.test.Note\",\"parameters\":[]}",
		"{\"method\":\"org.test.Note\",\"parameters\":\"\"}",
		"{\"method\":\"org.test.Note\",\"oneway\":1}",
		"{\"method\":\"org.test.Note\",\"more\":null}",
		"{\"method\":\"org.test.Note\",\"upgrade\":\"yes\"}",
		"{\"method\":\"org.test.Note\",\"other\":1}",
		"{\"method\":\"org.test.Note\",\"parameters\":{},\"other\":{}}",
		"{\"method\":\"\xff\"}",
		"{\"method\":\"\xed\xa0\x80\"}",
		ECHO("\"text\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}"),
		ECHO("\"text\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		int fd = client_connect();
		client_send(fd, messages[i], strlen(messages[i]) + 1);
		char buf[4096];
		if (client_receive(fd, buf, sizeof(buf)))
			fail_msg("%s was answered: %s", messages[i], buf);
		close(fd);
		assert_alive();
	}
}

/* A call before the wrong one is still answered. */
static void test_hostile_second(void **state)
{
	static const char calls[] = NOTE "\0{{";
	int fd = client_connect();

	client_send(fd, calls, sizeof(calls));
	assert_answer(fd, EMPTY);
	assert_answer(fd, "");
	close(fd);
}

static void test_size(void **state)
{
	static char call[VARLINK_CALL_MAX + 1];
	int fd = client_connect();

	memset(call, ' ', sizeof(call));
	memcpy(call, NOTE, strlen(NOTE));
	call[VARLINK_CALL_MAX - 1] = '\0';
	client_send(fd, call, VARLINK_CALL_MAX);
	assert_answer(fd, EMPTY);
	client_send(fd, call, VARLINK_CALL_MAX);
	assert_answer(fd, EMPTY);
	call[VARLINK_CALL_MAX - 1] = ' ';
	client_send(fd, call, VARLINK_CALL_MAX + 1);
	assert_answer(fd, "");
	close(fd);
	assert_alive();
}

static void test_descriptor_in(void **state)
{
	int fd = client_connect();
	int fds[] = { 0, 1, 2 };

	assert_int_equal(io_send(fd, NOTE, sizeof(NOTE), fds, 3), sizeof(NOTE));
	assert_answer(fd, "");
	close(fd);
	assert_alive();
}

static void test_descriptor_out(void **state)
{
	static const char call[] = "{\"method\":\"org.test.Descriptor\"}";
	int client = client_connect();
	int fds[IO_FDS_MAX];
	char first, content[5] = "";
	size_t n_fds;

	client_send(client, call, sizeof(call));
	client_send(client, NOTE, sizeof(NOTE));
	turn(10 * NSEC_PER_MSEC);
	assert_int_equal(io_recv(client, &first, 1, fds, &n_fds), 1);
	assert_int_equal(first, '{');
	assert_int_equal(n_fds, 1);
	assert_int_equal(pread(fds[0], content, 4, 0), 4);
	assert_string_equal(content, "fine");
	close(fds[0]);
	assert_answer(client, &EMPTY[1]);
	assert_answer(client, EMPTY);
	close(client);

	/* nobody takes it: teardown counts descriptors */
	client = client_connect();
	client_send(client, call, sizeof(call));
	turn(10 * NSEC_PER_MSEC);
	close(client);
}

static void test_many_clients(void **state)
{
	int fds[VARLINK_CLIENTS_MAX];

	for (size_t i = 0; i < VARLINK_CLIENTS_MAX; i++) {
		fds[i] = client_connect();
		assert_call(fds[i], NOTE, EMPTY);
	}
	int fd = client_connect();
	assert_answer(fd, "");
	close(fd);
	assert_call(fds[7], NOTE, EMPTY);
	close(fds[7]);
	turn(10 * NSEC_PER_MSEC);
	fds[7] = client_connect();
	assert_call(fds[7], NOTE, EMPTY);
	fd_close_all(fds, VARLINK_CLIENTS_MAX);
}

static void test_slow(void **state)
{
	static char buf[BIG_BYTES + 64];
	static const char call[] = "{\"method\":\"org.test.Big\"}";
	int deaf = client_connect(), slow = client_connect(), half = client_connect();
	int idle = client_connect();

	client_send(deaf, call, sizeof(call));
	client_send(half, NOTE, 5);
	/* a reply larger than the socket's buffer arrives whole */
	client_send(slow, call, sizeof(call));
	assert_int_equal(client_receive(slow, buf, sizeof(buf)),
		BIG_BYTES + strlen("{\"parameters\":{\"text\":\"\"}}"));
	assert_call(slow, NOTE, EMPTY);

	/* who neither reads nor ends a message is dropped, who is silent is not */
	turn(VARLINK_STALL_NS + NSEC_PER_SEC / 2);
	assert_answer(half, "");
	ssize_t n;
	while ((n = recv(deaf, buf, sizeof(buf), 0)) > 0)
		;
	assert_int_equal(n, 0);
	assert_call(idle, NOTE, EMPTY);
	assert_call(slow, NOTE, EMPTY);
	close(deaf);
	close(slow);
	close(half);
	close(idle);
}

static void test_hold(void **state)
{
	static const char call[] = "{\"method\":\"org.test.Hold\"}";
	int fd = client_connect();

	client_send(fd, call, sizeof(call));
	client_send(fd, NOTE, sizeof(NOTE));
	turn(20 * NSEC_PER_MSEC);
	assert_non_null(t.held);
	assert_int_equal(t.n_noted, 0); /* one call at a time */
	assert_alive();
	varlink_reply(t.held, NULL);
	assert_answer(fd, EMPTY);
	assert_answer(fd, EMPTY);
	assert_int_equal(t.n_cancelled, 0);

	/* the client leaves */
	client_send(fd, call, sizeof(call));
	turn(10 * NSEC_PER_MSEC);
	assert_non_null(t.held);
	close(fd);
	turn(10 * NSEC_PER_MSEC);
	assert_int_equal(t.n_cancelled, 1);

	/* the service ends: teardown */
	fd = client_connect();
	client_send(fd, call, sizeof(call));
	turn(10 * NSEC_PER_MSEC);
	varlink_server_destroy(t.server);
	t.server = NULL;
	assert_int_equal(t.n_cancelled, 2);
	close(fd);
}

#define KEEP "{\"method\":\"org.test.Keep\"}"

/* It goes with its connection, whichever ends that. */
static void test_keep(void **state)
{
	int fd = client_connect(), other = client_connect();
	int64_t deadline_ns = clock_now_ns() + PATIENCE_NS;

	assert_call(fd, KEEP, EMPTY);
	assert_call(fd, KEEP, EMPTY);
	assert_call(other, KEEP, EMPTY);
	assert_int_equal(t.n_kept, 2);
	assert_int_equal(t.n_gone, 0);
	close(fd);
	while (!t.n_gone && clock_now_ns() < deadline_ns)
		turn(NSEC_PER_MSEC);
	assert_int_equal(t.n_gone, 1);
	varlink_server_destroy(t.server);
	t.server = NULL;
	assert_int_equal(t.n_gone, 2);
	close(other);
}

static void test_half_closed(void **state)
{
	int fd = client_connect();

	assert_int_equal(send(fd, NOTE "\0" NOTE, 2 * sizeof(NOTE), 0), 2 * sizeof(NOTE));
	shutdown(fd, SHUT_WR);
	assert_answer(fd, EMPTY);
	assert_answer(fd, EMPTY);
	assert_answer(fd, "");
	close(fd);
}

static void test_no_descriptors(void **state)
{
	struct rlimit limit, low;
	int fd = client_connect();

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	int64_t cpu = clock();
	turn(500 * NSEC_PER_MSEC);
	cpu = clock() - cpu;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(cpu < CLOCKS_PER_SEC / 10); /* it does not spin */
	assert_call(fd, NOTE, EMPTY);
	close(fd);
}

static void test_mutations(void **state)
{
	static const char good[] = ECHO("\"text\":\"a\",\"number\":1,\"flag\":true");
	static const char likely[] = "{}[]\":,\\u\0 1-truefalsenull\xc3\xff";
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		char text[sizeof(good)];
		struct varlink_message message;
		memcpy(text, good, sizeof(text));
		for (int k = rand_r(&seed) % 4; k >= 0; k--)
			text[rand_r(&seed) % (sizeof(text) - 1)] =
				likely[rand_r(&seed) % (sizeof(likely) - 1)];
		if (varlink_message_parse(&message, text, sizeof(text) - 1) != NULL) {
			assert_null(message.object);
			continue;
		}
		assert_non_null(message.method);
		assert_non_null(message.parameters);
		varlink_method_check(&test_methods[0], message.parameters);
		varlink_message_finish(&message);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_service),
		TEST(test_dispatch),
		TEST(test_framing),
		TEST(test_pipeline),
		TEST(test_oneway),
		TEST(test_hostile),
		TEST(test_hostile_second),
		TEST(test_size),
		TEST(test_descriptor_in),
		TEST(test_descriptor_out),
		TEST(test_many_clients),
		TEST(test_slow),
		TEST(test_hold),
		TEST(test_keep),
		TEST(test_half_closed),
		TEST(test_no_descriptors),
		TEST(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
