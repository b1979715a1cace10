/* SPDX-License-Identifier: MIT */
/*
 * What changes while guests run, by mullionctl and by a configuration that is read again:
 * a VM and a program of a container that are connected go on.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"
#include "scene.h"
#include "vtest_client.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define OUT_OF_MEMORY VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY
#define CONTAINER "type = container\nrender-node = none\n"
#define DAEMON "[mulliond]\npresenter = headless\nsocket-dir = %s\n"

static struct fixture fixture;
static struct guest guest;
static struct client client;
static struct target target;
static const uint8_t red[4] = { 0, 0, 255, 255 }, teal[4] = { 128, 128, 0, 255 };

static void find_socket(const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s/vtest.sock", fixture.dir, name);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS), 0);
}

/* g1 has drawn, and so has a program of the guest apps. */
static int setup(void **state)
{
	const struct guest_options options = { .memory_bytes = 16 << 20 };
	char path[128];
	int err = fixture_start(&fixture, 1, 1,
		"render-node = none\nmemory = 64M\n"
		"[guest apps]\n" CONTAINER "memory = 16M\n"
		"[guest other]\n" CONTAINER);

	if (err < 0)
		return err;
	fixture_boot(&fixture, 1, &guest, &options);
	scene_start(&guest);
	find_socket("apps", path);
	client_start(&client, path, 2);
	client_create(&client, &target, 1, 64, 64);
	return 0;
}

static int teardown(void **state)
{
	target_finish(&target);
	client_disconnect(&client);
	fixture_unboot(&fixture, 1, &guest);
	return fixture_stop(&fixture);
}

/* Both draw, and nobody was started anew. */
static void go_on(void)
{
	static bool turn;

	turn = !turn;
	assert_int_equal(scene_draw(&guest, turn), OK);
	scene_expect(&fixture, 1, &guest, turn);
	client_clear(&client, &target, turn ? red : teal);
	client_expect_colour(&client, &target, turn ? red : teal);
	assert_int_equal(fixture_number(&fixture, 1, "renderer_starts"), 1);
	assert_int_equal(fixture_number(&fixture, 1, "guest_deaths"), 0);
}

static void ctl(const char *arguments, int status)
{
	if (fixture_ctl(&fixture, arguments) != status)
		fail_msg("mullionctl %s: another status than %d", arguments, status);
}

/* `text` is the configuration but for its first section. */
static void write_config(const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/config", fixture.dir);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, DAEMON "%s", fixture.dir, text);
	assert_int_equal(fclose(file), 0);
}

static void reload(const char *text, const char *answer)
{
	size_t line = fixture_log_lines(&fixture);

	write_config(text);
	assert_int_equal(kill(fixture.daemon.pid, SIGHUP), 0);
	fixture_expect_log(&fixture, line, answer);
}

#define READ_AGAIN "again"
#define G1 "[guest g1]\nrender-node = none\nhead0 = 320x200\nmemory = 64M\n"
#define INPUT(name, device) "[input " name "]\ndevice = " device "\nguest = g1\n"
#define APPS "[guest apps]\n" CONTAINER "memory = 16M\n"

/* -- by mullionctl -- */

static void test_set_terms(void **state)
{
	ctl("set g1 weight=300 cap=50% reservation=4ms/16ms slice=2ms hang-limit=3s strikes=1/60s",
		0);
	ctl("set apps weight=7", 0);
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 300);
	assert_int_equal(fixture_number(&fixture, 1, "cap_percent"), 50);
	assert_int_equal(fixture_number(&fixture, 1, "reservation_us"), 4000);
	assert_int_equal(fixture_number(&fixture, 1, "period_us"), 16000);
	assert_int_equal(fixture_number(&fixture, 1, "slice_us"), 2000);
	assert_int_equal(fixture_number(&fixture, 1, "hang_limit_ms"), 3000);
	assert_int_equal(fixture_shown(&fixture, "apps", "weight", 0), 7);
	go_on();
	ctl("set g1 cap=none reservation=none", 0);
	assert_int_equal(fixture_number(&fixture, 1, "cap_percent"), 0);
	assert_int_equal(fixture_number(&fixture, 1, "reservation_us"), 0);
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 300);
	go_on();
}

/* All or nothing, and the reservations of all together. */
static void test_set_what_cannot_be(void **state)
{
	ctl("set g1 weight=300 reservation=8ms/16ms", 0);
	ctl("set g1 weight=5 cap=0%", 1);
	ctl("set g1 weight=5 cap=49%", 1);
	ctl("set apps reservation=41ms/100ms", 1);
	ctl("set apps weight=0", 1);
	ctl("set apps max-fences=3", 1);
	ctl("set apps colour=3", 1);
	ctl("set nobody weight=3", 1);
	ctl("set in-flight=0", 1);
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 300);
	assert_int_equal(fixture_number(&fixture, 1, "cap_percent"), 0);
	assert_int_equal(fixture_shown(&fixture, "apps", "weight", 0), 100);
	ctl("set apps reservation=40ms/100ms", 0);
	go_on();
}

static void test_set_in_flight(void **state)
{
	for (const char *const *setting = (const char *const[]){ "set in-flight=4",
		     "set in-flight=1", "set in-flight=16 log-level=debug", NULL };
		*setting; setting++) {
		ctl(*setting, 0);
		go_on();
	}
}

/* Of a container: for programs that are connected already, too. */
static void test_set_memory_of_programs(void **state)
{
	uint32_t words[11] = { 2, 0, VIRGL_FORMAT_R8, VIRGL_BIND_VERTEX_BUFFER, 64, 1, 1, 1, 0, 0,
		10 << 20 };
	size_t line = fixture_log_lines(&fixture);
	struct client other;
	char path[128];

	find_socket("apps", path);
	client_start(&other, path, 2);
	client_send(&other, 11, CREATE2, words, 11);
	close(client_receive_fd(&other));
	ctl("set apps memory=64M", 0);
	words[0] = 3;
	client_send(&client, 11, CREATE2, words, 11);
	close(client_receive_fd(&client));
	/* Less than is in use: nothing is taken away, nothing more is given. */
	ctl("set apps memory=8M", 0);
	client_expect_alive(&client);
	words[0] = 4;
	client_send(&other, 11, CREATE2, words, 11);
	client_expect_closed(&other);
	client_disconnect(&other);
	fixture_expect_log(&fixture, line, "its guest may have 8 MiB (memory)");
	ctl("set apps memory=64M", 0);
	go_on();
}

static int create(uint32_t id, bool with_3d, uint32_t side_px)
{
	struct gpu_resource_3d what = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_RENDER_TARGET,
		.width = side_px,
		.height = side_px,
		.depth = 1,
		.array_size = 1,
	};

	return with_3d ? gpu_create_3d(&guest.gpu, id, &what)
		       : gpu_create_2d(&guest.gpu, id, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, side_px,
				 side_px);
}

/* 64 MiB each, of a VM with as much, and some in use. */
static void test_set_memory_of_a_vm(void **state)
{
	for (uint32_t with_3d = 0; with_3d < 2; with_3d++) {
		ctl("set g1 memory=64M", 0);
		assert_int_equal(create(30, with_3d, 4096), OUT_OF_MEMORY);
		ctl("set g1 memory=200M", 0);
		assert_int_equal(create(30, with_3d, 4096), OK);
		ctl("set g1 memory=16M", 0);
		assert_int_equal(create(31, with_3d, 64), OUT_OF_MEMORY);
		assert_int_equal(gpu_unref(&guest.gpu, 30), OK);
		ctl("set g1 memory=200M", 0);
		go_on();
	}
	ctl("set g1 max-resources=1", 0);
	assert_int_equal(create(32, false, 64), OUT_OF_MEMORY);
	ctl("set g1 max-resources=16384", 0);
	assert_int_equal(create(32, false, 64), OK);
	go_on();
}

/* -- by the configuration -- */

static void test_reload_what_is_wrong(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	ctl("set g1 weight=300", 0);
	reload("[guest g1]\nweight = 5\n[guest apps]\nweight = many\n", "nothing changes");
	fixture_expect_log(&fixture, line, "config:7: weight: expected a number from 1 to 1000");
	reload("[guest g1]\nreservation = 8ms/16ms\n[guest apps]\nreservation = 8ms/16ms\n",
		"nothing changes");
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 300);
	assert_int_equal(fixture_shown(&fixture, "other", "weight", 0), 100);
	go_on();
}

static void test_reload_nothing(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	ctl("set g1 weight=300", 0);
	reload(G1 APPS "[guest other]\n" CONTAINER, READ_AGAIN);
	assert_false(fixture_log_has(&fixture, line, "restart"));
	/* The file has the last word. */
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 100);
	go_on();
}

static void test_reload_terms(void **state)
{
	ctl("set g1 reservation=14ms/16ms", 0);
	reload(G1 "weight = 40\nreservation = 2ms/20ms\nhang-limit = 7s\n" APPS
		  "reservation = 16ms/20ms\nmax-clients = 3\n",
		READ_AGAIN);
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 40);
	assert_int_equal(fixture_number(&fixture, 1, "reservation_us"), 2000);
	assert_int_equal(fixture_number(&fixture, 1, "hang_limit_ms"), 7000);
	assert_int_equal(fixture_shown(&fixture, "apps", "reservation_us", 0), 16000);
	assert_int_equal(fixture_shown(&fixture, "apps", "clients_limit", 0), 3);
	go_on();
}

/* What a restart would change is said, and is as it was. */
static void test_reload_what_stays(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	reload("wayland-display = wayland-7\nlog-level = debug\n"
	       "[guest g1]\nheads = 2\nrenderer = pixman\nweight = 9\nhead0-output = DP-1\n" APPS,
		READ_AGAIN);
	fixture_expect_log(&fixture, line, "[mulliond]: wayland-display is another in the file");
	fixture_expect_log(&fixture, line, "[guest g1]: heads is another in the file");
	fixture_expect_log(&fixture, line, "[guest g1]: renderer is another in the file");
	fixture_expect_log(&fixture, line, "[guest g1]: head0-output is another in the file");
	assert_false(fixture_log_has(&fixture, line, "weight is another"));
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 9);
	go_on();
}

static void test_reload_guests_that_come_and_go(void **state)
{
	size_t line = fixture_log_lines(&fixture);
	struct guest second;
	struct client program;
	char path[128];

	ctl("set apps reservation=8ms/16ms", 0);
	reload("[guest g2]\nrender-node = none\nhead0 = 320x200\nreservation = 14ms/16ms\n[guest "
	       "more]\n" CONTAINER,
		READ_AGAIN);
	fixture_expect_log(&fixture, line, "guest other: is gone from the configuration");
	fixture_expect_log(&fixture, line,
		"guest g1: is gone from the configuration, and stays while somebody is connected");
	ctl("show other", 1);
	snprintf(path, sizeof(path), "%s/other/vtest.sock", fixture.dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(fixture_shown(&fixture, "apps", "reservation_us", 0), 0);
	assert_int_equal(fixture_number(&fixture, 2, "reservation_us"), 14000);
	go_on();
	find_socket("more", path);
	client_start(&program, path, 2);
	client_expect_alive(&program);
	fixture_boot(&fixture, 2, &second, &(struct guest_options){ .memory_bytes = 16 << 20 });
	scene_start(&second);
	assert_int_equal(scene_draw(&second, true), OK);
	scene_expect(&fixture, 2, &second, true);
	fixture_unboot(&fixture, 2, &second);
	client_disconnect(&program);
	go_on();
	/* One that stayed is there again. */
	reload(G1 "weight = 11\n" APPS, READ_AGAIN);
	assert_int_equal(fixture_number(&fixture, 1, "weight"), 11);
	go_on();
}

/* With all of them gone there is nothing to do, and that is no error. */
/* There are none here: what is said of them, and when. */
static void test_reload_devices(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	reload(G1 APPS INPUT("one", "/dev/null"), READ_AGAIN);
	fixture_expect_log(&fixture, line, "input one: /dev/null: it is not an input device");
	fixture_expect_shown(&fixture, "trouble: input one: it is not an input device");
	reload(G1 APPS INPUT("one", "/dev/input/none") INPUT("two", "/dev/input/none/either"),
		READ_AGAIN);
	fixture_expect_log(&fixture, line, "input one: /dev/input/none is not there yet");
	fixture_expect_log(&fixture, line, "input two: /dev/input/none/either is not there yet");
	fixture_expect_shown(&fixture, "two    not there  /dev/input/none/either");
	/* One that stays as it was is not looked at again. */
	line = fixture_log_lines(&fixture);
	reload(G1 APPS INPUT("two", "/dev/input/none/either"), READ_AGAIN);
	assert_false(fixture_log_has(&fixture, line, "not there"));
	reload(G1 APPS INPUT("two", "/dev/input/none/either") "head = 1\n", "nothing changes");
	reload(G1 APPS, READ_AGAIN);
	assert_false(fixture_log_has(&fixture, line, "not there"));
	go_on();
}

/* The guest that runs has one head until the next start. */
static void test_reload_device_of_a_new_head(void **state)
{
	size_t line = fixture_log_lines(&fixture);

	reload(G1 "heads = 2\n" APPS INPUT("one", "/dev/input/none") "head = 1\n", READ_AGAIN);
	fixture_expect_log(&fixture, line, "input one: [guest g1] is not yet as in the file");
	fixture_expect_shown(&fixture, "input one: the guest is not yet as in the file");
	reload(G1 APPS INPUT("one", "/dev/input/none"), READ_AGAIN);
	fixture_expect_log(&fixture, line, "input one: /dev/input/none is not there yet");
	go_on();
}

static void test_reload_again_and_again(void **state)
{
	for (int i = 0; i < 5; i++) {
		reload("", READ_AGAIN);
		reload(G1 APPS "[guest other]\n" CONTAINER, READ_AGAIN);
		go_on();
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_set_terms),
		CASE(test_set_what_cannot_be),
		CASE(test_set_in_flight),
		CASE(test_set_memory_of_programs),
		CASE(test_set_memory_of_a_vm),
		CASE(test_reload_what_is_wrong),
		CASE(test_reload_nothing),
		CASE(test_reload_terms),
		CASE(test_reload_what_stays),
		CASE(test_reload_guests_that_come_and_go),
		CASE(test_reload_devices),
		CASE(test_reload_device_of_a_new_head),
		CASE(test_reload_again_and_again),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
