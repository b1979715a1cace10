/* SPDX-License-Identifier: MIT */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

/*
 * A back end to measure: how it is started, where its sockets are, and its
 * processes. In the templates {dir} is a fresh directory, {count} the number of
 * guests, {n} a guest's number from 1 on, {socket} that guest's socket. A
 * command with {n} or {socket} is started once a guest, else once for all.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest.h"
#include "guest/process.h"

#define TARGET_MAX_GUESTS 16

struct target {
	const char *name;
	const char *command; /* NULL: it runs already */
	const char *socket;
	bool memory_only;  /* no loads are run on it */
	unsigned settle_s; /* how long it rests before its memory is measured */

	char dir[PATH_MAX];
	struct process processes[TARGET_MAX_GUESTS];
	uint32_t process_count;
	pid_t running_pid; /* of a back end that we did not start */
	struct guest guests[TARGET_MAX_GUESTS];
	uint32_t guest_count;
};

/* Starts it and boots so many guests. Returns 0 or a negative errno, said on stderr. */
int target_start(struct target *target, uint32_t guest_count);
void target_stop(struct target *target);

uint64_t target_cpu_ns(const struct target *target);
uint64_t target_pss_kib(const struct target *target);

#endif
