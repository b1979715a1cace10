/* SPDX-License-Identifier: MIT */
#ifndef GUEST_PROCESS_H
#define GUEST_PROCESS_H

/*
 * The programs under test: started, watched through /proc, stopped by pid.
 * What they leave behind becomes the caller's child (PR_SET_CHILD_SUBREAPER),
 * so that it can be seen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_MAX_TREE 256
#define PROCESS_MAX_FDS 512

struct process {
	pid_t pid;  /* 0: none */
	int status; /* of wait(), once it ended */
};

/* argv ends with NULL. log_path gets what it writes; NULL: the caller's own.
 * Returns 0 or a negative errno. */
int process_spawn(struct process *process, char *const argv[], const char *log_path);
/* The same as a service manager does it, with descriptors from 3 on, PROCESS_MAX_FDS at most
 * (sd_listen_fds(3)); their names are the caller's environment's business. */
int process_spawn_fds(struct process *process, char *const argv[], const char *log_path,
	const int *fds, size_t fd_count);

/* Whether it is still there; reaps it when not. */
bool process_alive(struct process *process);

/* SIGTERM, then SIGKILL after the time. 0 when SIGTERM was enough, else -ETIMEDOUT. */
int process_stop(struct process *process, uint32_t timeout_ms);

/* The process and all below it; returns the count. */
size_t process_tree(pid_t root, pid_t *pids, size_t max);
/* Processes below the caller, zombies reaped first; root is left out. */
size_t process_strays(pid_t *pids, size_t max);

/* Processor time of the whole tree, in ns. */
uint64_t process_tree_cpu_ns(pid_t root);
/* Proportional set size of the tree, in KiB, without the guests' memory. */
uint64_t process_tree_pss_kib(pid_t root);
/* Open file descriptors of the tree. */
size_t process_tree_fds(pid_t root);

/* Waits for a socket file to appear; -ETIMEDOUT, or -ECHILD when the process ended first. */
int process_wait_socket(struct process *process, const char *path, uint32_t timeout_ms);

#endif
