/* SPDX-License-Identifier: MIT */
/* Input devices over restarts of mulliond: their VMM notices nothing. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>

#include "guest/input.h"
#include "input_world.h"
#include "service_manager.h"

static struct fixture fixture;
static struct service_manager manager;
static struct guest *guest = &fixture.guest;
static struct input_source source = { .fd = -1 };
static struct input_driver keyboard, touch1;

static int group_setup(void **state)
{
	service_manager_start(&manager);
	return fixture_start(&fixture, 1, 2, NULL);
}

static int group_teardown(void **state)
{
	return service_manager_finish(&manager, &fixture);
}

static void boot(struct input_driver *driver, const char *device)
{
	const struct input_driver_options qemu = { .timeout_ms = SERVICE_MANAGER_LIMIT_MS };
	char last[64];

	input_world_boot(&fixture, driver, &guest->memory, device, &qemu);
	snprintf(last, sizeof(last), "g1/%s.call/1", device);
	service_manager_expect(&manager, last, true);
}

static int test_setup(void **state)
{
	service_manager_boot(&manager, &fixture, 1, guest);
	boot(&keyboard, "keyboard");
	boot(&touch1, "touch1");
	input_source_open(&source, &fixture);
	return 0;
}

static int test_teardown(void **state)
{
	input_source_close(&source);
	input_driver_finish(&keyboard);
	input_driver_finish(&touch1);
	fixture_unboot(&fixture, 1, guest);
	service_manager_expect(&manager, "g1/state/0", false);
	service_manager_expect(&manager, "g1/keyboard.vmm/0", false);
	service_manager_expect(&manager, "g1/touch1.region/0", false);
	assert_int_equal(manager.store.refused_count, 0);
	return 0;
}

static void restart(int signal)
{
	input_source_close(&source);
	service_manager_restart(&manager, &fixture, signal);
	input_source_open(&source, &fixture);
}

/* What its source held is lifted: that went with mulliond. */
static void check_goes_on(int signal)
{
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
	input_source_send(&source, "touch1", "[3,47,0,3,57,5,3,53,1,3,54,2]");
	input_world_expect(&touch1, "3:47:0 3:57:* 3:53:1 3:54:2 1:330:1 3:0:1 3:1:2 |");
	restart(signal);
	input_world_expect(&keyboard, "1:30:0 |");
	input_world_expect(&touch1, "3:47:0 3:57:-1 1:330:0 |");
	input_source_send(&source, "keyboard", "[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
	input_source_send(&source, "touch1", "[3,47,0,3,57,5,3,53,3,3,54,4]");
	input_world_expect(&touch1, "3:47:0 3:57:* 3:53:3 3:54:4 1:330:1 3:0:3 3:1:4 |");
}

static void test_ended(void **state)
{
	check_goes_on(SIGTERM);
}

static void test_killed(void **state)
{
	check_goes_on(SIGKILL);
}

/* mullion-guest dies after it: what was stored of the devices serves the next one. */
static void test_guest_dies_afterwards(void **state)
{
	restart(SIGKILL);
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
	int pid = fixture_number(&fixture, 1, "guest_pid");
	assert_int_equal(kill(pid, SIGKILL), 0);
	input_world_expect(&keyboard, "1:30:0 |");
	input_source_send(&source, "keyboard", "[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
	restart(SIGKILL);
	input_world_expect(&keyboard, "1:48:0 |");
}

/* Unplugged while nobody is there, and plugged in again: the socket is the same. */
static void test_unplugged_meanwhile(void **state)
{
	service_manager_end(&manager, &fixture, SIGKILL);
	input_source_close(&source);
	input_driver_finish(&keyboard);
	service_manager_begin(&manager, &fixture);
	input_source_open(&source, &fixture);
	boot(&keyboard, "keyboard");
	input_source_send(&source, "keyboard", "[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
	input_source_send(&source, "touch1", "[3,47,0,3,57,5,3,53,3,3,54,4]");
	input_world_expect(&touch1, "3:47:0 3:57:* 3:53:3 3:54:4 1:330:1 3:0:3 3:1:4 |");
}

/* Connected, which mullion-guest hears only after that mulliond has ended. */
static void test_connected_as_it_ends(void **state)
{
	struct input_driver mouse;
	char path[128];
	int pid = fixture_number(&fixture, 1, "guest_pid");

	assert_int_equal(kill(pid, SIGSTOP), 0);
	snprintf(path, sizeof(path), "%s/g1/mouse.sock", fixture.dir);
	input_driver_init(&mouse, &guest->memory,
		&(struct input_driver_options){ .timeout_ms = SERVICE_MANAGER_LIMIT_MS });
	assert_int_equal(input_driver_connect(&mouse, path), 0);
	service_manager_expect(&manager, "g1/mouse.journal/3", true);
	restart(SIGKILL);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(input_driver_start(&mouse), 0);
	input_source_send(&source, "mouse", "[1,272,1]");
	input_world_expect(&mouse, "1:272:1 |");
	/* Its connection is known by what that one called it. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	input_world_expect(&mouse, "1:272:0 |");
	input_source_send(&source, "mouse", "[1,273,1]");
	input_world_expect(&mouse, "1:273:1 |");
	input_driver_finish(&mouse);
	service_manager_expect(&manager, "g1/mouse.vmm/0", false);
}

/* And one that mulliond could not pass on: mullion-guest had not read for long. */
static void test_connected_with_the_link_full(void **state)
{
	struct input_driver mouse;
	char path[128];
	int pid = fixture_number(&fixture, 1, "guest_pid");

	boot(&mouse, "mouse");
	input_driver_finish(&mouse);
	service_manager_expect(&manager, "g1/mouse.vmm/0", false);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 500; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	snprintf(path, sizeof(path), "%s/g1/mouse.sock", fixture.dir);
	input_driver_init(&mouse, &guest->memory,
		&(struct input_driver_options){ .timeout_ms = SERVICE_MANAGER_LIMIT_MS });
	assert_int_equal(input_driver_connect(&mouse, path), 0);
	service_manager_expect(&manager, "g1/mouse.journal/3", true);
	restart(SIGKILL);
	kill(pid, SIGCONT); /* it may be gone */
	assert_int_equal(input_driver_start(&mouse), 0);
	input_source_send(&source, "mouse", "[1,272,1]");
	input_world_expect(&mouse, "1:272:1 |");
	input_driver_finish(&mouse);
	service_manager_expect(&manager, "g1/mouse.vmm/0", false);
}

/* mullion-guest had time again before there was another mulliond: it goes on, and lacks that one.
 */
static void test_connected_and_never_passed_on(void **state)
{
	struct input_driver mouse;
	char path[128];
	int pid = fixture_number(&fixture, 1, "guest_pid");

	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 500; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	snprintf(path, sizeof(path), "%s/g1/mouse.sock", fixture.dir);
	input_driver_init(&mouse, &guest->memory,
		&(struct input_driver_options){ .timeout_ms = SERVICE_MANAGER_LIMIT_MS });
	assert_int_equal(input_driver_connect(&mouse, path), 0);
	service_manager_expect(&manager, "g1/mouse.journal/3", true);
	input_source_close(&source);
	service_manager_end(&manager, &fixture, SIGKILL);
	assert_int_equal(kill(pid, SIGCONT), 0);
	input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	service_manager_begin(&manager, &fixture);
	input_source_open(&source, &fixture);
	assert_int_equal(input_driver_start(&mouse), 0);
	for (int i = 0; i < 2; i++) {
		input_source_send(&source, "mouse", "[1,272,1],[1,272,0]");
		input_world_expect(&mouse, "1:272:1 | 1:272:0 |");
	}
	assert_int_equal(fixture_number(&fixture, 1, "guest_pid"), pid);
	input_driver_finish(&mouse);
	service_manager_expect(&manager, "g1/mouse.vmm/0", false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(ended),
		TEST(killed),
		TEST(guest_dies_afterwards),
		TEST(unplugged_meanwhile),
		TEST(connected_as_it_ends),
		TEST(connected_with_the_link_full),
		TEST(connected_and_never_passed_on),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
