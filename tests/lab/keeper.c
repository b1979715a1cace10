/* SPDX-License-Identifier: MIT */
/*
 * keeper COMMAND [ARGUMENT]... : a service manager for one service, where there is no
 * systemd. It keeps the service's descriptors and starts it again with them when it was
 * killed or failed, and when asked to by SIGHUP. SIGTERM ends both.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service_store.h"

#define STOP_MS 10000

static struct service_store store;
static struct process service;
static char directory[] = "/tmp/mullion-keeper.XXXXXX", path[64];

static int start(char *const argv[])
{
	int fds[SERVICE_STORE_MAX];
	size_t count = service_store_hand_over(&store, fds);

	int err = process_spawn_fds(&service, argv, NULL, fds, count);
	if (err == 0)
		fprintf(stderr, "keeper: started %d with %zu descriptors\n", (int)service.pid, count);
	return err;
}

static void take_all(int fd)
{
	while (service_store_receive(&store, fd))
		;
}

/* Whatever it was asked: true while there is something to keep. */
static bool go_on(int notify_fd, int signal, char *const argv[])
{
	bool ended = !process_alive(&service);

	take_all(notify_fd);
	if (signal == SIGTERM || signal == SIGINT)
		return false;
	if (signal == SIGHUP && !ended) {
		process_stop(&service, STOP_MS);
		take_all(notify_fd);
		return start(argv) == 0;
	}
	if (!ended)
		return true;
	return service.status != 0 && start(argv) == 0;
}

static int watch_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void keep(int notify_fd, char *const argv[])
{
	struct pollfd fds[] = {
		{ .fd = notify_fd, .events = POLLIN },
		{ .fd = watch_signals(), .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int signal;

	do {
		poll(fds, 2, -1);
		signal = read(fds[1].fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
	} while (go_on(notify_fd, signal, argv));
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: keeper COMMAND [ARGUMENT]...\n");
		return 2;
	}
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/notify", directory);
	int notify_fd = service_store_listen(path);
	int err = notify_fd < 0 ? notify_fd : start(argv + 1);
	if (err == 0)
		keep(notify_fd, argv + 1);
	else
		fprintf(stderr, "keeper: %s\n", strerror(-err));
	err |= process_stop(&service, STOP_MS);
	service_store_finish(&store);
	unlink(path);
	rmdir(directory);
	return err || service.status ? 1 : 0;
}
