/* SPDX-License-Identifier: MIT */
/* The programs under test: start, watch, stop. */
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

static void sleep_ms(uint32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

/* Out of each other's way first. */
static void child_place_fds(const int *fds, size_t fd_count)
{
	char number[24];
	int moved[PROCESS_MAX_FDS];

	for (size_t i = 0; i < fd_count; i++)
		moved[i] = fcntl(fds[i], F_DUPFD, 3 + (int)fd_count);
	for (size_t i = 0; i < fd_count; i++)
		dup2(moved[i], 3 + (int)i);
	if (fd_count == 0)
		return;
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%zu", fd_count);
	setenv("LISTEN_FDS", number, 1);
}

static void child_exec(
	char *const argv[], const char *log_path, const int *fds, size_t fd_count)
{
	if (log_path != NULL) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	/* Nothing of the caller's goes along: not its sockets, not its guests' memory. */
	child_place_fds(fds, fd_count);
	close_range(3 + fd_count, ~0U, 0);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int process_spawn(struct process *process, char *const argv[], const char *log_path)
{
	return process_spawn_fds(process, argv, log_path, NULL, 0);
}

int process_spawn_fds(struct process *process, char *const argv[], const char *log_path,
	const int *fds, size_t fd_count)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* A test that crashes takes the program with it. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(127);
		child_exec(argv, log_path, fds, fd_count);
	}
	*process = (struct process){ .pid = pid };
	return 0;
}

bool process_alive(struct process *process)
{
	if (process->pid == 0)
		return false;
	if (waitpid(process->pid, &process->status, WNOHANG) == 0)
		return true;
	process->pid = 0;
	return false;
}

int process_stop(struct process *process, uint32_t timeout_ms)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)timeout_ms * 1000000u;

	if (!process_alive(process))
		return 0;
	kill(process->pid, SIGTERM);
	while (vmm_now_ns() < deadline_ns) {
		if (!process_alive(process))
			return 0;
		sleep_ms(5);
	}
	kill(process->pid, SIGKILL);
	waitpid(process->pid, &process->status, 0);
	process->pid = 0;
	return -ETIMEDOUT;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;

	size_t length = fread(text, 1, sizeof(text) - 1, file);

	fclose(file);
	text[length] = '\0';

	/* The name may hold anything, blanks and brackets too. */
	const char *end = strrchr(text, ')');

	if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

struct relation {
	pid_t pid, parent;
};

static size_t list_processes(struct relation *all, size_t max)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	if (dir == NULL)
		return 0;
	while (count < max && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		all[count].pid = atoi(entry->d_name);
		all[count].parent = parent_of(all[count].pid);
		count++;
	}
	closedir(dir);
	return count;
}

size_t process_tree(pid_t root, pid_t *pids, size_t max)
{
	static struct relation all[32768];
	size_t total = list_processes(all, sizeof(all) / sizeof(all[0]));
	size_t count = 0;

	if (max == 0)
		return 0;
	pids[count++] = root;
	for (size_t at = 0; at < count; at++)
		for (size_t i = 0; i < total && count < max; i++)
			if (all[i].parent == pids[at])
				pids[count++] = all[i].pid;
	return count;
}

size_t process_strays(pid_t *pids, size_t max)
{
	pid_t tree[PROCESS_MAX_TREE];
	size_t count;

	while (waitpid(-1, NULL, WNOHANG) > 0) {
	}
	count = process_tree(getpid(), tree, PROCESS_MAX_TREE) - 1;
	for (size_t i = 0; i < count && i < max; i++)
		pids[i] = tree[i + 1];
	return count;
}

uint64_t process_tree_cpu_ns(pid_t root)
{
	pid_t tree[PROCESS_MAX_TREE];
	size_t count = process_tree(root, tree, PROCESS_MAX_TREE);
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < count; i++) {
		struct timespec used;
		clockid_t clock;

		if (clock_getcpuclockid(tree[i], &clock) == 0 && clock_gettime(clock, &used) == 0)
			sum_ns += (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
	}
	return sum_ns;
}

/* A line of smaps that begins a mapping has an address, all others a name with a colon. */
static uint64_t pss_kib(pid_t pid)
{
	char path[64], line[512];
	bool is_guest_memory = false;
	uint64_t sum_kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long long start, end, kib;

		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			is_guest_memory = strstr(line, "memfd:guest-memory") != NULL;
		else if (!is_guest_memory && sscanf(line, "Pss: %llu kB", &kib) == 1)
			sum_kib += kib;
	}
	fclose(file);
	return sum_kib;
}

uint64_t process_tree_pss_kib(pid_t root)
{
	pid_t tree[PROCESS_MAX_TREE];
	size_t count = process_tree(root, tree, PROCESS_MAX_TREE);
	uint64_t sum_kib = 0;

	for (size_t i = 0; i < count; i++)
		sum_kib += pss_kib(tree[i]);
	return sum_kib;
}

size_t process_tree_fds(pid_t root)
{
	pid_t tree[PROCESS_MAX_TREE];
	size_t count = process_tree(root, tree, PROCESS_MAX_TREE);
	size_t fds = 0;

	for (size_t i = 0; i < count; i++) {
		char path[64];
		struct dirent *entry;
		DIR *dir;

		snprintf(path, sizeof(path), "/proc/%d/fd", (int)tree[i]);
		dir = opendir(path);
		if (dir == NULL)
			continue;
		while ((entry = readdir(dir)) != NULL)
			fds += isdigit((unsigned char)entry->d_name[0]) != 0;
		closedir(dir);
	}
	return fds;
}

int process_wait_socket(struct process *process, const char *path, uint32_t timeout_ms)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)timeout_ms * 1000000u;
	struct stat info;

	while (stat(path, &info) < 0 || !S_ISSOCK(info.st_mode)) {
		if (!process_alive(process))
			return -ECHILD;
		if (vmm_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
		sleep_ms(5);
	}
	return 0;
}
