/* SPDX-License-Identifier: MIT */
/* mullionctl record: whole, stopped, too long, too slow, and of a process that dies. */
#include "tap_world.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t find_guest_process(void)
{
	pid_t pids[PROCESS_MAX_TREE];
	size_t n = process_tree(fixture.daemon.pid, pids, PROCESS_MAX_TREE);

	for (size_t i = 0; i < n; i++) {
		char path[64], name[32] = "";
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)pids[i]);
		FILE *file = fopen(path, "re");
		if (file && fgets(name, sizeof(name), file) && !strcmp(name, "mullion-guest\n")) {
			fclose(file);
			return pids[i];
		}
		if (file)
			fclose(file);
	}
	return 0;
}

static void test_record(void **state)
{
	static const uint32_t nops[2048];
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	make_target(64);
	assert_int_equal(draw(0.5f), OK);
	assert_int_equal(gpu_submit_3d(gpu, CONTEXT, nops, sizeof(nops)), OK);
	fixture_expect_shown(&fixture, "KiB of 1 MiB"); /* and not 0 B */
	unboot();
	assert_int_equal(teller_wait(&teller), 0);
	struct record last = file_last(path, &header, &n_commands);
	assert_int_equal(last.kind, RECORD_END);
	assert_int_equal(last.end.why, RECORD_END_GUEST);
	assert_true(n_commands >= 4);
	assert_int_equal(header.flags, RECORD_FLAG_DATA);
	assert_int_equal(header.n_heads, 2);
	assert_int_equal(header.heads[1].width_px, FIXTURE_WIDTH_PX);
	assert_true(header.n_capsets >= 2);
	assert_string_equal(header.name, "g1");
}

/* Stopped by hand: its end says so, and it is whole. */
static void test_record_stopped(void **state)
{
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	for (struct stat st = { 0 }; st.st_size < 16384; stat(path, &st)) {
		for (int i = 0; i < 100; i++)
			gpu_move_cursor(gpu, 0, 0, i, i);
	}
	kill(teller.process.pid, SIGTERM);
	assert_int_equal(teller_wait(&teller), 0);
	struct record last = file_last(path, &header, &n_commands);
	assert_int_equal(last.kind, RECORD_END);
	assert_int_equal(last.end.why, RECORD_END_STOPPED);
	assert_true(n_commands >= 100);
	unboot();
}

/* What there is by then can be played; that it is not all is said by everybody. */
static void test_death(void **state)
{
	struct teller trace, record, replay;
	char path[160];

	teller_start(&trace, "trace", "trace", NULL);
	record_start(&record, path);
	teller_expect(&trace, "waiting");
	teller_expect(&record, "waiting");
	boot();
	gpu_move_cursor(gpu, 0, 0, 1, 1);
	teller_expect(&trace, "MOVE_CURSOR");
	pid_t pid = find_guest_process();
	assert_true(pid > 0);
	kill(pid, SIGKILL);
	assert_int_equal(teller_wait(&trace), 1);
	assert_int_equal(teller_wait(&record), 1);
	assert_true(teller_said(&trace, "ended before its last word"));
	assert_true(teller_said(&record, "ended before its last word"));
	replay_start(&replay, "pixman", path);
	assert_int_equal(teller_wait(&replay), 1);
	assert_true(teller_said(&replay, "its end is missing"));
	assert_false(teller_said(&replay, "within"));
	unboot();
}

/* `rounds` transfers of a picture of 256000 bytes. */
static void transfer(int rounds)
{
	struct picture picture;

	picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 3);
	fixture_show(guest, 9, 0, &picture);
	for (int i = 1; i < rounds; i++)
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 9,
					 gpu_rect(0, 0, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX), 0),
			OK);
	picture_finish(&picture);
}

static void test_record_full(void **state)
{
	struct record_header header;
	struct teller teller;
	struct stat st;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	boot();
	/* One at a time, so that the buffer is never what is full. */
	for (int i = 0; i < 8 && process_alive(&teller.process); i++) {
		transfer(1);
		assert_int_equal(gpu_unref(gpu, 9), OK);
		for (int ms = 0; ms < 100; ms++)
			step();
	}
	assert_int_equal(teller_wait(&teller), 1);
	assert_true(teller_said(&teller, "record-limit"));
	assert_int_equal(file_last(path, &header, &n_commands).end.why, RECORD_END_FULL);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 700000, 1 << 20);
	unboot();
}

static void test_record_lost(void **state)
{
	struct record_header header;
	struct teller teller;
	uint32_t n_commands;
	char path[160];

	record_start(&teller, path);
	teller_expect(&teller, "waiting");
	kill(teller.process.pid, SIGSTOP);
	boot();
	transfer(4);
	kill(teller.process.pid, SIGCONT);
	assert_int_equal(teller_wait(&teller), 1);
	assert_true(teller_said(&teller, "something was lost"));
	assert_int_equal(file_last(path, &header, &n_commands).end.why, RECORD_END_LOST);
	unboot();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_stopped),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_record_full),
		cmocka_unit_test(test_record_lost),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, tap_setup, tap_teardown);
}
