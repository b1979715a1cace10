/* SPDX-License-Identifier: MIT */
/* A plane's two framebuffers, painted by pixman and by a GL that is the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/formats.h"
#include "compositor/kms/canvas.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "tests/fake_gl.h"

#define WIDTH 64
#define HEIGHT 32
#define SIZE_BYTES (WIDTH * HEIGHT * 4)

static const pixman_box32_t all = { 0, 0, WIDTH, HEIGHT };
static const struct formats shown;
static struct loop loop;
static struct painters painters;
static struct kms_canvas canvas;

/* -- a card -- */

static uint32_t n_made;       /* framebuffers, whose ids are 1 and so on */
static int n_framebuffers;    /* that there are */
static int n_handles;         /* of dma-bufs */
static int framebuffer_error; /* of dma-bufs */
static uint32_t removed;      /* the last one */

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height, uint32_t bpp, uint32_t flags,
	uint32_t *handle, uint32_t *pitch, uint64_t *size)
{
	*handle = 1;
	*pitch = width * bpp / 8;
	*size = (uint64_t)*pitch * height;
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	return 0;
}

/* The two are one memory here. */
int drmModeMapDumbBuffer(int fd, uint32_t handle, uint64_t *offset)
{
	*offset = 0;
	return 0;
}

int drmModeAddFB2(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	uint32_t *id, uint32_t flags)
{
	*id = ++n_made;
	n_framebuffers++;
	return 0;
}

int drmModeAddFB2WithModifiers(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	const uint64_t modifiers[4], uint32_t *id, uint32_t flags)
{
	if (framebuffer_error) {
		errno = framebuffer_error;
		return -1;
	}
	assert_true(n_handles == 1);
	return drmModeAddFB2(fd, width, height, format, handles, pitches, offsets, id, flags);
}

int drmModeRmFB(int fd, uint32_t id)
{
	removed = id;
	n_framebuffers--;
	return 0;
}

int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	*handle = 7;
	n_handles++;
	return 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	assert_int_equal(handle, 7);
	n_handles--;
	return 0;
}

/* -- frames -- */

static void handle_change(struct painters *changed)
{
}

static int setup(void **state)
{
	int fd = memfd_create_sealed("card", SIZE_BYTES);

	fake_gl = (struct fake_gl){ 0 };
	framebuffer_error = 0;
	n_made = removed = 0;
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(painters_init(&painters, &loop, handle_change), 0);
	return kms_canvas_init(&canvas, &painters, &shown, fd, WIDTH, HEIGHT);
}

static int teardown(void **state)
{
	close(canvas.fd);
	kms_canvas_finish(&canvas);
	painters_finish(&painters);
	loop_finish(&loop);
	assert_int_equal(n_framebuffers, 0);
	assert_int_equal(n_handles, 0);
	return 0;
}

/* One that is shown then: its framebuffer. */
static uint32_t frame_of(const pixman_color_t *colour, const pixman_box32_t *damage)
{
	struct scene_item item = {
		.buffer = buffer_create_colour(colour),
		.box = all,
		.clip = all,
		.is_opaque = true,
	};
	const struct scene scene = { .items = &item, .n_items = 1 };
	uint32_t framebuffer = 0;
	int fence_fd = -1;
	pixman_region32_t region;

	pixman_f_transform_init_identity(&item.to_buffer);
	pixman_region32_init_rect(
		&region, damage->x1, damage->y1, damage->x2 - damage->x1, damage->y2 - damage->y1);
	assert_int_equal(kms_canvas_paint(&canvas, &scene, &region, &framebuffer, &fence_fd), 0);
	pixman_region32_fini(&region);
	buffer_unref(item.buffer);
	return framebuffer;
}

static uint32_t frame(void)
{
	static const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
	uint32_t before = kms_canvas_framebuffer(&canvas);
	uint32_t framebuffer = frame_of(&red, &all);

	assert_int_not_equal(framebuffer, before);
	kms_canvas_swap(&canvas);
	assert_int_equal(kms_canvas_framebuffer(&canvas), framebuffer);
	assert_int_not_equal(framebuffer, removed);
	return framebuffer;
}

static uint32_t first_px(void)
{
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_x8r8g8b8, WIDTH, HEIGHT, NULL, 0);

	assert_int_equal(kms_canvas_read(&canvas, image, 0, 0), 0);
	uint32_t px = pixman_image_get_data(image)[0];
	pixman_image_unref(image);
	return px & 0xffffff;
}

/* -- tests -- */

static void test_pixman(void **state)
{
	assert_int_equal(first_px(), 0);
	uint32_t one = frame(), other = frame();
	assert_int_not_equal(one, other);
	assert_int_equal(frame(), one);
	assert_int_equal(first_px(), 0xff0000);
	assert_int_equal(n_made, 2);
}

/* In each of its buffers what is new since that one was painted. */
static void test_gl(void **state)
{
	static const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
	static const pixman_box32_t a = { 1, 2, 3, 4 }, b = { 10, 20, 11, 22 };

	frame();
	fake_gl_come(&painters);
	uint32_t one = frame(), other = frame();
	assert_int_not_equal(one, other);
	assert_int_equal(n_made, 4);
	assert_int_equal(first_px(), FAKE_GL_PX);
	assert_int_equal(frame_of(&red, &a), one);
	kms_canvas_swap(&canvas);
	assert_memory_equal(&fake_gl.damage, &all, sizeof(all));
	assert_int_equal(frame_of(&red, &b), other);
	kms_canvas_swap(&canvas);
	assert_memory_equal(
		&fake_gl.damage, (&(pixman_box32_t){ 1, 2, 11, 22 }), sizeof(fake_gl.damage));
	/* What was not shown is painted over, into the same one. */
	assert_int_equal(frame_of(&red, &a), one);
	assert_int_equal(frame_of(&red, &b), one);
	assert_int_equal(n_made, 4);
}

/* That frame is pixman's already, and whole; what is shown is not removed beneath it. */
static void test_lost(void **state)
{
	fake_gl_come(&painters);
	frame();
	uint32_t shown_by_gl = frame();
	fake_gl.paint_error = -ENODEV;
	frame();
	assert_ptr_equal(painters.current, painters.pixman);
	assert_int_equal(first_px(), 0xff0000);
	assert_int_not_equal(removed, shown_by_gl);
	frame();
	fake_gl.paint_error = 0;
	fake_gl_come(&painters);
	frame();
	frame();
	assert_int_equal(first_px(), FAKE_GL_PX);
	assert_int_equal(n_framebuffers, 4);
}

static void test_no_buffers(void **state)
{
	fake_gl.makes_none = true;
	fake_gl_come(&painters);
	frame();
	fake_gl.makes_none = false;
	frame();
	assert_int_equal(fake_gl.n_frames, 0);
	assert_ptr_equal(painters.current, painters.gl); /* of other screens */
}

static void test_no_framebuffer(void **state)
{
	framebuffer_error = EINVAL;
	fake_gl_come(&painters);
	frame();
	frame();
	assert_int_equal(fake_gl.n_frames, 0);
}

/* By the driver: for a while, and for good. */
static void test_refused(void **state)
{
	static const pixman_color_t red = { 0xffff, 0, 0, 0xffff };

	frame();
	fake_gl_come(&painters);
	frame_of(&red, &all);
	kms_canvas_refuse(&canvas, -EBUSY);
	frame_of(&red, &all);
	assert_int_equal(fake_gl.n_frames, 2);
	kms_canvas_refuse(&canvas, -EINVAL);
	frame();
	assert_int_equal(fake_gl.n_frames, 2);
	assert_int_equal(first_px(), 0xff0000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pixman, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gl, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_buffers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_framebuffer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
