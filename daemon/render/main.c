/* SPDX-License-Identifier: MIT */
/*
 * mullion-render: runs one guest's Virgl commands on the GPU.
 *
 * Started by mulliond with a socket to it (protocol/link.h). The stages:
 *
 *   start        arguments; environment and descriptors that nobody needs go.
 *   driver open  virglrenderer and Mesa open their driver on the render node's files that
 *                mulliond gave, read their own and start their threads. No byte of a
 *                guest was seen.
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
#include <sys/param.h>

#include "backends/virgl/capsets.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/render/sandbox.h"
#include "daemon/render/worker.h"

struct arguments {
	int link_fd;
	int device_fd, storage_fd; /* of the render node, see library.h; -1: none */
};

static int arguments_read(struct arguments *arguments, int argc, char **argv)
{
	static const struct option options[] = {
		{ "link", required_argument, NULL, 'l' },
		{ "device", no_argument, NULL, 'd' },
		{ 0 },
	};
	bool with_device = false;
	int option;

	*arguments = (struct arguments){ .link_fd = -1, .device_fd = -1, .storage_fd = -1 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			arguments->link_fd = atoi(optarg);
		else if (option == 'd')
			with_device = true;
		else
			return -EINVAL;
	}
	if (with_device) {
		arguments->device_fd = arguments->link_fd + 1;
		arguments->storage_fd = arguments->link_fd + 2;
	}
	return arguments->link_fd > 2 && optind == argc ? 0 : -EINVAL;
}

static int stage_start(const struct arguments *arguments)
{
	sandbox_clear_environment();
	int last_fd = MAX(arguments->link_fd, arguments->storage_fd);
	return sandbox_close_descriptors(arguments->link_fd, last_fd);
}

static int stage_driver_open(struct worker *worker, const struct arguments *arguments)
{
	bool with_device = arguments->device_fd >= 0;
	int64_t start_ns = clock_now_ns();

	/* Without a device it is software by decision, not by what Mesa finds. */
	if (!with_device)
		setenv("LIBGL_ALWAYS_SOFTWARE", "true", 1);
	int ret = library_open(&worker->library, arguments->device_fd, arguments->storage_fd);
	if (ret < 0)
		return ret;
	log_debug("%s on %s, open after %d ms", worker->library.gl_renderer,
		with_device ? "a render node" : "no device",
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
		fprintf(stderr, "usage: mullion-render --link FD [--device]\n"
				"mulliond starts it; it is of no use by itself.\n");
		return EXIT_FAILURE;
	}
	int ret = stage_start(&arguments);
	if (ret < 0)
		goto out;
	stage = "driver open";
	ret = stage_driver_open(&worker, &arguments);
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
