/* SPDX-License-Identifier: MIT */
/*
 * mullion-render: runs one guest's Virgl commands on the GPU.
 *
 * Started by mulliond with a socket to it (protocol/link.h). The stages:
 *
 *   start        arguments; environment and descriptors that nobody needs go.
 *   driver open  virglrenderer and Mesa open the render node, read their files and
 *                start their threads. No byte of a guest was seen.
 *   locked down  no new privileges, no files, no sockets, no processes: what is
 *                open is all there will ever be. Announces itself and waits, a warm
 *                spare that belongs to no guest.
 *   serving      LINK_RENDER_START brings the guest's ring and memory: from here
 *                the process must be taken for the guest's own.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/virgl/capsets.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/render/sandbox.h"
#include "daemon/render/worker.h"

struct arguments {
	int link_fd;
	const char *render_node;
};

static int arguments_read(struct arguments *arguments, int argc, char **argv)
{
	static const struct option options[] = {
		{ "link", required_argument, NULL, 'l' },
		{ "render-node", required_argument, NULL, 'r' },
		{ 0 },
	};
	int option;

	*arguments = (struct arguments){ .link_fd = -1 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			arguments->link_fd = atoi(optarg);
		else if (option == 'r')
			arguments->render_node = optarg;
		else
			return -EINVAL;
	}
	return arguments->link_fd > 2 && optind == argc ? 0 : -EINVAL;
}

static int stage_start(int link_fd)
{
	sandbox_clear_environment();
	return sandbox_close_descriptors(link_fd);
}

static int stage_driver_open(struct worker *worker, const char *render_node)
{
	int64_t start_ns = clock_now_ns();

	/* Without a device it is software by decision, not by what Mesa finds. */
	if (!render_node)
		setenv("LIBGL_ALWAYS_SOFTWARE", "true", 1);
	int ret = library_open(&worker->library, render_node);
	if (ret < 0)
		return ret;
	log_debug("%s on %s, open after %d ms", worker->library.gl_renderer,
		render_node ? render_node : "no device",
		(int)((clock_now_ns() - start_ns) / NSEC_PER_MSEC));
	return 0;
}

static int stage_locked_down(struct worker *worker, int link_fd)
{
	uint32_t capsets_bytes;

	int capsets_fd = capsets_create(&capsets_bytes);
	if (capsets_fd < 0)
		return capsets_fd;
	int ret = sandbox_lock();
	if (ret == 0)
		ret = worker_open(worker, link_fd, capsets_fd, capsets_bytes);
	fd_close(&capsets_fd);
	return ret;
}

int main(int argc, char **argv)
{
	static struct worker worker; /* too large for a stack */
	struct arguments arguments;
	int status = EXIT_FAILURE;
	const char *stage = "start";

	log_init("mullion-render", log_level_inherited());
	worker_init(&worker);
	if (arguments_read(&arguments, argc, argv) < 0) {
		fprintf(stderr, "usage: mullion-render --link FD [--render-node PATH]\n"
				"mulliond starts it; it is of no use by itself.\n");
		return EXIT_FAILURE;
	}
	int ret = stage_start(arguments.link_fd);
	if (ret < 0)
		goto out;
	stage = "driver open";
	ret = stage_driver_open(&worker, arguments.render_node);
	if (ret < 0)
		goto out;
	stage = "locked down";
	ret = stage_locked_down(&worker, arguments.link_fd);
	if (ret < 0)
		goto out;
	stage = "serving";
	status = worker_run(&worker);
out:
	if (ret < 0)
		log_error("%s: %s", stage, strerror(-ret));
	worker_finish(&worker);
	return status;
}
