/* SPDX-License-Identifier: MIT */
/* Starting and watching the processes that serve guests. */
#include "daemon/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/config.h"

/* Where the link is in every worker. */
#define WORKER_LINK_FD 3

static struct {
	bool drop;
	uid_t uid;
	gid_t gid;
} worker_user;

void workers_init(const struct config *config)
{
	if (geteuid() != 0)
		return;
	const struct passwd *user = getpwnam(config->user);
	if (!user || !user->pw_uid) {
		if (!config->user_is_default || user)
			log_warn("user %s %s: the workers run as nobody", config->user,
				user ? "is root" : "does not exist");
		user = getpwnam("nobody");
	}
	worker_user.drop = true;
	worker_user.uid = user ? user->pw_uid : 65534;
	worker_user.gid = user ? user->pw_gid : 65534;
}

/* In the build tree the programs lie side by side; installed, in libexecdir. */
static void program_path(const char *program, char path[static PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash) {
		*slash = '\0';
		if (snprintf(path, PATH_MAX, "%s/%s", self, program) < PATH_MAX &&
			access(path, X_OK) == 0)
			return;
	}
	snprintf(path, PATH_MAX, "%s/%s", MULLION_LIBEXECDIR, program);
}

/* The environment of the workers' own making: nothing of the user's reaches Mesa. */
static void make_environment(char *environment[static 8])
{
	static char level[] = LOG_ENVIRONMENT "=0";
	static const char *const passed[] = {
		"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "JOURNAL_STREAM=",
	};
	extern char **environ;
	size_t n = 0;

	level[sizeof(level) - 2] = '0' + log_max();
	environment[n++] = level;
	environment[n++] = "LANG=C.UTF-8";
	environment[n++] = "MESA_SHADER_CACHE_DISABLE=true";
	for (char **e = environ; *e; e++) {
		for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]) && n < 7; i++) {
			if (!strncmp(*e, passed[i], strlen(passed[i])))
				environment[n++] = *e;
		}
	}
	environment[n] = NULL;
}

static int drop_privileges(void)
{
	if (!worker_user.drop)
		return 0;
	if (setgroups(0, NULL) < 0 ||
		setresgid(worker_user.gid, worker_user.gid, worker_user.gid) < 0 ||
		setresuid(worker_user.uid, worker_user.uid, worker_user.uid) < 0)
		return -errno;
	return 0;
}

/* In the child, after fork: only what is safe there. */
static void __attribute__((noreturn)) worker_exec(const char *path, char *const argv[],
	char *const environment[], const int *fds, int n)
{
	sigset_t none;
	int first = WORKER_LINK_FD + n, moved[1 + WORKER_FDS_MAX];

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Out of the way first: one may have the number that another is to have. */
	for (int i = 0; i < n; i++)
		moved[i] = fcntl(fds[i], F_DUPFD, first);
	for (int i = 0; i < n; i++)
		dup2(moved[i], WORKER_LINK_FD + i);
	syscall(SYS_close_range, first, ~0u, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (drop_privileges() == 0 && chdir("/") == 0)
		execve(path, argv, environment);
	_exit(127);
}

static void worker_process_ended(struct loop_source *source, uint32_t events)
{
	struct worker *worker = container_of(source, struct worker, process);
	siginfo_t info = { 0 };
	char how[64];

	if (!worker->adopted)
		waitid(P_PIDFD, worker->process.fd, &info, WEXITED);
	bool clean = info.si_code == CLD_EXITED && info.si_status == 0;
	if (worker->adopted)
		snprintf(how, sizeof(how), "ended");
	else if (info.si_code == CLD_EXITED && info.si_status == 127)
		snprintf(how, sizeof(how), "could not be started");
	else if (info.si_code == CLD_EXITED)
		snprintf(how, sizeof(how), "ended with status %d", info.si_status);
	else
		snprintf(how, sizeof(how), "was killed by signal %d (%s)", info.si_status,
			strsignal(info.si_status));
	loop_remove(&worker->process);
	channel_drain(&worker->link); /* descriptors to be kept, perhaps */
	fd_close(&worker->process.fd);
	channel_finish(&worker->link);
	worker->pid = 0;
	worker->config->ended(worker, how, clean);
}

void worker_init(struct worker *worker)
{
	*worker = (struct worker){ .process.fd = -1 };
	channel_init(&worker->link);
}

int worker_start(struct worker *worker, struct loop *loop, const struct worker_config *config,
	const int *give_fds, size_t n)
{
	char path[PATH_MAX], fd_arg[16];
	char *argv[12] = { (char *)config->program, "--link", fd_arg };
	char *environment[8];
	int fds[2], all_fds[1 + WORKER_FDS_MAX];

	worker_init(worker);
	worker->loop = loop;
	worker->config = config;
	program_path(config->program, path);
	snprintf(fd_arg, sizeof(fd_arg), "%d", WORKER_LINK_FD);
	for (size_t i = 0; config->args && config->args[i] && i < 8; i++)
		argv[3 + i] = (char *)config->args[i];
	make_environment(environment);

	int ret = channel_pair(fds);
	if (ret < 0)
		return ret;
	all_fds[0] = fds[1];
	for (size_t i = 0; i < n; i++)
		all_fds[1 + i] = give_fds[i];
	worker->pid = fork();
	if (worker->pid == 0)
		worker_exec(path, argv, environment, all_fds, 1 + n);
	ret = -errno;
	fd_close(&fds[1]);
	if (worker->pid < 0) {
		worker->pid = 0;
		fd_close(&fds[0]);
		return ret;
	}
	worker->process.fd = syscall(SYS_pidfd_open, worker->pid, 0);
	ret = worker->process.fd < 0 ? -errno :
				       loop_add(loop, &worker->process, worker->process.fd,
					       EPOLLIN, worker_process_ended);
	if (ret == 0)
		ret = channel_open(&worker->link, loop, fds[0], config->link);
	else
		fd_close(&fds[0]);
	if (ret < 0)
		worker_finish(worker);
	return ret;
}

/* The process of a pidfd. -EPROTO: it is none; -ESRCH: the process is gone. */
static pid_t pidfd_process(int pidfd)
{
	char path[64], line[128];
	int pid = -EPROTO;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Pid: %d", &pid) != 1)
			continue;
		pid = pid > 0 ? pid : -ESRCH;
		break;
	}
	if (file)
		fclose(file);
	return pid;
}

static bool is_link(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

int worker_adopt(struct worker *worker, struct loop *loop, const struct worker_config *config,
	int take_link_fd, int take_pidfd)
{
	worker_init(worker);
	worker->loop = loop;
	worker->config = config;
	worker->adopted = true;
	worker->process.fd = take_pidfd;
	pid_t pid = pidfd_process(take_pidfd);
	int ret = pid == -EPROTO || (take_link_fd >= 0 && !is_link(take_link_fd)) ? -EPROTO : 0;
	worker->pid = pid > 0 ? pid : 0;
	if (ret == 0 && take_link_fd >= 0)
		ret = channel_open(&worker->link, loop, take_link_fd, config->link);
	else
		fd_close(&take_link_fd);
	if (ret == 0 && pid == -ESRCH) {
		channel_drain(&worker->link); /* as at any worker's end */
		ret = -ESRCH;
	}
	if (ret == 0)
		ret = loop_add(loop, &worker->process, take_pidfd, EPOLLIN, worker_process_ended);
	if (ret < 0)
		worker_finish(worker);
	return ret;
}

void worker_leave(struct worker *worker)
{
	loop_remove(&worker->process);
	fd_close(&worker->process.fd);
	channel_finish(&worker->link);
	worker->pid = 0;
}

/* By its pidfd: the pid of an adopted one may be another's by now. */
static void process_kill(const struct worker *worker)
{
	if (worker->process.fd >= 0)
		syscall(SYS_pidfd_send_signal, worker->process.fd, SIGKILL, NULL, 0);
	else if (worker->pid)
		kill(worker->pid, SIGKILL);
}

void worker_end(struct worker *worker)
{
	process_kill(worker);
}

/* In this order: without its link it might end by itself, as if all were well. */
void worker_kill(struct worker *worker)
{
	process_kill(worker);
	channel_finish(&worker->link);
}

void worker_finish(struct worker *worker)
{
	process_kill(worker);
	if (worker->pid && !worker->adopted)
		waitpid(worker->pid, NULL, 0);
	worker_leave(worker);
}
