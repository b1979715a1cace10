/* SPDX-License-Identifier: MIT */
/* A process of the compositor's own. */
#include "compositor/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

/* As waitpid(2) has them. */
static int child_reap(struct child *child, int options)
{
	int status = 0;

	loop_remove(&child->source);
	fd_close(&child->source.fd);
	waitpid(child->pid, &status, options);
	child->pid = 0;
	return status;
}

static void child_handle_end(struct loop_source *source, uint32_t events)
{
	struct child *child = container_of(source, struct child, source);
	int status = child_reap(child, 0);

	child->handle(child, status);
}

int child_start(struct child *child, struct loop *loop, void (*run)(const void *data),
	const void *data, void (*handle)(struct child *child, int status))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(data);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0)
		return -errno;
	*child = (struct child){ .pid = pid, .handle = handle };
	int fd = pidfd_open(pid, 0);
	int ret = fd < 0 ? -errno : loop_add(loop, &child->source, fd, EPOLLIN, child_handle_end);
	child->source.fd = fd;
	if (ret < 0)
		child_stop(child);
	return ret;
}

void child_stop(struct child *child)
{
	if (child->pid == 0)
		return;
	kill(child->pid, SIGKILL);
	child_reap(child, WNOHANG);
}
