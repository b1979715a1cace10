/* SPDX-License-Identifier: MIT */
/* Screenshots: of one frame, copied a little at a time, whatever happens meanwhile. */
#include "tests/compositor_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/screenshot.h"
#include "compositor/surface/presentation.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#define WIDTH 3840
#define HEIGHT 2160
#define PART_BYTES_MAX (256 * 1024)
#define SHOTS 3

static struct world world;
static struct screen *screen;
static struct screen_interface interface;
static uint32_t n_shown, n_captures, n_turns;
static int capture_error, show_error;
static struct loop_timer other; /* somebody else's, due in every turn */

struct taken {
	struct screenshot shot;
	bool is_done;
	int ret;
	uint32_t n_turns, n_shown; /* then */
};

static struct taken taken[SHOTS];

/* A screen whose px say where they are, and of which frame. */
static uint32_t px_at(uint32_t x, uint32_t y)
{
	return (n_shown & 0xff) << 16 | ((x * 7 + y * 131) & 0xffff);
}

static int show(struct screen *of, const pixman_region32_t *damage)
{
	n_shown++;
	return show_error;
}

static int capture(struct screen *of, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	uint32_t width = pixman_image_get_width(image), height = pixman_image_get_height(image);
	uint32_t *px = pixman_image_get_data(image);
	uint32_t stride = pixman_image_get_stride(image) / 4;

	assert_true(x_px >= 0 && x_px + width <= of->use.mode.width_px);
	assert_true(y_px >= 0 && y_px + height <= of->use.mode.height_px);
	assert_true((size_t)width * height * 4 <= PART_BYTES_MAX);
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++)
			px[y * stride + x] = px_at(x_px + x, y_px + y);
	}
	n_captures++;
	return capture_error;
}

static void handle_other(struct loop_timer *timer)
{
	n_turns++;
	loop_timer_set(timer, 1);
}

static void handle_done(struct screenshot *shot, int ret)
{
	struct taken *of = container_of(shot, struct taken, shot);

	assert_false(of->is_done);
	of->is_done = true;
	of->ret = ret;
	of->n_turns = n_turns;
	of->n_shown = n_shown;
}

static int setup(void **state)
{
	world_init(&world);
	n_shown = n_captures = n_turns = 0;
	capture_error = show_error = 0;
	memset(taken, 0, sizeof(taken));
	assert_int_equal(loop_timer_init(&other, &world.server.loop, handle_other), 0);
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < SHOTS; i++) {
		if (taken[i].shot.done)
			screenshot_finish(&taken[i].shot);
	}
	loop_timer_finish(&other);
	world_finish(&world);
	return 0;
}

static void add_screen(uint32_t width, uint32_t height, enum wl_output_transform transform)
{
	screen = world_add_screen(&world, "S-1", width, height, transform, 120);
	interface = *screen->interface;
	interface.show = show;
	interface.capture = capture;
	screen->interface = &interface;
}

static struct output *add_output(const char *name, pixman_box32_t box)
{
	struct output *output = output_create(screen, name, &box);

	assert_non_null(output);
	return output;
}

static bool was_shown(void *data)
{
	return n_shown > 0;
}

/* A whole screen, whose first frame is shown. */
static struct output *add_shown(void)
{
	add_screen(WIDTH, HEIGHT, WL_OUTPUT_TRANSFORM_NORMAL);
	struct output *output = add_output("S-1", (pixman_box32_t){ 0, 0, WIDTH, HEIGHT });
	world_run_until(&world, was_shown, NULL);
	return output;
}

static void shown(void)
{
	static struct presentation_time now;

	screen_presented(screen, &now);
}

static void start(int i, struct output *output)
{
	taken[i] = (struct taken){ 0 };
	screenshot_start(&taken[i].shot, output, handle_done);
}

static bool is_done(void *data)
{
	return ((const struct taken *)data)->is_done;
}

static bool is_begun(void *data)
{
	return n_captures > 0;
}

/* As people see it, by what turns a whole picture. */
static void expect_picture(int i, uint32_t frame, const struct output *output)
{
	const struct screenshot *shot = &taken[i].shot;
	const struct screen_mode *mode = &screen->use.mode;
	size_t bytes = (size_t)shot->stride_bytes * shot->height_px;
	struct pixman_f_transform matrix;

	assert_int_equal(taken[i].ret, 0);
	assert_int_equal(shot->width_px, output->box.x2 - output->box.x1);
	assert_int_equal(shot->height_px, output->box.y2 - output->box.y1);
	assert_int_equal(memfd_check_sealed(shot->fd, bytes), 0);
	const uint32_t *px = memfd_map(shot->fd, bytes, PROT_READ);
	assert_non_null(px);
	n_shown = frame;
	screen_from_upright(screen, &matrix);
	for (uint32_t y = 0; y < shot->height_px; y++) {
		for (uint32_t x = 0; x < shot->width_px; x++) {
			struct pixman_f_vector at = { {
				output->box.x1 + x + 0.5,
				output->box.y1 + y + 0.5,
				1,
			} };
			pixman_f_transform_point(&matrix, &at);
			assert_true(at.v[0] < mode->width_px && at.v[1] < mode->height_px);
			assert_int_equal(px[y * shot->stride_bytes / 4 + x] & 0xffffff,
				px_at(at.v[0], at.v[1]));
		}
	}
	munmap((void *)px, bytes);
}

/* -- the tests -- */

/* Others have their turns while it is copied, and it is of one frame though another is due. */
static void test_parts(void **state)
{
	struct output *output = add_shown();

	shown();
	start(0, output);
	loop_timer_set(&other, 1);
	world_run_until(&world, is_begun, NULL);
	n_turns = 0;
	output_damage_all(output);
	world_run_until(&world, is_done, &taken[0]);
	assert_true(taken[0].n_turns > 1);
	assert_int_equal(taken[0].n_shown, 1);
	expect_picture(0, 1, output);
}

static bool is_shown_again(void *data)
{
	return n_shown > 1;
}

static void test_goes_on(void **state)
{
	struct output *output = add_shown();

	start(0, output);
	world_run_until(&world, is_begun, NULL);
	shown();
	output_damage_all(output);
	assert_false(taken[0].is_done);
	world_run_until(&world, is_shown_again, NULL);
	assert_true(taken[0].is_done);
}

/* Who takes one after the other does not stop the screen: between two there is a frame. */
static void test_between(void **state)
{
	struct output *output = add_shown();

	start(0, output);
	start(1, output);
	world_run_until(&world, is_begun, NULL);
	shown();
	output_damage_all(output);
	world_run_until(&world, is_done, &taken[1]);
	assert_int_equal(n_shown, 2);
	expect_picture(0, 1, output);
	expect_picture(1, 2, output);
}

static void test_turned(void **state)
{
	for (int i = 0; i < 8; i++) {
		teardown(state);
		setup(state);
		add_screen(300, 200, i);
		bool is_on_side = i & WL_OUTPUT_TRANSFORM_90;
		struct output *whole = add_output("whole",
			(pixman_box32_t){ 0, 0, is_on_side ? 200 : 300, is_on_side ? 300 : 200 });
		struct output *part = add_output("part", (pixman_box32_t){ 17, 31, 117, 194 });
		world_run_until(&world, was_shown, NULL);
		start(0, whole);
		start(1, part);
		world_run_until(&world, is_done, &taken[1]);
		expect_picture(0, 1, whole);
		expect_picture(1, 1, part);
	}
}

/* Whose picture is wanted no more, or cannot be had, holds nothing. */
static void test_finished(void **state)
{
	struct output *output = add_shown();

	shown();
	start(0, output);
	start(1, output);
	world_run_until(&world, is_begun, NULL);
	assert_true(screen->is_held);
	screenshot_finish(&taken[0].shot);
	assert_false(screen->is_held);
	world_run_until(&world, is_done, &taken[1]);
	assert_false(taken[0].is_done);
	assert_int_equal(taken[1].ret, 0);
}

static void test_refused(void **state)
{
	struct output *output = add_shown();

	capture_error = -ENODEV;
	start(0, output);
	world_run_until(&world, is_done, &taken[0]);
	assert_int_equal(taken[0].ret, -ENODEV);
	assert_int_equal(n_captures, 1);
	assert_false(screen->is_held);
}

/* The output goes, or is another, while it is copied, or waits to be. */
static void test_gone(void **state)
{
	struct output *output = add_shown();

	start(0, output);
	start(1, output);
	world_run_until(&world, is_begun, NULL);
	output_destroy(output);
	assert_true(taken[0].is_done && taken[1].is_done);
	assert_int_equal(taken[0].ret, -ENODEV);
	assert_int_equal(taken[1].ret, -ENODEV);
	assert_false(screen->is_held);
}

static void test_changed(void **state)
{
	struct output *output = add_shown();
	struct screen_use use = screen->use;

	start(0, output);
	world_run_until(&world, is_begun, NULL);
	use.mode.width_px = 64;
	use.mode.height_px = 48;
	assert_int_equal(screen_set_use(screen, &use), 0);
	assert_true(taken[0].is_done);
	assert_int_equal(taken[0].ret, -ENODEV);
	start(1, output);
	world_run_until(&world, is_done, &taken[1]);
	expect_picture(1, n_shown, output);
}

/* A dark screen has no next frame to wait for. */
static void test_dark(void **state)
{
	struct output *output = add_shown();

	shown();
	assert_int_equal(screen_set_power(screen, false), 0);
	start(0, output);
	world_run_until(&world, is_done, &taken[0]);
	expect_picture(0, 1, output);
}

/* Nor has one that refuses each frame. */
static void test_stuck(void **state)
{
	struct output *output = add_shown();

	show_error = -EBUSY;
	shown();
	output_damage_all(output);
	world_run_until(&world, is_shown_again, NULL);
	start(0, output);
	world_run_until(&world, is_done, &taken[0]);
	assert_int_equal(taken[0].ret, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_turned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
