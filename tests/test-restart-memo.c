/* SPDX-License-Identifier: MIT */
/* What `mullionctl set` said, and a quarantine, over restarts of mulliond. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "service_manager.h"
#include "vtest_client.h"

static struct fixture fixture;
static struct service_manager manager;

static void ctl(const char *arguments)
{
	assert_int_equal(fixture_ctl(&fixture, arguments), 0);
}

static int shown(const char *guest, const char *name)
{
	return fixture_shown(&fixture, guest, name, 0);
}

static void restart(int signal)
{
	service_manager_restart(&manager, &fixture, signal);
}

/* Terms are as set; of all guests and keys that were not, as in the file. */
static void expect_set(void)
{
	assert_int_equal(shown("g1", "cap_percent"), 50);
	assert_int_equal(shown("g1", "weight"), 100);
	assert_int_equal(shown("g1", "fences_limit"), 17);
	assert_int_equal(shown("apps", "weight"), 300);
	assert_int_equal(shown("apps", "clients_limit"), 5);
	assert_int_equal(shown("apps", "reservation_us"), 8000);
	assert_int_equal(shown("other", "reservation_us"), 0);
	assert_int_equal(shown("other", "weight"), 100);
}

static void expect_file(void)
{
	assert_int_equal(shown("g1", "cap_percent"), 0);
	assert_int_equal(shown("g1", "fences_limit"), 1024);
	assert_int_equal(shown("apps", "weight"), 100);
	assert_int_equal(shown("apps", "clients_limit"), 3);
	assert_int_equal(shown("apps", "reservation_us"), 0);
	assert_int_equal(shown("other", "reservation_us"), 8000);
}

/* What a file with `other` first would not admit, nor one with `apps` first. */
static void set_all(void)
{
	ctl("set g1 cap=50% max-fences=17");
	ctl("set other reservation=none");
	ctl("set apps weight=7 max-clients=5 reservation=8ms/10ms");
	ctl("set apps weight=300");
	expect_set();
}

static void reload(void)
{
	size_t line = fixture_log_lines(&fixture);

	kill(fixture.daemon.pid, SIGHUP);
	fixture_expect_log(&fixture, line, "has read");
}

static void test_set(void **state)
{
	expect_file();
	set_all();
	restart(SIGTERM);
	expect_set();
	restart(SIGKILL);
	expect_set();
	ctl("set apps weight=299");
	ctl("set apps weight=300");
	restart(SIGKILL);
	expect_set();
	reload();
	expect_file();
	restart(SIGTERM);
	expect_file();
}

/* Whoever writes the file wants what it says. */
static void test_another_file(void **state)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1000000000 } };
	char path[128];

	set_all();
	snprintf(path, sizeof(path), "%s/config", fixture.dir);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	restart(SIGTERM);
	expect_file();
	restart(SIGTERM);
	expect_file();
	set_all();
	restart(SIGTERM);
	expect_set();
	reload();
}

static void connect_to(struct client *client, const char *guest)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/vtest.sock", fixture.dir, guest);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS), 0);
	client_connect(client, path);
}

static void expect_refused(const char *guest)
{
	size_t line = fixture_log_lines(&fixture);
	struct client client;

	connect_to(&client, guest);
	client_expect_closed(&client);
	client_disconnect(&client);
	fixture_expect_log(&fixture, line, "its guest's renderers hung too often");
}

static void expect_served(const char *guest)
{
	struct client client;
	struct target target;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/vtest.sock", fixture.dir, guest);
	client_start(&client, path, 2);
	client_create(&client, &target, 1, 8, 8);
	target_finish(&target);
	client_disconnect(&client);
}

static void strike(const char *guest)
{
	struct client client;
	struct target target;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/vtest.sock", fixture.dir, guest);
	client_start(&client, path, 2);
	client_create(&client, &target, 1, 8, 8);
	assert_int_equal(kill(shown(guest, "render_pid"), SIGSTOP), 0);
	client_expect_closed(&client);
	target_finish(&target);
	client_disconnect(&client);
}

/* A strike before the restart and one after it make two. */
static void test_quarantine(void **state)
{
	expect_served("slow");
	strike("slow");
	restart(SIGTERM);
	assert_int_equal(shown("slow", "hangs"), 1);
	strike("slow");
	expect_refused("slow");
	restart(SIGKILL);
	expect_refused("slow");
	reload();
	expect_refused("slow");
	ctl("release slow");
	expect_served("slow");
	restart(SIGTERM);
	expect_served("slow");
}

/* Each is something else, or nobody would have written it: nothing of it is believed. */
static void test_bad_store(void **state)
{
	static const char *const texts[] = {
		"weight=0\nweight=1001\n=\nx\nheads=3\ntype=vm\nmax-fences=3\nmemory=1\n",
		"weight",
		"reservation=89ms/100ms\nreservation=91ms/100ms\ncap=5%\n", /* which does not fit */
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) + 2; i++) {
		set_all();
		service_manager_end(&manager, &fixture, SIGKILL);
		struct stored *stored = service_store_find(&manager.store, "apps/memo/0");
		assert_non_null(stored);
		if (i < sizeof(texts) / sizeof(texts[0])) {
			struct stat stat;
			assert_int_equal(fstat(stored->fd, &stat), 0);
			char *page = mmap(NULL, stat.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
				stored->fd, 0);
			assert_ptr_not_equal(page, MAP_FAILED);
			char *text = memmem(page, stat.st_size, "max-clients=5\n", 14);
			assert_non_null(text);
			assert_in_range(page + stat.st_size - text, 256, stat.st_size);
			memset(text, 0, 200);
			strcpy(text, texts[i]);
			munmap(page, stat.st_size);
		} else {
			service_store_remove(&manager.store, "apps/memo/0");
			if (i > sizeof(texts) / sizeof(texts[0]))
				service_store_add(&manager.store, "apps/memo/0",
					eventfd(0, EFD_CLOEXEC));
		}
		service_manager_begin(&manager, &fixture);
		assert_int_equal(shown("apps", "weight"), 100);
		assert_int_equal(shown("apps", "clients_limit"), 3);
		assert_int_equal(shown("apps", "reservation_us"), 0);
		assert_int_equal(shown("g1", "cap_percent"), 50);
		expect_served("apps");
		reload();
		expect_file();
	}
}

/* Of two reservations that do not fit together the first is kept, and mulliond starts. */
static void test_lost(void **state)
{
	set_all();
	service_manager_end(&manager, &fixture, SIGKILL);
	size_t line = fixture_log_lines(&fixture);
	assert_non_null(service_store_find(&manager.store, "other/memo/0"));
	service_store_remove(&manager.store, "other/memo/0");
	service_manager_begin(&manager, &fixture);
	expect_set();
	fixture_expect_log(&fixture, line, "guest other: others have its reservation");
	reload();
	expect_file();
}

static int group_setup(void **state)
{
	service_manager_start(&manager);
	return fixture_start(&fixture, 1, 1,
		"render-node = none\n"
		"[guest apps]\ntype = container\nrender-node = none\nmax-clients = 3\n"
		"[guest other]\ntype = container\nrender-node = none\nreservation = 8ms/10ms\n"
		"[guest slow]\ntype = container\nrender-node = none\nhang-limit = 200ms\n"
		"strikes = 2/3600s\n");
}

static int group_teardown(void **state)
{
	return service_manager_finish(&manager, &fixture);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_another_file),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_bad_store),
		cmocka_unit_test(test_lost),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
