/* SPDX-License-Identifier: MIT */
/* Processes of the compositor's own: that end, and that cannot. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "compositor/child.h"

static struct loop loop;
static struct child child;
static int n_ends, last_status;
static int said[2]; /* a pipe: what others have to say */

static int setup(void **state)
{
	n_ends = 0;
	assert_int_equal(pipe(said), 0);
	return loop_init(&loop);
}

static int teardown(void **state)
{
	loop_finish(&loop);
	close(said[0]);
	close(said[1]);
	/* Nobody is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

static void say(char what)
{
	if (write(said[1], &what, 1) != 1)
		_exit(EXIT_FAILURE);
}

static char hear(void)
{
	char what = 0;

	assert_int_equal(read(said[0], &what, 1), 1);
	return what;
}

static void handle(struct child *of, int status)
{
	n_ends++;
	last_status = status;
	loop_stop(&loop, 0);
}

static void run_end(const void *data)
{
	_exit(7);
}

static void run_on(const void *data)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	say('.');
	while (true)
		pause();
}

static void test_end(void **state)
{
	assert_int_equal(child_start(&child, &loop, run_end, NULL, handle), 0);
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_ends, 1);
	assert_int_equal(WEXITSTATUS(last_status), 7);
	assert_int_equal(child.pid, 0);
	child_stop(&child);
}

/* Whose process is not its parent's to have as long as this one has it. */
static pid_t start_tracer(pid_t of)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	say(ptrace(PTRACE_SEIZE, of, NULL, NULL) == 0 ? '+' : '-');
	while (true)
		pause();
}

/* As one is that a driver holds. */
static void test_held(void **state)
{
	assert_int_equal(child_start(&child, &loop, run_on, NULL, handle), 0);
	assert_int_equal(hear(), '.');
	pid_t pid = child.pid, tracer = start_tracer(pid);
	bool is_held = hear() == '+';
	child_stop(&child);
	assert_int_equal(child.pid, 0);
	pid_t ended = is_held ? waitpid(pid, NULL, WNOHANG) : 0;
	kill(tracer, SIGKILL);
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	/* It was not there yet when nobody waited for it. */
	assert_int_equal(ended, 0);
	waitpid(pid, NULL, 0);
	assert_int_equal(n_ends, 0);
	if (!is_held)
		skip(); /* nobody may trace here */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
