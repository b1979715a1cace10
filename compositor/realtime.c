/* SPDX-License-Identifier: MIT */
/* Real-time scheduling and locked memory. */
#include "compositor/realtime.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/config.h"

/* Not the threads and programs that come of it: Mesa's compile shaders. */
static void realtime_schedule(uint32_t priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) < 0)
		log_warn("no real-time scheduling: %s: the limit is LimitRTPRIO= of a service",
			strerror(errno));
	else
		log_info("real-time scheduling with priority %u", priority);
}

/*
 * Below a limit that may be reached later, mmap would fail in the middle of things. Pages
 * are locked as they are used: a client's pool may be large, and hollow.
 */
static void realtime_lock_memory(void)
{
	struct rlimit limit;

	if (geteuid() != 0 && getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		if (limit.rlim_max != RLIM_INFINITY || setrlimit(RLIMIT_MEMLOCK, &limit) < 0) {
			log_warn("memory is not locked: there is a limit: LimitMEMLOCK=infinity of "
				 "a service lifts it");
			return;
		}
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		log_warn("memory is not locked: %s", strerror(errno));
	else
		log_info("memory is locked");
}

void realtime_apply(const struct config *config)
{
	if (config->realtime)
		realtime_schedule(config->realtime);
	if (config->locks_memory)
		realtime_lock_memory();
}
