/* SPDX-License-Identifier: MIT */
/* Input devices of the real programs: what a source does, their drivers hear, and nothing else. */
#include "fixture.h"

#include <endian.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/input.h"
#include "guest/virgl.h"
#include "input_world.h"

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct memory memory; /* of VMs without a GPU of ours */
static struct input_source source = { .fd = -1 };
static struct input_driver keyboard, touch0, touch1;
static const struct input_driver_options qemu = { .kind = VMM_KIND_QEMU };

static int group_setup(void **state)
{
	struct memory_region_options region = { .size_bytes = 1 << 20 };

	memory_init(&memory);
	if (memory_add_region(&memory, &region) < 0)
		return -1;
	return fixture_start(&fixture, 1, 2, "input = touch pointer keyboard mouse keys\n");
}

static int group_teardown(void **state)
{
	memory_finish(&memory);
	return fixture_stop(&fixture);
}

static void boot(struct input_driver *driver, const char *device)
{
	input_world_boot(&fixture, driver, &guest->memory, device, &qemu);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL });
	boot(&keyboard, "keyboard");
	boot(&touch0, "touch0");
	boot(&touch1, "touch1");
	input_source_open(&source, &fixture);
	return 0;
}

static int test_teardown(void **state)
{
	input_source_close(&source);
	input_driver_finish(&keyboard);
	input_driver_finish(&touch0);
	input_driver_finish(&touch1);
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

/* -- what is heard -- */

static void test_names(void **state)
{
	struct virtio_input_config name, serial, ids, other;

	assert_int_equal(input_driver_query(&touch1, VIRTIO_INPUT_CFG_ID_NAME, 0, &name), 0);
	assert_int_equal(name.size, strlen("Mullion touch 1"));
	assert_memory_equal(name.u.string, "Mullion touch 1", name.size);
	assert_int_equal(input_driver_query(&touch1, VIRTIO_INPUT_CFG_ID_SERIAL, 0, &serial), 0);
	assert_memory_equal(serial.u.string, "touch1", 7);
	assert_int_equal(input_driver_query(&touch1, VIRTIO_INPUT_CFG_ID_DEVIDS, 0, &ids), 0);
	assert_int_equal(input_driver_query(&touch0, VIRTIO_INPUT_CFG_ID_DEVIDS, 0, &other), 0);
	assert_int_not_equal(ids.u.ids.product, other.u.ids.product);
	/* Of 320 px at 96 dots an inch: 84 mm. */
	assert_int_equal(
		input_driver_query(&touch1, VIRTIO_INPUT_CFG_ABS_INFO, ABS_MT_POSITION_X, &other), 0);
	assert_int_equal(le32toh(other.u.abs.res), 390);
}

static void test_each_hears_its_own(void **state)
{
	input_source_send(&source, "touch1", "[3,47,0,3,57,5,3,53,100,3,54,200]");
	input_source_send(&source, "touch0", "[3,47,0,3,57,6,3,53,300,3,54,400]");
	input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	input_world_expect(&touch1, "3:47:0 3:57:* 3:53:100 3:54:200 1:330:1 3:0:100 3:1:200 |");
	input_world_expect(&touch0, "3:47:0 3:57:* 3:53:300 3:54:400 1:330:1 3:0:300 3:1:400 |");
	input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	/* Whoever goes away holds nothing any more. */
	input_source_close(&source);
	input_world_expect(&touch1, "3:47:0 3:57:-1 1:330:0 |");
	input_world_expect(&touch0, "3:47:0 3:57:-1 1:330:0 |");
	input_world_expect_silence(&keyboard);
}

/* The others that a guest may have. */
static void test_all_kinds(void **state)
{
	static const struct {
		const char *device, *frames, *heard;
	} kinds[] = {
		{ "pointer0", "[3,0,32767,3,1,0,1,272,1],[1,272,0]", "3:0:32767 3:1:0 1:272:1 | 1:272:0 |" },
		{ "mouse", "[2,0,-3,2,1,4,1,274,1],[2,12,-120]",
			"2:0:-3 2:1:4 1:274:1 | 2:12:-120 2:6:-1 |" },
		{ "keys", "[1,158,1],[1,158,0],[2,7,-2]", "1:158:1 | 1:158:0 | 2:7:-2 |" },
	};
	struct input_driver driver;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		boot(&driver, kinds[i].device);
		input_source_send(&source, kinds[i].device, kinds[i].frames);
		input_world_expect(&driver, kinds[i].heard);
		input_driver_finish(&driver);
	}
	input_world_expect_silence(&keyboard);
}

/* Ten contacts move at once: more than QEMU 10 has buffers, and in one frame all the same. */
static void test_ten_contacts(void **state)
{
	struct input_driver small;
	char frame[2048] = "[", expected[2048] = "";

	input_driver_finish(&touch0);
	input_world_boot(&fixture, &small, &guest->memory, "touch0",
		&(struct input_driver_options){ .buffers = 4 });
	for (int i = 0; i < 10; i++) {
		snprintf(frame + strlen(frame), sizeof(frame) - strlen(frame),
			"%s3,47,%d,3,57,%d,3,53,%d,3,54,%d", i ? "," : "", i, 50 + i, 10 * i,
			20 * i);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			"3:47:%d 3:57:* 3:53:%d 3:54:%d ", i, 10 * i, 20 * i);
	}
	strcat(frame, "]");
	strcat(expected, "1:330:1 3:0:0 3:1:0 |");
	input_source_send(&source, "touch0", frame);
	input_world_expect(&small, expected);
	input_world_expect_silence(&small);
	input_driver_finish(&small);
}

/* A driver that does not read: motion is one motion then, presses are all there. */
static void test_slow_driver(void **state)
{
	char frame[128];

	input_source_send(&source, "keyboard", "[1,42,1]");
	for (int i = 0; i < 100; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	input_source_send(&source, "touch0", "[3,47,0,3,57,5,3,53,0,3,54,0]");
	for (int i = 1; i <= 500; i++) {
		snprintf(frame, sizeof(frame), "[3,47,0,3,53,%d,3,54,%d]", i, 2 * i);
		input_source_send(&source, "touch0", frame);
	}
	input_source_send(&source, "touch0", "[3,47,0,3,57,-1]");
	input_world_expect(&keyboard, "1:42:1 |");
	for (int i = 0; i < 100; i++)
		input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	/* As many motions as found a buffer, the last one of them at the end. */
	char heard[16384], end[] = "3:47:0 3:53:500 3:54:1000 3:0:500 3:1:1000 | 3:47:0 3:57:-1 1:330:0 |";
	size_t at = 0;
	do {
		assert_int_equal(
			input_driver_read(&touch0, 1, heard + at, sizeof(heard) - at), 0);
		at += strlen(heard + at);
		heard[at++] = ' ';
		heard[at] = '\0';
	} while (!strstr(heard, "3:57:-1"));
	heard[at - 1] = '\0';
	assert_true(strlen(heard) < 4096);
	assert_string_equal(heard + strlen(heard) - strlen(end), end);
}

static void test_leds(void **state)
{
	assert_int_equal(input_driver_set_led(&keyboard, LED_CAPSL, true), 0);
	assert_int_equal(input_driver_set_led(&keyboard, 0xffff, true), 0);
	assert_int_equal(input_driver_set_led(&touch0, LED_CAPSL, true), 0);
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
}

/* -- deaths -- */

static void kill_process(const char *name)
{
	int pid = fixture_number(&fixture, 1, name), now;

	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	do {
		now = fixture_number(&fixture, 1, name);
	} while (now == pid);
}

static void test_guest_process_dies(void **state)
{
	struct virtio_input_config config;

	input_source_send(&source, "keyboard", "[1,30,1],[1,42,1]");
	input_source_send(&source, "touch1", "[3,47,0,3,57,5,3,53,100,3,54,200]");
	input_world_expect(&keyboard, "1:30:1 | 1:42:1 |");
	input_world_expect(&touch1, "3:47:0 3:57:* 3:53:100 3:54:200 1:330:1 3:0:100 3:1:200 |");
	kill_process("guest_pid");
	input_world_expect(&keyboard, "1:30:0 1:42:0 |");
	input_world_expect(&touch1, "3:47:0 3:57:-1 1:330:0 |");
	/* The finger that is still there does nothing; the next one does. */
	input_source_send(&source, "touch1", "[3,47,0,3,53,101]");
	input_source_send(&source, "touch1", "[3,47,1,3,57,6,3,53,1,3,54,2]");
	input_world_expect(&touch1,
		"3:0:101 3:1:200 | 3:47:1 3:57:* 3:53:1 3:54:2 3:0:101 3:1:200 1:330:1 |");
	input_source_send(&source, "keyboard", "[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
	assert_int_equal(input_driver_query(&keyboard, VIRTIO_INPUT_CFG_ID_SERIAL, 0, &config), 0);
	assert_memory_equal(config.u.string, "keyboard", 9);
}

/* One that does not read for a while: what was pressed waits, motion becomes one. */
static void test_guest_process_stopped(void **state)
{
	char frame[64];
	int pid = fixture_number(&fixture, 1, "guest_pid");

	input_source_send(&source, "touch0", "[3,47,0,3,57,5,3,53,1,3,54,9]");
	input_world_expect(&touch0, "3:47:0 3:57:* 3:53:1 3:54:9 1:330:1 3:0:1 3:1:9 |");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 300; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	for (int i = 2; i < 1000; i++) {
		snprintf(frame, sizeof(frame), "[3,47,0,3,53,%d]", i);
		input_source_send(&source, "touch0", frame);
	}
	input_source_send(&source, "touch0", "[3,47,0,3,57,-1]");
	assert_int_equal(kill(pid, SIGCONT), 0);
	for (int i = 0; i < 300; i++)
		input_world_expect(&keyboard, "1:30:1 | 1:30:0 |");
	input_world_expect(
		&touch0, "3:47:0 3:53:999 3:54:9 3:0:999 3:1:9 | 3:47:0 3:57:-1 1:330:0 |");
}

/* Far more than anybody keeps: what is down in the end is right, and nothing sticks. */
static void test_guest_process_floods(void **state)
{
	char heard[64];
	int pid = fixture_number(&fixture, 1, "guest_pid");

	input_source_send(&source, "keyboard", "[1,42,1]");
	input_world_expect(&keyboard, "1:42:1 |");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 2000; i++)
		input_source_send(&source, "keyboard", "[1,30,1],[1,30,0]");
	input_source_send(&source, "keyboard", "[1,42,0]");
	assert_int_equal(kill(pid, SIGCONT), 0);
	do {
		assert_int_equal(input_driver_read(&keyboard, 1, heard, sizeof(heard)), 0);
	} while (!strstr(heard, "1:42:0"));
	assert_true(fixture_shown(&fixture, "g1", "dropped", 4) > 0);
	input_source_send(&source, "keyboard", "[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
}

/* -- lives -- */

static void test_unplugged(void **state)
{
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
	for (int i = 0; i < 20; i++) {
		input_driver_finish(&keyboard);
		boot(&keyboard, "keyboard");
	}
	/* It does not know of the key that is held. */
	input_source_send(&source, "keyboard", "[1,30,0],[1,48,1]");
	input_world_expect(&keyboard, "1:48:1 |");
	input_source_send(&source, "touch0", "[3,47,0,3,57,6,3,53,300,3,54,400]");
	input_world_expect(&touch0, "3:47:0 3:57:* 3:53:300 3:54:400 1:330:1 3:0:300 3:1:400 |");
	assert_int_equal(gpu_create_2d(&guest->gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8),
		VIRTIO_GPU_RESP_OK_NODATA);
}

/* Of another VMM nothing is taken, and this one's VM notices nothing. */
static void test_second_vmm(void **state)
{
	struct input_driver driver;
	int status;

	input_driver_finish(&keyboard);
	size_t log_before = fixture_log_lines(&fixture);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char path[128];
		snprintf(path, sizeof(path), "%s/g1/keyboard.sock", fixture.dir);
		input_driver_init(&driver, &guest->memory, &qemu);
		_exit(input_driver_boot(&driver, path) == -ECONNRESET ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	fixture_expect_log(&fixture, log_before, "a second VMM");
	boot(&keyboard, "keyboard");
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
}

/* One that breaks the protocol loses that device. */
static void test_bad_vmm(void **state)
{
	uint64_t features = UINT64_MAX;

	vmm_send(&keyboard.vmm, VMM_REQUEST_SET_FEATURES, VMM_FLAG_VERSION, 4, &features, 4, NULL, 0);
	assert_true(vmm_is_dropped(&keyboard.vmm, 5000));
	input_source_send(&source, "touch0", "[3,47,0,3,57,6,3,53,300,3,54,400]");
	input_world_expect(&touch0, "3:47:0 3:57:* 3:53:300 3:54:400 1:330:1 3:0:300 3:1:400 |");
	input_driver_finish(&keyboard);
	boot(&keyboard, "keyboard");
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
}

/* The VM's end is that of all its connections, in whatever order; the next VM begins afresh. */
static void test_vm_ends(void **state)
{
	for (int i = 0; i < 10; i++) {
		input_source_send(&source, "keyboard", "[1,30,1]");
		input_world_expect(&keyboard, "1:30:1 |");
		if (i % 2)
			guest_power_off(guest);
		input_driver_finish(&keyboard);
		input_driver_finish(&touch0);
		input_driver_finish(&touch1);
		fixture_unboot(&fixture, 1, guest);
		fixture_boot(&fixture, 1, guest, &(struct guest_options){ 0 });
		boot(&touch0, "touch0");
		boot(&touch1, "touch1");
		boot(&keyboard, "keyboard");
		input_source_send(&source, "keyboard", "[1,30,0]");
	}
	input_source_send(&source, "keyboard", "[1,30,1]");
	input_world_expect(&keyboard, "1:30:1 |");
}

/* -- a VM that has another GPU -- */

static void test_no_gpu(void **state)
{
	struct input_driver alone, other;

	for (int i = 0; i < 5; i++) {
		input_source_open(&source, &fixture);
		input_world_boot(&fixture, &alone, &memory, "keyboard", &qemu);
		input_world_boot(&fixture, &other, &memory, "pointer1",
			&(struct input_driver_options){ .kind = VMM_KIND_UML });
		input_source_send(&source, "keyboard", "[1,30,1]");
		input_world_expect(&alone, "1:30:1 |");
		input_source_send(&source, "pointer1", "[3,0,7,3,1,8,1,272,1,2,11,120]");
		input_world_expect(&other, "3:0:7 3:1:8 1:272:1 2:11:120 2:8:1 |");
		kill_process("guest_pid");
		input_world_expect(&alone, "1:30:0 |");
		input_world_expect(&other, "1:272:0 |");
		input_driver_finish(&alone);
		input_source_send(&source, "pointer1", "[3,0,9,3,1,8]");
		input_world_expect(&other, "3:0:9 3:1:8 |");
		input_driver_finish(&other);
		input_source_close(&source);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_each_hears_its_own, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_all_kinds, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_ten_contacts, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_slow_driver, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_leds, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_guest_process_dies, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_guest_process_stopped, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_guest_process_floods, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_unplugged, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_second_vmm, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_bad_vmm, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_vm_ends, test_setup, test_teardown),
		cmocka_unit_test(test_no_gpu),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
