/* SPDX-License-Identifier: MIT */
/* The Varlink service against clients slow and hostile. */
#include "tests/varlink_world.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/varlink_message.h"

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

/* What a descriptor stands for is memory: there is no next one before it is taken. */
static void test_descriptors_untaken(void **state)
{
	static const char calls[] = DESCRIPTOR "\0" DESCRIPTOR "\0" DESCRIPTOR "\0" NOTE;
	int fd = client_connect(), deaf = client_connect();
	char first;
	size_t n_fds;
	int fds[IO_FDS_MAX];

	client_send(fd, calls, sizeof(calls));
	turn(100 * NSEC_PER_MSEC);
	assert_int_equal(varlink.n_given, 1);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(io_recv(fd, &first, 1, fds, &n_fds), 1);
		fd_close_all(fds, n_fds);
		assert_int_equal(n_fds, 1);
		assert_int_equal(varlink.n_given, i);
		assert_answer(fd, &EMPTY[1]);
		turn(100 * NSEC_PER_MSEC);
	}
	assert_answer(fd, EMPTY);
	/* Who never takes it is dropped, though it calls no more. */
	client_send(deaf, calls, sizeof(calls));
	turn(VARLINK_STALL_NS + NSEC_PER_SEC);
	assert_int_equal(varlink.n_given, 4);
	assert_answer(deaf, EMPTY);
	assert_answer(deaf, "");
	close(fd);
	close(deaf);
	assert_alive();
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
		varlink_method_check(&varlink_methods[0], message.parameters);
		varlink_message_finish(&message);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, varlink_setup, varlink_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hostile),
		TEST(test_hostile_second),
		TEST(test_size),
		TEST(test_descriptor_in),
		TEST(test_descriptors_untaken),
		TEST(test_many_clients),
		TEST(test_slow),
		TEST(test_no_descriptors),
		TEST(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
