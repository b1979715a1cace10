/* SPDX-License-Identifier: MIT */
/* mullionctl trace of a guest of the test's own, and readers that are slow or many. */
#include "tap_world.h"

#include "input_world.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From before the VM to its end, nothing is missed; a line for each command, in order. */
static void test_trace(void **state)
{
	static const char *const lines[] = {
		"  CTX_CREATE ctx=7 init=0x0 name=\"a ?context??\"",
		"  RESOURCE_CREATE_3D resource=3 target=2 format=2 bind=0x40002 64x64x1 ",
		"  CTX_ATTACH_RESOURCE ctx=7 resource=3\n",
		"  SUBMIT_3D ctx=7 bytes=",
		"\n\t\tCREATE_OBJECT SURFACE handle=5 resource=3 format=2 level=0 layers=0,0\n",
		"\n\t\tSET_FRAMEBUFFER_STATE colors=1 depth=0 color=5\n",
		"\n\t\tCLEAR buffers=0x4 red=0.5 green=0.25 blue=0 alpha=1 ",
		"\n\t\tDESTROY_OBJECT SURFACE handle=5\n",
		"  RESOURCE_CREATE_2D resource=9 format=2 320x200\n",
		"  RESOURCE_ATTACH_BACKING resource=9 entries=1 bytes=256000\n",
		"  TRANSFER_TO_HOST_2D resource=9 320x200+0+0 offset=0\n",
		"  SET_SCANOUT resource=9 scanout=1 320x200+0+0\n",
		"  RESOURCE_FLUSH resource=9 320x200+0+0\n",
		"  RESOURCE_UNREF resource=77\n",
		"  (RESOURCE_UNREF is answered with ERR_INVALID_RESOURCE_ID, 0x1203)\n",
		"  MOVE_CURSOR resource=0 scanout=1 at=5,6\n",
		"  (end)\n",
	};
	struct teller teller;
	struct picture picture;
	size_t len;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting for the VM of \"g1\"");
	boot();
	make_target(64);
	assert_int_equal(draw(0.5f), OK);
	picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	fixture_show(guest, 9, 1, &picture);
	picture_finish(&picture);
	assert_int_equal(gpu_unref(gpu, 77), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	gpu_move_cursor(gpu, 1, 0, 5, 6);
	unboot();
	assert_int_equal(teller_wait(&teller), 0);

	char *text = file_read(teller.output, &len), *at = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *found = strstr(at, lines[i]);
		if (!found)
			fail_msg("no \"%s\" in:\n%s", lines[i], at);
		at = found + 1;
	}
	free(text);
}

/* One that begins late, and is stopped. */
static void test_trace_stopped(void **state)
{
	struct teller teller;

	boot();
	teller_start(&teller, "trace", "trace", NULL);
	gpu_move_cursor(gpu, 0, 0, 1, 1);
	while (!teller_said(&teller, "MOVE_CURSOR") && process_alive(&teller.process)) {
		gpu_move_cursor(gpu, 0, 0, 1, 1);
		step();
	}
	kill(teller.process.pid, SIGINT);
	assert_int_equal(teller_wait(&teller), 0);
	assert_int_equal(gpu_move_cursor(gpu, 0, 0, 2, 2), 0);
	unboot();
}

static uint64_t sum_after(
	const char *text, const char *what, int (*number)(const char *, uint64_t *))
{
	uint64_t sum = 0, n;

	for (const char *at = text; (at = strstr(at, what)); at++)
		sum += number(at, &n) ? n : 0;
	return sum;
}

static int one(const char *at, uint64_t *n)
{
	*n = 1;
	return 1;
}

static int in_brackets(const char *at, uint64_t *n)
{
	while (*at != '(')
		at--;
	return sscanf(at, "(%lu", n) == 1;
}

#define FLOOD 20000u

/* The reader sleeps, the guest does not; what was left out is told to the last record. */
static void test_trace_flood(void **state)
{
	struct teller teller;
	size_t len;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting");
	boot();
	assert_int_equal(gpu_move_cursor(gpu, 0, 0, 1, 1), 0);
	teller_expect(&teller, "MOVE_CURSOR");
	kill(teller.process.pid, SIGSTOP);
	for (uint32_t i = 1; i < FLOOD; i++)
		assert_int_equal(gpu_move_cursor(gpu, 0, 0, i, i), 0);
	fixture_expect_shown(&fixture, "KiB of 64 KiB");
	kill(teller.process.pid, SIGCONT);
	teller_expect(&teller, "records left out");
	unboot();
	assert_int_equal(teller_wait(&teller), 0);

	char *text = file_read(teller.output, &len);
	uint64_t told = sum_after(text, "  MOVE_CURSOR", one);
	uint64_t lost = sum_after(text, " records left out", in_brackets);
	assert_true(lost > 0);
	assert_int_equal(told + lost, FLOOD);
	free(text);
}

/* The VM's other connections end while its trace is still being read. */
static void test_trace_ends_after_input(void **state)
{
	const struct input_driver_options qemu = { .kind = VMM_KIND_QEMU };
	struct input_driver keyboard;
	struct teller teller;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting");
	boot();
	input_world_boot(&fixture, &keyboard, &guest->memory, "keyboard", &qemu);
	assert_int_equal(gpu_move_cursor(gpu, 0, 0, 1, 1), 0);
	teller_expect(&teller, "MOVE_CURSOR");
	kill(teller.process.pid, SIGSTOP);
	for (uint32_t i = 1; i < FLOOD; i++)
		assert_int_equal(gpu_move_cursor(gpu, 0, 0, i, i), 0);
	fixture_expect_shown(&fixture, "KiB of 64 KiB");
	vmm_disconnect(&guest->vmm);
	input_driver_finish(&keyboard);
	for (int i = 0; i < 10; i++)
		step();
	kill(teller.process.pid, SIGCONT);
	assert_int_equal(teller_wait(&teller), 0);
	assert_true(teller_said(&teller, "  (end)\n"));
	unboot();
}

static void test_too_many(void **state)
{
	struct teller tellers[5];
	char name[16];

	boot();
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "trace%d", i);
		teller_start(&tellers[i], name, "trace", NULL);
		while (!teller_said(&tellers[i], "MOVE_CURSOR")) {
			gpu_move_cursor(gpu, 0, 0, 1, 1);
			step();
		}
	}
	teller_start(&tellers[4], "trace4", "trace", NULL);
	assert_int_equal(teller_wait(&tellers[4]), 1);
	assert_true(teller_said(&tellers[4], "traced by as many as can be"));
	unboot();
	for (int i = 0; i < 4; i++)
		assert_int_equal(teller_wait(&tellers[i]), 0);
}

/* They wait for a VM, so many and no more; one that went away leaves its place. */
static void test_too_many_wait(void **state)
{
	struct teller tellers[5];
	char name[16];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "trace%d", i);
		teller_start(&tellers[i], name, "trace", NULL);
		teller_expect(&tellers[i], i < 4 ? "waiting" : "cannot be traced now");
	}
	assert_int_equal(teller_wait(&tellers[4]), 1);
	for (int i = 0; i < 4; i++) {
		kill(tellers[i].process.pid, SIGTERM);
		assert_int_equal(teller_wait(&tellers[i]), 0);
	}
	teller_start(&tellers[4], "trace4", "trace", NULL);
	teller_expect(&tellers[4], "waiting");
	kill(tellers[4].process.pid, SIGTERM);
	assert_int_equal(teller_wait(&tellers[4]), 0);
}

/* The last one: there is no daemon after it. */
static void test_daemon_ends(void **state)
{
	struct teller teller;

	teller_start(&teller, "trace", "trace", NULL);
	teller_expect(&teller, "waiting");
	assert_int_equal(process_stop(&fixture.daemon, 10000), 0);
	assert_int_equal(teller_wait(&teller), 1);
	assert_true(teller_said(&teller, "mulliond ended before the VM of \"g1\" came"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_trace_stopped),
		cmocka_unit_test(test_trace_flood),
		cmocka_unit_test(test_trace_ends_after_input),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_many_wait),
		cmocka_unit_test(test_daemon_ends),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, tap_setup, tap_teardown);
}
