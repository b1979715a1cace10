/* SPDX-License-Identifier: MIT */
/* mulliond: guests, their processes, their windows. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/metrics_server.h"
#include "daemon/reload.h"
#include "daemon/sockets.h"

struct arguments {
	const char *config;
	bool verbose;
};

static const char usage[] =
	"usage: mulliond [--config FILE] [--verbose]\n"
	"  --config FILE  default: " MULLION_CONFIG "\n"
	"  --verbose      say more in the log\n"
	"  --version\n"
	"See mulliond(1) and mullion.conf(5).\n";

/* -1: go on; else the status to exit with. */
static int arguments_read(struct arguments *arguments, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*arguments = (struct arguments){ .config = MULLION_CONFIG };
	while ((option = getopt_long(argc, argv, "c:v", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments->config = optarg;
			break;
		case 'v':
			arguments->verbose = true;
			break;
		case 'V':
			printf("mulliond %s\n", MULLION_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return 2;
}

/* -- renderers -- */

static void daemon_node_changed(void *data, struct render_node *node)
{
	struct daemon *daemon = data;
	struct guest *guest;

	list_for_each(guest, &daemon->guests, link) {
		if (guest->node == node)
			guest_node_changed(guest);
	}
}

static const struct renderers_listener daemon_renderers_listener = {
	.changed = daemon_node_changed,
};

/* -- life -- */

static void daemon_handle_signal(struct loop_source *source, uint32_t events)
{
	struct daemon *daemon = container_of(source, struct daemon, signals);
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP) {
		daemon_reload(daemon);
		return;
	}
	/* To a manager it is a restart until it drops its store: then the links close. */
	daemon->leaves = info.ssi_signo == SIGTERM && store_is_managed(&daemon->store);
	log_info("ends (%s)%s", strsignal(info.ssi_signo),
		daemon->leaves ? "; its guests' processes go on" : "");
	store_notify(&daemon->store, "STOPPING=1");
	loop_stop(&daemon->loop, 0);
}

static int daemon_watch_signals(struct daemon *daemon)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : loop_add(&daemon->loop, &daemon->signals, fd, EPOLLIN,
					 daemon_handle_signal);
}

static int daemon_open_control(struct daemon *daemon)
{
	char path[CONFIG_PATH_MAX];

	config_control_path(daemon->config, path);
	int fd = store_take(&daemon->store, "", "control", 0);
	if (!socket_listens_at(fd, path)) {
		fd_close(&fd);
		fd = socket_listen(daemon->config, path);
	}
	if (fd >= 0)
		store_put(&daemon->store, "", "control", 0, fd);
	if (fd == -EADDRINUSE)
		log_error("another mulliond runs on %s", path);
	else if (fd < 0)
		log_error("%s: %s", path, strerror(-fd));
	return fd < 0 ? fd :
			control_create(&daemon->control, &daemon->loop, fd, daemon->config, daemon);
}

/* Guests do without: what is wrong is only said. */
static void daemon_open_metrics(struct daemon *daemon)
{
	const struct config *config = daemon->config;

	if (!config->metrics[0])
		return;
	int fd = socket_listen_metrics(config);
	int ret = fd < 0 ? fd :
			   metrics_server_create(&daemon->metrics, &daemon->loop, fd, daemon);
	if (ret < 0)
		log_error("metrics are not served at %s: %s", config->metrics, strerror(-ret));
	else
		log_info("metrics are served at %s", config->metrics);
}

static int daemon_add_guests(struct daemon *daemon)
{
	struct config_guest *config;

	list_for_each(config, &daemon->config->guests, link) {
		struct guest *guest = guest_create(daemon, config);
		if (!guest)
			return -ENOMEM;
		list_append(&daemon->guests, &guest->link);
	}
	if (list_empty(&daemon->guests))
		log_warn("the configuration has no [guest NAME] section: nothing to do");
	return 0;
}

/* What an earlier mulliond left and this one's configuration has no use for. */
static void daemon_drop_found(struct daemon *daemon)
{
	char name[SERVICE_NAME_MAX];
	size_t n = store_drop_found(&daemon->store, name);

	if (n)
		log_warn("%zu stored descriptors belong to nobody here (%s): dropped", n, name);
}

static void daemon_finish(struct daemon *daemon)
{
	struct guest *guest, *next;
	char path[CONFIG_PATH_MAX];

	given_devices_finish(&daemon->given);
	if (daemon->leaves) {
		daemon->mediator.off = true; /* grants are left as they are */
		store_finish(&daemon->store); /* from here on nothing is taken out of it */
		list_for_each(guest, &daemon->guests, link)
			guest_leave(guest);
	}
	metrics_server_destroy(daemon->metrics);
	if (daemon->control) {
		control_destroy(daemon->control);
		config_control_path(daemon->config, path);
		store_remove(&daemon->store, "", "control", 0);
		if (!daemon->leaves)
			unlink(path);
	}
	list_for_each_safe(guest, next, &daemon->guests, link)
		guest_destroy(guest);
	renderers_finish(&daemon->renderers);
	mediator_finish(&daemon->mediator);
	daemon_finish_memo(daemon);
	store_finish(&daemon->store);
	loop_remove(&daemon->signals);
	fd_close(&daemon->signals.fd);
	loop_finish(&daemon->loop);
	config_destroy(daemon->config);
}

/* Each guest takes dozens; the soft limit is for programs that use select. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.signals.fd = -1,
		.loop.epoll_fd = -1,
		.mediator.timer.source.fd = -1,
	};
	struct arguments arguments;

	int ret = arguments_read(&arguments, argc, argv);
	if (ret >= 0)
		return ret;
	log_init("mulliond", LOG_LEVEL_INFO);
	raise_descriptor_limit();
	list_init(&daemon.guests);
	events_init(&daemon.events);
	given_devices_init(&daemon.given, &daemon);
	store_init(&daemon.store);
	memo_init(&daemon.memo);
	renderers_init(&daemon.renderers, &daemon.loop, &daemon_renderers_listener, &daemon);

	daemon.config_path = arguments.config;
	daemon.verbose = arguments.verbose;
	ret = daemon_load_config(&daemon, &daemon.config);
	if (ret < 0)
		goto out;
	workers_init(daemon.config);
	ret = loop_init(&daemon.loop);
	if (ret == 0)
		ret = store_open(&daemon.store, &daemon.loop);
	if (ret == 0) {
		daemon_recall(&daemon);
		log_init("mulliond",
			arguments.verbose ? LOG_LEVEL_DEBUG : daemon.config->log_level);
	}
	if (ret == 0)
		ret = mediator_init(&daemon.mediator, &daemon.loop, daemon.config->in_flight,
			!daemon.config->mediates);
	if (ret == 0)
		ret = daemon_watch_signals(&daemon);
	if (ret == 0)
		ret = sockets_prepare(daemon.config);
	if (ret == 0)
		ret = daemon_open_control(&daemon);
	if (ret == 0)
		ret = daemon_add_guests(&daemon);
	if (ret == 0) {
		daemon_drop_found(&daemon);
		given_devices_open(&daemon.given);
		daemon_open_metrics(&daemon);
		store_notify(&daemon.store, "READY=1");
		ret = loop_run(&daemon.loop);
	}
out:
	/* Whoever repairs what is wrong finds the guests as they were. */
	if (ret < 0)
		daemon.leaves = store_is_managed(&daemon.store);
	daemon_finish(&daemon);
	if (ret < 0)
		log_error("cannot run: %s", strerror(-ret));
	return ret < 0 ? EXIT_FAILURE : ret;
}
