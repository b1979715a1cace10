/* SPDX-License-Identifier: MIT */
/* mullion-compositor: screens, and what Wayland clients show on them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/headless.h"
#include "compositor/kms/kms.h"
#include "compositor/offers.h"
#include "compositor/options.h"
#include "compositor/seat/input.h"
#include "compositor/seat/seat.h"
#include "compositor/screenshot.h"
#include "compositor/server.h"
#include "compositor/surface/linux_dmabuf.h"

struct program {
	struct options options;
	struct config *config;
	struct server server;
	struct loop_source signals;
	struct seat *seat;
	struct input *input;       /* NULL: without screens, and where there are no devices */
	struct headless *headless; /* one of the two */
	struct kms *kms;
};

/* As the file has it, and the command line. NULL: said. */
static struct config *program_load_config(const struct options *options)
{
	const char *path = options->config ? options->config : MULLION_COMPOSITOR_CONFIG;
	struct settings_errors *errors = calloc(1, sizeof(*errors));
	struct config *config = NULL;

	if (errors && !options->config && access(path, F_OK) < 0)
		config = config_create();
	else if (errors)
		config_load(path, &config, errors);
	for (size_t i = 0; errors && i < errors->n; i++)
		log_error("%s", errors->lines[i]);
	if (errors && errors->more)
		log_error("... and more of them");
	free(errors);
	return config;
}

/* -1: go on; else the status to exit with. */
static int program_read_config(struct program *program)
{
	program->config = program_load_config(&program->options);
	if (!program->config)
		return EXIT_FAILURE;
	bool is_good = options_apply(&program->options, program->config);
	if (is_good && !program->options.checks)
		return -1;
	if (is_good)
		is_good = config_check(program->config);
	config_destroy(program->config);
	return is_good ? 0 : program->options.checks ? EXIT_FAILURE : 2;
}

static void program_handle_signal(struct loop_source *source, uint32_t events)
{
	struct program *program = container_of(source, struct program, signals);
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1) {
		if (program->options.screenshots)
			screenshots_write(&program->server, program->options.screenshots);
		return;
	}
	log_info("ends (%s)", strsignal(info.ssi_signo));
	loop_stop(&program->server.loop, 0);
}

static int program_watch_signals(struct program *program)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
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

static int program_open_backend(struct program *program)
{
	switch (program->config->backend) {
	case CONFIG_BACKEND_KMS:
		program->kms = kms_create(&program->server);
		if (!program->kms)
			return -errno;
		program->input = input_create(program->seat, kms_session(program->kms));
		return 0;
	case CONFIG_BACKEND_HEADLESS:
		program->headless = headless_create(&program->server);
		return program->headless ? 0 : -errno;
	}
	return -EINVAL;
}

static void program_finish(struct program *program)
{
	server_drop_clients(&program->server);
	input_destroy(program->input);
	headless_destroy(program->headless);
	kms_destroy(program->kms);
	seat_destroy(program->seat);
	loop_remove(&program->signals);
	fd_close(&program->signals.fd);
	server_finish(&program->server);
	config_destroy(program->config);
}

int main(int argc, char **argv)
{
	struct program program = { .signals.fd = -1 };

	int ret = options_read(&program.options, argc, argv);
	if (ret >= 0)
		return ret;
	log_init("mullion-compositor", LOG_LEVEL_INFO);
	ret = program_read_config(&program);
	if (ret >= 0)
		return ret;
	log_init("mullion-compositor",
		program.options.verbose ? LOG_LEVEL_DEBUG : program.config->log_level);
	ret = server_init(&program.server, program.config);
	if (ret == 0)
		ret = program_watch_signals(&program);
	if (ret == 0)
		ret = server_offer(&program.server);
	if (ret == 0)
		ret = program_make_seat(&program);
	if (ret == 0)
		ret = program_open_backend(&program);
	if (ret == 0)
		ret = linux_dmabuf_offer(&program.server);
	if (ret == 0)
		ret = server_listen(&program.server, program.config->socket);
	if (ret == 0)
		ret = loop_run(&program.server.loop);
	program_finish(&program);
	if (ret < 0)
		log_error("cannot run: %s", strerror(-ret));
	return ret < 0 ? EXIT_FAILURE : ret;
}
