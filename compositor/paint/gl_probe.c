/* SPDX-License-Identifier: MIT */
/* GL, tried apart. */
#include "compositor/paint/gl_probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/paint/gl_painter.h"

struct trial {
	const char *device;
	bool takes_software;
};

/* With nothing of the compositor's: no client, no card. Why not is said here. */
static void try(const void *data)
{
	const struct trial *trial = data;

	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (log_max() > LOG_LEVEL_INFO)
		log_init("mullion-compositor", LOG_LEVEL_INFO);
	_exit(gl_painter_create(trial->device, trial->takes_software) ? EXIT_SUCCESS
								      : EXIT_FAILURE);
}

static void probe_handle_end(struct child *child, int status)
{
	struct gl_probe *probe = container_of(child, struct gl_probe, child);

	loop_timer_set(&probe->limit, 0);
	if (WIFSIGNALED(status))
		log_warn("no GL: it crashes: %s", strsignal(WTERMSIG(status)));
	probe->handle(probe, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
}

static void probe_handle_limit(struct loop_timer *timer)
{
	struct gl_probe *probe = container_of(timer, struct gl_probe, limit);

	child_stop(&probe->child);
	log_warn("no GL: its start does not end: pixman paints");
	probe->handle(probe, false);
}

int gl_probe_init(struct gl_probe *probe, struct loop *loop,
	void (*handle)(struct gl_probe *probe, bool is_good))
{
	*probe = (struct gl_probe){ .handle = handle };
	return loop_timer_init(&probe->limit, loop, probe_handle_limit);
}

int gl_probe_start(
	struct gl_probe *probe, const char *device, bool takes_software, int64_t limit_ns)
{
	const struct trial trial = { device, takes_software };

	int ret =
		child_start(&probe->child, probe->limit.source.loop, try, &trial, probe_handle_end);
	if (ret == 0)
		loop_timer_set(&probe->limit, limit_ns);
	return ret;
}

void gl_probe_finish(struct gl_probe *probe)
{
	child_stop(&probe->child);
	loop_timer_finish(&probe->limit);
}
