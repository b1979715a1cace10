/* SPDX-License-Identifier: MIT */
/* GL, tried apart. */
#include "compositor/paint/gl_probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/paint/gl_painter.h"

/* With nothing of the compositor's: no client, no card. Why not is said here. */
static _Noreturn void try(const char *device, bool takes_software)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (log_max() > LOG_LEVEL_INFO)
		log_init("mullion-compositor", LOG_LEVEL_INFO);
	_exit(gl_painter_create(device, takes_software) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Its end, which has come or comes at once. */
static int probe_reap(struct gl_probe *probe)
{
	int status = 0;

	loop_timer_set(&probe->limit, 0);
	loop_remove(&probe->source);
	fd_close(&probe->source.fd);
	waitpid(probe->pid, &status, 0);
	probe->pid = 0;
	return status;
}

static void probe_handle_end(struct loop_source *source, uint32_t events)
{
	struct gl_probe *probe = container_of(source, struct gl_probe, source);
	int status = probe_reap(probe);

	if (WIFSIGNALED(status))
		log_warn("no GL: it crashes: %s", strsignal(WTERMSIG(status)));
	probe->handle(probe, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
}

static void probe_handle_limit(struct loop_timer *timer)
{
	struct gl_probe *probe = container_of(timer, struct gl_probe, limit);

	kill(probe->pid, SIGKILL);
	probe_reap(probe);
	log_warn("no GL: it does not come");
	probe->handle(probe, false);
}

int gl_probe_init(struct gl_probe *probe, struct loop *loop,
	void (*handle)(struct gl_probe *probe, bool is_good))
{
	*probe = (struct gl_probe){ .source.fd = -1, .handle = handle };
	return loop_timer_init(&probe->limit, loop, probe_handle_limit);
}

int gl_probe_start(
	struct gl_probe *probe, const char *device, bool takes_software, int64_t limit_ns)
{
	pid_t pid = fork();

	if (pid == 0)
		try(device, takes_software);
	if (pid < 0)
		return -errno;
	probe->pid = pid;
	int fd = pidfd_open(pid, 0);
	int ret = fd < 0 ? -errno
			 : loop_add(probe->limit.source.loop, &probe->source, fd, EPOLLIN,
				   probe_handle_end);
	probe->source.fd = fd;
	if (ret == 0)
		loop_timer_set(&probe->limit, limit_ns);
	else
		gl_probe_finish(probe);
	return ret;
}

void gl_probe_finish(struct gl_probe *probe)
{
	if (probe->pid > 0) {
		kill(probe->pid, SIGKILL);
		probe_reap(probe);
	}
	loop_timer_finish(&probe->limit);
}
