/* SPDX-License-Identifier: MIT */
/* Containers on the real daemon: what a program may do, and what it may not. */
#include "fixture.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"
#include "vtest_client.h"

#define MANY 1000
#define MAX_CLIENTS 5

static struct fixture fixture;
static char path[128]; /* of the guest that a test uses */

static const uint8_t red[4] = { 0, 0, 255, 255 }, teal[4] = { 128, 128, 0, 255 };

static void sleep_ms(uint32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };
	nanosleep(&time, NULL);
}

/* Each limits its own lines in the log. */
static void use_guest(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s/vtest.sock", fixture.dir, name);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS), 0);
	/* The programs of an earlier test may still be on their way out. */
	for (uint32_t ms = 0; fixture_shown(&fixture, name, "pid", 0); ms += 10) {
		assert_true(ms < VTEST_WAIT_MS);
		sleep_ms(10);
	}
}

/* -- what it may do -- */

static void draw_and_look(uint32_t version, uint32_t agreed)
{
	struct client client;
	struct target target;

	client_start(&client, path, version);
	assert_int_equal(client.version, agreed);
	client_create(&client, &target, 7, 67, 41);
	assert_true(agreed < 3 ? target.id == 7 : target.id != 0);
	client_clear(&client, &target, red);
	client_expect_colour(&client, &target, red);
	client_clear(&client, &target, teal);
	client_expect_colour(&client, &target, teal);
	assert_int_equal(client_busy_wait(&client, true), 0);
	assert_int_equal(client_busy_wait(&client, false), 0);
	client_send(&client, 1, UNREF, &target.id, 1);
	client_expect_alive(&client);
	target_finish(&target);
	client_disconnect(&client);
}

static void test_versions(void **state)
{
	use_guest("apps");
	draw_and_look(0, 0);
	draw_and_look(1, 0);
	draw_and_look(2, 2);
	draw_and_look(3, 3);
	draw_and_look(UINT32_MAX, 3);
}

/* As Mesa does it that asked for 3, and then finds the renderer too old for that. */
static void test_version_again(void **state)
{
	uint32_t two = 2, agreed, caps[2];
	struct client client;
	struct target target;
	char *bytes;

	use_guest("apps");
	client_start(&client, path, 3);
	client_send(&client, 0, CAPS2, NULL, 0);
	client_receive(&client, caps, sizeof(caps));
	assert_int_equal(caps[0], 1376 + 1);
	assert_int_equal(caps[1], 2);
	bytes = malloc(1376);
	client_receive(&client, bytes, 1376);
	assert_int_equal(bytes[0], 2);
	free(bytes);
	client_send(&client, 1, VERSION, &two, 1);
	client_expect(&client, 1, VERSION, &agreed);
	assert_int_equal(agreed, 2);
	client.version = 2;
	client_create(&client, &target, 3, 8, 8);
	client_clear(&client, &target, red);
	client_expect_colour(&client, &target, red);
	target_finish(&target);
	client_disconnect(&client);
}

static void test_version_3(void **state)
{
	uint32_t one = 1, nine[2] = { 9, 1 }, two[2] = { 2, 1 }, words[2], *capset;
	struct client client;

	use_guest("apps");
	client_start(&client, path, 3);
	client_send(&client, 1, PARAM, &one, 1);
	client_expect(&client, 2, PARAM, words);
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], 0);
	client_send(&client, 1, PARAM, nine, 1);
	client_expect(&client, 2, PARAM, words);
	assert_int_equal(words[0], 0);
	client_send(&client, 2, CAPSET, nine, 2);
	client_expect(&client, 1, CAPSET, words);
	assert_int_equal(words[0], 0);
	client_send(&client, 2, CAPSET, two, 2);
	capset = malloc(4 + 1376);
	client_expect(&client, 1 + 1376 / 4, CAPSET, capset);
	assert_int_equal(capset[0], 1);
	free(capset);
	client_send(&client, 1, CONTEXT, two, 1);
	client_expect_alive(&client);
	client_disconnect(&client);
}

/* What is put there comes back, over the socket and through memory; a byte at a time as well. */
static void test_transfers(void **state)
{
	uint32_t put[] = { 7, 0, 3 * 4, 0, 1, 2, 0, 3, 2, 1, 3 * 2 * 4 };
	uint32_t put2[] = { 7, 0, 1, 2, 0, 3, 2, 1, 3 * 2 * 4, 0 };
	uint32_t header[2] = { 11 + 6, PUT };
	uint8_t data[3 * 2 * 4], back[sizeof(data)];
	struct client client;
	struct target target;

	use_guest("apps");
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 9 + 1;
	client_start(&client, path, 0);
	client_create(&client, &target, 7, 10, 10);
	for (size_t i = 0; i < sizeof(header); i++)
		client_send_bytes(&client, (char *)header + i, 1);
	for (size_t i = 0; i < sizeof(put); i++)
		client_send_bytes(&client, (char *)put + i, 1);
	for (size_t i = 0; i < sizeof(data); i++)
		client_send_bytes(&client, data + i, 1);
	client_send(&client, 11, GET, put, 11);
	client_receive(&client, back, sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	/* What does not fit the resource moves nothing, and the client goes on. */
	put[4] = 9;
	client_send(&client, 11, GET, put, 11);
	client_receive(&client, back, sizeof(back));
	client_expect_alive(&client);
	target_finish(&target);
	client_disconnect(&client);

	client_start(&client, path, 2);
	client_create(&client, &target, 7, 10, 10);
	for (size_t row = 0; row < 2; row++)
		memcpy(target.memory + row * 40, data + row * 12, 12);
	/* Mesa's length counts the data, which lie in memory. */
	client_send(&client, 10 + 6, PUT2, put2, 10);
	client_send(&client, 10, PUT2, put2, 10);
	client_busy_wait(&client, true);
	memset(target.memory, 0, target.bytes);
	client_send(&client, 10, GET2, put2, 10);
	client_busy_wait(&client, true);
	for (size_t row = 0; row < 2; row++)
		assert_memory_equal(target.memory + row * 40, data + row * 12, 12);
	target_finish(&target);
	client_disconnect(&client);
}

/* As Mesa's windows do it, whose waiting is then left to the reading; and breaking that habit. */
static void test_frames_waited_for_and_read(void **state)
{
	struct client client;
	struct target target;

	use_guest("apps");
	client_start(&client, path, 2);
	client_create(&client, &target, 7, 640, 480);
	for (int frame = 0; frame < 20; frame++) {
		client_clear(&client, &target, frame % 2 ? red : teal);
		client_wait_for_fence(&client);
		if (frame % 7 == 5)
			continue;
		if (frame % 7 == 6)
			assert_int_equal(client_busy_wait(&client, true), 0);
		client_expect_colour(&client, &target, frame % 2 ? red : teal);
	}
	/* It comes back for this one after the fence that follows. */
	client_clear(&client, &target, red);
	client_wait_for_fence(&client);
	sleep_ms(50);
	client_expect_colour(&client, &target, red);
	client_clear(&client, &target, teal);
	client_expect_colour(&client, &target, teal);
	target_finish(&target);
	client_disconnect(&client);
}

/* -- what it may not do -- */

enum before {
	NOTHING, /* connected only */
	GREETED, /* version 0 */
	VERSION_2,
	DRAWN_2, /* with a resource 7 */
	VERSION_3,
};

static const struct bad {
	enum before before;
	uint32_t length, id;
	uint32_t words[12];
	uint32_t n_words;
	const char *why;
} bads[] = {
	{ NOTHING, 0, PING, { 0 }, 0, "a command before CREATE_RENDERER" },
	{ NOTHING, 257, GREETING, { 0 }, 12, "a length that cannot be" },
	{ NOTHING, UINT32_MAX, GREETING, { 0 }, 12, "a length that cannot be" },
	{ GREETED, 4, GREETING, { 0x41414141 }, 1, "a second CREATE_RENDERER" },
	{ GREETED, 0, 0, { 0 }, 0, "a command that is not offered" },
	{ GREETED, 0, 25, { 0 }, 0, "a command that is not offered" },
	{ GREETED, 0, UINT32_MAX, { 0 }, 0, "a command that is not offered" },
	{ VERSION_3, 6, BLOB, { 2, 1, 4096, 0, 1, 0 }, 6, "a command that is not offered" },
	{ VERSION_3, 1, SUBMIT2, { 0 }, 1, "a command that is not offered" },
	{ GREETED, 11, CREATE2, { 1, 2, 1, 2, 8, 8, 1, 1, 0, 0, 256 }, 11,
		"a command of a version that was not agreed upon" },
	{ VERSION_2, 1, PARAM, { 1 }, 1, "a command of a version that was not agreed upon" },
	{ DRAWN_2, 1, VERSION, { 3 }, 1, "another version after the first resource" },
	{ VERSION_3, 1, CONTEXT, { 0 }, 1, "a context without a capset" },
	{ VERSION_3, 1, CONTEXT, { 4 }, 1, "a context of a capset that is not offered" },
	{ GREETED, 1, PING, { 0 }, 1, "a length that cannot be" },
	{ GREETED, 9, CREATE, { 1, 2, 1, 2, 8, 8, 1, 1, 0 }, 9, "a length that cannot be" },
	{ GREETED, 11, CREATE, { 1, 2, 1, 2, 8, 8, 1, 1, 0, 0 }, 11, "a length that cannot be" },
	{ GREETED, UINT32_MAX, CREATE, { 1 }, 10, "a length that cannot be" },
	{ GREETED, (1 << 18) + 1, SUBMIT, { 0 }, 12, "a length that cannot be" },
	{ GREETED, 1u << 30, SUBMIT, { 0 }, 12, "a length that cannot be" },
	{ GREETED, 11, PUT, { 7, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4 }, 11,
		"a length that is not that of its data" },
	{ VERSION_2, 12, PUT2, { 7, 0, 0, 0, 0, 1, 1, 1, 4, 0 }, 10,
		"a length that is not that of its data" },
	{ DRAWN_2, 11 + (1u << 28), PUT, { 7, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1u << 30 }, 11,
		"its guest may have 16 MiB (memory)" },
	{ DRAWN_2, 11, GET, { 7, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1u << 30 }, 11,
		"its guest may have 16 MiB (memory)" },
	{ DRAWN_2, 10, GET2, { 8, 0, 0, 0, 0, 1, 1, 1, 4, 0 }, 10, "a resource id" },
	{ DRAWN_2, 1, UNREF, { 8 }, 1, "a resource id" },
	{ DRAWN_2, 1, UNREF, { 0 }, 1, "a resource id" },
	{ DRAWN_2, 11, CREATE2, { 7, 2, 1, 2, 8, 8, 1, 1, 0, 0, 256 }, 11, "a resource id" },
	{ DRAWN_2, 11, CREATE2, { 0, 2, 1, 2, 8, 8, 1, 1, 0, 0, 256 }, 11, "a resource id" },
	{ VERSION_3, 11, CREATE2, { 9, 2, 1, 2, 8, 8, 1, 1, 0, 0, 256 }, 11,
		"a resource id that is not for the client to choose" },
	{ VERSION_2, 11, CREATE2, { 1, 99, 1, 2, 8, 8, 1, 1, 0, 0, 256 }, 11,
		"a resource of a kind that cannot be" },
	{ VERSION_2, 11, CREATE2, { 1, 2, 1, 2, 0, UINT32_MAX, 1, 1, 0, 0, 256 }, 11,
		"a resource of a kind that cannot be" },
	{ VERSION_2, 11, CREATE2, { 1, 2, 1, 2, 8, 8, 1, 1, 0, 0, UINT32_MAX }, 11,
		"its guest may have 16 MiB (memory)" },
	{ VERSION_2, 11, CREATE2, { 1, 2, 1, 2, 4096, 4096, 1, 1, 0, 0, 256 }, 11,
		"its guest may have 16 MiB (memory)" },
	{ DRAWN_2, 2, SUBMIT, { 0x000100ff, 0 }, 2, "a stream that cannot be" },
	{ DRAWN_2, 1, SUBMIT, { 0xffff0007 }, 1, "a stream that cannot be" },
};

#define BADS (sizeof(bads) / sizeof(bads[0]))

static void say_bad(const struct bad *bad, struct client *client)
{
	struct target target = { 0 };

	if (bad->before == NOTHING)
		client_connect(client, path);
	else
		client_start(client, path,
			bad->before == GREETED     ? 0
			: bad->before == VERSION_3 ? 3
						   : 2);
	if (bad->before == DRAWN_2)
		client_create(client, &target, 7, 16, 16);
	client_send(client, bad->length, bad->id, bad->words, bad->n_words);
	target_finish(&target);
}

static void test_bad_input(void **state)
{
	struct client neighbour;
	struct target target;
	char text[256], name[16];

	use_guest("apps");
	client_start(&neighbour, path, 2);
	client_create(&neighbour, &target, 1, 32, 32);
	for (size_t i = 0; i < BADS; i++) {
		size_t line = fixture_log_lines(&fixture);
		struct client client;

		snprintf(name, sizeof(name), "bad%zu", i);
		use_guest(name);
		say_bad(&bads[i], &client);
		client_expect_closed(&client);
		client_disconnect(&client);
		snprintf(text, sizeof(text),
			"guest %s: the connection of test-vtest (pid %d) is closed: %s", name,
			(int)getpid(), bads[i].why);
		fixture_expect_log(&fixture, line, text);
	}
	client_clear(&neighbour, &target, teal);
	client_expect_colour(&neighbour, &target, teal);
	target_finish(&target);
	client_disconnect(&neighbour);
}

/* -- one and the others -- */

/* How many of these are not closed by the server: each is asked. */
static uint32_t count_alive(const struct client *clients, uint32_t n)
{
	uint32_t alive = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct pollfd poll_fd = { .fd = clients[i].fd, .events = POLLRDHUP };
		alive += poll(&poll_fd, 1, 0) == 0;
	}
	return alive;
}

static void test_a_thousand_connections(void **state)
{
	struct client *clients = calloc(MANY, sizeof(*clients)), one;
	struct rlimit limit;
	size_t line = fixture_log_lines(&fixture), line_after;
	uint32_t left = MANY;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	use_guest("few");
	for (uint32_t i = 0; i < MANY; i++)
		client_connect(&clients[i], path);
	for (uint32_t ms = 0; ms < VTEST_WAIT_MS && left > MAX_CLIENTS; ms += 10) {
		left = count_alive(clients, MANY);
		sleep_ms(10);
	}
	assert_int_equal(left, MAX_CLIENTS);
	fixture_expect_log(&fixture, line, "guest few: a connection of pid");
	line_after = fixture_log_lines(&fixture);
	assert_true(line_after - line < 40);
	for (uint32_t i = 0; i < MANY; i++)
		client_disconnect(&clients[i]);
	free(clients);
	/* It takes others as soon as they are gone. */
	for (uint32_t ms = 0;; ms += 50) {
		assert_true(ms < VTEST_WAIT_MS);
		client_connect(&one, path);
		sleep_ms(50);
		if (count_alive(&one, 1))
			break;
		client_disconnect(&one);
	}
	client_disconnect(&one);
	use_guest("apps");
	draw_and_look(2, 2);
}

/* It is not read from while it does not read; then all of it is there. */
static void test_client_that_does_not_read(void **state)
{
	uint32_t get[] = { 7, 0, 0, 0, 0, 0, 0, 256, 256, 1, 256 * 256 * 4 };
	uint32_t header[2] = { 11, GET }, wanted = 0;
	struct client client;
	struct target target;
	uint8_t *data = malloc(256 * 256 * 4);
	char request[8 + sizeof(get)];

	use_guest("apps");
	client_start(&client, path, 0);
	client_create(&client, &target, 7, 256, 256);
	client_clear(&client, &target, red);
	memcpy(request, header, 8);
	memcpy(request + 8, get, sizeof(get));
	/* Until the sockets between us are full. */
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(client.fd, request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL);
		assert_true(n == sizeof(request) || (n < 0 && errno == EAGAIN));
		wanted += n > 0;
		idle = n > 0 ? 0 : idle + 1;
		if (n < 0)
			sleep_ms(10);
	}
	assert_true(wanted > 2);
	draw_and_look(2, 2);
	for (uint32_t i = 0; i < wanted; i++) {
		client_receive(&client, data, target.bytes);
		assert_memory_equal(data, red, 4);
		assert_memory_equal(data + target.bytes - 4, red, 4);
	}
	client_expect_alive(&client);
	free(data);
	client_disconnect(&client);
}

/* Half a command, a wait that nobody waits for any more, a stream under way. */
static void test_client_that_dies(void **state)
{
	uint32_t wait[2] = { 0, 1 }, half[4] = { 1 };
	struct client client, other;
	struct target target, shown;

	use_guest("apps");
	client_start(&other, path, 2);
	client_create(&other, &shown, 1, 16, 16);
	for (int i = 0; i < 3; i++) {
		client_start(&client, path, 2);
		client_create(&client, &target, 7, 512, 512);
		client_clear(&client, &target, teal);
		if (i == 0)
			client_send(&client, 2, BUSY_WAIT, wait, 2);
		if (i == 1)
			client_send(&client, 11, CREATE2, half, 4);
		client_disconnect(&client);
		target_finish(&target);
		client_clear(&other, &shown, i & 1 ? red : teal);
		client_expect_colour(&other, &shown, i & 1 ? red : teal);
	}
	target_finish(&shown);
	client_disconnect(&other);
}

static void test_renderer_that_dies(void **state)
{
	size_t line = fixture_log_lines(&fixture);
	struct client first, second;
	struct target of_first, of_second;

	use_guest("few");
	client_start(&first, path, 2);
	client_create(&first, &of_first, 1, 16, 16);
	client_start(&second, path, 2);
	client_create(&second, &of_second, 1, 16, 16);
	assert_int_equal(fixture_shown(&fixture, "few", "pid", 0), getpid());
	int pid = fixture_shown(&fixture, "few", "render_pid", 0);
	assert_true(pid > 1 && pid != fixture_shown(&fixture, "few", "render_pid", 1));
	assert_int_equal(kill(pid, SIGKILL), 0);
	client_expect_closed(&first);
	fixture_expect_log(&fixture, line, "guest few: the connection of test-vtest");
	fixture_expect_log(&fixture, line, "its mullion-render was killed by signal 9");
	client_clear(&second, &of_second, red);
	client_expect_colour(&second, &of_second, red);
	assert_int_equal(fixture_shown(&fixture, "few", "renderer_deaths", 0), 1);
	target_finish(&of_first);
	target_finish(&of_second);
	client_disconnect(&first);
	client_disconnect(&second);
}

/* 16 MiB for both. */
static void test_memory_is_shared(void **state)
{
	uint32_t words[11] = { 2, 0, VIRGL_FORMAT_R8, VIRGL_BIND_VERTEX_BUFFER, 64, 1, 1, 1, 0, 0,
		6 << 20 };
	size_t line = fixture_log_lines(&fixture);
	struct client first, second;

	use_guest("small");
	client_start(&first, path, 2);
	client_send(&first, 11, CREATE2, words, 11);
	close(client_receive_fd(&first));
	client_start(&second, path, 2);
	client_send(&second, 11, CREATE2, words, 11);
	client_expect_closed(&second);
	fixture_expect_log(&fixture, line, "its guest may have 12 MiB (memory)");
	client_disconnect(&second);
	client_expect_alive(&first);
	/* What one gives back the other may have. */
	client_send(&first, 1, UNREF, words, 1);
	client_expect_alive(&first);
	client_start(&second, path, 2);
	client_send(&second, 11, CREATE2, words, 11);
	close(client_receive_fd(&second));
	client_disconnect(&second);
	client_disconnect(&first);
}

static int group_setup(void **state)
{
	char extra[16384];
	size_t len = 0;

	len += snprintf(extra + len, sizeof(extra) - len,
		"render-node = none\n[guest apps]\ntype = container\nmemory = 64M\n"
		"[guest few]\ntype = container\nmax-clients = %d\n"
		"[guest small]\ntype = container\nmemory = 12M\n",
		MAX_CLIENTS);
	for (size_t i = 0; i < BADS; i++)
		len += snprintf(extra + len, sizeof(extra) - len,
			"[guest bad%zu]\ntype = container\nmemory = 16M\n", i);
	assert_true(len < sizeof(extra));
	return fixture_start(&fixture, 0, 0, extra);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_version_again),
		cmocka_unit_test(test_version_3),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_frames_waited_for_and_read),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_a_thousand_connections),
		cmocka_unit_test(test_client_that_does_not_read),
		cmocka_unit_test(test_client_that_dies),
		cmocka_unit_test(test_renderer_that_dies),
		cmocka_unit_test(test_memory_is_shared),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
