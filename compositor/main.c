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
#include "compositor/surface/buffer.h"
#include "compositor/surface/core.h"
#include "compositor/shell/decoration.h"
#include "compositor/surface/fractional_scale.h"
#include "compositor/headless.h"
#include "compositor/kms/kms.h"
#include "compositor/options.h"
#include "compositor/surface/presentation.h"
#include "compositor/screenshot.h"
#include "compositor/server.h"
#include "compositor/surface/single_pixel.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/viewporter.h"
#include "compositor/shell/xdg_output.h"
#include "compositor/shell/xdg_shell.h"

struct program {
	struct options options;
	struct server server;
	struct loop_source signals;
	struct headless *headless; /* one of the two */
	struct kms *kms;
};

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

static int program_offer(struct server *server)
{
	struct wl_display *display = server->display;
	int ret = wl_display_init_shm(display) < 0 ? -ENOMEM : buffer_offer_formats(display);
	static int (*const offers[])(struct wl_display * display) = {
		subsurface_offer,
		xdg_output_offer,
		decoration_offer,
		presentation_offer,
		viewporter_offer,
		single_pixel_offer,
		fractional_scale_offer,
	};

	if (ret == 0)
		ret = core_offer(server);
	if (ret == 0)
		ret = xdg_shell_offer(server);
	for (size_t i = 0; ret == 0 && i < sizeof(offers) / sizeof(offers[0]); i++)
		ret = offers[i](display);
	return ret;
}

static int program_open_backend(struct program *program)
{
	const struct options *options = &program->options;

	switch (options->backend) {
	case OPTIONS_BACKEND_KMS:
		program->kms = kms_create(
			&program->server, options->device, options->outputs, options->n_outputs);
		return program->kms ? 0 : -errno;
	case OPTIONS_BACKEND_HEADLESS:
		program->headless =
			headless_create(&program->server, options->outputs, options->n_outputs);
		return program->headless ? 0 : -errno;
	}
	return -EINVAL;
}

static void program_finish(struct program *program)
{
	server_drop_clients(&program->server);
	headless_destroy(program->headless);
	kms_destroy(program->kms);
	loop_remove(&program->signals);
	fd_close(&program->signals.fd);
	server_finish(&program->server);
}

int main(int argc, char **argv)
{
	struct program program = { .signals.fd = -1 };

	int ret = options_read(&program.options, argc, argv);
	if (ret >= 0)
		return ret;
	log_init("mullion-compositor", program.options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	ret = server_init(&program.server);
	memcpy(program.server.places, program.options.places, sizeof(program.options.places));
	program.server.n_places = program.options.n_places;
	if (ret == 0)
		ret = program_watch_signals(&program);
	if (ret == 0)
		ret = program_offer(&program.server);
	if (ret == 0)
		ret = program_open_backend(&program);
	if (ret == 0)
		ret = server_listen(&program.server, program.options.socket);
	if (ret == 0)
		ret = loop_run(&program.server.loop);
	program_finish(&program);
	if (ret < 0)
		log_error("cannot run: %s", strerror(-ret));
	return ret < 0 ? EXIT_FAILURE : ret;
}
