/* SPDX-License-Identifier: MIT */
/* Clients' fences (zwp_linux_explicit_synchronization_v1): in time, never, and wrong. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/surface.h"
#include "compositor/surface/tally.h"
#include "tests/abandoned_objects.h"
#include "tests/fake_fences.h"
#include "tests/unit.h"

#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define WIDTH 100
#define HEIGHT 50
#define ERROR(name) ZWP_LINUX_SURFACE_SYNCHRONIZATION_V1_ERROR_##name

static struct world world;
static struct fenced_client fenced;
static struct world_client other;
static struct world_window window, other_window;
static struct zwp_linux_surface_synchronization_v1 *sync_object;
static struct surface *surface;
static int fds_before;

static void client_start(void)
{
	fenced_client_init(&fenced, &world);
	world_window_init(&window, &fenced.client, "A", "S-1");
	sync_object = zwp_linux_explicit_synchronization_v1_get_synchronization(
		fenced.client.explicit_sync, window.surface);
	world_sync(&fenced.client);
	surface = container_of(world.server.mapped.next, struct toplevel, mapped_link)->surface;
}

static int setup(void **state)
{
	world_init(&world);
	world_add_whole(&world, "S-1", WIDTH, HEIGHT);
	world_add_whole(&world, "S-2", WIDTH, HEIGHT);
	fenced_world_start(&world);
	world_client_init(&other, &world, 0);
	world_window_init(&other_window, &other, "B", "S-2");
	fds_before = count_fds();
	return 0;
}

static int teardown(void **state)
{
	/* Nothing of the client's stays. */
	world_sync(&other);
	assert_int_equal(count_fds(), fds_before);
	world_client_finish(&other);
	world_finish(&world);
	fenced_world_finish();
	return 0;
}

static void client_end(void)
{
	zwp_linux_surface_synchronization_v1_destroy(sync_object);
	fenced_client_finish(&fenced);
}

static void commit(struct wl_buffer *buffer)
{
	wl_surface_attach(window.surface, buffer, 0, 0);
	wl_surface_commit(window.surface);
}

static void set_fence(int fd)
{
	zwp_linux_surface_synchronization_v1_set_acquire_fence(sync_object, fd);
}

static void expect_release(const struct fenced_release *release, unsigned n)
{
	world_sync(&fenced.client);
	assert_int_equal(release->n, n);
	assert_int_equal(release->fd, -1);
}

static void surface_destroy(void)
{
	xdg_toplevel_destroy(window.toplevel);
	xdg_surface_destroy(window.xdg);
	wl_surface_destroy(window.surface);
}

static const struct buffer *shown_before;

static bool is_other_shown(void *data)
{
	return surface->current.buffer != shown_before;
}

/* -- fences of commits -- */

static void test_acquire(void **state)
{
	int fence = fake_fence_create();

	client_start();
	struct wl_buffer *first = fenced_buffer(&fenced, WIDTH, HEIGHT);
	struct wl_buffer *second = fenced_buffer(&fenced, WIDTH, HEIGHT);
	shown_before = surface->current.buffer;
	set_fence(fence);
	commit(first);
	world_sync(&fenced.client);
	assert_ptr_equal(surface->current.buffer, shown_before);
	/* Nobody else waits. */
	world_window_show(&other_window, WIDTH, HEIGHT);
	world_sync(&other);
	assert_true(surface->hold.is_held);
	fake_fence_signal(fence);
	world_run_until(&world, is_other_shown, NULL);
	/* One that is signalled already is not waited for. */
	shown_before = surface->current.buffer;
	set_fence(fence);
	commit(second);
	world_sync(&fenced.client);
	assert_true(is_other_shown(NULL));
	close(fence);
	client_end();
}

/* It goes with its object, if it was not committed. */
static void test_given_up(void **state)
{
	int fence = fake_fence_create();

	client_start();
	shown_before = surface->current.buffer;
	set_fence(fence);
	zwp_linux_surface_synchronization_v1_destroy(sync_object);
	commit(fenced_buffer(&fenced, WIDTH, HEIGHT));
	world_sync(&fenced.client);
	assert_true(is_other_shown(NULL));
	sync_object = zwp_linux_explicit_synchronization_v1_get_synchronization(
		fenced.client.explicit_sync, window.surface);
	world_sync(&fenced.client);
	close(fence);
	client_end();
}

/* What waits behind one that is never signalled is bounded, and ends with the surface. */
static void test_never(void **state)
{
	struct fenced_release releases[20], last;
	int fence = fake_fence_create();

	client_start();
	shown_before = surface->current.buffer;
	struct wl_buffer *buffer = fenced_buffer(&fenced, WIDTH, HEIGHT);
	for (int i = 0; i < 20; i++) {
		set_fence(fence);
		fenced_get_release(sync_object, &releases[i]);
		commit(buffer);
	}
	close(fence);
	/* The first waits, the newest behind it; none between is ever shown. */
	expect_release(&releases[0], 0);
	for (int i = 1; i < 19; i++)
		expect_release(&releases[i], 1);
	expect_release(&releases[19], 0);
	assert_ptr_equal(surface->current.buffer, shown_before);
	/* And one that is not committed. */
	fenced_get_release(sync_object, &last);
	surface_destroy();
	expect_release(&releases[0], 1);
	expect_release(&releases[19], 1);
	client_end();
}

/* A client ends while it waits. */
static void test_gone(void **state)
{
	struct fenced_release release;
	int fence = fake_fence_create();

	client_start();
	set_fence(fence);
	fenced_get_release(sync_object, &release);
	commit(fenced_buffer(&fenced, WIDTH, HEIGHT));
	world_sync(&fenced.client);
	close(fence);
	client_end();
}

/* -- releases -- */

/* One for each commit, however many there are of a buffer. */
static void test_release(void **state)
{
	struct fenced_release releases[4];

	client_start();
	struct wl_buffer *buffer = fenced_buffer(&fenced, WIDTH, HEIGHT);
	for (int i = 0; i < 3; i++) {
		fenced_get_release(sync_object, &releases[i]);
		commit(buffer);
		expect_release(&releases[i], 0);
		if (i > 0)
			expect_release(&releases[i - 1], 1);
	}
	/* The buffer goes, and the picture stays until there is none. */
	wl_buffer_destroy(buffer);
	expect_release(&releases[2], 0);
	commit(NULL);
	expect_release(&releases[2], 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(releases[i].n, 1);
	client_end();
}

/* Of memory that is read at once. */
static void test_release_shm(void **state)
{
	struct fenced_release release;

	client_start();
	fenced_get_release(sync_object, &release);
	world_window_show(&window, WIDTH, HEIGHT);
	expect_release(&release, 0);
	world_window_show(&window, WIDTH, HEIGHT);
	expect_release(&release, 1);
	client_end();
}

/* An output that is gone shows nothing. */
static void test_release_unseen(void **state)
{
	struct fenced_release release;

	client_start();
	fenced_get_release(sync_object, &release);
	commit(fenced_buffer(&fenced, WIDTH, HEIGHT));
	world_sync(&fenced.client);
	while (!list_empty(&world.screens[0].outputs))
		output_destroy(
			container_of(world.screens[0].outputs.next, struct output, screen_link));
	expect_release(&release, 0);
	commit(fenced_buffer(&fenced, WIDTH, HEIGHT));
	expect_release(&release, 1);
	client_end();
}

/* -- what is wrong -- */

static void do_no_fence(void)
{
	int fd = memfd_create("no fence", MFD_CLOEXEC);

	set_fence(fd);
	close(fd);
}

static void do_fence_again(void)
{
	int fence = fake_fence_create();

	set_fence(fence);
	set_fence(fence);
	close(fence);
}

static void do_release_again(void)
{
	zwp_linux_surface_synchronization_v1_get_release(sync_object);
	zwp_linux_surface_synchronization_v1_get_release(sync_object);
}

static void do_fence_without_buffer(void)
{
	int fence = fake_fence_create();

	set_fence(fence);
	close(fence);
	wl_surface_commit(window.surface);
}

static void do_fence_of_none(void)
{
	int fence = fake_fence_create();

	set_fence(fence);
	close(fence);
	commit(NULL);
}

static void do_release_without_buffer(void)
{
	zwp_linux_surface_synchronization_v1_get_release(sync_object);
	wl_surface_commit(window.surface);
}

static void do_shm(void)
{
	int fence = fake_fence_create();

	set_fence(fence);
	close(fence);
	world_window_show(&window, WIDTH, HEIGHT);
}

static void do_fence_of_nothing(void)
{
	int fence = fake_fence_create();

	surface_destroy();
	set_fence(fence);
	close(fence);
}

static void do_release_of_nothing(void)
{
	surface_destroy();
	zwp_linux_surface_synchronization_v1_get_release(sync_object);
}

/* As many fences as a client may have descriptors, and one more: each of a surface's own. */
static void do_many(void)
{
	int fence = fake_fence_create();

	for (int i = 0; i < TALLY_FDS_MAX + 1; i++) {
		sync_object = zwp_linux_explicit_synchronization_v1_get_synchronization(
			fenced.client.explicit_sync,
			wl_compositor_create_surface(fenced.client.compositor));
		set_fence(fence);
		if (i % 16 == 15)
			world_sync(&fenced.client);
	}
	close(fence);
}

static const struct bad {
	const char *name;
	void (*act)(void);
	uint32_t code;
} bads[] = {
	{ "what is no fence", do_no_fence, ERROR(INVALID_FENCE) },
	{ "two fences", do_fence_again, ERROR(DUPLICATE_FENCE) },
	{ "two releases", do_release_again, ERROR(DUPLICATE_RELEASE) },
	{ "a fence, and no buffer", do_fence_without_buffer, ERROR(NO_BUFFER) },
	{ "a fence of none", do_fence_of_none, ERROR(NO_BUFFER) },
	{ "a release, and no buffer", do_release_without_buffer, ERROR(NO_BUFFER) },
	{ "a fence of shared memory", do_shm, ERROR(UNSUPPORTED_BUFFER) },
	{ "a fence, and no surface", do_fence_of_nothing, ERROR(NO_SURFACE) },
	{ "a release, and no surface", do_release_of_nothing, ERROR(NO_SURFACE) },
	{ "fences without end", do_many, ERROR(INVALID_FENCE) },
};

static void expect_others_go_on(void)
{
	fenced_client_finish(&fenced);
	world_window_show(&other_window, WIDTH, HEIGHT);
	world_sync(&other);
	assert_int_equal(count_fds(), fds_before);
}

static void expect_error(const struct wl_interface *interface, uint32_t code)
{
	world_expect_error(&fenced.client, interface, code);
	expect_others_go_on();
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < N(bads); i++) {
		print_message("%s\n", bads[i].name);
		client_start();
		bads[i].act();
		expect_error(&zwp_linux_surface_synchronization_v1_interface, bads[i].code);
	}
}

static void test_bad_again(void **state)
{
	client_start();
	zwp_linux_explicit_synchronization_v1_get_synchronization(
		fenced.client.explicit_sync, window.surface);
	expect_error(&zwp_linux_explicit_synchronization_v1_interface,
		ZWP_LINUX_EXPLICIT_SYNCHRONIZATION_V1_ERROR_SYNCHRONIZATION_EXISTS);
}

/* Releases without end, each of a commit of a surface's own. */
static void test_bad_releases(void **state)
{
	client_start();
	for (int i = 0; i < TALLY_FDS_MAX + 1; i++)
		zwp_linux_surface_synchronization_v1_get_release(
			zwp_linux_explicit_synchronization_v1_get_synchronization(
				fenced.client.explicit_sync,
				wl_compositor_create_surface(fenced.client.compositor)));
	assert_int_equal(world_try(&fenced.client), -1);
	assert_int_equal(wl_display_get_error(fenced.client.display), ENOMEM);
	expect_others_go_on();
}

/* Surfaces without end that wait, each with a descriptor of ours. */
static void test_bad_waiting(void **state)
{
	int fds[2];

	client_start();
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	struct wl_buffer *buffer = fenced_buffer_of(&fenced, fds[0], WIDTH, HEIGHT);
	for (int i = 0; i < TALLY_FDS_MAX; i++) {
		struct wl_surface *waiting = wl_compositor_create_surface(fenced.client.compositor);
		wl_surface_attach(waiting, buffer, 0, 0);
		wl_surface_commit(waiting);
	}
	assert_int_equal(world_try(&fenced.client), -1);
	assert_int_equal(wl_display_get_error(fenced.client.display), ENOMEM);
	close(fds[0]);
	close(fds[1]);
	expect_others_go_on();
}

/* There is no object any more whose error it could be. */
static void test_bad_late(void **state)
{
	client_start();
	zwp_linux_surface_synchronization_v1_get_release(sync_object);
	zwp_linux_surface_synchronization_v1_destroy(sync_object);
	wl_surface_commit(window.surface);
	expect_error(&wl_display_interface, WL_DISPLAY_ERROR_IMPLEMENTATION);
}

#define FENCE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FENCE_TEST(test_acquire),
		FENCE_TEST(test_given_up),
		FENCE_TEST(test_never),
		FENCE_TEST(test_gone),
		FENCE_TEST(test_release),
		FENCE_TEST(test_release_shm),
		FENCE_TEST(test_release_unseen),
		FENCE_TEST(test_bad),
		FENCE_TEST(test_bad_again),
		FENCE_TEST(test_bad_releases),
		FENCE_TEST(test_bad_waiting),
		FENCE_TEST(test_bad_late),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
