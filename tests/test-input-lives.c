/* SPDX-License-Identifier: MIT */
/* A VM's connections come and go in any order, while mullion-guest is busy or dies: none is lost.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>

#include "input_world.h"

#define HEADS 16
#define ALL_DEVICES (2 * HEADS + 3)

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct memory memory; /* of VMs without a GPU of ours */
static struct input_source source = { .fd = -1 };
static const struct input_driver_options qemu = { .kind = VMM_KIND_QEMU };

static int group_setup(void **state)
{
	struct memory_region_options region = { .size_bytes = 1 << 20 };

	memory_init(&memory);
	if (memory_add_region(&memory, &region) < 0)
		return -1;
	return fixture_start(&fixture, 1, HEADS, "input = touch pointer keyboard mouse keys\n");
}

static int group_teardown(void **state)
{
	memory_finish(&memory);
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	input_source_open(&source, &fixture);
	return 0;
}

static int test_teardown(void **state)
{
	input_source_close(&source);
	return 0;
}

static void boot_vm(void)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
}

static void boot(struct input_driver *driver, struct memory *of, const char *device)
{
	input_world_boot(&fixture, driver, of, device, &qemu);
}

/* Its VMM is connected, and says nothing yet. */
static void connect_only(struct input_driver *driver, struct memory *of, const char *device)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/g1/%s.sock", fixture.dir, device);
	input_driver_init(driver, of, &qemu);
	assert_int_equal(input_driver_connect(driver, path), 0);
}

static void expect_key(struct input_driver *keyboard)
{
	input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	input_world_expect(keyboard, "1:30:1 | 1:30:0 |");
}

static void expect_click(struct input_driver *mouse)
{
	input_source_send(&source, "mouse", "[1,272,1],[1,272,0]");
	input_world_expect(mouse, "1:272:1 | 1:272:0 |");
}

static void signal_process(pid_t pid, int signal)
{
	assert_true(pid > 0);
	assert_int_equal(kill(pid, signal), 0);
}

/* -- more of them than the link takes at once -- */

static void name_device(uint32_t i, char *name, size_t size)
{
	static const char *const others[] = { "keyboard", "mouse", "keys" };

	if (i < 2 * HEADS)
		snprintf(name, size, "%s%u", i < HEADS ? "touch" : "pointer", i % HEADS);
	else
		snprintf(name, size, "%s", others[i - 2 * HEADS]);
}

static void test_all_devices_taken_over(void **state)
{
	static struct input_driver drivers[ALL_DEVICES];
	char name[16];

	boot_vm();
	for (uint32_t i = 0; i < ALL_DEVICES; i++) {
		name_device(i, name, sizeof(name));
		boot(&drivers[i], &guest->memory, name);
	}
	for (int i = 0; i < 3; i++) {
		size_t log_before = fixture_log_lines(&fixture);
		signal_process(fixture_number(&fixture, 1, "guest_pid"), SIGKILL);
		fixture_expect_log(&fixture, log_before, "takes over");
		expect_key(&drivers[2 * HEADS]);
		expect_click(&drivers[2 * HEADS + 1]);
		input_source_send(&source, "pointer15", "[3,0,7,3,1,8],[3,0,1,3,1,2]");
		input_world_expect(&drivers[2 * HEADS - 1], "3:0:7 3:1:8 | 3:0:1 3:1:2 |");
		assert_int_equal(
			gpu_create_2d(&guest->gpu, 1 + i, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8),
			VIRTIO_GPU_RESP_OK_NODATA);
		assert_false(fixture_log_has(&fixture, log_before, "given up"));
	}
	for (uint32_t i = 0; i < ALL_DEVICES; i++)
		input_driver_finish(&drivers[i]);
	fixture_unboot(&fixture, 1, guest);
}

/* -- its VM stands still, or begins anew -- */

static void boot_keyboard(struct input_driver *keyboard, enum vmm_kind kind)
{
	boot_vm();
	input_world_boot(&fixture, keyboard, &guest->memory, "keyboard",
		&(struct input_driver_options){ .kind = kind });
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(keyboard, "1:30:1 |");
}

/* What is done meanwhile is heard afterwards, in order. */
static void test_paused(void **state)
{
	struct input_driver keyboard;

	boot_keyboard(&keyboard, VMM_KIND_QEMU);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(input_driver_pause(&keyboard), 0);
		input_source_send(&source, "keyboard", "[1,48,1],[1,48,0]");
		assert_int_equal(input_driver_resume(&keyboard), 0);
		input_world_expect(&keyboard, "1:48:1 | 1:48:0 |");
	}
	input_source_send(&source, "keyboard", "[1,30,0]");
	input_world_expect(&keyboard, "1:30:0 |");
	input_driver_finish(&keyboard);
	fixture_unboot(&fixture, 1, guest);
}

/* For a driver that starts afresh nothing is down, and nothing waits. */
static void test_rebooted(void **state)
{
	struct input_driver keyboard;

	for (int kind = VMM_KIND_QEMU; kind <= VMM_KIND_UML; kind++) {
		boot_keyboard(&keyboard, kind);
		for (int i = 0; i < 3; i++) {
			input_source_send(&source, "keyboard", "[1,46,1]");
			assert_int_equal(input_driver_reboot(&keyboard), 0);
			input_source_send(&source, "keyboard", "[1,46,0],[1,30,0]");
			input_source_send(&source, "keyboard", "[1,30,1]");
			input_world_expect(&keyboard, "1:30:1 |");
		}
		input_source_send(&source, "keyboard", "[1,30,0]");
		input_world_expect(&keyboard, "1:30:0 |");
		input_driver_finish(&keyboard);
		fixture_unboot(&fixture, 1, guest);
	}
}

/* -- a VMM that cannot make up its mind -- */

static void test_plugged_without_end(void **state)
{
	const uint32_t beyond[4] = { 200, 4 }; /* offset and size, in the config space */
	struct input_driver mouse;

	boot_vm();
	size_t log_before = fixture_log_lines(&fixture);
	for (int i = 0; i < 300; i++) {
		connect_only(&mouse, &guest->memory, "mouse");
		vmm_send(&mouse.vmm, VMM_REQUEST_GET_CONFIG, VMM_FLAG_VERSION, sizeof(beyond),
			beyond, sizeof(beyond), NULL, 0);
		if (i % 2)
			vmm_send(&mouse.vmm, 0xffff, 0, 0, NULL, 0, NULL, 0);
		input_driver_finish(&mouse);
	}
	boot(&mouse, &guest->memory, "mouse");
	expect_click(&mouse);
	assert_true(fixture_log_lines(&fixture) - log_before < 100);
	input_driver_finish(&mouse);
	fixture_unboot(&fixture, 1, guest);
}

/* -- connected at a bad moment -- */

/* It does not read, and there is no room for more. */
static void test_connected_while_the_link_is_full(void **state)
{
	struct input_driver keyboard, mouse;

	boot_vm();
	boot(&keyboard, &guest->memory, "keyboard");
	int pid = fixture_number(&fixture, 1, "guest_pid");
	signal_process(pid, SIGSTOP);
	for (int i = 0; i < 500; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	connect_only(&mouse, &guest->memory, "mouse");
	input_source_expect_connected(&source, "mouse");
	signal_process(pid, SIGCONT);
	assert_int_equal(input_driver_start(&mouse), 0);
	for (int i = 0; i < 500; i++)
		input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	expect_click(&mouse);
	expect_key(&keyboard);
	assert_int_equal(fixture_number(&fixture, 1, "guest_pid"), pid);
	input_driver_finish(&keyboard);
	input_driver_finish(&mouse);
	fixture_unboot(&fixture, 1, guest);
}

/* It is dead already, which mulliond hears only afterwards. */
static void test_connected_as_it_dies(void **state)
{
	struct input_driver keyboard, mouse;

	boot_vm();
	boot(&keyboard, &guest->memory, "keyboard");
	int pid = fixture_number(&fixture, 1, "guest_pid");
	size_t log_before = fixture_log_lines(&fixture);
	signal_process(fixture.daemon.pid, SIGSTOP);
	connect_only(&mouse, &guest->memory, "mouse");
	signal_process(pid, SIGKILL);
	signal_process(fixture.daemon.pid, SIGCONT);
	assert_int_equal(input_driver_start(&mouse), 0);
	fixture_expect_log(&fixture, log_before, "takes over");
	expect_key(&keyboard);
	expect_click(&mouse);
	input_driver_finish(&keyboard);
	input_driver_finish(&mouse);
	fixture_unboot(&fixture, 1, guest);
}

/* Without a GPU: the last device goes as another one comes. */
static void test_one_for_another(void **state)
{
	struct input_driver keyboard, mouse;

	for (int i = 0; i < 5; i++) {
		boot(&keyboard, &memory, "keyboard");
		int pid = fixture_number(&fixture, 1, "guest_pid");
		signal_process(pid, SIGSTOP);
		connect_only(&mouse, &memory, "mouse");
		input_source_expect_connected(&source, "mouse");
		input_driver_finish(&keyboard);
		signal_process(pid, SIGCONT);
		assert_int_equal(input_driver_start(&mouse), 0);
		expect_click(&mouse);
		boot(&keyboard, &memory, "keyboard");
		expect_key(&keyboard);
		input_driver_finish(&mouse);
		input_driver_finish(&keyboard);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(all_devices_taken_over),
		TEST(paused),
		TEST(rebooted),
		TEST(plugged_without_end),
		TEST(connected_while_the_link_is_full),
		TEST(connected_as_it_dies),
		TEST(one_for_another),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
