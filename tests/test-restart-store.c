/* SPDX-License-Identifier: MIT */
/* What a service manager hands over is not believed: each descriptor missing, or another. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"
#include "service_manager.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA

static struct fixture fixture;
static struct service_manager manager;
static struct guest *guest = &fixture.guest;

static int group_setup(void **state)
{
	service_manager_start(&manager);
	return fixture_start(&fixture, 1, 1, NULL);
}

static int group_teardown(void **state)
{
	return service_manager_finish(&manager, &fixture);
}

static int test_setup(void **state)
{
	service_manager_boot(&manager, &fixture, 1, guest);
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	service_manager_expect(&manager, "g1/state/0", false);
	assert_int_equal(manager.store.refused_count, 0);
	return 0;
}

static int make_eventfd(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* A state file as it was, but for its size, its seals, or 8 bytes of it. */
static int make_state(off_t bytes, unsigned int seals, off_t spoiled_at)
{
	struct stored *stored = service_store_find(&manager.store, "g1/state/0");
	uint64_t ones = UINT64_MAX;
	struct stat info;

	assert_non_null(stored);
	assert_int_equal(fstat(stored->fd, &info), 0);
	if (bytes == 0)
		bytes = info.st_size;

	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	off_t from = 0, to = 0;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	assert_true(copy_file_range(stored->fd, &from, fd, &to, 65536, 0) > 0);
	if (spoiled_at >= 0)
		assert_int_equal(pwrite(fd, &ones, sizeof(ones), spoiled_at), sizeof(ones));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int make_state_cut(void)
{
	return make_state(65536, F_SEAL_SHRINK | F_SEAL_GROW, -1);
}

static int make_state_unsealed(void)
{
	return make_state(0, 0, -1);
}

static int make_state_of_other_kind(void)
{
	return make_state(0, F_SEAL_SHRINK | F_SEAL_GROW, 0);
}

static int make_state_of_other_size(void)
{
	return make_state(0, F_SEAL_SHRINK | F_SEAL_GROW, 8);
}

enum outcome {
	GOES_ON,
	LOSES_3D,
	STARTS_AFRESH,
};

static const struct spoil {
	const char *name;
	int (*make)(void); /* instead of what is there; NULL: nothing */
	bool is_added;     /* beside what is there */
	enum outcome outcome;
} spoils[] = {
	{ "g1/state/0", NULL, false, STARTS_AFRESH },
	{ "g1/state/0", make_null, false, STARTS_AFRESH },
	{ "g1/state/0", make_eventfd, false, STARTS_AFRESH },
	{ "g1/state/0", make_state_cut, false, STARTS_AFRESH },
	{ "g1/state/0", make_state_unsealed, false, STARTS_AFRESH },
	{ "g1/state/0", make_state_of_other_kind, false, STARTS_AFRESH },
	{ "g1/state/0", make_state_of_other_size, false, STARTS_AFRESH },
	{ "g1/vmm/0", NULL, false, STARTS_AFRESH },
	{ "g1/vmm/0", make_eventfd, false, STARTS_AFRESH },
	{ "g1/guest-process/0", NULL, false, STARTS_AFRESH },
	{ "g1/guest-process/0", make_null, false, STARTS_AFRESH },
	{ "g1/guest-link/5", make_null, false, STARTS_AFRESH },
	{ "g1/guest-link/5", NULL, false, GOES_ON }, /* of another version: taken over */
	{ "g1/tie/0", NULL, false, GOES_ON },
	{ "g1/tie/0", make_null, false, GOES_ON },
	{ "g1/budget/0", NULL, false, LOSES_3D },
	{ "g1/budget/0", make_null, false, LOSES_3D },
	{ "g1/render-process/0", make_eventfd, false, LOSES_3D },
	{ "g1/render-process/0", NULL, false, LOSES_3D },
	{ "g1/render-link/5", make_eventfd, false, LOSES_3D },
	{ "g1/render-link/5", NULL, false, LOSES_3D },
	{ "g1/listen/0", NULL, false, GOES_ON },
	{ "g1/listen/0", make_null, false, GOES_ON },
	{ "/control/0", make_eventfd, false, GOES_ON },
	{ "/control/0", NULL, false, GOES_ON },
	{ "g1/kick/0", make_null, false, GOES_ON },
	{ "g1/region/0", NULL, false, GOES_ON },
	{ "g1/state/0", make_null, true, GOES_ON },
	{ "g1/region/4000000000", make_null, true, GOES_ON },
	{ "g3/listen/0", make_null, true, GOES_ON },
	{ "", make_null, true, GOES_ON },
};

static void spoil(const struct spoil *how)
{
	int fd = how->make != NULL ? how->make() : -1;

	if (!how->is_added) {
		assert_non_null(service_store_find(&manager.store, how->name));
		service_store_remove(&manager.store, how->name);
	}
	if (fd >= 0)
		service_store_add(&manager.store, how->name, fd);
}

/* Without the socket that was stored a new one appears, once the renderers are known. */
static void expect_socket(size_t from_line)
{
	for (uint32_t ms = 0; ms < SERVICE_MANAGER_LIMIT_MS; ms += 10) {
		if (fixture_log_has(&fixture, from_line, "guest g1: waits for a VMM"))
			return;
		usleep(10000);
	}
	fixture_fail(&fixture, "no socket of g1", -ETIMEDOUT);
	fail();
}

static void test_bad_store(void **state)
{
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		size_t line;

		scene_start(guest);
		service_manager_expect(&manager, "g1/budget/0", true);
		assert_int_equal(scene_draw(guest, true), OK);
		scene_expect(&fixture, 1, guest, true);
		service_manager_end(&manager, &fixture, SIGKILL);
		line = fixture_log_lines(&fixture);
		spoil(&spoils[i]);
		service_manager_begin(&manager, &fixture);

		bool fresh = fixture_log_has(&fixture, line, "starts afresh");
		int type = fresh ? OK : scene_draw(guest, false);
		bool lost = type == VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;

		if (fresh != (spoils[i].outcome == STARTS_AFRESH) ||
			lost != (spoils[i].outcome == LOSES_3D) || (!lost && type != OK)) {
			fixture_fail(&fixture, spoils[i].name, -EPROTO);
			fail_msg("case %zu: afresh %d, answered %x", i, fresh, type);
		}
		if (spoils[i].outcome == GOES_ON)
			scene_expect(&fixture, 1, guest, false);
		/* Whatever it was, a VM that starts anew finds all well. */
		fixture_unboot(&fixture, 1, guest);
		expect_socket(line);
		service_manager_boot(&manager, &fixture, 1, guest);
	}
}

/* One that ends while a VM starts leaves all that a guest needs, or no guest. */
static void test_state_is_last(void **state)
{
	const struct stored *last = service_store_find(&manager.store, "g1/state/0");

	static const char *const before[] = {
		"g1/vmm/0",
		"g1/journal/3",
		"g1/guest-process/0",
		"g1/guest-link/5",
	};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		const struct stored *stored = service_store_find(&manager.store, before[i]);

		assert_non_null(stored);
		assert_true(stored < last);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_state_is_last, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_bad_store, test_setup, test_teardown),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
