/* SPDX-License-Identifier: MIT */
/* GL that fails: libepoxy's calls are pointers, in whose place the test has its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/timerfd.h>

#include <cmocka.h>
#include <epoxy/egl.h>
#include <epoxy/gl.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/paint/gl_painter.h"
#include "compositor/paint/gl_texture.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "tests/pinned.h"

#define SIDE 16
#define LIMIT_NS (20 * NSEC_PER_SEC)

static const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
static pixman_region32_t all;
static struct loop loop;
static unsigned n_changes;

/* -- faults -- */

static GLenum error;
static int asked; /* it is the answer to this question, from 1 */

static GLenum failing_get_error(void)
{
	return --asked == 0 ? error : GL_NO_ERROR;
}

static GLenum failing_reset_status(void)
{
	return GL_INNOCENT_CONTEXT_RESET_EXT;
}

static EGLBoolean failing_initialize(EGLDisplay display, EGLint *major, EGLint *minor)
{
	return EGL_FALSE;
}

static EGLBoolean failing_make_current(
	EGLDisplay display, EGLSurface draw, EGLSurface read, EGLContext context)
{
	return EGL_FALSE;
}

static __typeof__(epoxy_eglCreateContext) create_context;
static unsigned n_refused, n_contexts;

/* The first ones. */
static EGLContext failing_create_context(
	EGLDisplay display, EGLConfig config, EGLContext share, const EGLint *attributes)
{
	if (n_refused > 0) {
		n_refused--;
		return EGL_NO_CONTEXT;
	}
	n_contexts++;
	return create_context(display, config, share, attributes);
}

static void failing_get_shader(GLuint shader, GLenum name, GLint *value)
{
	*value = GL_FALSE;
}

static void failing_get_program(GLuint program, GLenum name, GLint *value)
{
	*value = GL_FALSE;
}

static GLenum failing_framebuffer_status(GLenum target)
{
	return GL_FRAMEBUFFER_UNSUPPORTED;
}

/* -- what there is -- */

static int setup(void **state)
{
	pixman_region32_init_rect(&all, 0, 0, SIDE, SIDE);
	return loop_init(&loop);
}

static int teardown(void **state)
{
	pixman_region32_fini(&all);
	loop_finish(&loop);
	return 0;
}

static uint32_t picture_px(struct target *target)
{
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_x8r8g8b8, SIDE, SIDE, NULL, 0);

	assert_int_equal(target_read(target, image, 0, 0), 0);
	uint32_t px = pixman_image_get_data(image)[SIDE * SIDE / 2];
	pixman_image_unref(image);
	return px & 0xffffff;
}

/* A picture in one colour. */
static int paint(struct target *target, const pixman_color_t *colour)
{
	pixman_image_t *solid = pixman_image_create_solid_fill(colour);
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_a8r8g8b8, SIDE, SIDE, NULL, 0);
	struct scene_item item = {
		.box = { 0, 0, SIDE, SIDE },
		.clip = { 0, 0, SIDE, SIDE },
	};
	const struct scene scene = { .items = &item, .n_items = 1 };
	int fence_fd = -1;

	pixman_image_composite32(PIXMAN_OP_SRC, solid, NULL, image, 0, 0, 0, 0, 0, 0, SIDE, SIDE);
	item.buffer = buffer_create_picture(image);
	pixman_f_transform_init_identity(&item.to_buffer);
	int ret = target_paint(target, &scene, &all, &fence_fd);
	buffer_unref(item.buffer);
	pixman_image_unref(image);
	pixman_image_unref(solid);
	return ret;
}

static struct target *start(void)
{
	struct painter *painter = gl_painter_create(NULL, true);

	assert_non_null(painter);
	pin_libraries();
	struct target *target = target_create(painter, SIDE, SIDE, NULL);
	assert_non_null(target);
	assert_int_equal(paint(target, &red), 0);
	assert_int_equal(picture_px(target), 0xff0000);
	return target;
}

static void end(struct target *target)
{
	painter_destroy(target->painter);
	target_destroy(target);
}

/* -- tests -- */

#define WITH(call, ours)                                                                           \
	__typeof__(call) of_##call = call;                                                         \
	call = ours
#define WITHOUT(call) call = of_##call

static void test_no_display(void **state)
{
	WITH(epoxy_eglInitialize, failing_initialize);
	assert_null(gl_painter_create(NULL, true));
	assert_int_equal(errno, ENODEV);
	WITHOUT(epoxy_eglInitialize);
	end(start());
}

/* What is asked for beyond the least may be refused. */
static void test_context(void **state)
{
	end(start());
	create_context = epoxy_eglCreateContext;
	epoxy_eglCreateContext = failing_create_context;
	n_contexts = 0;
	n_refused = 1;
	end(start());
	assert_int_equal(n_contexts, 1);
	n_refused = 2;
	assert_null(gl_painter_create(NULL, true));
	assert_int_equal(errno, ENODEV);
	epoxy_eglCreateContext = create_context;
}

static void test_software(void **state)
{
	assert_null(gl_painter_create(NULL, false));
	assert_int_equal(errno, ENOTSUP);
}

static void test_shader(void **state)
{
	end(start()); /* epoxy has looked the calls up */
	WITH(epoxy_glGetShaderiv, failing_get_shader);
	assert_null(gl_painter_create(NULL, true));
	assert_int_equal(errno, EIO);
	WITHOUT(epoxy_glGetShaderiv);
	WITH(epoxy_glGetProgramiv, failing_get_program);
	assert_null(gl_painter_create(NULL, true));
	assert_int_equal(errno, EIO);
	WITHOUT(epoxy_glGetProgramiv);
}

static void test_target(void **state)
{
	struct target *target = start();

	WITH(epoxy_glCheckFramebufferStatus, failing_framebuffer_status);
	assert_null(target_create(target->painter, SIDE, SIDE, NULL));
	assert_int_equal(errno, EIO);
	WITHOUT(epoxy_glCheckFramebufferStatus);
	assert_int_equal(paint(target, &red), 0);
	end(target);
}

/* The frame is not there; the next one is. */
static void test_memory(void **state)
{
	struct target *target = start();

	WITH(epoxy_glGetError, failing_get_error);
	error = GL_OUT_OF_MEMORY;
	asked = 2; /* the first one is of the texture alone */
	assert_int_equal(paint(target, &red), -ENOMEM);
	assert_int_equal(paint(target, &red), 0);
	error = GL_INVALID_OPERATION;
	asked = 2;
	assert_int_equal(paint(target, &red), -EIO);
	WITHOUT(epoxy_glGetError);
	assert_int_equal(paint(target, &red), 0);
	assert_int_equal(picture_px(target), 0xff0000);
	end(target);
}

/* A reset is told once, and nothing works ever after. */
static void test_reset(void **state)
{
	struct target *target = start();

	if (!epoxy_has_gl_extension("GL_EXT_robustness")) {
		end(target);
		skip();
	}
	WITH(epoxy_glGetGraphicsResetStatusEXT, failing_reset_status);
	assert_int_equal(paint(target, &red), -ENODEV);
	WITHOUT(epoxy_glGetGraphicsResetStatusEXT);
	assert_int_equal(paint(target, &red), -ENODEV);
	end(target);
}

/* A texture that there is no memory for is drawn all the same: only what is seen of it. */
static void test_texture_memory(void **state)
{
	struct target *target = start();

	WITH(epoxy_glGetError, failing_get_error);
	error = GL_OUT_OF_MEMORY;
	asked = 1;
	assert_int_equal(paint(target, &red), 0);
	assert_int_equal(asked, -1);
	assert_int_equal(picture_px(target), 0xff0000);
	WITHOUT(epoxy_glGetError);
	end(target);
}

static struct scene_item item_of_side(int side)
{
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_a8r8g8b8, side, side, NULL, 0);
	struct scene_item item = { .buffer = buffer_create_picture(image) };

	pixman_image_unref(image);
	return item;
}

static void test_texture_limits(void **state)
{
	struct target *target = start();
	struct scene_item small = item_of_side(8), large = item_of_side(10);
	struct scene_item wide = item_of_side(17);
	struct gl_textures textures;

	gl_textures_init(&textures, 16, 150);
	assert_non_null(gl_texture_get(&textures, &small));
	assert_null(gl_texture_get(&textures, &large));
	assert_non_null(gl_texture_get(&textures, &small));
	buffer_unref(small.buffer);
	assert_int_equal(textures.px, 0);
	assert_non_null(gl_texture_get(&textures, &large));
	assert_null(gl_texture_get(&textures, &wide));
	gl_textures_clear(&textures);
	assert_int_equal(textures.px, 0);
	buffer_unref(large.buffer);
	buffer_unref(wide.buffer);
	end(target);
}

static void test_lost(void **state)
{
	struct target *target = start();

	WITH(epoxy_eglMakeCurrent, failing_make_current);
	assert_int_equal(paint(target, &red), -ENODEV);
	assert_null(target_create(target->painter, SIDE, SIDE, NULL));
	WITHOUT(epoxy_eglMakeCurrent);
	end(target);
}

static void handle_change(struct painters *painters)
{
	n_changes++;
	loop_stop(&loop, 0);
}

static void handle_limit(struct loop_timer *timer)
{
	fail_msg("GL does not come back");
}

/* pixman paints while GL is gone. */
static void test_again(void **state)
{
	struct painters painters;
	struct loop_timer limit;

	n_changes = 0;
	assert_int_equal(painters_init(&painters, &loop, handle_change), 0);
	assert_int_equal(loop_timer_init(&limit, &loop, handle_limit), 0);
	painters_start(&painters, CONFIG_RENDERER_GL, -1);
	assert_int_equal(n_changes, 1);
	assert_ptr_equal(painters.current, painters.gl);
	painters_failed(&painters, -ENODEV);
	assert_int_equal(n_changes, 2);
	assert_null(painters.gl);
	assert_ptr_equal(painters.current, painters.pixman);
	/* Of a second screen in the same turn. */
	painters_failed(&painters, -ENODEV);
	assert_int_equal(n_changes, 2);
	/* It does not come back at once. */
	WITH(epoxy_eglInitialize, failing_initialize);
	loop_timer_set(&painters.again, 0);
	painters.again.handle(&painters.again);
	WITHOUT(epoxy_eglInitialize);
	assert_null(painters.gl);
	loop.stop = false;
	loop_timer_set(&limit, LIMIT_NS);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_changes, 3);
	assert_ptr_equal(painters.current, painters.gl);
	loop_timer_finish(&limit);
	painters_finish(&painters);
}

/* What fails and fails is left alone in the end. */
static void test_never(void **state)
{
	struct painters painters;
	struct itimerspec left;
	int n = 0;

	assert_int_equal(painters_init(&painters, &loop, handle_change), 0);
	painters_start(&painters, CONFIG_RENDERER_GL, -1);
	while (painters.gl) {
		assert_true(++n < 100);
		painters_failed(&painters, -ENODEV);
		/* Time passes, if anybody waits for that. */
		timerfd_gettime(painters.again.source.fd, &left);
		bool waits = left.it_value.tv_sec || left.it_value.tv_nsec;
		loop_timer_set(&painters.again, 0);
		if (waits)
			painters.again.handle(&painters.again);
	}
	assert_int_equal(n, 8);
	painters_finish(&painters);
}

static void test_none(void **state)
{
	struct painters painters;

	n_changes = 0;
	assert_int_equal(painters_init(&painters, &loop, handle_change), 0);
	painters_start(&painters, CONFIG_RENDERER_PIXMAN, -1);
	painters_start(&painters, CONFIG_RENDERER_AUTO, -1);
	WITH(epoxy_eglInitialize, failing_initialize);
	painters_start(&painters, CONFIG_RENDERER_GL, -1);
	WITHOUT(epoxy_eglInitialize);
	assert_int_equal(n_changes, 0);
	assert_ptr_equal(painters.current, painters.pixman);
	painters_finish(&painters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_display, setup, teardown),
		cmocka_unit_test_setup_teardown(test_context, setup, teardown),
		cmocka_unit_test_setup_teardown(test_software, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_target, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_texture_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_texture_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
