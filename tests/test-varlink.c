/* SPDX-License-Identifier: MIT */
/* The Varlink service against clients that do as they should. */
#include "tests/varlink_world.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

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
	assert_int_equal(varlink.n_noted, 2);
	assert_call(fd, ECHO("\"text\":\"x\""), "{\"parameters\":{\"text\":\"x\"}}");
	close(fd);
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

static void test_hold(void **state)
{
	static const char call[] = "{\"method\":\"org.test.Hold\"}";
	int fd = client_connect();

	client_send(fd, call, sizeof(call));
	client_send(fd, NOTE, sizeof(NOTE));
	turn(20 * NSEC_PER_MSEC);
	assert_non_null(varlink.held);
	assert_int_equal(varlink.n_noted, 0); /* one call at a time */
	assert_alive();
	varlink_reply(varlink.held, NULL);
	assert_answer(fd, EMPTY);
	assert_answer(fd, EMPTY);
	assert_int_equal(varlink.n_cancelled, 0);

	/* the client leaves */
	client_send(fd, call, sizeof(call));
	turn(10 * NSEC_PER_MSEC);
	assert_non_null(varlink.held);
	close(fd);
	turn(10 * NSEC_PER_MSEC);
	assert_int_equal(varlink.n_cancelled, 1);

	/* the service ends: teardown */
	fd = client_connect();
	client_send(fd, call, sizeof(call));
	turn(10 * NSEC_PER_MSEC);
	varlink_server_destroy(varlink.server);
	varlink.server = NULL;
	assert_int_equal(varlink.n_cancelled, 2);
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
	assert_int_equal(varlink.n_kept, 2);
	assert_int_equal(varlink.n_gone, 0);
	close(fd);
	while (!varlink.n_gone && clock_now_ns() < deadline_ns)
		turn(NSEC_PER_MSEC);
	assert_int_equal(varlink.n_gone, 1);
	varlink_server_destroy(varlink.server);
	varlink.server = NULL;
	assert_int_equal(varlink.n_gone, 2);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, varlink_setup, varlink_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_service),
		TEST(test_dispatch),
		TEST(test_framing),
		TEST(test_pipeline),
		TEST(test_oneway),
		TEST(test_descriptor_out),
		TEST(test_hold),
		TEST(test_keep),
		TEST(test_half_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
