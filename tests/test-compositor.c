/* SPDX-License-Identifier: MIT */
/* mullion-compositor without a screen: what clients that others made, and mulliond's own, show. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/log.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define COLOUR_NOTHING 0x181818 /* a head without a picture */

static struct compositor ours;
static struct owner owner;

static int group_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 2, WIDTH, HEIGHT);
	return ret < 0 ? ret : compositor_start(&ours, COMPOSITOR_MULLION_HEADS);
}

static int group_teardown(void **state)
{
	compositor_finish(&ours);
	return 0;
}

static int unplaced_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 2, WIDTH, HEIGHT);
	return ret < 0 ? ret : compositor_start(&ours, NULL);
}

/* One px of a window's is one of the screen's, at any scale. */
static int scaled_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 2, WIDTH, HEIGHT);
	ours.output_suffix = "*1.5";
	return ret < 0 ? ret : compositor_start(&ours, COMPOSITOR_MULLION_HEADS);
}

static pid_t client_start(const char *program)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("WAYLAND_DISPLAY", ours.socket, 1);
		execlp(program, program, NULL);
		_exit(127);
	}
	return pid;
}

static void client_stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it ran until now */
}

/* -- mulliond's windows -- */

static int owner_setup(void **state)
{
	owner_init(&owner, &presenter_wayland, ours.socket, 2, WIDTH, HEIGHT);
	return 0;
}

static int owner_teardown(void **state)
{
	owner_finish(&owner);
	return 0;
}

/* Each head on its output, in each format, whichever way up. */
static void test_heads(void **state)
{
	static const uint32_t formats[] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888,
		DRM_FORMAT_XBGR8888, DRM_FORMAT_ABGR8888 };
	struct owner_picture pictures[8];

	for (int i = 0; i < 8; i++) {
		owner_import(&owner, &pictures[i], WIDTH, HEIGHT, formats[i % 4], i >= 4);
		owner_picture_fill(&pictures[i], ALL, i);
		owner_show(&owner, i % 2, &pictures[i], NULL);
		owner_expect(&owner, &ours, i % 2, owner_pattern_image(ALL, i));
		assert_true(owner_run_until_done(&owner));
	}
	for (int i = 0; i < 8; i++)
		owner_forget(&owner, &pictures[i]);
}

static void test_damage(void **state)
{
	struct picture_box box = { 16, 24, 100, 50 };
	struct owner_picture picture;

	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &ours, 0, owner_pattern_image(ALL, 1));
	assert_true(owner_run_until_done(&owner));
	owner_picture_fill(&picture, &box, 2);
	owner_show(&owner, 0, &picture, &box);
	struct image expected = owner_pattern_image(ALL, 1);
	owner_pattern_draw(&expected, box.x, box.y, &box, 2);
	owner_expect(&owner, &ours, 0, expected);
	owner_blank(&owner, 0);
	owner_expect(&owner, &ours, 0, image_make(WIDTH, HEIGHT, COLOUR_NOTHING));
	owner_forget(&owner, &picture);
}

/* Told of each frame when it was on the screen. */
static void test_presented(void **state)
{
	struct owner_picture picture;

	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	for (int i = 0; i < 5; i++) {
		assert_true(owner_run_until_done(&owner));
		owner_show(&owner, 0, &picture, NULL);
	}
	assert_true(owner_run_until_done(&owner));
	assert_true(owner_run_until_seen(&owner, 0));
	assert_true(owner.presented[0] > 0);
	assert_int_equal(owner.timed[0], owner.presented[0]);
	owner_forget(&owner, &picture);
}

/* Where the client asks to be; then the newest is above. */
static void test_asked(void **state)
{
	struct owner_picture picture;
	struct owner other;
	struct owner_picture others;

	owner_init_output(&owner, &presenter_wayland, ours.socket, 1, WIDTH, HEIGHT, "HEADLESS-2");
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	owner_expect(&owner, &ours, 1, owner_pattern_image(ALL, 1));
	owner_init_output(&other, &presenter_wayland, ours.socket, 1, WIDTH, HEIGHT, "HEADLESS-2");
	owner_show_new(&other, &others, 0, WIDTH, HEIGHT, 2);
	owner_expect(&other, &ours, 1, owner_pattern_image(ALL, 2));
	owner_expect(&other, &ours, 0, image_make(WIDTH, HEIGHT, 0));
	owner_forget(&other, &others);
	owner_finish(&other);
	owner_expect(&owner, &ours, 1, owner_pattern_image(ALL, 1));
	owner_forget(&owner, &picture);
	owner_finish(&owner);
}

/* -- others -- */

static uint32_t pixel_at(uint32_t output, uint32_t x, uint32_t y)
{
	struct image image;

	assert_int_equal(compositor_screenshot(&ours, output, &image), 0);
	uint32_t pixel = *image_at(&image, x, y);
	image_finish(&image);
	return pixel;
}

static bool pixel_comes(uint32_t output, uint32_t x, uint32_t y, uint32_t colour)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (pixel_at(output, x, y) == colour)
			return true;
		usleep(10000);
	}
	return false;
}

/* weston-simple-shm's picture is 250x250 with a white edge of 20, in the middle then. */
static void test_simple_shm(void **state)
{
	pid_t first = client_start("weston-simple-shm");

	assert_true(pixel_comes(0, 160, 1, 0xffffff));
	assert_int_equal(pixel_at(0, 10, 120), 0);
	/* The next one has an output of its own. */
	pid_t second = client_start("weston-simple-shm");
	assert_true(pixel_comes(1, 160, 1, 0xffffff));
	client_stop(first);
	assert_true(pixel_comes(0, 160, 1, 0));
	client_stop(second);
	assert_true(pixel_comes(1, 160, 1, 0));
}

/* -- clients of the control socket -- */

#define LARGE_WIDTH 3840
#define LARGE_HEIGHT 2160
#define ASKERS 48 /* more than are served at once */

static int large_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 1, LARGE_WIDTH, LARGE_HEIGHT);
	return ret < 0 ? ret : compositor_start(&ours, NULL);
}

/* -1: it is not served. */
static int ask_for_screenshot(void)
{
	static const char call[] = "{\"method\":\"org.mullion.Compositor.Screenshot\","
				   "\"parameters\":{\"output\":\"HEADLESS-1\"}}";
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/mullion-compositor.sock", ours.dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	send(fd, call, sizeof(call), MSG_NOSIGNAL);
	return fd;
}

/* Those that leave in the middle, and those that never look at what they get, stop nobody. */
static void test_screenshots(void **state)
{
	int fds[ASKERS];

	for (int i = 0; i < ASKERS; i++) {
		fds[i] = ask_for_screenshot();
		if (i % 2 == 0)
			close(fds[i]);
	}
	assert_int_equal(pixel_at(0, 10, 10), 0);
	for (int i = 1; i < ASKERS; i += 2)
		close(fds[i]);
	assert_int_equal(pixel_at(0, LARGE_WIDTH - 1, LARGE_HEIGHT - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_heads, owner_setup, owner_teardown),
		cmocka_unit_test_setup_teardown(test_damage, owner_setup, owner_teardown),
		cmocka_unit_test_setup_teardown(test_presented, owner_setup, owner_teardown),
		cmocka_unit_test(test_simple_shm),
	};

	const struct CMUnitTest unplaced[] = {
		cmocka_unit_test(test_asked),
	};
	const struct CMUnitTest scaled[] = {
		cmocka_unit_test_setup_teardown(test_heads, owner_setup, owner_teardown),
		cmocka_unit_test_setup_teardown(test_damage, owner_setup, owner_teardown),
	};

	const struct CMUnitTest large[] = {
		cmocka_unit_test(test_screenshots),
	};

	log_init("test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, group_setup, group_teardown) +
	       cmocka_run_group_tests(unplaced, unplaced_setup, group_teardown) +
	       cmocka_run_group_tests(scaled, scaled_setup, group_teardown) +
	       cmocka_run_group_tests(large, large_setup, group_teardown);
}
