/* SPDX-License-Identifier: MIT */
/* Out of memory: painters, their targets, and frames. */
#include "tests/failing_cases.h"

#include "base/log.h"
#include "compositor/paint/gl_painter.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/paint/pixman_painter.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "compositor/surface/dmabuf_feedback.h"
#include "tests/pinned.h"

#define SIDE 16

static struct painter *gl_create(void)
{
	struct painter *painter = gl_painter_create(NULL, true);

	pin_libraries();
	return painter;
}

static int run_painter(void)
{
	struct painter *painter;
	int ret = TRY_THERE(painter = gl_painter_create(NULL, true));

	painter_destroy(painter);
	return ret;
}

static int run_target_of(struct painter *painter)
{
	struct target *target;
	int ret = TRY_THERE(target = target_create(painter, SIDE, SIDE, NULL));

	painter_destroy(painter);
	target_destroy(target);
	return ret;
}

static int run_target(void)
{
	return run_target_of(gl_create());
}

static int run_target_pixman(void)
{
	return run_target_of(pixman_painter_create());
}

/* A picture in another size, which is read back. */
static int run_frame_of(struct painter *painter)
{
	struct target *target = target_create(painter, SIDE, SIDE, NULL);
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_a8r8g8b8, SIDE, SIDE, NULL, 0);
	struct scene_item item = {
		.buffer = buffer_create_picture(image),
		.to_buffer = { { { 0.5, 0, 0 }, { 0, 0.5, 0 }, { 0, 0, 1 } } },
		.box = { 0, 0, SIDE, SIDE },
		.clip = { 0, 0, SIDE, SIDE },
	};
	const struct scene scene = { .items = &item, .n_items = 1 };
	pixman_region32_t all;
	int fence_fd = -1;

	pixman_region32_init_rect(&all, 0, 0, SIDE, SIDE);
	int ret = TRY(target_paint(target, &scene, &all, &fence_fd));
	assert_int_equal(target_read(target, image, 0, 0), 0);
	pixman_region32_fini(&all);
	buffer_unref(item.buffer);
	pixman_image_unref(image);
	painter_destroy(painter);
	target_destroy(target);
	return ret;
}

static int run_frame(void)
{
	return run_frame_of(gl_create());
}

static int run_frame_pixman(void)
{
	return run_frame_of(pixman_painter_create());
}

static void handle_change(struct painters *painters)
{
}

static int run_painters(void)
{
	struct painters painters;
	struct loop loop;

	assert_int_equal(loop_init(&loop), 0);
	int ret = TRY(painters_init(&painters, &loop, handle_change));
	painters_finish(&painters);
	loop_finish(&loop);
	return ret;
}

/* Of a painter that is gone there is nothing left. */
static int run_feedback(void)
{
	struct formats before = { 0 }, after = { 0 };
	struct dmabuf_feedback feedback;

	assert_int_equal(dmabuf_add_mapped_formats(&before), 0);
	assert_int_equal(dmabuf_add_mapped_formats(&after), 0);
	dmabuf_feedback_init(&feedback);
	assert_int_equal(dmabuf_feedback_set(&feedback, &before, 1), 0);
	int ret = TRY(dmabuf_feedback_set(&feedback, &after, 1));
	assert_int_equal(feedback.formats->n, ret == 0 ? after.n : 0);
	dmabuf_feedback_finish(&feedback);
	formats_finish(&before);
	formats_finish(&after);
	return ret;
}

static void test_failing(void **state)
{
	static const struct failing_case cases[] = {
		{ "GL", run_painter, false },
		{ "a target", run_target, false },
		{ "a target, pixman", run_target_pixman, false },
		{ "a frame", run_frame, true },
		{ "a frame, pixman", run_frame_pixman, false },
		{ "painters", run_painters, false },
		{ "clients are told of another painter", run_feedback, false },
	};

	painter_destroy(gl_create());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		failing_run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
