/* SPDX-License-Identifier: MIT */
/* Programs of a container over restarts of mulliond, and with a spoiled store. */
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "protocol/link.h"
#include "service_manager.h"
#include "vtest_client.h"

static struct fixture fixture;
static struct service_manager manager;
static char path[128];

static const uint8_t red[4] = { 0, 0, 255, 255 }, teal[4] = { 128, 128, 0, 255 };

static void start(struct client *client, struct target *target, uint32_t slot)
{
	char last[64];

	client_start(client, path, 2);
	client_create(client, target, 1, 64, 64);
	snprintf(last, sizeof(last), "apps/client-link-%u/%u", LINK_VERSION, slot);
	service_manager_expect(&manager, last, true);
}

static void draw(struct client *client, struct target *target, const uint8_t colour[4])
{
	client_clear(client, target, colour);
	client_expect_colour(client, target, colour);
}

static void finish(struct client *client, struct target *target)
{
	target_finish(target);
	client_disconnect(client);
}

static bool shows(const char *text)
{
	char line[4096], name[128];
	bool found = false;

	assert_int_equal(fixture_ctl(&fixture, "show apps"), 0);
	snprintf(name, sizeof(name), "%s/ctl", fixture.dir);
	FILE *file = fopen(name, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found = found || strstr(line, text);
	fclose(file);
	return found;
}

/* Two programs draw on; their memory, names and slots are known; a third one comes. */
static void go_on(int signal)
{
	struct client first, second, third;
	struct target of_first, of_second, of_third;
	size_t line = fixture_log_lines(&fixture);
	char pid[64];

	start(&first, &of_first, 0);
	start(&second, &of_second, 1);
	draw(&first, &of_first, red);
	client_clear(&second, &of_second, red);
	service_manager_restart(&manager, &fixture, signal);
	client_expect_colour(&second, &of_second, red);
	draw(&first, &of_first, teal);
	/* What the mulliond before counted is not counted again. */
	assert_int_equal(fixture_shown(&fixture, "apps", "submissions", 0), 1);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_true(shows(pid));
	assert_true(shows("test-vtest-rest"));
	assert_true(shows("2 of 3"));
	start(&third, &of_third, 2);
	draw(&third, &of_third, teal);
	draw(&second, &of_second, teal);
	finish(&first, &of_first);
	finish(&second, &of_second);
	finish(&third, &of_third);
	for (uint32_t slot = 0; slot < 3; slot++) {
		snprintf(pid, sizeof(pid), "apps/client-link-%u/%u", LINK_VERSION, slot);
		service_manager_expect(&manager, pid, false);
	}
	/* All left by themselves, those that this mulliond did not start as well. */
	assert_false(fixture_log_has(&fixture, line, "is closed"));
}

static void test_stopped(void **state)
{
	go_on(SIGTERM);
}

static void test_killed(void **state)
{
	go_on(SIGKILL);
}

/* A program that always wants the GPU. */
struct drawer {
	struct client client;
	struct target target;
	pthread_t thread;
	atomic_uint frames;
	atomic_bool stop;
};

static void *draw_on(void *data)
{
	struct drawer *drawer = data;

	for (uint32_t i = 0; !atomic_load(&drawer->stop); i++) {
		draw(&drawer->client, &drawer->target, i % 2 ? red : teal);
		atomic_fetch_add(&drawer->frames, 1);
	}
	return NULL;
}

static bool drew_on(struct drawer *drawer, uint32_t from)
{
	for (uint32_t ms = 0; ms < VTEST_WAIT_MS; ms += 10) {
		if (atomic_load(&drawer->frames) > from + 2)
			return true;
		usleep(10000);
	}
	return false;
}

/* Three that share the GPU, one of them with a grant when mulliond goes, the others waiting. */
static void test_contended(void **state)
{
	static struct drawer drawers[3];

	for (uint32_t i = 0; i < 3; i++) {
		drawers[i].stop = false;
		start(&drawers[i].client, &drawers[i].target, i);
		assert_int_equal(pthread_create(&drawers[i].thread, NULL, draw_on, &drawers[i]), 0);
	}
	for (uint32_t round = 0; round < 6; round++) {
		uint32_t frames[3];

		service_manager_restart(&manager, &fixture, round % 2 ? SIGTERM : SIGKILL);
		for (uint32_t i = 0; i < 3; i++)
			frames[i] = atomic_load(&drawers[i].frames);
		for (uint32_t i = 0; i < 3; i++)
			assert_true(drew_on(&drawers[i], frames[i]));
	}
	for (uint32_t i = 0; i < 3; i++) {
		atomic_store(&drawers[i].stop, true);
		pthread_join(drawers[i].thread, NULL);
		finish(&drawers[i].client, &drawers[i].target);
	}
	for (uint32_t slot = 0; slot < 3; slot++) {
		char name[64];
		snprintf(name, sizeof(name), "apps/client-link-%u/%u", LINK_VERSION, slot);
		service_manager_expect(&manager, name, false);
	}
}

static int make_eventfd(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* One that cannot be gone on with ends, and its neighbour does not. */
static void test_bad_store(void **state)
{
	static const struct {
		const char *kind;
		int (*make)(void); /* NULL: nothing */
		bool takes_both;
	} spoils[] = {
		{ "client-link-5/0", NULL, false },
		{ "client-link-5/0", make_eventfd, false },
		{ "client-process/0", make_eventfd, false },
		{ "client-budget/0", NULL, false },
		{ "client-budget/0", make_null, false },
		{ "memory/0", NULL, true },
		{ "memory/0", make_null, true },
	};

	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct client first, second;
		struct target of_first, of_second;
		char name[64];

		start(&first, &of_first, 0);
		start(&second, &of_second, 1);
		service_manager_end(&manager, &fixture, SIGKILL);
		snprintf(name, sizeof(name), "apps/%s", spoils[i].kind);
		assert_non_null(service_store_find(&manager.store, name));
		service_store_remove(&manager.store, name);
		if (spoils[i].make)
			service_store_add(&manager.store, name, spoils[i].make());
		service_manager_begin(&manager, &fixture);
		client_expect_closed(&first);
		if (spoils[i].takes_both)
			client_expect_closed(&second);
		else
			draw(&second, &of_second, teal);
		finish(&first, &of_first);
		finish(&second, &of_second);
		service_manager_expect(&manager, "apps/client-link-5/0", false);
		service_manager_expect(&manager, "apps/client-link-5/1", false);
	}
}

static int group_setup(void **state)
{
	service_manager_start(&manager);
	int ret = fixture_start(&fixture, 0, 0,
		"render-node = none\n[guest apps]\ntype = container\nmax-clients = 3\n");
	snprintf(path, sizeof(path), "%s/apps/vtest.sock", fixture.dir);
	return ret < 0 ? ret : process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS);
}

static int group_teardown(void **state)
{
	return service_manager_finish(&manager, &fixture);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_contended),
		cmocka_unit_test(test_bad_store),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
