/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_GPU_H
#define TESTS_SIM_GPU_H

/*
 * A simulated GPU under a load and a policy. It runs one client's commands one after the
 * other until that client is to stop, and then to the end of the command.
 */

#include "base/histogram.h"
#include "tests/sim/load.h"
#include "tests/sim/scheduler.h"

struct result {
	/*
	 * Of the hog that is worst off or best: what it got against its weight's part of what
	 * all hogs used while it was there, against its cap, and a client's part of its guest's.
	 */
	double share_error;
	double lag_max_ns; /* a hog's: what it was due less what it got, at worst, either way */
	double lost;       /* the part of time in which the GPU waited for the policy */
	struct histogram waits; /* of hogs, for the GPU */
	uint64_t wait_max_ns;
	struct histogram delays; /* of frames: done later than on a GPU of their own */
	uint64_t delay_max_ns;
	uint64_t frames, late;
	uint64_t switches; /* from one guest to another */
};

struct result gpu_simulate(
	const struct load *load, const struct sim_scheduler *scheduler, uint64_t duration_ns);

#endif
