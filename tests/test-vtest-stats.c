/* SPDX-License-Identifier: MIT */
/* What is seen of a container's programs: their frames, and their part of the metrics. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/guest_stats.h"
#include "guest/virgl.h"
#include "vtest_client.h"

static struct fixture fixture;
static char path[128]; /* of the guest that a test uses */

static const uint8_t red[4] = { 0, 0, 255, 255 }, teal[4] = { 128, 128, 0, 255 };

static void use_guest(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s/vtest.sock", fixture.dir, name);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS), 0);
}

static void wait_until_all_left(const char *name)
{
	for (uint32_t ms = 0; fixture_shown(&fixture, name, "pid", 0); ms += 10) {
		assert_true(ms < VTEST_WAIT_MS);
		usleep(10000);
	}
}

/* What `mullionctl metrics` says; -1: nothing. `name` has its labels. */
static int metric(const char *name)
{
	char line[1024], file_name[128];
	int value = -1;

	assert_int_equal(fixture_ctl(&fixture, "metrics"), 0);
	snprintf(file_name, sizeof(file_name), "%s/ctl", fixture.dir);
	FILE *file = fopen(file_name, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = atoi(line + strlen(name) + 1);
	}
	fclose(file);
	return value;
}

static int frames(void)
{
	return metric("mullion_guest_frames_total{guest=\"apps\"}");
}

/* A frame is what is read from a resource to be shown, once for all that was drawn. */
static void test_frames(void **state)
{
	uint32_t words[] = { 2, VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8,
		VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_DISPLAY_TARGET, 8, 8, 1, 1, 0, 0 };
	uint32_t outside[] = { 2, 0, 0, 0, 0, 0, 0, 9, 9, 1, 8 * 8 * 4 };
	struct target hidden, shown = { 2, 8, 8, NULL, sizeof(uint32_t) * 8 * 8 };
	uint8_t bytes[8 * 8 * 4];
	struct client client;

	use_guest("apps");
	int before = frames();
	client_start(&client, path, 0);
	client_create(&client, &hidden, 1, 8, 8);
	client_send(&client, 10, CREATE, words, 10);
	client_expect_colour(&client, &shown, (uint8_t[4]){ 0 }); /* nothing was drawn */
	for (int i = 1; i <= 7; i++) {
		client_clear(&client, &hidden, red);
		client_expect_colour(&client, &hidden, red);
		client_clear(&client, &shown, teal);
		client_send(&client, 11, GET, outside, 11); /* moves nothing */
		client_receive(&client, bytes, sizeof(bytes));
		assert_int_equal(frames(), before + i - 1);
		client_expect_colour(&client, &shown, teal);
		client_expect_colour(&client, &shown, teal);
		assert_int_equal(frames(), before + i);
	}
	assert_int_equal(metric("mullion_client_frames_total{guest=\"apps\",client=\"0\","
				"program=\"test-vtest-stat\"}"),
		7);
	client_disconnect(&client);
	wait_until_all_left("apps");
	assert_int_equal(frames(), before + 7);
}

/* A program's name is its own choice, and is one label. */
static void test_odd_name(void **state)
{
	char name[16];
	struct client client;
	struct target target;

	use_guest("apps");
	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, "q\"\\\xff\x1b\n}");
	client_start(&client, path, 0);
	client_create(&client, &target, 1, 8, 8);
	prctl(PR_SET_NAME, name);
	client_clear(&client, &target, red);
	client_expect_colour(&client, &target, red);
	assert_int_equal(metric("mullion_client_submissions_total{guest=\"apps\",client=\"0\","
				"program=\"q\\\"\\\\??\"}"),
		1);
	client_disconnect(&client);
	wait_until_all_left("apps");
}

/* Metrics have the first connections by name; what the others got stays when they are gone. */
static void test_many_programs(void **state)
{
	static const char *const other =
		"mullion_client_submissions_total{guest=\"many\",client=\"other\",program=\"\"}";
	struct client clients[CLIENTS_NAMED + 1];
	struct target target;

	use_guest("many");
	for (size_t i = 0; i <= CLIENTS_NAMED; i++)
		client_start(&clients[i], path, 0);
	struct client *last = &clients[CLIENTS_NAMED];
	assert_int_equal(metric(other), 0);
	client_create(last, &target, 1, 8, 8);
	for (int i = 1; i <= 3; i++) {
		client_clear(last, &target, red);
		client_expect_colour(last, &target, red);
		assert_int_equal(metric(other), i);
	}
	for (size_t i = 0; i <= CLIENTS_NAMED; i++)
		client_disconnect(&clients[i]);
	wait_until_all_left("many");
	assert_int_equal(metric(other), 3);
	assert_int_equal(metric("mullion_guest_submissions_total{guest=\"many\"}"), 3);
}

static int group_setup(void **state)
{
	char extra[256];

	snprintf(extra, sizeof(extra),
		"render-node = none\n[guest apps]\ntype = container\n"
		"[guest many]\ntype = container\nmax-clients = %d\n",
		CLIENTS_NAMED + 1);
	return fixture_start(&fixture, 0, 0, extra);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_odd_name),
		cmocka_unit_test(test_many_programs),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
