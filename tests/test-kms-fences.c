/* SPDX-License-Identifier: MIT */
/* Who waits for a release of what a card's plane shows, or GL reads: told once, with a fence. */
#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/kms/kms.h"
#include "compositor/surface/fence.h"
#include "tests/abandoned_objects.h"
#include "tests/fake_card.h"
#include "tests/fake_fences.h"
#include "tests/fake_gl.h"
#include "tests/fake_seat.h"
#include "tests/fake_udev.h"
#include "tests/unit.h"

#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"

#define WIDTH 640
#define HEIGHT 480

static struct world world;
static struct fenced_client fenced;
static struct world_window window;
static struct zwp_linux_surface_synchronization_v1 *sync_object;
static struct wl_buffer *buffers[2];
static unsigned n_shown, n_let_go;
static struct kms *kms;
static int fds_before;

static struct screen *screen(void)
{
	return screen_find(&world.server, "DP-1");
}

static bool is_idle(void *data)
{
	return !screen()->busy && !screen()->wanted;
}

static void until_idle(void)
{
	world_run_until(&world, is_idle, NULL);
	world_sync(&fenced.client);
}

static bool has_flipped(void *data)
{
	return fake_card.flips > *(unsigned *)data;
}

static bool was_refused(void *data)
{
	return fake_card.refused > 0;
}

/* The next picture; `release` NULL: nobody waits. */
static void show(struct fenced_release *release)
{
	if (release)
		fenced_get_release(sync_object, release);
	wl_surface_attach(window.surface, buffers[n_shown++ % 2], 0, 0);
	wl_surface_damage(window.surface, 0, 0, WIDTH, HEIGHT);
	wl_surface_commit(window.surface);
	world_sync(&fenced.client);
}

/* As it is for those who ask for no release too. */
static void handle_let_go(void *data, struct wl_buffer *buffer)
{
	n_let_go++;
}

static const struct wl_buffer_listener buffer_listener = { .release = handle_let_go };

static int start(bool lacks_out_fences)
{
	fake_card_init();
	fake_card.lacks_out_fences = lacks_out_fences;
	fake_gl = (struct fake_gl){ 0 };
	fake_card.is_unplugged[1] = true;
	fds_before = count_fds();
	world_init(&world);
	strcpy(world.config->device, "/dev/dri/card0");
	config_add_output(world.config, "DP-1")->mode = (struct screen_mode){ WIDTH, HEIGHT, 0 };
	kms = kms_create(&world.server);
	assert_non_null(kms);
	fenced_world_start(&world);
	fenced_client_init(&fenced, &world);
	world_window_init(&window, &fenced.client, "window", NULL);
	sync_object = zwp_linux_explicit_synchronization_v1_get_synchronization(
		fenced.client.explicit_sync, window.surface);
	for (int i = 0; i < 2; i++) {
		buffers[i] = fenced_buffer(&fenced, WIDTH, HEIGHT);
		wl_buffer_add_listener(buffers[i], &buffer_listener, NULL);
	}
	n_shown = 0;
	until_idle();
	return 0;
}

static int setup(void **state)
{
	return start(false);
}

static int setup_without(void **state)
{
	return start(true);
}

static int teardown(void **state)
{
	zwp_linux_surface_synchronization_v1_destroy(sync_object);
	fenced_client_finish(&fenced);
	server_drop_clients(&world.server);
	kms_destroy(kms);
	world_finish(&world);
	fenced_world_finish();
	fake_card_finish();
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void expect_told(struct fenced_release *release)
{
	assert_int_equal(release->n, 1);
	if (release->fd >= 0)
		close(release->fd);
	release->fd = -1;
}

/* Its pictures go to the plane as they are. */
static void to_plane(void)
{
	for (int i = 0; i < 100 && fake_card.heads[0].framebuffer < FAKE_IMPORTED; i++) {
		show(NULL);
		until_idle();
	}
	assert_true(fake_card.heads[0].framebuffer >= FAKE_IMPORTED);
	assert_int_equal(fake_card.heads[0].n_out_fences, 0);
}

/* Told when the flip that takes it away is given, with the fence of that. */
static void test_flip(void **state)
{
	struct fenced_release first, second;

	to_plane();
	show(&first);
	until_idle();
	assert_int_equal(first.n, 0);
	/* It stays for a frame. */
	screen_damage_all(screen());
	until_idle();
	assert_int_equal(first.n, 0);
	fake_card.delays_events = true;
	unsigned flips = fake_card.flips, let_go = n_let_go;
	show(&second);
	world_run_until(&world, has_flipped, &flips);
	world_sync(&fenced.client);
	assert_int_equal(first.n, 1);
	assert_true(first.fd >= 0);
	assert_false(fence_is_signalled(first.fd));
	assert_int_equal(n_let_go, let_go);
	fake_card.delays_events = false;
	fake_card_tell();
	until_idle();
	assert_true(fence_is_signalled(first.fd));
	assert_int_equal(n_let_go, let_go + 1);
	assert_int_equal(second.n, 0);
	close(first.fd);
	/* What is painted takes it from the plane as well. */
	world_window_show(&window, WIDTH, HEIGHT);
	until_idle();
	expect_told(&second);
	assert_int_equal(first.n, 1);
	unsigned n_out_fences = fake_card.heads[0].n_out_fences;
	show(NULL);
	until_idle();
	assert_int_equal(fake_card.heads[0].n_out_fences, n_out_fences);
}

/* A driver without: when it is shown, and not before. */
static void test_without(void **state)
{
	struct fenced_release release;

	to_plane();
	show(&release);
	until_idle();
	fake_card.delays_events = true;
	unsigned flips = fake_card.flips;
	show(NULL);
	world_run_until(&world, has_flipped, &flips);
	world_sync(&fenced.client);
	assert_int_equal(release.n, 0);
	fake_card.delays_events = false;
	fake_card_tell();
	until_idle();
	assert_int_equal(release.n, 1);
	assert_int_equal(release.fd, -1);
	assert_int_equal(fake_card.heads[0].n_out_fences, 0);
}

/* A frame that the driver does not take shows nothing. */
static void test_refused(void **state)
{
	struct fenced_release first, second;

	to_plane();
	show(&first);
	until_idle();
	fake_card.flip_error = -EBUSY;
	show(&second);
	world_run_until(&world, was_refused, NULL);
	show(NULL);
	world_sync(&fenced.client);
	assert_int_equal(first.n, 0);
	assert_int_equal(second.n, 1);
	assert_int_equal(second.fd, -1);
	fake_card.flip_error = 0;
	until_idle();
	expect_told(&first);
	assert_int_equal(second.n, 1);
}

static bool is_taken(void *data)
{
	return screen()->busy;
}

/* The card is another's, and comes back. */
static void test_taken(void **state)
{
	struct fenced_release releases[3];

	to_plane();
	show(&releases[0]);
	until_idle();
	fake_seat_take();
	world_run_until(&world, is_taken, NULL);
	show(&releases[1]);
	show(&releases[2]);
	world_sync(&fenced.client);
	/* What was never shown. */
	assert_int_equal(releases[1].n, 1);
	assert_int_equal(releases[1].fd, -1);
	fake_seat_give();
	until_idle();
	show(NULL);
	until_idle();
	show(NULL);
	until_idle();
	for (int i = 0; i < 3; i++)
		expect_told(&releases[i]);
}

static bool is_gone(void *data)
{
	return !screen();
}

static void test_unplugged(void **state)
{
	struct fenced_release release;

	to_plane();
	show(&release);
	until_idle();
	fake_card.is_unplugged[0] = true;
	fake_udev_hotplug(0);
	world_run_until(&world, is_gone, NULL);
	show(NULL);
	world_sync(&fenced.client);
	assert_int_equal(release.n, 1);
	assert_int_equal(release.fd, -1);
}

/* The client goes while a plane shows its picture. */
static void test_client_gone(void **state)
{
	struct fenced_release release;

	to_plane();
	show(&release);
	until_idle();
}

/* -- what is painted -- */

static void expect_painted_late(void)
{
	struct fenced_release release;

	fake_gl_come(&world.server.painters);
	wl_surface_set_buffer_transform(window.surface, WL_OUTPUT_TRANSFORM_180);
	show(&release);
	until_idle();
	assert_int_equal(release.n, 0);
	assert_true(fake_card.heads[0].waits);
	show(NULL);
	until_idle();
	assert_int_equal(release.n, 1);
	assert_true(release.fd >= 0);
	assert_false(fence_is_signalled(release.fd));
	close(release.fd);
}

static void test_painted(void **state)
{
	fake_gl.has_fences = true;
	expect_painted_late();
}

/* A GL without fences: that of what it painted to. */
static void test_painted_implicit(void **state)
{
	fake_gl.is_implicit = true;
	expect_painted_late();
}

/* What is done when it is painted. */
static void test_painted_at_once(void **state)
{
	struct fenced_release release;

	fake_gl_come(&world.server.painters);
	wl_surface_set_buffer_transform(window.surface, WL_OUTPUT_TRANSFORM_180);
	show(&release);
	until_idle();
	show(NULL);
	until_idle();
	assert_int_equal(release.n, 1);
	assert_int_equal(release.fd, -1);
}

#define FENCE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FENCE_TEST(test_flip),
		cmocka_unit_test_setup_teardown(test_without, setup_without, teardown),
		FENCE_TEST(test_refused),
		FENCE_TEST(test_taken),
		FENCE_TEST(test_unplugged),
		FENCE_TEST(test_client_gone),
		FENCE_TEST(test_painted),
		FENCE_TEST(test_painted_implicit),
		FENCE_TEST(test_painted_at_once),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
