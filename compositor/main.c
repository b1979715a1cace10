/* SPDX-License-Identifier: MIT */
/* mullion-compositor: screens, and what Wayland clients show on them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/service.h"
#include "compositor/config.h"
#include "compositor/control/control.h"
#include "compositor/headless.h"
#include "compositor/kms/kms.h"
#include "compositor/offers.h"
#include "compositor/options.h"
#include "compositor/realtime.h"
#include "compositor/reload.h"
#include "compositor/seat/input.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/linux_dmabuf.h"

#define LATE_NS NSEC_PER_SEC

struct program {
	struct options options;
	struct server server;
	struct control *control; /* NULL: there is none */
	struct loop_source signals;
	struct seat *seat;
	struct loop_timer late;    /* what may take its time, once there are pictures */
	struct input *input;       /* NULL: not yet, without screens, where there are no devices */
	struct headless *headless; /* one of the two */
	struct kms *kms;
};

/* -1: go on; else the status to exit with. */
static int program_read_config(const struct options *options, struct config **config)
{
	struct settings_errors errors;

	if (reload_read(options, config, &errors) < 0)
		return options->checks ? EXIT_FAILURE : 2;
	bool is_good = options_apply(options, *config);
	if (is_good && !options->checks)
		return -1;
	if (is_good)
		is_good = config_check(*config);
	config_destroy(*config);
	return is_good ? 0 : options->checks ? EXIT_FAILURE : 2;
}

static void program_handle_signal(struct loop_source *source, uint32_t events)
{
	struct program *program = container_of(source, struct program, signals);
	struct settings_errors errors;
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP) {
		reload(&program->server, &program->options, &errors);
		return;
	}
	service_notify("STOPPING=1");
	log_info("ends (%s)", strsignal(info.ssi_signo));
	loop_stop(&program->server.loop, 0);
}

static int program_watch_signals(struct program *program)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno
		      : loop_add(&program->server.loop, &program->signals, fd, EPOLLIN,
				program_handle_signal);
}

static int program_make_seat(struct program *program)
{
	program->seat = seat_create(&program->server);
	program->server.seat = program->seat;
	return program->seat ? 0 : -ENOMEM;
}

/* Clients' dma-bufs are descriptors. */
static void program_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int program_open_backend(struct program *program)
{
	switch (program->server.config->backend) {
	case CONFIG_BACKEND_KMS:
		program->kms = kms_create(&program->server);
		return program->kms ? 0 : -errno;
	case CONFIG_BACKEND_HEADLESS:
		program->headless = headless_create(&program->server);
		return program->headless ? 0 : -errno;
	}
	return -EINVAL;
}

/* Of each device its owner is asked, then what it is. */
static void program_handle_late(struct loop_timer *timer)
{
	struct program *program = container_of(timer, struct program, late);

	if (program->kms && !program->input)
		program->input = input_create(program->seat, kms_session(program->kms));
}

static void program_handle_ready(struct server *server)
{
	struct program *program = container_of(server, struct program, server);

	loop_timer_set(&program->late, 1);
}

/* The sockets and the screens' first pictures come first, if the screens do their part. */
static int program_plan_late(struct program *program)
{
	int ret = loop_timer_init(&program->late, &program->server.loop, program_handle_late);

	if (ret < 0)
		return ret;
	loop_timer_set(&program->late, LATE_NS);
	program->server.ready = program_handle_ready;
	return 0;
}

static void program_finish(struct program *program)
{
	control_destroy(program->control);
	server_drop_clients(&program->server);
	loop_timer_finish(&program->late);
	input_destroy(program->input);
	headless_destroy(program->headless);
	kms_destroy(program->kms);
	seat_destroy(program->seat);
	loop_remove(&program->signals);
	fd_close(&program->signals.fd);
	server_finish(&program->server);
	config_destroy(program->server.config);
}

int main(int argc, char **argv)
{
	struct program program = { .signals.fd = -1 };
	struct config *config;

	int ret = options_read(&program.options, argc, argv);
	if (ret >= 0)
		return ret;
	log_init("mullion-compositor", LOG_LEVEL_INFO);
	ret = program_read_config(&program.options, &config);
	if (ret >= 0)
		return ret;
	log_init("mullion-compositor",
		program.options.verbose ? LOG_LEVEL_DEBUG : config->log_level);
	realtime_apply(config);
	program_raise_limits();
	ret = server_init(&program.server, config);
	if (ret == 0)
		ret = program_watch_signals(&program);
	if (ret == 0)
		ret = server_offer(&program.server);
	if (ret == 0)
		ret = program_make_seat(&program);
	if (ret == 0)
		ret = program_plan_late(&program);
	if (ret == 0)
		ret = program_open_backend(&program);
	if (ret == 0)
		ret = linux_dmabuf_offer(&program.server);
	if (ret == 0)
		ret = server_listen(&program.server, config->socket);
	if (ret == 0) {
		/* The screens do without. */
		program.control = control_create(&program.server, &program.options);
		reload_say_missing(&program.server);
		server_check_ready(&program.server);
		ret = loop_run(&program.server.loop);
	}
	program_finish(&program);
	if (ret < 0)
		log_error("cannot run: %s", strerror(-ret));
	return ret < 0 ? EXIT_FAILURE : ret;
}
