/* SPDX-License-Identifier: MIT */
/* GL is tried in a process of its own: one that starts, fails, crashes, or hangs. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <epoxy/egl.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/paint/gl_probe.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)

enum answer {
	ANSWER_NONE,
	ANSWER_GOOD,
	ANSWER_BAD,
};

static struct loop loop;
static struct gl_probe probe;
static enum answer answer;
static __typeof__(epoxy_eglInitialize) initialize;

static EGLBoolean initialize_failing(EGLDisplay display, EGLint *major, EGLint *minor)
{
	return EGL_FALSE;
}

static EGLBoolean initialize_crashing(EGLDisplay display, EGLint *major, EGLint *minor)
{
	raise(SIGKILL);
	return EGL_FALSE;
}

static EGLBoolean initialize_hanging(EGLDisplay display, EGLint *major, EGLint *minor)
{
	pause();
	return EGL_FALSE;
}

static void handle(struct gl_probe *of, bool is_good)
{
	answer = is_good ? ANSWER_GOOD : ANSWER_BAD;
	loop_stop(&loop, 0);
}

static int setup(void **state)
{
	initialize = epoxy_eglInitialize;
	answer = ANSWER_NONE;
	assert_int_equal(loop_init(&loop), 0);
	return gl_probe_init(&probe, &loop, handle);
}

static int teardown(void **state)
{
	gl_probe_finish(&probe);
	loop_finish(&loop);
	epoxy_eglInitialize = initialize;
	/* Who was killed ends now, if it has not; nobody else is left. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	assert_int_equal(errno, ECHILD);
	return 0;
}

static enum answer try(const char *device, int64_t limit_ns)
{
	assert_int_equal(gl_probe_start(&probe, device, true, limit_ns), 0);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(probe.child.pid, 0);
	return answer;
}

static void test_good(void **state)
{
	assert_int_equal(try(NULL, LIMIT_NS), ANSWER_GOOD);
}

static void test_bad(void **state)
{
	assert_int_equal(try("/dev/null/none", LIMIT_NS), ANSWER_BAD);
}

static void test_failing(void **state)
{
	epoxy_eglInitialize = initialize_failing;
	assert_int_equal(try(NULL, LIMIT_NS), ANSWER_BAD);
}

static void test_crashing(void **state)
{
	epoxy_eglInitialize = initialize_crashing;
	assert_int_equal(try(NULL, LIMIT_NS), ANSWER_BAD);
}

static void test_hanging(void **state)
{
	epoxy_eglInitialize = initialize_hanging;
	assert_int_equal(try(NULL, NSEC_PER_MSEC), ANSWER_BAD);
}

/* Whoever ends does not wait for it. */
static void test_finish(void **state)
{
	epoxy_eglInitialize = initialize_hanging;
	assert_int_equal(gl_probe_start(&probe, NULL, true, LIMIT_NS), 0);
	gl_probe_finish(&probe);
	assert_int_equal(answer, ANSWER_NONE);
	assert_int_equal(gl_probe_init(&probe, &loop, handle), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crashing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hanging, setup, teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
